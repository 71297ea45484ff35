from zmq.backend cimport libzmq


cdef class Completion:
    cdef long pending
    cdef void *lock
    cdef int generation

    cdef void seal(self) noexcept nogil
    cdef bint done(self) noexcept nogil


cdef class MessageTracker:
    cdef tuple watched
    cdef dict attributes
    cdef object __weakref__


cdef int init_pinned(libzmq.zmq_msg_t *msg, object data, Completion completion) except -1
cdef int release_finished() except -1
cdef void *promise(Completion completion) except NULL
cdef void finished(void *data, void *hint) noexcept nogil
cdef MessageTracker track(Completion completion)
