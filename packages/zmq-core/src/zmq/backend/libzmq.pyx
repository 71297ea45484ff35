"""Every function of zmq.h, forwarded to libzmq; and the version and capabilities of libzmq."""
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from zmq.backend cimport zmq_h


# Errors and the library

cdef int zmq_errno() noexcept nogil:
    return zmq_h.zmq_errno()

cdef const char *zmq_strerror(int errnum) noexcept nogil:
    return zmq_h.zmq_strerror(errnum)

cdef void zmq_version(int *major, int *minor, int *patch) noexcept nogil:
    zmq_h.zmq_version(major, minor, patch)

cdef int zmq_has(const char *capability) noexcept nogil:
    return zmq_h.zmq_has(capability)

# Contexts

cdef void *zmq_ctx_new() noexcept nogil:
    return zmq_h.zmq_ctx_new()

cdef int zmq_ctx_term(void *context) noexcept nogil:
    return zmq_h.zmq_ctx_term(context)

cdef int zmq_ctx_shutdown(void *context) noexcept nogil:
    return zmq_h.zmq_ctx_shutdown(context)

cdef int zmq_ctx_set(void *context, int option, int value) noexcept nogil:
    return zmq_h.zmq_ctx_set(context, option, value)

cdef int zmq_ctx_get(void *context, int option) noexcept nogil:
    return zmq_h.zmq_ctx_get(context, option)

# Messages

cdef int zmq_msg_init(zmq_msg_t *msg) noexcept nogil:
    return zmq_h.zmq_msg_init(msg)

cdef int zmq_msg_init_size(zmq_msg_t *msg, size_t size) noexcept nogil:
    return zmq_h.zmq_msg_init_size(msg, size)

cdef int zmq_msg_init_data(zmq_msg_t *msg, void *data, size_t size, zmq_free_fn *ffn, void *hint) noexcept nogil:
    return zmq_h.zmq_msg_init_data(msg, data, size, ffn, hint)

cdef int zmq_msg_send(zmq_msg_t *msg, void *socket, int flags) noexcept nogil:
    return zmq_h.zmq_msg_send(msg, socket, flags)

cdef int zmq_msg_recv(zmq_msg_t *msg, void *socket, int flags) noexcept nogil:
    return zmq_h.zmq_msg_recv(msg, socket, flags)

cdef int zmq_msg_close(zmq_msg_t *msg) noexcept nogil:
    return zmq_h.zmq_msg_close(msg)

cdef int zmq_msg_move(zmq_msg_t *dest, zmq_msg_t *src) noexcept nogil:
    return zmq_h.zmq_msg_move(dest, src)

cdef int zmq_msg_copy(zmq_msg_t *dest, zmq_msg_t *src) noexcept nogil:
    return zmq_h.zmq_msg_copy(dest, src)

cdef void *zmq_msg_data(zmq_msg_t *msg) noexcept nogil:
    return zmq_h.zmq_msg_data(msg)

cdef size_t zmq_msg_size(const zmq_msg_t *msg) noexcept nogil:
    return zmq_h.zmq_msg_size(msg)

cdef int zmq_msg_more(const zmq_msg_t *msg) noexcept nogil:
    return zmq_h.zmq_msg_more(msg)

cdef int zmq_msg_get(const zmq_msg_t *msg, int option) noexcept nogil:
    return zmq_h.zmq_msg_get(msg, option)

cdef int zmq_msg_set(zmq_msg_t *msg, int option, int value) noexcept nogil:
    return zmq_h.zmq_msg_set(msg, option, value)

cdef const char *zmq_msg_gets(const zmq_msg_t *msg, const char *name) noexcept nogil:
    return zmq_h.zmq_msg_gets(msg, name)

# Sockets

cdef void *zmq_socket(void *context, int type) noexcept nogil:
    return zmq_h.zmq_socket(context, type)

cdef int zmq_close(void *socket) noexcept nogil:
    return zmq_h.zmq_close(socket)

cdef int zmq_setsockopt(void *socket, int option, const void *value, size_t size) noexcept nogil:
    return zmq_h.zmq_setsockopt(socket, option, value, size)

cdef int zmq_getsockopt(void *socket, int option, void *value, size_t *size) noexcept nogil:
    return zmq_h.zmq_getsockopt(socket, option, value, size)

