"""Every function of zmq.h, for ``cimport``.

Only this module is linked with libzmq.  All other compiled modules (those of zmq-core, of our other distributions, and
your own extensions) cimport from here, so a process never loads a second libzmq::

    from zmq.backend cimport libzmq

    cdef int rc = libzmq.zmq_send(socket, data, size, libzmq.ZMQ_DONTWAIT)

The C compiler needs ``zmq.h`` for the types: ``zmq.get_includes()`` returns its folder.  No library needs to be linked.
Functions are added, never removed or changed; Cython checks names and signatures when your module is imported.
"""
from libc.stdint cimport uint8_t, uint32_t, uint64_t


cdef extern from "zmq/backend/pypy.h":
    pass

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

    enum:  # in the order of zmq.h; the C compiler needs only the names that a module uses
        ZMQ_VERSION_MAJOR, ZMQ_VERSION_MINOR, ZMQ_VERSION_PATCH, ZMQ_VERSION, ZMQ_HAUSNUMERO, ENOTSUP, EPROTONOSUPPORT
        ENOBUFS, ENETDOWN, EADDRINUSE, EADDRNOTAVAIL, ECONNREFUSED, EINPROGRESS, ENOTSOCK, EMSGSIZE, EAFNOSUPPORT
        ENETUNREACH, ECONNABORTED, ECONNRESET, ENOTCONN, ETIMEDOUT, EHOSTUNREACH, ENETRESET, EFSM, ENOCOMPATPROTO
        ETERM, EMTHREAD, ZMQ_IO_THREADS, ZMQ_MAX_SOCKETS, ZMQ_SOCKET_LIMIT, ZMQ_THREAD_PRIORITY
        ZMQ_THREAD_SCHED_POLICY, ZMQ_MAX_MSGSZ, ZMQ_MSG_T_SIZE, ZMQ_THREAD_AFFINITY_CPU_ADD
        ZMQ_THREAD_AFFINITY_CPU_REMOVE, ZMQ_THREAD_NAME_PREFIX, ZMQ_IO_THREADS_DFLT, ZMQ_MAX_SOCKETS_DFLT
        ZMQ_THREAD_PRIORITY_DFLT, ZMQ_THREAD_SCHED_POLICY_DFLT, ZMQ_PAIR, ZMQ_PUB, ZMQ_SUB, ZMQ_REQ, ZMQ_REP
        ZMQ_DEALER, ZMQ_ROUTER, ZMQ_PULL, ZMQ_PUSH, ZMQ_XPUB, ZMQ_XSUB, ZMQ_STREAM, ZMQ_XREQ, ZMQ_XREP, ZMQ_AFFINITY
        ZMQ_ROUTING_ID, ZMQ_SUBSCRIBE, ZMQ_UNSUBSCRIBE, ZMQ_RATE, ZMQ_RECOVERY_IVL, ZMQ_SNDBUF, ZMQ_RCVBUF
        ZMQ_RCVMORE, ZMQ_FD, ZMQ_EVENTS, ZMQ_TYPE, ZMQ_LINGER, ZMQ_RECONNECT_IVL, ZMQ_BACKLOG, ZMQ_RECONNECT_IVL_MAX
        ZMQ_MAXMSGSIZE, ZMQ_SNDHWM, ZMQ_RCVHWM, ZMQ_MULTICAST_HOPS, ZMQ_RCVTIMEO, ZMQ_SNDTIMEO, ZMQ_LAST_ENDPOINT
        ZMQ_ROUTER_MANDATORY, ZMQ_TCP_KEEPALIVE, ZMQ_TCP_KEEPALIVE_CNT, ZMQ_TCP_KEEPALIVE_IDLE
        ZMQ_TCP_KEEPALIVE_INTVL, ZMQ_IMMEDIATE, ZMQ_XPUB_VERBOSE, ZMQ_ROUTER_RAW, ZMQ_IPV6, ZMQ_MECHANISM
        ZMQ_PLAIN_SERVER, ZMQ_PLAIN_USERNAME, ZMQ_PLAIN_PASSWORD, ZMQ_CURVE_SERVER, ZMQ_CURVE_PUBLICKEY
        ZMQ_CURVE_SECRETKEY, ZMQ_CURVE_SERVERKEY, ZMQ_PROBE_ROUTER, ZMQ_REQ_CORRELATE, ZMQ_REQ_RELAXED, ZMQ_CONFLATE
        ZMQ_ZAP_DOMAIN, ZMQ_ROUTER_HANDOVER, ZMQ_TOS, ZMQ_CONNECT_ROUTING_ID, ZMQ_GSSAPI_SERVER, ZMQ_GSSAPI_PRINCIPAL
        ZMQ_GSSAPI_SERVICE_PRINCIPAL, ZMQ_GSSAPI_PLAINTEXT, ZMQ_HANDSHAKE_IVL, ZMQ_SOCKS_PROXY, ZMQ_XPUB_NODROP
        ZMQ_BLOCKY, ZMQ_XPUB_MANUAL, ZMQ_XPUB_WELCOME_MSG, ZMQ_STREAM_NOTIFY, ZMQ_INVERT_MATCHING, ZMQ_HEARTBEAT_IVL
        ZMQ_HEARTBEAT_TTL, ZMQ_HEARTBEAT_TIMEOUT, ZMQ_XPUB_VERBOSER, ZMQ_CONNECT_TIMEOUT, ZMQ_TCP_MAXRT
        ZMQ_THREAD_SAFE, ZMQ_MULTICAST_MAXTPDU, ZMQ_VMCI_BUFFER_SIZE, ZMQ_VMCI_BUFFER_MIN_SIZE
        ZMQ_VMCI_BUFFER_MAX_SIZE, ZMQ_VMCI_CONNECT_TIMEOUT, ZMQ_USE_FD, ZMQ_GSSAPI_PRINCIPAL_NAMETYPE
        ZMQ_GSSAPI_SERVICE_PRINCIPAL_NAMETYPE, ZMQ_BINDTODEVICE, ZMQ_MORE, ZMQ_SHARED, ZMQ_DONTWAIT, ZMQ_SNDMORE
        ZMQ_NULL, ZMQ_PLAIN, ZMQ_CURVE, ZMQ_GSSAPI, ZMQ_GROUP_MAX_LENGTH, ZMQ_IDENTITY, ZMQ_CONNECT_RID
        ZMQ_TCP_ACCEPT_FILTER, ZMQ_IPC_FILTER_PID, ZMQ_IPC_FILTER_UID, ZMQ_IPC_FILTER_GID, ZMQ_IPV4ONLY
        ZMQ_DELAY_ATTACH_ON_CONNECT, ZMQ_NOBLOCK, ZMQ_FAIL_UNROUTABLE, ZMQ_ROUTER_BEHAVIOR, ZMQ_SRCFD
        ZMQ_GSSAPI_NT_HOSTBASED, ZMQ_GSSAPI_NT_USER_NAME, ZMQ_GSSAPI_NT_KRB5_PRINCIPAL, ZMQ_EVENT_CONNECTED
        ZMQ_EVENT_CONNECT_DELAYED, ZMQ_EVENT_CONNECT_RETRIED, ZMQ_EVENT_LISTENING, ZMQ_EVENT_BIND_FAILED
        ZMQ_EVENT_ACCEPTED, ZMQ_EVENT_ACCEPT_FAILED, ZMQ_EVENT_CLOSED, ZMQ_EVENT_CLOSE_FAILED, ZMQ_EVENT_DISCONNECTED
        ZMQ_EVENT_MONITOR_STOPPED, ZMQ_EVENT_ALL, ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL, ZMQ_EVENT_HANDSHAKE_SUCCEEDED
        ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH, ZMQ_PROTOCOL_ERROR_ZMTP_UNSPECIFIED
        ZMQ_PROTOCOL_ERROR_ZMTP_UNEXPECTED_COMMAND, ZMQ_PROTOCOL_ERROR_ZMTP_INVALID_SEQUENCE
        ZMQ_PROTOCOL_ERROR_ZMTP_KEY_EXCHANGE, ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED
        ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_MESSAGE, ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_HELLO
        ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_INITIATE, ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_ERROR
        ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_READY, ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_WELCOME
        ZMQ_PROTOCOL_ERROR_ZMTP_INVALID_METADATA, ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC
        ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH, ZMQ_PROTOCOL_ERROR_ZAP_UNSPECIFIED
        ZMQ_PROTOCOL_ERROR_ZAP_MALFORMED_REPLY, ZMQ_PROTOCOL_ERROR_ZAP_BAD_REQUEST_ID
        ZMQ_PROTOCOL_ERROR_ZAP_BAD_VERSION, ZMQ_PROTOCOL_ERROR_ZAP_INVALID_STATUS_CODE
        ZMQ_PROTOCOL_ERROR_ZAP_INVALID_METADATA, ZMQ_PROTOCOL_ERROR_WS_UNSPECIFIED, ZMQ_POLLIN, ZMQ_POLLOUT
        ZMQ_POLLERR, ZMQ_POLLPRI, ZMQ_POLLITEMS_DFLT, ZMQ_STREAMER, ZMQ_FORWARDER, ZMQ_QUEUE

        # drafts
        ZMQ_SERVER, ZMQ_CLIENT, ZMQ_RADIO, ZMQ_DISH, ZMQ_GATHER, ZMQ_SCATTER, ZMQ_DGRAM, ZMQ_PEER, ZMQ_CHANNEL
        ZMQ_ZAP_ENFORCE_DOMAIN, ZMQ_LOOPBACK_FASTPATH, ZMQ_METADATA, ZMQ_MULTICAST_LOOP, ZMQ_ROUTER_NOTIFY
        ZMQ_XPUB_MANUAL_LAST_VALUE, ZMQ_SOCKS_USERNAME, ZMQ_SOCKS_PASSWORD, ZMQ_IN_BATCH_SIZE, ZMQ_OUT_BATCH_SIZE
        ZMQ_WSS_KEY_PEM, ZMQ_WSS_CERT_PEM, ZMQ_WSS_TRUST_PEM, ZMQ_WSS_HOSTNAME, ZMQ_WSS_TRUST_SYSTEM
        ZMQ_ONLY_FIRST_SUBSCRIBE, ZMQ_RECONNECT_STOP, ZMQ_HELLO_MSG, ZMQ_DISCONNECT_MSG, ZMQ_PRIORITY
        ZMQ_RECONNECT_STOP_CONN_REFUSED, ZMQ_RECONNECT_STOP_HANDSHAKE_FAILED, ZMQ_RECONNECT_STOP_AFTER_DISCONNECT
        ZMQ_ZERO_COPY_RECV, ZMQ_MSG_PROPERTY_ROUTING_ID, ZMQ_MSG_PROPERTY_SOCKET_TYPE, ZMQ_MSG_PROPERTY_USER_ID
        ZMQ_MSG_PROPERTY_PEER_ADDRESS, ZMQ_NOTIFY_CONNECT, ZMQ_NOTIFY_DISCONNECT, ZMQ_EVENT_PIPES_STATS
        ZMQ_CURRENT_EVENT_VERSION, ZMQ_CURRENT_EVENT_VERSION_DRAFT, ZMQ_EVENT_ALL_V1, ZMQ_EVENT_ALL_V2


