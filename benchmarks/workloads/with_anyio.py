"""anyio: both ends in one task, on asyncio and on trio."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from itertools import repeat

import anyio

import zmq.anyio
from workloads import PAYLOAD, Loop

__all__ = ["anyio_asyncio_pair", "anyio_trio_pair", "in_run"]


def in_run(backend: str, work: Callable[[int], Awaitable[None]]) -> Loop:
    """Return a function that runs *work* in a loop of *backend*; starting the loop costs little beside the work."""
    return lambda count: anyio.run(work, count, backend=backend)


@contextmanager
def _pair(backend: str) -> Iterator[Loop]:
    context = zmq.anyio.Context()
    receiver, sender = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    receiver.bind("inproc://pair")
    sender.connect("inproc://pair")

    async def work(count: int) -> None:
        for _ in repeat(None, count):
            await sender.send(PAYLOAD)
            await receiver.recv()

    yield in_run(backend, work)
    context.destroy(linger=0)


@contextmanager
def anyio_asyncio_pair() -> Iterator[Loop]:
    """Send and receive one small message."""
    with _pair("asyncio") as loop:
        yield loop


@contextmanager
def anyio_trio_pair() -> Iterator[Loop]:
    """Send and receive one small message."""
    with _pair("trio") as loop:
        yield loop
