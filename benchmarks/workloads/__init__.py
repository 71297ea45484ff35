"""Workloads: each sets up its sockets and yields a function that runs a given number of operations.

They use only the documented interface of pyzmq, as programs do, so they run unchanged on every drop-in. The operation
is inside the loop, not in a function that the loop calls, because a Python call would cost as much as the operation.
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
    """A context whose sockets are closed at the end; unsent messages are discarded."""
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
