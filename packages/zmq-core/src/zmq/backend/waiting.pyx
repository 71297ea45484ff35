"""Waiting on descriptors: deadlines, wakers, signals.

A thread that waits polls two descriptors with the GIL released: the one it waits for, and its waker's, by which other
threads get it to look again.  No libzmq object is touched meanwhile.  This is the one place where signals are handled:
poll returns EINTR, Python's handlers run, and the caller tries its operation again, against the same deadline.

A signal that arrives after Python has looked for signals and before poll sleeps does not wake it, nor does one that the
system gives to another thread; on Windows none does.  The main thread, which runs the handlers, looks twice a second.
"""
import os
import sys
from threading import get_ident, main_thread
from time import monotonic_ns

from cpython.exc cimport PyErr_CheckSignals
from cpython.long cimport PyLong_AsLongLongAndOverflow, PyLong_CheckExact
from libc.limits cimport INT_MAX
from libc.stdint cimport INT64_MAX, int64_t


cdef extern from "zmq/backend/waiting.h" nogil:
    void core_wake(core_fd fd)
    void core_close(core_fd fd)
    void core_drain(core_fd fd)
    bint core_is_main
    int core_role_since
    void core_set_role(bint is_main, int since)

if sys.implementation.name == "pypy":
    import socket  # now: there threads that import it at the same time find half of a module


generation = 0
FOREVER = INT64_MAX
SLICE_NS = 5_000_000  # how long to sleep where no descriptor tells when to look again


cdef int64_t SIGNALS_NS = 500_000_000


cdef void _forked() noexcept nogil:
    global generation
    generation += 1


core_on_fork(_forked)


cdef int64_t deadline_after(object timeout_ms) except -1:
    """Return the monotonic time, in nanoseconds, *timeout_ms* from now; FOREVER for None and negative numbers."""
    if timeout_ms is None or timeout_ms < 0:
        return FOREVER
    cdef double ns = float(timeout_ms) * 1e6
    cdef int64_t now = monotonic_ns()
    return now + <int64_t>ns if ns < <double>(INT64_MAX - now) else FOREVER


cdef double poll_timeout(object timeout_ms) except? -2:
    """Return what zmq_poll(3) makes of *timeout_ms*: milliseconds, -1 for None and negative numbers.

    Raises:
        TypeError, ValueError, OverflowError: It is no number, not a number, or more than a C int.
    """
    if timeout_ms is None:
        return -1
    cdef double number
    cdef int overflow
    if PyLong_CheckExact(timeout_ms):  # what programs pass, and several times as fast
        number = PyLong_AsLongLongAndOverflow(timeout_ms, &overflow)
        if overflow:
            number = INT64_MAX if overflow > 0 else -1
    else:
        number = timeout_ms
    if number < 0:
        return -1
    if number != number:
        raise ValueError("a timeout is a number of milliseconds: got NaN")
    if number > INT_MAX:
        raise OverflowError(f"a timeout is at most {INT_MAX} ms, or -1 to wait for ever: got {timeout_ms!r}")
    return number


cdef int poll_flags(object flags) except? -1:
    """Return a mask of events; none for None, and for other objects that are false.

    Raises:
        TypeError, OverflowError: It is no number, or more than a C int.
    """
    if flags is None:
        return 0
    try:
        return flags
    except TypeError:
        if flags:
            raise
        return 0


cdef int64_t remaining_ns(int64_t deadline) except -1:
    """Return the nanoseconds until *deadline*, 0 when it has passed."""
    if deadline == FOREVER:
        return FOREVER
    cdef int64_t now = monotonic_ns()
    return deadline - now if deadline > now else 0


cdef int64_t until_signals(int64_t left) except -1:
    """Return how much of *left*, in nanoseconds, this thread may sleep before it has to look for signals."""
    return SIGNALS_NS if left > SIGNALS_NS and _in_main_thread() else left


cdef bint _in_main_thread() except -1:
    """Whether this thread runs the handlers of signals.  A thread asks once, and after a fork, which may change it."""
    if core_role_since != generation:
        core_set_role(get_ident() == main_thread().ident, generation)
    return core_is_main


cdef int milliseconds(int64_t left) noexcept:
    """Return *left*, in nanoseconds, as poll(2) takes it."""
    if left == FOREVER:
        return -1
    left = left // 1_000_000 + (left % 1_000_000 > 0)  # up: waking early would only mean to sleep again
    return <int>left if left < INT_MAX else INT_MAX