# Errors and the library
cdef int (*zmq_errno)() noexcept nogil
cdef const char *(*zmq_strerror)(int errnum) noexcept nogil
cdef void (*zmq_version)(int *major, int *minor, int *patch) noexcept nogil
cdef int (*zmq_has)(const char *capability) noexcept nogil

# Contexts
cdef void *(*zmq_ctx_new)() noexcept nogil
cdef int (*zmq_ctx_term)(void *context) noexcept nogil
cdef int (*zmq_ctx_shutdown)(void *context) noexcept nogil
cdef int (*zmq_ctx_set)(void *context, int option, int value) noexcept nogil
cdef int (*zmq_ctx_get)(void *context, int option) noexcept nogil

# Messages
cdef int (*zmq_msg_init)(zmq_msg_t *msg) noexcept nogil
cdef int (*zmq_msg_init_size)(zmq_msg_t *msg, size_t size) noexcept nogil
cdef int (*zmq_msg_init_data)(zmq_msg_t *msg, void *data, size_t size, zmq_free_fn *ffn, void *hint) noexcept nogil
cdef int (*zmq_msg_send)(zmq_msg_t *msg, void *socket, int flags) noexcept nogil
cdef int (*zmq_msg_recv)(zmq_msg_t *msg, void *socket, int flags) noexcept nogil
cdef int (*zmq_msg_close)(zmq_msg_t *msg) noexcept nogil
cdef int (*zmq_msg_move)(zmq_msg_t *dest, zmq_msg_t *src) noexcept nogil
cdef int (*zmq_msg_copy)(zmq_msg_t *dest, zmq_msg_t *src) noexcept nogil
cdef void *(*zmq_msg_data)(zmq_msg_t *msg) noexcept nogil
cdef size_t (*zmq_msg_size)(const zmq_msg_t *msg) noexcept nogil
cdef int (*zmq_msg_more)(const zmq_msg_t *msg) noexcept nogil
cdef int (*zmq_msg_get)(const zmq_msg_t *msg, int option) noexcept nogil
cdef int (*zmq_msg_set)(zmq_msg_t *msg, int option, int value) noexcept nogil
cdef const char *(*zmq_msg_gets)(const zmq_msg_t *msg, const char *name) noexcept nogil

