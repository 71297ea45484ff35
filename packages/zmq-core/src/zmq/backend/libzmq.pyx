"""Every function of zmq.h, as a pointer to it; and the version and capabilities of libzmq."""
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


# Written by the build: sets each pointer that libzmq.pxd declares to the function of zmq.h.
include "zmq_h.pxi"


cdef bint has_drafts() noexcept nogil:
    return ZMQ_CORE_DRAFTS


DRAFT_API = bool(has_drafts())


def zmq_version_info() -> tuple[int, int, int]:
    """Return the version of the loaded libzmq as (major, minor, patch).

    libzmq: zmq_version(3)
    """
    cdef int major, minor, patch
    zmq_version(&major, &minor, &patch)
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
    if zmq_has(name):
        return True
    name = capability.upper().encode("utf-8")
    return capability in ("ws", "wss") and bool(zmq_has(name))  # libzmq 4.3 names them WS and WSS


def strerror(errno: int) -> str:
    """Return libzmq's text for an error number.

    libzmq: zmq_strerror(3)
    """
    return zmq_strerror(errno).decode("utf-8", "replace")
