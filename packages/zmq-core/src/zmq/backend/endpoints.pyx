"""The functions of libzmq that take an endpoint: bind, connect and their opposites, and monitors.

ROUTER and REP sockets may connect to an inproc endpoint before another socket is bound to it.  libzmq then aborts the
process if they have disconnected when it is bound, or if it is bound by a PAIR that refuses a second peer.  So they
disconnect only when it is bound, and no PAIR can be bound.  For that each context has a list of such sockets.
"""
from weakref import WeakKeyDictionary, WeakValueDictionary

cimport cython
from libc.errno cimport EADDRNOTAVAIL, EAGAIN, EMFILE, ENOENT
from libc.stdint cimport int64_t, uint32_t

from zmq.backend cimport libzmq
from zmq.backend.context cimport ContextHandle
from zmq.backend.errors cimport fail, interrupted
from zmq.backend.handle cimport Handle, usable
from zmq.backend.options cimport int_option
from zmq.backend.reaping cimport wait_for_descriptors, wait_for_room

from zmq.backend.hosts import with_addresses
from zmq.constants import Errno
from zmq.error import ZMQError


cdef bytes endpoint_bytes(object addr):
    """Return *addr* as libzmq takes it: bytes as they are."""
    if isinstance(addr, str):
        return addr.encode("utf-8")
    if isinstance(addr, bytes):
        return bytes(addr)
    raise TypeError(f"endpoints are str, such as 'tcp://127.0.0.1:5555': got {addr!r}")


cdef str endpoint_text(object addr):
    """Return an endpoint for messages of errors."""
    return addr.decode("utf-8", "backslashreplace") if isinstance(addr, bytes) else str(addr)


cdef int checked(Handle handle, int rc, str action, object of) except -1:
    """Return *rc*, or raise; tell the watchers either way, for a call that fails has processed commands, too.

    In the critical section of *handle*, which the call was made in.
    """
    cdef int errno = libzmq.zmq_errno() if rc < 0 else 0  # first: any Python call may overwrite it
    if handle.watchers:
        handle.operated()
    if errno:
        fail(errno, f"{action} {of!r}")
    return rc


cdef int attach(Handle handle, Attach call, str action, bytes endpoint, int unknown_host=0) except -1:
    """Call libzmq with an endpoint; if that fails with *unknown_host*, with the addresses of the host it names."""
    cdef bint listed = endpoint.startswith(b"inproc:") and handle.context is not None and not handle.context.foreign
    if listed and _is_put_off(handle, handle.context, call, endpoint):
        return 0
    cdef int errno = _attempt(handle, call, endpoint)
    cdef int retried
    # Where the socket is monitored, the event of the failure has overwritten libzmq's errno with EAGAIN.
    if unknown_host and errno in (unknown_host, EAGAIN):
        for other in with_addresses(endpoint, bool(int_option(handle, libzmq.ZMQ_IPV6))):
            retried = _attempt(handle, call, other)
            if retried not in (EADDRNOTAVAIL, unknown_host):
                errno = retried
                break
    if errno:
        fail(errno, f"{action} {endpoint_text(endpoint)!r}")
    if listed:
        _note(handle, handle.context, call, endpoint)
    return 0


cdef bint _is_open(Handle handle) noexcept:
    return handle is not None and (handle.ptr != NULL or handle.unusable is not None)


cdef bint _is_put_off(Handle handle, ContextHandle context, Attach call, bytes endpoint) except -1:
    """Return whether the call is left out: the socket disconnects as soon as *endpoint* is bound, or no more."""
    cdef Handle other
    early = None if context.early is None else context.early.get(endpoint)
    if early is None:
        return False
    if call == libzmq.zmq_bind and handle.type == libzmq.ZMQ_PAIR:
        for other in tuple(early):
            if _is_open(other):
                raise ZMQError(
                    Errno.EINVAL,
                    f"cannot bind {endpoint_text(endpoint)!r}: a ROUTER or REP socket has connected to it, not a PAIR",
                )
    if handle not in early:
        return False
    if call == libzmq.zmq_connect:
        leaves, early[handle] = early[handle], False
        return leaves
    if call == libzmq.zmq_disconnect:
        if early[handle]:
            fail(ENOENT, f"disconnect from {endpoint_text(endpoint)!r}")
        early[handle] = True
        return True
    return False


