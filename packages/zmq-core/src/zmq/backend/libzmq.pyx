"""Every function of zmq.h, as a pointer to it; and the version and capabilities of libzmq."""
from zmq.backend cimport zmq_h


# Errors and the library
zmq_errno = zmq_h.zmq_errno
zmq_strerror = zmq_h.zmq_strerror
zmq_version = zmq_h.zmq_version
zmq_has = zmq_h.zmq_has

# Contexts
zmq_ctx_new = zmq_h.zmq_ctx_new
zmq_ctx_term = zmq_h.zmq_ctx_term
zmq_ctx_shutdown = zmq_h.zmq_ctx_shutdown
zmq_ctx_set = zmq_h.zmq_ctx_set
zmq_ctx_get = zmq_h.zmq_ctx_get

# Messages
zmq_msg_init = zmq_h.zmq_msg_init
zmq_msg_init_size = zmq_h.zmq_msg_init_size
zmq_msg_init_data = zmq_h.zmq_msg_init_data
zmq_msg_send = zmq_h.zmq_msg_send
zmq_msg_recv = zmq_h.zmq_msg_recv
zmq_msg_close = zmq_h.zmq_msg_close
zmq_msg_move = zmq_h.zmq_msg_move
zmq_msg_copy = zmq_h.zmq_msg_copy
zmq_msg_data = zmq_h.zmq_msg_data
zmq_msg_size = zmq_h.zmq_msg_size
zmq_msg_more = zmq_h.zmq_msg_more
zmq_msg_get = zmq_h.zmq_msg_get
zmq_msg_set = zmq_h.zmq_msg_set
zmq_msg_gets = zmq_h.zmq_msg_gets

# Sockets
zmq_socket = zmq_h.zmq_socket
zmq_close = zmq_h.zmq_close
zmq_setsockopt = zmq_h.zmq_setsockopt
zmq_getsockopt = zmq_h.zmq_getsockopt
zmq_bind = zmq_h.zmq_bind
zmq_connect = zmq_h.zmq_connect
zmq_unbind = zmq_h.zmq_unbind
zmq_disconnect = zmq_h.zmq_disconnect
zmq_send = zmq_h.zmq_send
zmq_send_const = zmq_h.zmq_send_const
zmq_recv = zmq_h.zmq_recv
zmq_socket_monitor = zmq_h.zmq_socket_monitor

# Polling and proxies
zmq_poll = zmq_h.zmq_poll
zmq_proxy = zmq_h.zmq_proxy
zmq_proxy_steerable = zmq_h.zmq_proxy_steerable

# CURVE and Z85
zmq_z85_encode = zmq_h.zmq_z85_encode
zmq_z85_decode = zmq_h.zmq_z85_decode
zmq_curve_keypair = zmq_h.zmq_curve_keypair
zmq_curve_public = zmq_h.zmq_curve_public

# Clocks, counters and threads
zmq_atomic_counter_new = zmq_h.zmq_atomic_counter_new
zmq_atomic_counter_set = zmq_h.zmq_atomic_counter_set
zmq_atomic_counter_inc = zmq_h.zmq_atomic_counter_inc
zmq_atomic_counter_dec = zmq_h.zmq_atomic_counter_dec
zmq_atomic_counter_value = zmq_h.zmq_atomic_counter_value
zmq_atomic_counter_destroy = zmq_h.zmq_atomic_counter_destroy
zmq_stopwatch_start = zmq_h.zmq_stopwatch_start
zmq_stopwatch_intermediate = zmq_h.zmq_stopwatch_intermediate
zmq_stopwatch_stop = zmq_h.zmq_stopwatch_stop
zmq_sleep = zmq_h.zmq_sleep
zmq_threadstart = zmq_h.zmq_threadstart
zmq_threadclose = zmq_h.zmq_threadclose

# Drafts: without them in libzmq, each fails with ENOTSUP
zmq_join = zmq_h.zmq_join
zmq_leave = zmq_h.zmq_leave
zmq_connect_peer = zmq_h.zmq_connect_peer
zmq_msg_set_routing_id = zmq_h.zmq_msg_set_routing_id
zmq_msg_routing_id = zmq_h.zmq_msg_routing_id
zmq_msg_set_group = zmq_h.zmq_msg_set_group
zmq_msg_group = zmq_h.zmq_msg_group
zmq_socket_get_peer_state = zmq_h.zmq_socket_get_peer_state
zmq_socket_monitor_versioned = zmq_h.zmq_socket_monitor_versioned
zmq_socket_monitor_pipes_stats = zmq_h.zmq_socket_monitor_pipes_stats

# Deprecated: names that old programs call
zmq_init = zmq_h.zmq_init
zmq_term = zmq_h.zmq_ctx_term
zmq_ctx_destroy = zmq_h.zmq_ctx_term
zmq_sendmsg = zmq_h.zmq_sendmsg
zmq_recvmsg = zmq_h.zmq_recvmsg
zmq_device = zmq_h.zmq_device


cdef bint has_drafts() noexcept nogil:
    return zmq_h.ZMQ_CORE_DRAFTS


DRAFT_API = bool(has_drafts())


def zmq_version_info() -> tuple[int, int, int]:
    """Return the version of the loaded libzmq as (major, minor, patch).

    libzmq: zmq_version(3)
    """
    cdef int major, minor, patch
    zmq_h.zmq_version(&major, &minor, &patch)
    return major, minor, patch


def has(capability: str) -> bool:
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


def strerror(errno: int) -> str:
    """Return libzmq's text for an error number.

    libzmq: zmq_strerror(3)
    """
    return zmq_h.zmq_strerror(errno).decode("utf-8", "replace")