cdef int zmq_bind(void *socket, const char *endpoint) noexcept nogil:
    return zmq_h.zmq_bind(socket, endpoint)

cdef int zmq_connect(void *socket, const char *endpoint) noexcept nogil:
    return zmq_h.zmq_connect(socket, endpoint)

cdef int zmq_unbind(void *socket, const char *endpoint) noexcept nogil:
    return zmq_h.zmq_unbind(socket, endpoint)

cdef int zmq_disconnect(void *socket, const char *endpoint) noexcept nogil:
    return zmq_h.zmq_disconnect(socket, endpoint)

cdef int zmq_send(void *socket, const void *data, size_t size, int flags) noexcept nogil:
    return zmq_h.zmq_send(socket, data, size, flags)

cdef int zmq_send_const(void *socket, const void *data, size_t size, int flags) noexcept nogil:
    return zmq_h.zmq_send_const(socket, data, size, flags)

cdef int zmq_recv(void *socket, void *data, size_t size, int flags) noexcept nogil:
    return zmq_h.zmq_recv(socket, data, size, flags)

cdef int zmq_socket_monitor(void *socket, const char *endpoint, int events) noexcept nogil:
    return zmq_h.zmq_socket_monitor(socket, endpoint, events)

# Polling and proxies

cdef int zmq_poll(zmq_pollitem_t *items, int count, long timeout_ms) noexcept nogil:
    return zmq_h.zmq_poll(items, count, timeout_ms)

cdef int zmq_proxy(void *frontend, void *backend, void *capture) noexcept nogil:
    return zmq_h.zmq_proxy(frontend, backend, capture)

cdef int zmq_proxy_steerable(void *frontend, void *backend, void *capture, void *control) noexcept nogil:
    return zmq_h.zmq_proxy_steerable(frontend, backend, capture, control)

# CURVE and Z85

cdef char *zmq_z85_encode(char *dest, const uint8_t *data, size_t size) noexcept nogil:
    return zmq_h.zmq_z85_encode(dest, data, size)

cdef uint8_t *zmq_z85_decode(uint8_t *dest, const char *text) noexcept nogil:
    return zmq_h.zmq_z85_decode(dest, text)

cdef int zmq_curve_keypair(char *public_key, char *secret_key) noexcept nogil:
    return zmq_h.zmq_curve_keypair(public_key, secret_key)

cdef int zmq_curve_public(char *public_key, const char *secret_key) noexcept nogil:
    return zmq_h.zmq_curve_public(public_key, secret_key)

# Clocks, counters and threads

cdef void *zmq_atomic_counter_new() noexcept nogil:
    return zmq_h.zmq_atomic_counter_new()

cdef void zmq_atomic_counter_set(void *counter, int value) noexcept nogil:
    zmq_h.zmq_atomic_counter_set(counter, value)

cdef int zmq_atomic_counter_inc(void *counter) noexcept nogil:
    return zmq_h.zmq_atomic_counter_inc(counter)

cdef int zmq_atomic_counter_dec(void *counter) noexcept nogil:
    return zmq_h.zmq_atomic_counter_dec(counter)

cdef int zmq_atomic_counter_value(void *counter) noexcept nogil:
    return zmq_h.zmq_atomic_counter_value(counter)

cdef void zmq_atomic_counter_destroy(void **counter) noexcept nogil:
    zmq_h.zmq_atomic_counter_destroy(counter)

cdef void *zmq_stopwatch_start() noexcept nogil:
    return zmq_h.zmq_stopwatch_start()

cdef unsigned long zmq_stopwatch_intermediate(void *watch) noexcept nogil:
    return zmq_h.zmq_stopwatch_intermediate(watch)

cdef unsigned long zmq_stopwatch_stop(void *watch) noexcept nogil:
    return zmq_h.zmq_stopwatch_stop(watch)

cdef void zmq_sleep(int seconds) noexcept nogil:
    zmq_h.zmq_sleep(seconds)

cdef void *zmq_threadstart(zmq_thread_fn *func, void *arg) noexcept nogil:
    return zmq_h.zmq_threadstart(func, arg)

cdef void zmq_threadclose(void *thread) noexcept nogil:
    zmq_h.zmq_threadclose(thread)

