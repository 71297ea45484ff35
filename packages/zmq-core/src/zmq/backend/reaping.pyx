"""Waits for descriptors and sockets that libzmq has not released yet.

libzmq closes sockets in its reaper thread, and dropped contexts are terminated in the background.  A program that opens
and closes sockets in a loop can be faster than that, and run out of sockets or descriptors although it uses few.
Therefore an operation that gets EMFILE waits, without the GIL, and retries until three seconds after the last close.
After that it fails at once.  The limit is a time because libzmq does not report the progress of the reaper.
"""
from time import monotonic_ns

from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int64_t

from zmq.backend.waiting cimport CORE_SPARE, core_count_free, core_many_free, core_poll

cdef int64_t PATIENCE_NS = 3_000_000_000
cdef int NAP_MS = 1
cdef enum:
    LOOKS = 100
    SAME_LOOKS = 8

cdef int64_t _closed_at = 0  # when this process last closed a socket or context, in monotonic ns; 0 is never


cdef int64_t note_closing() except -1:
    """Record that a socket or context is being closed; return the time in monotonic nanoseconds."""
    global _closed_at
    _closed_at = monotonic_ns()
    return _closed_at


cdef bint wait_for_reaper(int64_t *give_up, int64_t closed_at) except -1:
    """Sleep a millisecond, so that the reaper can make progress: _nap().

    Args:
        give_up: The deadline in monotonic nanoseconds; 0 at the first call, which sets it.
        closed_at: When the last object whose release would help was closed, in monotonic nanoseconds; 0 is never.

    Returns:
        True after a sleep; False, at once, after the deadline, or if nothing was closed.
    """
    if closed_at == 0:
        return False
    if give_up[0] == 0:
        give_up[0] = closed_at + PATIENCE_NS
    cdef int64_t now = monotonic_ns()
    if now >= give_up[0]:
        return False
    _nap()
    return True


cdef int _nap() except -1:
    """Sleep a millisecond, without the GIL.  Signal handlers run."""
    PyErr_CheckSignals()
    with nogil:
        core_poll(NULL, 0, NAP_MS)
    PyErr_CheckSignals()
    return 0


cdef bint wait_for_descriptors(int count) except -1:
    """Return whether *count* descriptors are free; wait for those of objects that were closed recently."""
    cdef int64_t give_up = 0
    while core_count_free(count) < count:
        if not wait_for_a_descriptor(&give_up):
            return False
    return True


cdef bint wait_for_lasting_descriptors(int count) except -1:
    """Return whether *count* descriptors are free, and are not taken at once; wait as wait_for_descriptors() does.

    A thread of libzmq that accepts connections takes each descriptor that is free.  Where few are left, this waits
    until their number has not changed for some milliseconds, a tenth of a second at most.
    """
    cdef int free, before = -1, same = 0
    for _ in range(LOOKS):
        if not wait_for_descriptors(count):
            return False
        if core_many_free():
            return True
        free = core_count_free(count + CORE_SPARE)
        same = same + 1 if free == before else 0
        if free == count + CORE_SPARE or same == SAME_LOOKS:
            return True
        before = free
        _nap()
    return wait_for_descriptors(count)


cdef bint wait_for_a_descriptor(int64_t *give_up) except -1:
    """After EMFILE of an operation that needs no new socket: wait_for_reaper()."""
    return wait_for_reaper(give_up, _closed_at)


cdef bint wait_for_room(int64_t *give_up, int64_t closed_at) except -1:
    """After EMFILE: wait_for_reaper() for a descriptor or, if some are free, for a socket of the context.

    Args:
        give_up: As for wait_for_reaper().
        closed_at: When a socket of the context was last closed: MAX_SOCKETS counts the sockets of one context.
    """
    return wait_for_reaper(give_up, closed_at if core_count_free(2) == 2 else _closed_at)
