from libc.stdint cimport int64_t


cdef extern from "zmq/backend/pypy.h":
    pass

cdef extern from "zmq/backend/waiting.h" nogil:
    ctypedef int core_fd
    ctypedef struct core_pollfd:
        core_fd fd
        short events
        short revents
    core_fd CORE_NO_FD
    const short POLLIN
    const short POLLOUT
    const short POLLPRI "CORE_POLLPRI"
    const short POLLERR "CORE_POLLERR"
    int core_poll(core_pollfd *fds, unsigned long count, int timeout_ms)
    bint core_poll_interrupted()
    bint core_finalizing()
    const int CORE_SPARE
    int core_count_free(int most)
    bint core_many_free()
    void core_on_fork(void (*child)() noexcept nogil)

cdef extern from "zmq/backend/atomics.h" nogil:
    const bint FREE_THREADED "CORE_FREE_THREADED"
    long core_add(long *at, long value)
    long core_set(long *at, long value)
    long core_get(long *at)


cdef inline unsigned long add_fd(core_pollfd *fds, unsigned long count, core_fd fd, short events) noexcept nogil:
    """Add a descriptor to the *count* that are polled; return how many there are then."""
    fds[count].fd = fd
    fds[count].events = events
    fds[count].revents = 0
    return count + 1


# Counts the forks between this process and the one that loaded the module: objects with another number were inherited.
cdef int generation

cdef int64_t FOREVER
cdef int64_t SLICE_NS
cdef int64_t deadline_after(object timeout_ms) except -1
cdef double poll_timeout(object timeout_ms) except? -2
cdef int poll_flags(object flags) except? -1
cdef int64_t remaining_ns(int64_t deadline) except -1
cdef int64_t until_signals(int64_t left) except -1
cdef int milliseconds(int64_t left) noexcept


cdef class Waker:
    cdef core_fd read_fd
    cdef core_fd write_fd
    cdef int generation
    cdef long fired  # whether there may be wakes to drain; atomic, as are the following
    cdef long users  # the owner, until it retires it, and the threads in wake()
    cdef long retired
    cdef long closed

    cdef void wake(self) noexcept
    cdef void drain(self) noexcept
    cdef int sleep(self, core_fd fd, int64_t deadline, int64_t slice_ns) except -1


cdef Waker borrow_waker()
cdef int return_waker(Waker waker) except -1