# Drafts: without them in libzmq, each fails with ENOTSUP

cdef int zmq_join(void *socket, const char *group) noexcept nogil:
    return zmq_h.zmq_join(socket, group)

cdef int zmq_leave(void *socket, const char *group) noexcept nogil:
    return zmq_h.zmq_leave(socket, group)

cdef uint32_t zmq_connect_peer(void *socket, const char *endpoint) noexcept nogil:
    return zmq_h.zmq_connect_peer(socket, endpoint)

cdef int zmq_msg_set_routing_id(zmq_msg_t *msg, uint32_t routing_id) noexcept nogil:
    return zmq_h.zmq_msg_set_routing_id(msg, routing_id)

cdef uint32_t zmq_msg_routing_id(zmq_msg_t *msg) noexcept nogil:
    return zmq_h.zmq_msg_routing_id(msg)

cdef int zmq_msg_set_group(zmq_msg_t *msg, const char *group) noexcept nogil:
    return zmq_h.zmq_msg_set_group(msg, group)

cdef const char *zmq_msg_group(zmq_msg_t *msg) noexcept nogil:
    return zmq_h.zmq_msg_group(msg)

cdef int zmq_socket_get_peer_state(void *socket, const void *routing_id, size_t size) noexcept nogil:
    return zmq_h.zmq_socket_get_peer_state(socket, routing_id, size)

cdef int zmq_socket_monitor_versioned(
    void *socket, const char *endpoint, uint64_t events, int version, int type
) noexcept nogil:
    return zmq_h.zmq_socket_monitor_versioned(socket, endpoint, events, version, type)

cdef int zmq_socket_monitor_pipes_stats(void *socket) noexcept nogil:
    return zmq_h.zmq_socket_monitor_pipes_stats(socket)

# Deprecated: names that old programs call

cdef void *zmq_init(int io_threads) noexcept nogil:
    return zmq_h.zmq_init(io_threads)

cdef int zmq_term(void *context) noexcept nogil:
    return zmq_h.zmq_ctx_term(context)

cdef int zmq_ctx_destroy(void *context) noexcept nogil:
    return zmq_h.zmq_ctx_term(context)

cdef int zmq_sendmsg(void *socket, zmq_msg_t *msg, int flags) noexcept nogil:
    return zmq_h.zmq_msg_send(msg, socket, flags)

cdef int zmq_recvmsg(void *socket, zmq_msg_t *msg, int flags) noexcept nogil:
    return zmq_h.zmq_msg_recv(msg, socket, flags)

cdef int zmq_device(int type, void *frontend, void *backend) noexcept nogil:
    return zmq_h.zmq_proxy(frontend, backend, NULL)


cdef bint has_drafts() noexcept nogil:
    return zmq_h.ZMQ_CORE_DRAFTS


DRAFT_API = bool(has_drafts())


def zmq_version_info():
    """Return the version of the loaded libzmq as (major, minor, patch).

    libzmq: zmq_version(3)
    """
    cdef int major, minor, patch
    zmq_h.zmq_version(&major, &minor, &patch)
    return major, minor, patch


def built_version_info():
    """Return the version of the ``zmq.h`` that zmq-core was compiled with as (major, minor, patch)."""
    return zmq_h.ZMQ_VERSION_MAJOR, zmq_h.ZMQ_VERSION_MINOR, zmq_h.ZMQ_VERSION_PATCH


def has(capability):
    """Return whether libzmq has *capability*.

    Args:
        capability: One of "ipc", "pgm", "norm", "tipc", "vmci", "curve", "gssapi", "ws", "wss", "draft".

    Raises:
        TypeError: *capability* is not a str.

    libzmq: zmq_has(3)
    """
    if not isinstance(capability, str):
        raise TypeError(f"capabilities are named by a str, such as 'curve': got {capability!r}")
    cdef bytes name = capability.encode("utf-8")
    if zmq_h.zmq_has(name):
        return True
    name = capability.upper().encode("utf-8")
    return capability in ("ws", "wss") and bool(zmq_h.zmq_has(name))  # libzmq 4.3 names them WS and WSS


def strerror(errno):
    """Return libzmq's text for an error number.

    libzmq: zmq_strerror(3)
    """
    return zmq_h.zmq_strerror(errno).decode("utf-8", "replace")
