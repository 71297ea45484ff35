"""Waiting for what was closed and is not gone yet.

libzmq closes sockets in a thread of its own, the reaper, and contexts that were dropped are terminated in the
background.  A program that opens and closes them in a loop is faster than that, and runs out of sockets or descriptors
though it uses few.  So what needs one and gets none waits, without the GIL, until three seconds after the last closing,
and fails at once later than that.  How far the reaper is cannot be asked, hence the clock.
"""
from time import monotonic_ns

from libc.stdint cimport int64_t

from zmq.backend.waiting cimport core_can_open, nap

cdef int64_t PATIENCE_NS = 3_000_000_000
cdef int64_t NAP_NS = 1_000_000

cdef int64_t _closed_at = 0  # when a socket or context of this process was closed last; 0 is never


cdef int64_t note_closing() except -1:
    """Note and return the moment at which a socket or context is closed."""
    global _closed_at
    _closed_at = monotonic_ns()
    return _closed_at


cdef bint wait_for_reaper(int64_t *give_up, int64_t closed_at) except -1:
    """Sleep a moment, in which something that was closed may go.  Other threads and signal handlers run.

    Args:
        give_up: 0 at the first call of a row; then the moment after which none sleeps any more.
        closed_at: When that was closed last which would make room.

    Returns:
        False, at once, when there is nothing to wait for.
    """
    if closed_at == 0:
        return False
    if give_up[0] == 0:
        give_up[0] = closed_at + PATIENCE_NS
    cdef int64_t now = monotonic_ns()
    if now >= give_up[0]:
        return False
    nap(NAP_NS)
    return True


cdef bint wait_for_descriptors(int count) except -1:
    """Tell whether *count* descriptors are free; waits for those of what was closed a short while ago."""
    cdef int64_t give_up = 0
    while not core_can_open(count):
        if not wait_for_reaper(&give_up, _closed_at):
            return False
    return True


cdef bint wait_for_room(int64_t *give_up, int64_t closed_at) except -1:
    """After EMFILE: wait_for_reaper() for descriptors, or if there are some for sockets.

    Args:
        closed_at: When a socket of the context was closed last: each context has room for so many.
    """
    return wait_for_reaper(give_up, closed_at if core_can_open(2) else _closed_at)
