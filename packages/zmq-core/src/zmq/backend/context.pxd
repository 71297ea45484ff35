from zmq.backend.pinned cimport Completion


cdef class ContextHandle:
    cdef void *ptr
    cdef int generation
    cdef bint foreign
    cdef bint started  # whether its threads run: from its first socket on
    cdef Completion termination  # None until term() was called
    cdef object __weakref__

    cdef void *live(self) except NULL
    cdef bint closed(self) noexcept
    cdef int terminate(self) except -1


cdef class Context:
    cdef ContextHandle shared_handle
    cdef readonly bint _shadow
    cdef object __weakref__

    cdef void *_live(self) except NULL
