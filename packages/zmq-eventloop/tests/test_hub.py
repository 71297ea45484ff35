"""The descriptors that are watched for a loop."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import warnings
from collections.abc import Callable, Iterator
from typing import Any
from weakref import ref

import pytest

import zmq
import zmq.asyncio
from zmq._loops.hub import hub_of

Run = Callable[..., Any]
Sockets = tuple[socket.socket, socket.socket]


class Listening:
    """A Listener that remembers that it was told."""

    def __init__(self) -> None:
        self.told = asyncio.Event()

    def ready(self) -> None:
        """Remember."""
        self.told.set()


@pytest.fixture
def sockets() -> Iterator[Sockets]:
    """Return two connected sockets."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        theirs.setblocking(False)
        yield ours, theirs


def test_several_may_watch_a_descriptor(run: Run, sockets: Sockets) -> None:
    async def main() -> None:
        ours, theirs = sockets
        hub = hub_of(asyncio.get_running_loop())
        gone, one, other = Listening(), Listening(), Listening()
        watched = [hub.watch(ours.fileno(), ref(listener)) for listener in (gone, one, other)]
        hub.stop(watched[0])
        theirs.send(b"x")
        await one.told.wait()
        await other.told.wait()
        assert not gone.told.is_set()
        for descriptor in watched:
            hub.stop(descriptor)

    run(main())


def test_what_was_collected_is_not_watched_any_more_after_its_next_news(run: Run, sockets: Sockets) -> None:
    async def main() -> None:
        ours, theirs = sockets
        hub = hub_of(asyncio.get_running_loop())
        gone, other = Listening(), Listening()
        lost, kept = hub.watch(ours.fileno(), ref(gone)), hub.watch(ours.fileno(), ref(other))
        del gone
        gc.collect()
        theirs.send(b"x")
        while lost in hub.watched:  # loops may be told of each by itself
            other.told.clear()
            await other.told.wait()
        hub.stop(kept)

    run(main())


def test_a_descriptor_may_be_closed_while_it_is_watched(run: Run, sockets: Sockets) -> None:
    """Another thread has closed it: that disturbs neither the loop nor the next file of that number."""

    async def main() -> None:
        ours, _ = sockets
        hub = hub_of(asyncio.get_running_loop())
        before, after = Listening(), Listening()
        number = ours.fileno()
        watched = hub.watch(number, ref(before))
        ours.close()
        await asyncio.sleep(0)
        next_ours, next_theirs = socket.socketpair()
        with next_ours, next_theirs:
            if next_ours.fileno() != number:
                os.dup2(next_ours.fileno(), number)
                next_ours = socket.socket(fileno=number)
            with next_ours:
                watched_next = hub.watch(number, ref(after))
                hub.stop(watched)
                next_theirs.send(b"x")
                await after.told.wait()
                hub.stop(watched_next)

    run(main())


@pytest.mark.pypy_skip("references are not counted")
@pytest.mark.parametrize("loop", ["thread"], indirect=True)
def test_a_thread_watches_a_duplicate_which_is_closed_with_the_last_who_has_it(
    run: Run, sockets: Sockets, loop: asyncio.AbstractEventLoop, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    def is_closed(fd: int) -> bool:
        try:
            os.fstat(fd)
        except OSError:
            return True
        return False

    async def main() -> None:
        hub = hub_of(loop)
        listener = Listening()
        stopped, lost = hub.watch(sockets[0].fileno(), ref(listener)), hub.watch(sockets[0].fileno(), ref(listener))
        number, other = stopped.fileno(), lost.fileno()
        assert number != sockets[0].fileno()
        hub.stop(stopped)
        del stopped
        wait_until(lambda: is_closed(number))
        numbers.append(other)
        kept.append((hub, lost))

    numbers: list[int] = []
    kept: list[Any] = []
    run(main())
    loop.close()
    assert not is_closed(numbers[0])
    hub, lost = kept.pop()
    hub.stop(lost)
    del lost
    wait_until(lambda: is_closed(numbers[0]))


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"], indirect=True)
def test_a_thousand_watched_sockets_take_one_descriptor_more(run: Run, loop: asyncio.AbstractEventLoop) -> None:
    async def main() -> None:
        hub = hub_of(loop)
        listener = Listening()
        with socket.socket(type=socket.SOCK_DGRAM) as plain:
            hub.stop(hub.watch(plain.fileno(), ref(listener)))
            open_files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 (shorter)
            watched = [hub.watch(plain.fileno(), ref(listener)) for _ in range(1000)]
            assert len(os.listdir("/proc/self/fd")) == open_files  # noqa: PTH208
            for descriptor in watched:
                hub.stop(descriptor)

    if not os.path.isdir("/proc/self/fd"):  # noqa: PTH112
        pytest.skip("/proc tells how many there are")
    run(main())


@pytest.mark.pypy_skip("references are not counted")
@pytest.mark.parametrize("end", ["closed", "kept", "dropped"])
def test_loops_that_come_and_go_leave_no_descriptor_without_the_garbage_collector(
    loop: asyncio.AbstractEventLoop, end: str, wait_until: Callable[[Callable[[], object]], None]
) -> None:
    new_loop = type(loop)  # of each kind
    context = zmq.asyncio.Context()
    kept = [context.socket(zmq.PAIR), context.socket(zmq.PAIR)]

    async def main(round_: int) -> None:
        a, b = kept if end == "kept" else (context.socket(zmq.PAIR), context.socket(zmq.PAIR))
        if end != "kept" or round_ == 0:
            a.bind(f"inproc://{round_}")
            b.connect(f"inproc://{round_}")
        receiving = asyncio.ensure_future(b.recv())
        poller = zmq.asyncio.Poller()
        poller.register(b)
        await asyncio.sleep(0)
        await a.send(b"x")
        assert await receiving == b"x"
        polling = asyncio.ensure_future(poller.poll())
        await asyncio.sleep(0)
        await a.send(b"y")
        await polling
        assert await b.recv() == b"y"
        if end == "closed":
            a.close()
            b.close()

    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 (shorter)

    gc.collect()
    gc.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            for round_ in range(20):
                if round_ == 5:
                    before = descriptors()
                loop = new_loop()
                loop.run_until_complete(main(round_))
                loop.close()
                del loop
            wait_until(lambda: descriptors() <= before + 5)
    finally:
        gc.enable()
        context.destroy(linger=0)
