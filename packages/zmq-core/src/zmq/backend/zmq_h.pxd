"""The declarations of zmq.h, in its order.  Private to libzmq.pyx: all other modules call through libzmq.pxd."""
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from zmq.backend.libzmq cimport zmq_free_fn, zmq_msg_t, zmq_pollitem_t, zmq_thread_fn


cdef extern from *:
    """
    #include <zmq.h>
    #include <errno.h>
    #include <stdint.h>

    #if ZMQ_VERSION < ZMQ_MAKE_VERSION(4, 3, 4)
    #error "zmq-core needs libzmq 4.3.4 or later"
    #endif

    #ifdef ZMQ_BUILD_DRAFT_API
    #define ZMQ_CORE_DRAFTS 1
    #else
    #define ZMQ_CORE_DRAFTS 0
    static int zmq_join(void *socket, const char *group) { errno = ENOTSUP; return -1; }
    static int zmq_leave(void *socket, const char *group) { errno = ENOTSUP; return -1; }
    static uint32_t zmq_connect_peer(void *socket, const char *endpoint) { errno = ENOTSUP; return 0; }
    static int zmq_msg_set_routing_id(zmq_msg_t *msg, uint32_t id) { errno = ENOTSUP; return -1; }
    static uint32_t zmq_msg_routing_id(zmq_msg_t *msg) { errno = ENOTSUP; return 0; }
    static int zmq_msg_set_group(zmq_msg_t *msg, const char *group) { errno = ENOTSUP; return -1; }
    static const char *zmq_msg_group(zmq_msg_t *msg) { errno = ENOTSUP; return NULL; }
    static int zmq_socket_get_peer_state(void *socket, const void *id, size_t size) { errno = ENOTSUP; return -1; }
    static int zmq_socket_monitor_versioned(void *socket, const char *endpoint, uint64_t events, int version, int type)
    {
        errno = ENOTSUP;
        return -1;
    }
    static int zmq_socket_monitor_pipes_stats(void *socket) { errno = ENOTSUP; return -1; }
    #endif
    """
    const bint ZMQ_CORE_DRAFTS


cdef extern from "zmq.h" nogil:
    # Errors and the library
    int zmq_errno()
    const char *zmq_strerror(int errnum)
    void zmq_version(int *major, int *minor, int *patch)
    int zmq_has(const char *capability)

    # Contexts
    void *zmq_ctx_new()
    int zmq_ctx_term(void *context)
    int zmq_ctx_shutdown(void *context)
    int zmq_ctx_set(void *context, int option, int value)
    int zmq_ctx_get(void *context, int option)

    # Messages
    int zmq_msg_init(zmq_msg_t *msg)
    int zmq_msg_init_size(zmq_msg_t *msg, size_t size)
    int zmq_msg_init_data(zmq_msg_t *msg, void *data, size_t size, zmq_free_fn *ffn, void *hint)
    int zmq_msg_send(zmq_msg_t *msg, void *socket, int flags)
    int zmq_msg_recv(zmq_msg_t *msg, void *socket, int flags)
    int zmq_msg_close(zmq_msg_t *msg)
    int zmq_msg_move(zmq_msg_t *dest, zmq_msg_t *src)
    int zmq_msg_copy(zmq_msg_t *dest, zmq_msg_t *src)
    void *zmq_msg_data(zmq_msg_t *msg)
    size_t zmq_msg_size(const zmq_msg_t *msg)
    int zmq_msg_more(const zmq_msg_t *msg)
    int zmq_msg_get(const zmq_msg_t *msg, int option)
    int zmq_msg_set(zmq_msg_t *msg, int option, int value)
    const char *zmq_msg_gets(const zmq_msg_t *msg, const char *name)

    # Sockets
    void *zmq_socket(void *context, int type)
    int zmq_close(void *socket)
    int zmq_setsockopt(void *socket, int option, const void *value, size_t size)
    int zmq_getsockopt(void *socket, int option, void *value, size_t *size)
    int zmq_bind(void *socket, const char *endpoint)
    int zmq_connect(void *socket, const char *endpoint)
    int zmq_unbind(void *socket, const char *endpoint)
    int zmq_disconnect(void *socket, const char *endpoint)
    int zmq_send(void *socket, const void *data, size_t size, int flags)
    int zmq_send_const(void *socket, const void *data, size_t size, int flags)
    int zmq_recv(void *socket, void *data, size_t size, int flags)
    int zmq_socket_monitor(void *socket, const char *endpoint, int events)

    # Polling and proxies
    int zmq_poll(zmq_pollitem_t *items, int count, long timeout_ms)
    int zmq_proxy(void *frontend, void *backend, void *capture)
    int zmq_proxy_steerable(void *frontend, void *backend, void *capture, void *control)

    # CURVE and Z85
    char *zmq_z85_encode(char *dest, const uint8_t *data, size_t size)
    uint8_t *zmq_z85_decode(uint8_t *dest, const char *text)
    int zmq_curve_keypair(char *public_key, char *secret_key)
    int zmq_curve_public(char *public_key, const char *secret_key)

    # Clocks, counters and threads
    void *zmq_atomic_counter_new()
    void zmq_atomic_counter_set(void *counter, int value)
    int zmq_atomic_counter_inc(void *counter)
    int zmq_atomic_counter_dec(void *counter)
    int zmq_atomic_counter_value(void *counter)
    void zmq_atomic_counter_destroy(void **counter)
    void *zmq_stopwatch_start()
    unsigned long zmq_stopwatch_intermediate(void *watch)
    unsigned long zmq_stopwatch_stop(void *watch)
    void zmq_sleep(int seconds)
    void *zmq_threadstart(zmq_thread_fn *func, void *arg)
    void zmq_threadclose(void *thread)

    # Drafts: without them in libzmq, each fails with ENOTSUP
    int zmq_join(void *socket, const char *group)
    int zmq_leave(void *socket, const char *group)
    uint32_t zmq_connect_peer(void *socket, const char *endpoint)
    int zmq_msg_set_routing_id(zmq_msg_t *msg, uint32_t routing_id)
    uint32_t zmq_msg_routing_id(zmq_msg_t *msg)
    int zmq_msg_set_group(zmq_msg_t *msg, const char *group)
    const char *zmq_msg_group(zmq_msg_t *msg)
    int zmq_socket_get_peer_state(void *socket, const void *routing_id, size_t size)
    int zmq_socket_monitor_versioned(void *socket, const char *endpoint, uint64_t events, int version, int type)
    int zmq_socket_monitor_pipes_stats(void *socket)

    # Deprecated
    void *zmq_init(int io_threads)
    int zmq_term(void *context)
    int zmq_ctx_destroy(void *context)
    int zmq_sendmsg(void *socket, zmq_msg_t *msg, int flags)
    int zmq_recvmsg(void *socket, zmq_msg_t *msg, int flags)
    int zmq_device(int type, void *frontend, void *backend)