# Sockets
cdef void *(*zmq_socket)(void *context, int type) noexcept nogil
cdef int (*zmq_close)(void *socket) noexcept nogil
cdef int (*zmq_setsockopt)(void *socket, int option, const void *value, size_t size) noexcept nogil
cdef int (*zmq_getsockopt)(void *socket, int option, void *value, size_t *size) noexcept nogil
cdef int (*zmq_bind)(void *socket, const char *endpoint) noexcept nogil
cdef int (*zmq_connect)(void *socket, const char *endpoint) noexcept nogil
cdef int (*zmq_unbind)(void *socket, const char *endpoint) noexcept nogil
cdef int (*zmq_disconnect)(void *socket, const char *endpoint) noexcept nogil
cdef int (*zmq_send)(void *socket, const void *data, size_t size, int flags) noexcept nogil
cdef int (*zmq_send_const)(void *socket, const void *data, size_t size, int flags) noexcept nogil
cdef int (*zmq_recv)(void *socket, void *data, size_t size, int flags) noexcept nogil
cdef int (*zmq_socket_monitor)(void *socket, const char *endpoint, int events) noexcept nogil

# Polling and proxies
cdef int (*zmq_poll)(zmq_pollitem_t *items, int count, long timeout_ms) noexcept nogil
cdef int (*zmq_proxy)(void *frontend, void *backend, void *capture) noexcept nogil
cdef int (*zmq_proxy_steerable)(void *frontend, void *backend, void *capture, void *control) noexcept nogil

