"""What programs look at of pyzmq's collector of zero-copy buffers: here nothing runs in a thread of its own.

The memory of zero-copy sends is pinned and released by ``zmq.backend.pinned``.
"""

from __future__ import annotations

import os
from threading import Thread
from typing import Any

import zmq

__all__ = ["GarbageCollector", "GarbageCollectorThread", "gc"]


class GarbageCollectorThread(Thread):
    """The class of pyzmq's thread; there is none."""


class GarbageCollector:
    """A collector that has nothing to do."""

    thread: GarbageCollectorThread | None = None
    refs: dict[int, object]

    def __init__(self, context: zmq.Context[Any] | None = None) -> None:
        self._context = context
        self.refs = {}
        self.pid = os.getpid()

    @property
    def context(self) -> zmq.Context[Any]:
        """A context of its own, made when it is asked for, and again in the child after a fork."""
        if self._context is None or self.pid != os.getpid():
            self._context = zmq.Context()
            self.pid = os.getpid()
        return self._context

    def is_alive(self) -> bool:
        """Return whether the thread runs: it does not."""
        return False

    def start(self) -> None:
        """Do nothing: there is no thread to start."""

    def stop(self) -> None:
        """Terminate the context, if there is one."""
        context, self._context = self._context, None
        if context is not None:
            context.term()


gc = GarbageCollector()
