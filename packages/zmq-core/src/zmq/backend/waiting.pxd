from libc.stdint cimport int64_t


cdef extern from "zmq/backend/waiting.h" nogil:
    ctypedef int core_fd
    core_fd CORE_NO_FD
    bint core_finalizing()
    bint core_can_open(int count)


# Counts the forks between this process and the one that loaded the module: who remembers another number was inherited.
cdef int generation

cdef int64_t FOREVER
cdef int64_t deadline_after(object timeout_ms) except -1
cdef int64_t remaining_ns(int64_t deadline) except -1
cdef int64_t until_signals(int64_t left) except -1


cdef class Waker:
    cdef core_fd read_fd
    cdef core_fd write_fd
    cdef int generation

    cdef void wake(self) noexcept nogil
    cdef void drain(self) noexcept nogil
    cdef int sleep(self, core_fd fd, int64_t deadline, int64_t slice_ns) except -1


cdef Waker borrow_waker()
cdef void return_waker(Waker waker)
