"""What an event loop itself takes for the work of a row: no library of messages can be faster in it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice, repeat

from workloads import Loop
from workloads.event_loop import in_loop

__all__ = ["anyio_asyncio_pair", "anyio_trio_pair", "asyncio_1000", "asyncio_ping_pong"]


class _Signal:
    """A descriptor that one task makes readable, and another waits for."""

    def __init__(self) -> None:
        if hasattr(os, "eventfd"):
            self.reader = self.writer = os.eventfd(0, os.EFD_NONBLOCK)
        else:
            self.reader, self.writer = os.pipe()
        self._waiting: asyncio.Future[None] | None = None

    def set(self) -> None:
        os.write(self.writer, b"\1\0\0\0\0\0\0\0")

    async def wait(self) -> None:
        self._waiting = asyncio.get_running_loop().create_future()
        await self._waiting

    def readable(self) -> None:
        os.read(self.reader, 8)
        if self._waiting is not None:
            self._waiting.set_result(None)

    def close(self) -> None:
        for descriptor in {self.reader, self.writer}:
            os.close(descriptor)


@contextmanager
def asyncio_ping_pong() -> Iterator[Loop]:
    """Two tasks that wake each other by eventfds (pipes where there are none) and ``add_reader``."""
    request, reply = _Signal(), _Signal()

    async def serve(count: int) -> None:
        for _ in repeat(None, count):
            await request.wait()
            reply.set()

    async def work(count: int) -> None:
        event_loop = asyncio.get_running_loop()
        for signal in (request, reply):
            event_loop.add_reader(signal.reader, signal.readable)
        serving = asyncio.ensure_future(serve(count))
        await asyncio.sleep(0)  # it waits from here on
        for _ in repeat(None, count):
            request.set()
            await reply.wait()
        await serving
        for signal in (request, reply):
            event_loop.remove_reader(signal.reader)

    with in_loop(work) as loop:
        yield loop
    request.close()
    reply.close()


@contextmanager
def asyncio_1000() -> Iterator[Loop]:
    """A thousand tasks, each of which waits for its eventfd by ``add_reader``; ten of them are woken in turn."""
    event_loop = asyncio.new_event_loop()
    came = asyncio.Queue[None]()
    signals = [_Signal() for _ in range(1000)]

    async def listen(signal: _Signal) -> None:
        while True:
            await signal.wait()
            came.put_nowait(None)

    async def work(count: int) -> None:
        for signal in islice(cycle(signals[::100]), count):
            signal.set()
            await came.get()

    for signal in signals:
        event_loop.add_reader(signal.reader, signal.readable)
    listening = [event_loop.create_task(listen(signal)) for signal in signals]
    event_loop.run_until_complete(asyncio.sleep(0))  # they wait from here on
    yield lambda count: event_loop.run_until_complete(work(count))
    for task in listening:
        task.cancel()
    event_loop.run_until_complete(asyncio.wait(listening))
    event_loop.close()
    for signal in signals:
        signal.close()


def _checkpoints(backend: str) -> Loop:
    import anyio.lowlevel

    from workloads.with_anyio import in_run

    async def work(count: int) -> None:
        for _ in repeat(None, count):
            await anyio.lowlevel.checkpoint()

    return in_run(backend, work)


@contextmanager
def anyio_asyncio_pair() -> Iterator[Loop]:
    """A checkpoint, which every await of anyio contains."""
    yield _checkpoints("asyncio")


@contextmanager
def anyio_trio_pair() -> Iterator[Loop]:
    """A checkpoint, which every await of anyio contains."""
    yield _checkpoints("trio")
