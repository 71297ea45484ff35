"""Workloads: each sets up its sockets and yields a loop that does the work as often as it is told.

They use only what pyzmq documents, in the way programs write it, so they run unchanged on any drop-in. The work sits
inside the loop, not in a function the loop calls, because a Python call would cost as much as what is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import zmq

__all__ = ["PAYLOAD", "Loop", "context", "pair"]

PAYLOAD = b"0123456789"

Loop = Callable[[int], None]


@contextmanager
def context(max_sockets: int = 1023) -> Iterator[zmq.SyncContext]:
    """A context whose sockets are closed at the end, whatever they have not sent yet."""
    ctx = zmq.Context()
    ctx.set(zmq.MAX_SOCKETS, max_sockets)
    try:
        yield ctx
    finally:
        ctx.destroy(linger=0)


@contextmanager
def pair() -> Iterator[tuple[zmq.SyncSocket, zmq.SyncSocket]]:
    """Two PAIR sockets, connected over inproc."""
    with context() as ctx:
        left, right = ctx.socket(zmq.PAIR), ctx.socket(zmq.PAIR)
        left.bind("inproc://pair")
        right.connect("inproc://pair")
        yield left, right
