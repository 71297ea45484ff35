"""Trackers of zero-copy messages: waiting for one blocks the greenlet, while others may be just about to receive it."""

from __future__ import annotations

import os
from time import monotonic

import gevent
from gevent.hub import get_hub

import zmq
from zmq.green._waiters import SHORTEST_S

__all__ = ["ours"]

LONGEST_S = 0.01
"""Longest sleep between two looks; the first ones are shorter, while the message may just be on its way."""


class _Completion:
    """The end of tracked messages, an event for a MessageTracker to wait for."""

    def __init__(self, tracker: zmq.MessageTracker) -> None:
        self._tracker = tracker
        self._pid = os.getpid()

    def is_set(self) -> bool:
        """Return whether libzmq is done with the memory."""
        return self._tracker.done

    def wait(self, timeout: float | None = None) -> bool:
        """Let other greenlets run until libzmq is done with the memory; return False after *timeout* seconds."""
        if self._pid != os.getpid() or gevent.getcurrent() is get_hub():
            # It raises, for libzmq tells the parent alone; and callbacks of the loop cannot let others run.
            self._tracker.wait(timeout)
            return True
        end = None if timeout is None or timeout < 0 else monotonic() + timeout
        sleep_s = SHORTEST_S
        while not self._tracker.done:  # one of libzmq's threads brings that about, which cannot tell the loop of it
            left = LONGEST_S if end is None else end - monotonic()
            if left <= 0:
                return False
            gevent.sleep(max(min(sleep_s, left), SHORTEST_S))
            sleep_s = min(2 * sleep_s, LONGEST_S)
        self._tracker.wait(0)  # drops the references
        return True


def ours(tracker: zmq.MessageTracker) -> zmq.MessageTracker:
    """Return a tracker of the same messages that waits in gevent's way."""
    return tracker if tracker.done else zmq.MessageTracker(_Completion(tracker))
