"""Trackers of zero-copy messages whose wait() blocks the greenlet: another greenlet may have to receive the message."""

from __future__ import annotations

import os
from time import monotonic

import gevent
from gevent.hub import get_hub

import zmq
from zmq.green._hubs import SHORTEST_S

__all__ = ["ours"]

LONGEST_S = 0.01
"""The longest sleep between two checks, in seconds; the first ones are shorter."""


class _Completion:
    """The completion of tracked messages, with the interface of an event, for a MessageTracker."""

    def __init__(self, tracker: zmq.MessageTracker) -> None:
        self._tracker = tracker
        self._pid = os.getpid()

    def is_set(self) -> bool:
        """Return whether libzmq has released the memory."""
        return self._tracker.done

    def wait(self, timeout: float | None = None) -> bool:
        """Let other greenlets run until libzmq has released the memory; return False after *timeout* seconds."""
        if gevent.getcurrent() is get_hub():  # callbacks of the loop cannot switch to greenlets: it blocks
            self._tracker.wait(timeout)
            return True
        end = None if timeout is None or timeout < 0 else monotonic() + timeout
        sleep_s = SHORTEST_S
        while not self._tracker.done:  # polled: a thread of libzmq completes it, and cannot notify the loop
            if self._pid != os.getpid():
                self._tracker.wait(timeout)  # raises in the child of a fork
            left = LONGEST_S if end is None else end - monotonic()
            if left <= 0:
                return False
            gevent.sleep(max(min(sleep_s, left), SHORTEST_S))
            sleep_s = min(2 * sleep_s, LONGEST_S)
        self._tracker.wait(0)  # drops the references
        return True


def ours(tracker: zmq.MessageTracker) -> zmq.MessageTracker:
    """Return a tracker of the same messages whose wait() lets other greenlets run."""
    return tracker if tracker.done else zmq.MessageTracker(_Completion(tracker))
