from libc.stdint cimport int64_t

from zmq.backend.pinned cimport Completion
from zmq.backend.pointer cimport Pointer, Target


cdef class Closing:
    cdef void *ptr  # NULL until the context was dropped
    cdef int generation
    cdef int linger_ms  # the longest finite LINGER that a socket was closed with
    cdef unsigned int endless  # a bit for each type of those whose LINGER is infinite


cdef class ContextHandle(Target):
    cdef void *ptr
    cdef int generation
    cdef bint foreign
    cdef bint started  # whether its threads run: from its first socket on
    cdef int64_t closed_at  # when a socket of it was closed last, see zmq.backend.reaping; 0 is never
    cdef Completion termination  # None until term() was called
    cdef set kept_open  # sockets: see Context._kept_open; None until it was asked for
    cdef Closing closing  # None for a foreign one

    cdef void *live(self) except NULL
    cdef bint closed(self) noexcept
    cdef int terminate(self) except -1
    cdef int close_kept(self) except -1
    cdef int closes(self, void *socket, int type) except -1


cdef class Context(Pointer):
    cdef ContextHandle shared_handle
    cdef public bint _shadow
    cdef public object _shadow_obj  # what it shares the C context of: a Context, or an address
    cdef bint terminated  # by a call of this very object

    cdef int _share(self, ContextHandle handle) except -1
    cdef void *_live(self) except NULL
    cdef int _check_options(self) except -1
