"""Waiting on descriptors: deadlines, wakers, signals.

A thread that waits polls two descriptors with the GIL released: the one it waits for, and its waker's, by which other
threads get it to look again.  No libzmq object is touched meanwhile.  This is the one place where signals are handled:
poll returns EINTR, Python's handlers run, and the caller tries its operation again, against the same deadline.

A signal that arrives after Python has looked for signals and before poll sleeps does not wake it, nor does one that the
system gives to another thread; on Windows none does.  The main thread, which runs the handlers, looks twice a second.
"""
import os
from threading import get_ident, main_thread
from time import monotonic_ns

from cpython.exc cimport PyErr_CheckSignals
from libc.limits cimport INT_MAX
from libc.stdint cimport INT64_MAX, int64_t


cdef extern from "zmq/backend/waiting.h" nogil:
    ctypedef struct core_pollfd:
        core_fd fd
        short events
        short revents
    const short POLLIN
    int core_poll(core_pollfd *fds, unsigned long count, int timeout_ms)
    bint core_poll_interrupted()
    void core_wake(core_fd fd)
    void core_drain(core_fd fd)
    void core_on_fork(void (*child)() noexcept nogil)


generation = 0
FOREVER = INT64_MAX


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


cdef int64_t remaining_ns(int64_t deadline) except -1:
    """Return the nanoseconds until *deadline*, 0 when it has passed."""
    if deadline == FOREVER:
        return FOREVER
    cdef int64_t now = monotonic_ns()
    return deadline - now if deadline > now else 0


cdef int64_t until_signals(int64_t left) except -1:
    """Return how much of *left*, in nanoseconds, this thread may sleep before it has to look for signals."""
    return SIGNALS_NS if left > SIGNALS_NS and get_ident() == main_thread().ident else left


cdef class Waker:
    """A descriptor that wakes the one thread that sleeps on it.

    Wakers are borrowed and returned, never closed: an I/O thread may still write to one whose sleeper is gone, and must
    not hit a stranger's descriptor.
    """

    def __cinit__(self):
        self.generation = generation
        if hasattr(os, "eventfd"):
            self.read_fd = self.write_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        else:
            import socket  # late: it takes a while

            reader, writer = socket.socketpair()
            reader.setblocking(False)
            writer.setblocking(False)
            self.read_fd = reader.detach()
            self.write_fd = writer.detach()

    cdef void wake(self) noexcept nogil:
        """Make the sleeper return from sleep(), or not go to sleep.  Any thread, with or without the GIL."""
        core_wake(self.write_fd)

    cdef void drain(self) noexcept nogil:
        """Forget the wakes so far."""
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
        cdef unsigned long count = 1
        cdef int rc, timeout_ms = -1
        cdef int64_t left = remaining_ns(deadline)
        if left == 0:
            return 0
        left = until_signals(min(left, slice_ns))
        if left != FOREVER:
            left = (left + 999_999) // 1_000_000  # up: waking early would only mean to sleep again
            timeout_ms = <int>left if left < INT_MAX else INT_MAX
        fds[0].fd = self.read_fd
        fds[0].events = POLLIN
        fds[0].revents = 0
        if fd != CORE_NO_FD:
            fds[1].fd = fd
            fds[1].events = POLLIN
            fds[1].revents = 0
            count = 2
        PyErr_CheckSignals()  # one that came since the interpreter last looked would not wake us
        with nogil:
            rc = core_poll(fds, count, timeout_ms)
        if rc > 0:
            if fds[0].revents:
                self.drain()
        elif rc < 0 and core_poll_interrupted():
            PyErr_CheckSignals()
        return 1


cdef list _spare = []


cdef Waker borrow_waker():
    cdef Waker waker
    while _spare:
        waker = _spare.pop()
        if waker.generation == generation:  # after fork an inherited one would wake the parent
            return waker
    return Waker()


cdef void return_waker(Waker waker):
    if waker.generation == generation:  # a signal handler may have forked: the parent's wakes are not ours to take
        waker.drain()
        _spare.append(waker)
