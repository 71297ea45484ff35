"""The interface of pyzmq's garbage collector thread for zero-copy buffers, without a thread.

``zmq.backend.pinned`` releases the buffers of zero-copy sends.
"""

from __future__ import annotations

import os
from threading import Thread
from typing import Any

import zmq

__all__ = ["GarbageCollector", "GarbageCollectorThread", "gc"]


class GarbageCollectorThread(Thread):
    """Never instantiated: kept because programs name it."""


class GarbageCollector:
    """Kept because programs use its methods; it collects nothing."""

    thread: GarbageCollectorThread | None = None
    refs: dict[int, object]

    def __init__(self, context: zmq.Context[Any] | None = None) -> None:
        self._context = context
        self.refs = {}
        self.pid = os.getpid()

    @property
    def context(self) -> zmq.Context[Any]:
        """A context of this collector, created at the first access, and again in the child after a fork."""
        if self._context is None or self.pid != os.getpid():
            self._context = zmq.Context()
            self.pid = os.getpid()
        return self._context

    def is_alive(self) -> bool:
        """Return False: there is no thread."""
        return False

    def start(self) -> None:
        """Do nothing: there is no thread."""

    def stop(self) -> None:
        """Terminate the context, if it was created."""
        context, self._context = self._context, None
        if context is not None:
            context.term()


gc = GarbageCollector()
