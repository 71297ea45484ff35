from libc.stdint cimport int64_t, uint32_t

from zmq.backend.handle cimport Handle

ctypedef int (*Attach)(void *socket, const char *endpoint) noexcept nogil


cdef bytes endpoint_bytes(object addr)
cdef str endpoint_text(object addr)
cdef int attach(Handle handle, Attach call, str action, bytes endpoint, int unknown_host=*) except -1
cdef uint32_t attach_peer(Handle handle, bytes endpoint) except 0
cdef int need_descriptor(Handle handle, bytes endpoint, str action) except -1
cdef int publish_events(Handle handle, bytes endpoint, int events) except -1
cdef int checked(Handle handle, int rc, str action, object of) except -1
cdef bint room_comes(Handle handle, int64_t *give_up) except -1
