"""``zmq.asyncio.Poller``: sockets, asynchronous or not, and descriptors."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

import zmq
import zmq.asyncio

Run = Callable[..., Any]
Pair = Callable[..., Any]


def test_poll_returns_what_is_ready(run: Run, pair: Pair) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR)
        plain, peer = socket.socketpair()
        with plain, peer:
            poller = zmq.asyncio.Poller()
            poller.register(b, zmq.POLLIN)
            poller.register(plain, zmq.POLLIN)
            assert await poller.poll(0) == []
            for _ in range(3):
                polling = poller.poll()
                assert not polling.done()
                await a.send(b"x")
                assert await polling == [(b, zmq.POLLIN)]
                assert await poller.poll() == [(b, zmq.POLLIN)]
                await b.recv()
                polling = poller.poll(10_000)
                peer.send(b"y")
                assert await polling == [(plain.fileno(), zmq.POLLIN)]
                plain.recv(1)
            poller.unregister(b)
            poller.modify(plain, zmq.POLLIN | zmq.POLLOUT)
            assert await poller.poll() == [(plain.fileno(), zmq.POLLOUT)]

    run(main())


def test_poll_waits_for_a_descriptor_to_become_writable(run: Run) -> None:
    async def main() -> None:
        plain, peer = socket.socketpair()
        with plain, peer:
            plain.setblocking(False)
            try:
                while True:
                    plain.send(b"x" * 65536)
            except BlockingIOError:
                pass
            poller = zmq.asyncio.Poller()
            poller.register(plain, zmq.POLLOUT)
            polling = poller.poll()
            await asyncio.sleep(0)
            assert not polling.done()
            while not polling.done():
                peer.recv(65536)
                await asyncio.sleep(0)
            assert await polling == [(plain.fileno(), zmq.POLLOUT)]

    run(main())


def test_poll_returns_nothing_after_its_time(run: Run, pair: Pair, watched: Callable[[], int]) -> None:
    async def main() -> None:
        a, _ = pair(zmq.PAIR, zmq.PAIR)
        poller = zmq.asyncio.Poller()
        poller.register(a, zmq.POLLIN)
        started = time.monotonic()
        assert await poller.poll(50) == []
        assert 0.045 < time.monotonic() - started < 5

    run(main())


def test_a_cancelled_poll_watches_nothing_any_more(
    run: Run, pair: Pair, turns: Callable[..., Any], watched: Callable[[], int]
) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR)
        plain, peer = socket.socketpair()
        with plain, peer:
            poller = zmq.asyncio.Poller()
            poller.register(b, zmq.POLLIN)
            poller.register(plain, zmq.POLLIN)
            polling = poller.poll()
            await turns()
            assert watched() == 2
            polling.cancel()
            await turns()
            await a.send(b"x")
            await asyncio.sleep(0.01)
            assert watched() == 0
            assert await poller.poll() == [(b, zmq.POLLIN)]

    run(main())


def test_synchronous_sockets_may_be_polled(run: Run) -> None:
    async def main() -> None:
        with zmq.Context() as context, context.socket(zmq.PAIR) as a, context.socket(zmq.PAIR) as b:
            a.bind("inproc://a")
            b.connect("inproc://a")
            poller = zmq.asyncio.Poller()
            poller.register(a, zmq.POLLIN)
            polling = poller.poll()
            b.send(b"x")
            assert await polling == [(a, zmq.POLLIN)]

    run(main())


def test_poll_sees_what_was_given_back(run: Run, pair: Pair) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR)
        await a.send(b"x")
        await b.poll()
        poller = zmq.asyncio.Poller()
        poller.register(b, zmq.POLLIN)
        receiving = b.recv()
        polling = poller.poll()
        assert not polling.done()
        del receiving
        assert await polling == [(b, zmq.POLLIN)]
        assert await poller.poll() == [(b, zmq.POLLIN)]

    run(main())


@pytest.mark.parametrize("closed_before", [False, True])
def test_a_closed_socket_fails_the_poll(run: Run, pair: Pair, closed_before: bool) -> None:
    async def main() -> None:
        a, _ = pair(zmq.PAIR, zmq.PAIR)
        poller = zmq.asyncio.Poller()
        poller.register(a, zmq.POLLIN)
        if closed_before:
            a.close()
        polling = poller.poll()
        a.close()
        with pytest.raises(zmq.ZMQError):
            await polling

    run(main())