cdef class Waker:
    """A descriptor that wakes the one thread that sleeps on it.

    It is borrowed for a wait.  A thread that wakes another may come late, and wake the next one that has borrowed it,
    which then looks in vain.  Where no descriptor is free it has none, and the sleep is cut into slices.

    One that is not needed any more is retired.  Where there is no GIL it may be collected much later: when the thread
    that has made it runs again.
    """

    def __cinit__(self):
        self.generation = generation
        self.users = 1
        self.read_fd = self.write_fd = CORE_NO_FD
        try:
            if hasattr(os, "eventfd"):
                self.read_fd = self.write_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
            else:
                import socket  # late: it takes a while

                reader, writer = socket.socketpair()
                reader.setblocking(False)
                writer.setblocking(False)
                self.read_fd = reader.detach()
                self.write_fd = writer.detach()
        except OSError:
            pass

    def __dealloc__(self):
        _retire(self)

    cdef void wake(self) noexcept:
        """Make the sleeper return from sleep(), or not go to sleep."""
        core_add(&self.users, 1)
        if self.write_fd != CORE_NO_FD and not core_get(&self.retired):
            core_wake(self.write_fd)
        core_set(&self.fired, True)  # after that: drain() sees a wake that it has to read, or the next one does
        _leave(self)

    cdef void drain(self) noexcept:
        """Forget the wakes so far."""
        if core_set(&self.fired, False) and self.read_fd != CORE_NO_FD:
            core_drain(self.read_fd)

    cdef int sleep(self, core_fd fd, int64_t deadline, int64_t slice_ns) except -1:
        """Sleep until *fd* is readable, wake() is called, a signal came or *deadline* has passed.

        Args:
            fd: What to wait for; CORE_NO_FD for nothing but the waker.
            deadline: Monotonic nanoseconds, or FOREVER.
            slice_ns: Longest sleep, for what no descriptor tells; FOREVER for no limit.

        Returns:
            0 when the deadline has passed, else 1: look again.
        """
        cdef core_pollfd fds[2]
        cdef unsigned long count = 0
        cdef int rc, timeout_ms
        cdef int64_t left = remaining_ns(deadline)
        if left == 0:
            return 0
        if self.read_fd != CORE_NO_FD:
            count = add_fd(fds, count, self.read_fd, POLLIN)
        else:
            slice_ns = min(slice_ns, SLICE_NS)
        if fd != CORE_NO_FD:
            count = add_fd(fds, count, fd, POLLIN)
        timeout_ms = milliseconds(until_signals(min(left, slice_ns)))
        PyErr_CheckSignals()  # one that came since the interpreter last looked would not wake us
        with nogil:
            rc = core_poll(fds, count, timeout_ms)
        if rc > 0:
            self.drain()
        elif rc < 0 and core_poll_interrupted():
            PyErr_CheckSignals()
        return 1


cdef void _retire(Waker waker) noexcept:
    """Close the descriptors, as soon as no thread is about to wake by them."""
    if not core_set(&waker.retired, True):
        _leave(waker)


cdef void _leave(Waker waker) noexcept:
    """Close the descriptors, if nothing uses them any more."""
    if core_add(&waker.users, -1) or core_set(&waker.closed, True):
        return
    if waker.read_fd == CORE_NO_FD or waker.generation != generation:
        return  # the child of a fork may have closed all descriptors, and now use these numbers for other files
    core_close(waker.read_fd)
    if waker.write_fd != waker.read_fd:
        core_close(waker.write_fd)


cdef enum:
    MOST_SPARE = 32

cdef list _spare = []


cdef Waker borrow_waker():
    cdef Waker waker
    while _spare:
        try:
            waker = _spare.pop()
        except IndexError:  # another thread was faster
            break
        if waker.generation == generation:  # after fork an inherited one would wake the parent
            return waker
    return Waker()


cdef int return_waker(Waker waker) except -1:
    if waker.generation != generation:  # a signal handler may have forked: the parent's wakes are not ours to take
        return 0
    if waker.read_fd != CORE_NO_FD and len(_spare) < MOST_SPARE:
        waker.drain()
        _spare.append(waker)
    else:
        _retire(waker)
    return 0
