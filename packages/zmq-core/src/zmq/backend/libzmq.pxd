"""The one door to libzmq: every function of zmq.h, for ``cimport``.

Only this module is linked with libzmq.  Whoever needs C (zmq-core's other modules, our other distributions, your own
extension) cimports from here, so a process never holds a second libzmq, however the first one was linked::

    from zmq.backend cimport libzmq

    cdef int rc = libzmq.zmq_send(socket, data, size, libzmq.ZMQ_DONTWAIT)

The C compiler still has to find ``zmq.h``, for the types: ``zmq.get_includes()`` names its folder.  Nothing needs to
be linked.  The interface only grows; Cython reports a function that is missing or has changed when your module is
imported.
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t


cdef extern from "zmq.h" nogil:
    ctypedef struct zmq_msg_t:
        pass
    ctypedef struct zmq_pollitem_t:
        void *socket
        int fd
        short events
        short revents
    ctypedef void zmq_free_fn(void *data, void *hint) noexcept nogil
    ctypedef void zmq_thread_fn(void *arg) noexcept nogil

    const int ZMQ_DONTWAIT
    const int ZMQ_SNDMORE
    const int ZMQ_POLLIN
    const int ZMQ_POLLOUT
    const int ZMQ_POLLERR
    const int ZMQ_POLLPRI
    const int ETERM
    const int EFSM


# Errors and the library
cdef int zmq_errno() noexcept nogil
cdef const char *zmq_strerror(int errnum) noexcept nogil
cdef void zmq_version(int *major, int *minor, int *patch) noexcept nogil
cdef int zmq_has(const char *capability) noexcept nogil

# Contexts
cdef void *zmq_ctx_new() noexcept nogil
cdef int zmq_ctx_term(void *context) noexcept nogil
cdef int zmq_ctx_shutdown(void *context) noexcept nogil
cdef int zmq_ctx_set(void *context, int option, int value) noexcept nogil
cdef int zmq_ctx_get(void *context, int option) noexcept nogil

# Messages
cdef int zmq_msg_init(zmq_msg_t *msg) noexcept nogil
cdef int zmq_msg_init_size(zmq_msg_t *msg, size_t size) noexcept nogil
cdef int zmq_msg_init_data(zmq_msg_t *msg, void *data, size_t size, zmq_free_fn *ffn, void *hint) noexcept nogil
cdef int zmq_msg_send(zmq_msg_t *msg, void *socket, int flags) noexcept nogil
cdef int zmq_msg_recv(zmq_msg_t *msg, void *socket, int flags) noexcept nogil
cdef int zmq_msg_close(zmq_msg_t *msg) noexcept nogil
cdef int zmq_msg_move(zmq_msg_t *dest, zmq_msg_t *src) noexcept nogil
cdef int zmq_msg_copy(zmq_msg_t *dest, zmq_msg_t *src) noexcept nogil
cdef void *zmq_msg_data(zmq_msg_t *msg) noexcept nogil
cdef size_t zmq_msg_size(const zmq_msg_t *msg) noexcept nogil
cdef int zmq_msg_more(const zmq_msg_t *msg) noexcept nogil
cdef int zmq_msg_get(const zmq_msg_t *msg, int option) noexcept nogil
cdef int zmq_msg_set(zmq_msg_t *msg, int option, int value) noexcept nogil
cdef const char *zmq_msg_gets(const zmq_msg_t *msg, const char *name) noexcept nogil

# Sockets
cdef void *zmq_socket(void *context, int type) noexcept nogil
cdef int zmq_close(void *socket) noexcept nogil
cdef int zmq_setsockopt(void *socket, int option, const void *value, size_t size) noexcept nogil
cdef int zmq_getsockopt(void *socket, int option, void *value, size_t *size) noexcept nogil
cdef int zmq_bind(void *socket, const char *endpoint) noexcept nogil
cdef int zmq_connect(void *socket, const char *endpoint) noexcept nogil
cdef int zmq_unbind(void *socket, const char *endpoint) noexcept nogil
cdef int zmq_disconnect(void *socket, const char *endpoint) noexcept nogil
cdef int zmq_send(void *socket, const void *data, size_t size, int flags) noexcept nogil
cdef int zmq_send_const(void *socket, const void *data, size_t size, int flags) noexcept nogil
cdef int zmq_recv(void *socket, void *data, size_t size, int flags) noexcept nogil
cdef int zmq_socket_monitor(void *socket, const char *endpoint, int events) noexcept nogil

# Polling and proxies
cdef int zmq_poll(zmq_pollitem_t *items, int count, long timeout_ms) noexcept nogil
cdef int zmq_proxy(void *frontend, void *backend, void *capture) noexcept nogil
cdef int zmq_proxy_steerable(void *frontend, void *backend, void *capture, void *control) noexcept nogil

# CURVE and Z85
cdef char *zmq_z85_encode(char *dest, const uint8_t *data, size_t size) noexcept nogil
cdef uint8_t *zmq_z85_decode(uint8_t *dest, const char *text) noexcept nogil
cdef int zmq_curve_keypair(char *public_key, char *secret_key) noexcept nogil
cdef int zmq_curve_public(char *public_key, const char *secret_key) noexcept nogil

# Clocks, counters and threads
cdef void *zmq_atomic_counter_new() noexcept nogil
cdef void zmq_atomic_counter_set(void *counter, int value) noexcept nogil
cdef int zmq_atomic_counter_inc(void *counter) noexcept nogil
cdef int zmq_atomic_counter_dec(void *counter) noexcept nogil
cdef int zmq_atomic_counter_value(void *counter) noexcept nogil
cdef void zmq_atomic_counter_destroy(void **counter) noexcept nogil
cdef void *zmq_stopwatch_start() noexcept nogil
cdef unsigned long zmq_stopwatch_intermediate(void *watch) noexcept nogil
cdef unsigned long zmq_stopwatch_stop(void *watch) noexcept nogil
cdef void zmq_sleep(int seconds) noexcept nogil
cdef void *zmq_threadstart(zmq_thread_fn *func, void *arg) noexcept nogil
cdef void zmq_threadclose(void *thread) noexcept nogil

# Drafts: without them in libzmq, each fails with ENOTSUP
cdef int zmq_join(void *socket, const char *group) noexcept nogil
cdef int zmq_leave(void *socket, const char *group) noexcept nogil
cdef uint32_t zmq_connect_peer(void *socket, const char *endpoint) noexcept nogil
cdef int zmq_msg_set_routing_id(zmq_msg_t *msg, uint32_t routing_id) noexcept nogil
cdef uint32_t zmq_msg_routing_id(zmq_msg_t *msg) noexcept nogil
cdef int zmq_msg_set_group(zmq_msg_t *msg, const char *group) noexcept nogil
cdef const char *zmq_msg_group(zmq_msg_t *msg) noexcept nogil
cdef int zmq_socket_get_peer_state(void *socket, const void *routing_id, size_t size) noexcept nogil
cdef int zmq_socket_monitor_versioned(
    void *socket, const char *endpoint, uint64_t events, int version, int type
) noexcept nogil
cdef int zmq_socket_monitor_pipes_stats(void *socket) noexcept nogil


# Whether libzmq has its draft functions and we were built with them
cdef bint has_drafts() noexcept nogil
