"""The functions of libzmq that take an endpoint: bind, connect and their opposites, and monitors."""
cimport cython
from libc.errno cimport EADDRNOTAVAIL, EAGAIN, EMFILE
from libc.stdint cimport int64_t, uint32_t

from zmq.backend cimport libzmq
from zmq.backend.context cimport ContextHandle
from zmq.backend.errors cimport fail, interrupted
from zmq.backend.handle cimport Handle, usable
from zmq.backend.options cimport int_option
from zmq.backend.reaping cimport wait_for_a_descriptor, wait_for_room
from zmq.backend.waiting cimport core_count_free

from zmq.backend.hosts import with_addresses


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
    cdef int errno = _called(handle, rc)
    if errno:
        fail(errno, f"{action} {of!r}")
    return rc


cdef int _called(Handle handle, int rc) except -1:
    """Return the errno of a call that returned *rc*, 0 for none; tell the watchers, as checked() does."""
    cdef int errno = libzmq.zmq_errno() if rc < 0 else 0  # first: any Python call may overwrite it
    if handle.watchers:
        handle.operated()
    return errno


cdef int attach(Handle handle, Attach call, str action, bytes endpoint, int unknown_host=0) except -1:
    """Call libzmq with an endpoint; if that fails with *unknown_host*, with the addresses of the host it names."""
    cdef int64_t give_up = 0
    cdef int retried
    cdef int errno = _attempt(handle, call, endpoint)
    while errno == EMFILE and wait_for_a_descriptor(&give_up):  # a peer may have taken the last one meanwhile
        errno = _attempt(handle, call, endpoint)
    # Where the socket is monitored, the event of the failure has overwritten libzmq's errno with EAGAIN.
    if unknown_host and errno in (unknown_host, EAGAIN):
        for other in with_addresses(endpoint, bool(int_option(handle, libzmq.ZMQ_IPV6))):
            retried = _attempt(handle, call, other)
            if retried not in (EADDRNOTAVAIL, unknown_host):
                errno = retried
                break
    if errno:
        fail(errno, f"{action} {endpoint_text(endpoint)!r}")
    return 0


cdef int _attempt(Handle handle, Attach call, bytes endpoint) except -1:
    """Return 0, or the errno."""
    cdef int rc
    with cython.critical_section(handle):
        if endpoint.startswith(b"inproc:"):
            handle.local = True
        else:
            handle.remote = True
        rc = call(usable(handle), endpoint)
        while interrupted(rc):
            rc = call(usable(handle), endpoint)
        return _called(handle, rc)


cdef uint32_t attach_peer(Handle handle, bytes endpoint) except 0:
    """Connect a PEER socket; return the routing id of the other peer."""
    need_descriptor(handle, endpoint, "connect to")
    cdef str shown = endpoint_text(endpoint)
    cdef uint32_t routing_id
    with cython.critical_section(handle):
        handle.remote = True
        routing_id = libzmq.zmq_connect_peer(usable(handle), endpoint)
        while routing_id == 0 and interrupted(-1):
            routing_id = libzmq.zmq_connect_peer(usable(handle), endpoint)
        checked(handle, 0 if routing_id else -1, "connect to", shown)
    return routing_id


cdef int need_descriptor(Handle handle, bytes endpoint, str action) except -1:
    """Raise if no descriptor is free: libzmq aborts the process when it cannot look up a network interface.

    bind() looks one up, connect() that of a source address (``tcp://SOURCE;HOST:PORT``) alone.
    """
    if endpoint.startswith(b"inproc:") or (action == "connect to" and b";" not in endpoint):
        return 0
    cdef int64_t give_up = 0
    while core_count_free(1) < 1:
        if not wait_for_a_descriptor(&give_up):
            fail(EMFILE, f"{action} {endpoint_text(endpoint)!r}")
        with cython.critical_section(handle):
            handle.look()  # raises if the socket was closed, or its context terminated, meanwhile
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
