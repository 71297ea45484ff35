from libc.stdint cimport int64_t

from zmq.backend.pinned cimport Completion
from zmq.backend.pointer cimport Pointer, Target


cdef class Closing:
    cdef void *ptr  # NULL until nothing refers to the context any more
    cdef int generation
    cdef int linger_ms  # the longest finite LINGER of its closed sockets
    cdef unsigned int endless  # bit N: a socket of type N was closed with an infinite LINGER


cdef class ContextHandle(Target):
    cdef object __weakref__
    cdef bint started  # whether its I/O threads run: libzmq starts them with the first socket
    cdef bint lent  # whether code outside knows the address, and so may have sockets that are not counted
    cdef Py_ssize_t unsent  # how many sockets are open, or may still have messages to send
    cdef int64_t closed_at  # when a socket of it was last closed, in monotonic ns; 0 is never: see reaping
    cdef Completion termination  # None until the termination has begun
    cdef long begun  # whether all of it can be read, for those that look without the section
    cdef set kept_open  # the set of Context._kept_open; None until its first use
    cdef Closing closing  # None for a foreign context

    cdef void *live(self) except NULL
    cdef bint closed(self) noexcept
    cdef int terminate(self) except -1
    cdef int closes(self, void *socket, int type, bint local) except -1


cdef class Context(Pointer):
    cdef object __weakref__
    cdef ContextHandle shared_handle
    cdef public bint _shadow
    cdef public object _shadow_obj  # the Context, or the address, that it shares
    cdef bint terminated  # by term() of this object, not of another one on the C context

    cdef void *_live(self) except NULL
