from zmq.backend cimport libzmq
from zmq.backend.instances cimport Instance
from zmq.backend.waiting cimport core_get


cdef class Completion:
    cdef long pending
    cdef void *lock
    cdef int generation

    cdef void seal(self) noexcept nogil
    cdef bint done(self) noexcept nogil


cdef class MessageTracker(Instance):
    cdef tuple watched
    cdef object __weakref__


# From here on bytes are pinned also where a copy is asked for: that is no slower, and needs no memory.
cdef enum:
    LENT_FROM = 65536


cdef int release_finished() except -1


# Whether a node was finished for which no pending call is asked.
cdef long unasked


cdef inline int release_unasked() except -1:
    """After a call of libzmq that may have dropped pinned messages: drop the references.  May run Python code."""
    return release_finished() if core_get(&unasked) else 0


cdef bint init_lent(libzmq.zmq_msg_t *msg, bytes data) except -1
cdef bytes bytes_at(void *data, size_t size)
cdef int init_pinned(libzmq.zmq_msg_t *msg, object data, Completion completion) except -1
cdef void *promise(Completion completion) except NULL
cdef void finished(void *data, void *hint) noexcept nogil
cdef MessageTracker track(Completion completion)