# CURVE and Z85
cdef char *(*zmq_z85_encode)(char *dest, const uint8_t *data, size_t size) noexcept nogil
cdef uint8_t *(*zmq_z85_decode)(uint8_t *dest, const char *text) noexcept nogil
cdef int (*zmq_curve_keypair)(char *public_key, char *secret_key) noexcept nogil
cdef int (*zmq_curve_public)(char *public_key, const char *secret_key) noexcept nogil

# Clocks, counters and threads
cdef void *(*zmq_atomic_counter_new)() noexcept nogil
cdef void (*zmq_atomic_counter_set)(void *counter, int value) noexcept nogil
cdef int (*zmq_atomic_counter_inc)(void *counter) noexcept nogil
cdef int (*zmq_atomic_counter_dec)(void *counter) noexcept nogil
cdef int (*zmq_atomic_counter_value)(void *counter) noexcept nogil
cdef void (*zmq_atomic_counter_destroy)(void **counter) noexcept nogil
cdef void *(*zmq_stopwatch_start)() noexcept nogil
cdef unsigned long (*zmq_stopwatch_intermediate)(void *watch) noexcept nogil
cdef unsigned long (*zmq_stopwatch_stop)(void *watch) noexcept nogil
cdef void (*zmq_sleep)(int seconds) noexcept nogil
cdef void *(*zmq_threadstart)(zmq_thread_fn *func, void *arg) noexcept nogil
cdef void (*zmq_threadclose)(void *thread) noexcept nogil

# Drafts: each fails with ENOTSUP if libzmq was built without them
cdef int (*zmq_join)(void *socket, const char *group) noexcept nogil
cdef int (*zmq_leave)(void *socket, const char *group) noexcept nogil
cdef uint32_t (*zmq_connect_peer)(void *socket, const char *endpoint) noexcept nogil
cdef int (*zmq_msg_set_routing_id)(zmq_msg_t *msg, uint32_t routing_id) noexcept nogil
cdef uint32_t (*zmq_msg_routing_id)(zmq_msg_t *msg) noexcept nogil
cdef int (*zmq_msg_set_group)(zmq_msg_t *msg, const char *group) noexcept nogil
cdef const char *(*zmq_msg_group)(zmq_msg_t *msg) noexcept nogil
cdef int (*zmq_socket_get_peer_state)(void *socket, const void *routing_id, size_t size) noexcept nogil
cdef int (*zmq_socket_monitor_versioned)(
    void *socket, const char *endpoint, uint64_t events, int version, int type
) noexcept nogil
cdef int (*zmq_socket_monitor_pipes_stats)(void *socket) noexcept nogil

# Deprecated: for old programs
cdef void *(*zmq_init)(int io_threads) noexcept nogil
cdef int (*zmq_term)(void *context) noexcept nogil
cdef int (*zmq_ctx_destroy)(void *context) noexcept nogil
cdef int (*zmq_sendmsg)(void *socket, zmq_msg_t *msg, int flags) noexcept nogil
cdef int (*zmq_recvmsg)(void *socket, zmq_msg_t *msg, int flags) noexcept nogil
cdef int (*zmq_device)(int type, void *frontend, void *backend) noexcept nogil


# Whether libzmq has the draft functions, and zmq-core was built with them
cdef bint has_drafts() noexcept nogil