cdef int _note(Handle handle, ContextHandle context, Attach call, bytes endpoint) except -1:
    """Keep the list up to date after a call; disconnect what has waited for *endpoint* to be bound."""
    cdef Handle other
    if context.early is None:
        context.early = {}
        context.bound = WeakValueDictionary()
    if call == libzmq.zmq_bind:
        context.bound[endpoint] = handle
        for other, leaves in tuple(context.early.pop(endpoint, {}).items()):
            if leaves and other.ptr != NULL:
                _attempt(other, libzmq.zmq_disconnect, endpoint)
                handle.look()  # nothing is sent to it any more
    elif call == libzmq.zmq_unbind:
        context.bound.pop(endpoint, None)
    elif call == libzmq.zmq_connect and handle.type in (libzmq.ZMQ_ROUTER, libzmq.ZMQ_REP):
        if not _is_open(context.bound.get(endpoint)):
            context.early.setdefault(endpoint, WeakKeyDictionary())[handle] = False
    return 0


cdef int _attempt(Handle handle, Attach call, bytes endpoint) except -1:
    """Return 0, or the errno."""
    cdef int rc, errno
    with cython.critical_section(handle):
        rc = call(usable(handle), endpoint)
        while interrupted(rc):
            rc = call(usable(handle), endpoint)
        errno = libzmq.zmq_errno() if rc < 0 else 0  # first: any Python call may overwrite it
        if endpoint.startswith(b"inproc:"):
            handle.local = True
        if handle.watchers:
            handle.operated()  # a call that fails has processed commands, too
    return errno


cdef uint32_t attach_peer(Handle handle, bytes endpoint) except 0:
    """Connect a PEER socket; return the routing id of the other peer."""
    need_descriptor(endpoint, "connect to")
    cdef str shown = endpoint_text(endpoint)
    cdef uint32_t routing_id
    with cython.critical_section(handle):
        routing_id = libzmq.zmq_connect_peer(usable(handle), endpoint)
        while routing_id == 0 and interrupted(-1):
            routing_id = libzmq.zmq_connect_peer(usable(handle), endpoint)
        checked(handle, 0 if routing_id else -1, "connect to", shown)
    return routing_id


cdef int need_descriptor(bytes endpoint, str action) except -1:
    """Raise if no descriptor is free: libzmq aborts the process when it cannot look up a network interface.

    bind() looks one up, connect() that of a source address (``tcp://SOURCE;HOST:PORT``) alone.
    """
    if endpoint.startswith(b"inproc:") or (action == "connect to" and b";" not in endpoint):
        return 0
    if not wait_for_descriptors(1):
        fail(EMFILE, f"{action} {endpoint_text(endpoint)!r}")
    return 0


cdef int publish_events(Handle handle, bytes endpoint, int events) except -1:
    """Publish events on an endpoint, or nothing any more where *endpoint* is None."""
    cdef const char *name = NULL
    if endpoint is not None:
        name = endpoint
    cdef int64_t give_up = 0
    cdef int rc
    shown = endpoint and endpoint_text(endpoint)
    with cython.critical_section(handle):
        rc = libzmq.zmq_socket_monitor(usable(handle), name, events)
        while rc < 0 and libzmq.zmq_errno() == EMFILE and room_comes(handle, &give_up):
            rc = libzmq.zmq_socket_monitor(usable(handle), name, events)
        checked(handle, rc, "monitor on", shown)
        handle.monitor = NULL
    return 0


cdef bint room_comes(Handle handle, int64_t *give_up) except -1:
    """Wait for a descriptor, which libzmq has just not found; return False when waiting longer is of no use."""
    cdef ContextHandle context = handle.context
    return wait_for_room(give_up, 0 if context is None else context.closed_at)
