"""``zmq.asyncio.Poller``: sockets, asynchronous or not, and descriptors."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import zmq
import zmq.asyncio
from zmq.backend.engine import TURN

Run = Callable[..., Any]
Pair = Callable[..., Any]


def fill(plain: socket.socket) -> None:
    """Send until there is no more room."""
    plain.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            plain.send(b"x" * 65536)


def drain(peer: socket.socket) -> None:
    """Receive all that there is."""
    peer.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while peer.recv(65536):
            pass


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
            fill(plain)
            poller = zmq.asyncio.Poller()
            poller.register(plain, zmq.POLLOUT)
            polling = poller.poll()
            await asyncio.sleep(0)
            assert not polling.done()
            drain(peer)
            assert await polling == [(plain.fileno(), zmq.POLLOUT)]

    run(main())


def test_several_polls_may_wait_for_one_descriptor(run: Run) -> None:
    async def main() -> None:
        plain, peer = socket.socketpair()
        with plain, peer:
            pollers = [zmq.asyncio.Poller() for _ in range(4)]
            fill(plain)
            for poller, events in zip(pollers, [zmq.POLLIN, zmq.POLLIN, zmq.POLLOUT, zmq.POLLOUT], strict=True):
                poller.register(plain, events)
            polling = [poller.poll() for poller in pollers]
            peer.send(b"x")
            assert await polling[0] == await polling[1] == [(plain.fileno(), zmq.POLLIN)]
            assert not polling[2].done()
            assert not polling[3].done()
            drain(peer)
            assert await polling[2] == await polling[3] == [(plain.fileno(), zmq.POLLOUT)]

    run(main())


@pytest.mark.parametrize("timeout", [None, 0])
def test_a_poll_of_what_is_always_ready_lets_other_tasks_run(run: Run, pair: Pair, timeout: int | None) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR)
        await a.send(b"x")
        poller = zmq.asyncio.Poller()
        poller.register(b, zmq.POLLIN)
        ran = asyncio.Event()
        asyncio.get_running_loop().call_soon(ran.set)
        for _ in range(TURN):
            assert await poller.poll(timeout) == [(b, zmq.POLLIN)]
            if ran.is_set():
                break
        else:
            pytest.fail("the loop did not get to run")

    run(main())


def test_a_socket_that_waits_in_another_loop_may_be_polled(run: Run, context: zmq.asyncio.Context) -> None:
    here, elsewhere = context.socket(zmq.PULL), context.socket(zmq.PULL)
    here.bind("inproc://here")

    async def wait_elsewhere() -> list[asyncio.Future[Any]]:
        return [elsewhere.recv()]

    async def main() -> None:
        poller = zmq.asyncio.Poller()
        poller.register(here, zmq.POLLIN)
        poller.register(elsewhere, zmq.POLLIN)
        polling = poller.poll()
        push = context.socket(zmq.PUSH)
        push.connect("inproc://here")
        await push.send(b"x")
        assert await polling == [(here, zmq.POLLIN)]

    other_loop = asyncio.new_event_loop()
    receiving = other_loop.run_until_complete(wait_elsewhere())
    run(main())
    receiving[0].cancel()
    other_loop.close()


def test_poll_returns_nothing_after_its_time(run: Run, pair: Pair, watched: Callable[[], int]) -> None:
    async def main() -> None:
        a, _ = pair(zmq.PAIR, zmq.PAIR)
        poller = zmq.asyncio.Poller()
        poller.register(a, zmq.POLLIN)
        started = time.monotonic()
        assert await poller.poll(50) == []
        assert time.monotonic() - started > 0.045

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
            assert watched() == 1
            polling.cancel()
            await turns()
            await a.send(b"x")
            while watched():
                await turns()
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


@pytest.mark.pypy_skip("references are not counted")
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


@pytest.mark.pypy_skip("references are not counted")
def test_a_message_that_was_given_back_ends_the_polls_that_wait(run: Run, pair: Pair) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR)
        poller = zmq.asyncio.Poller()
        poller.register(b, zmq.POLLIN)
        await a.send(b"x")
        await b.poll()
        receiving = b.recv()
        assert receiving.done()
        polls = [poller.poll(), poller.poll(10_000)]
        await asyncio.sleep(0)
        assert not any(poll.done() for poll in polls)
        del receiving
        for poll in polls:
            assert await poll == [(b, zmq.POLLIN)]
        assert await b.recv() == b"x"
        assert await poller.poll(0) == []

    run(main())


def test_what_is_ready_when_the_time_is_up_is_returned(run: Run, pair: Pair) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR)
        poller = zmq.asyncio.Poller()
        poller.register(b, zmq.POLLIN)

        def be_busy() -> None:
            zmq.Socket.shadow(a).send(b"x")
            while time.monotonic() < end:
                pass

        end = time.monotonic() + 0.05
        asyncio.get_running_loop().call_soon(be_busy)
        assert await poller.poll(20) == [(b, zmq.POLLIN)]

    run(main())


@pytest.mark.skipif(not hasattr(select, "epoll"), reason="only epoll tells urgent data from other")
def test_urgent_data_is_pollpri(run: Run) -> None:
    async def main() -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as c:
            s = listener.accept()[0]
            with s:
                poller = zmq.asyncio.Poller()
                poller.register(s, zmq.POLLPRI)
                polling = poller.poll()
                c.send(b"!", socket.MSG_OOB)
                assert await polling == [(s.fileno(), zmq.POLLPRI)]

    run(main())


@pytest.mark.pypy_skip("references are not counted")
def test_polls_that_wait_one_after_the_other_watch_one_descriptor(
    run: Run, pair: Pair, watched: Callable[[], int], turns: Callable[..., Any]
) -> None:
    async def main() -> None:
        sockets = [pair(zmq.PAIR, zmq.PAIR) for _ in range(10)]
        poller = zmq.asyncio.Poller()
        for _, b in sockets:
            poller.register(b, zmq.POLLIN)
        for a, b in sockets:
            polling = poller.poll()
            assert watched() == 1
            zmq.Socket.shadow(a).send(b"x")
            assert await polling == [(b, zmq.POLLIN)]
            zmq.Socket.shadow(b).recv()
        del poller
        await turns()
        assert watched() == 0

    run(main())


@pytest.mark.parametrize("asynchronous", [True, False])
def test_closing_a_socket_cancels_the_poll(run: Run, pair: Pair, asynchronous: bool) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR)
        poller = zmq.asyncio.Poller()
        poller.register(a if asynchronous else zmq.Socket.shadow(a), zmq.POLLIN)
        poller.register(b, zmq.POLLIN)
        polling = poller.poll(10_000)
        a.close()
        with pytest.raises(asyncio.CancelledError, match="closed"):
            await polling

    run(main())


def test_a_poll_of_a_closed_socket_fails(run: Run, pair: Pair) -> None:
    async def main() -> None:
        a, _ = pair(zmq.PAIR, zmq.PAIR)
        poller = zmq.asyncio.Poller()
        poller.register(a, zmq.POLLIN)
        a.close()
        with pytest.raises(zmq.ZMQError) as error:
            await poller.poll(0)
        assert error.value.errno == zmq.ENOTSOCK
        with pytest.raises(zmq.ZMQError) as error:
            _ = poller.poll()
        assert error.value.errno == zmq.ENOTSOCK

    run(main())


def test_terminating_the_context_ends_the_poll(run: Run) -> None:
    async def main() -> None:
        context = zmq.Context()
        pull = context.socket(zmq.PULL)
        poller = zmq.asyncio.Poller()
        poller.register(pull, zmq.POLLIN)
        polling = poller.poll()
        terminating = threading.Thread(target=context.term)
        terminating.start()
        with pytest.raises(zmq.ContextTerminated):
            await polling
        pull.close()
        terminating.join()

    run(main())


def test_a_poll_that_waits_for_a_closed_file_is_an_error(run: Run) -> None:
    async def main() -> None:
        plain, peer = socket.socketpair()
        poller = zmq.asyncio.Poller()
        poller.register(plain, zmq.POLLIN)
        plain.close()
        peer.close()
        assert await poller.poll(0) == []
        with pytest.raises(ValueError, match="closed"):
            _ = poller.poll()

    run(main())


def test_what_cannot_be_polled_is_an_error_of_the_poll(run: Run) -> None:
    async def main() -> None:
        poller = zmq.asyncio.Poller()
        poller.register(object(), zmq.POLLIN)
        with pytest.raises(TypeError):
            await poller.poll(0)
        with pytest.raises(ValueError, match="cannot poll"):
            _ = poller.poll()

    run(main())


@pytest.mark.skipif(not hasattr(select, "epoll"), reason="only epoll keeps files that are closed")
def test_polls_wait_though_the_set_of_descriptors_was_made_anew(run: Run, pair: Pair) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR)
        poller = zmq.asyncio.Poller()
        poller.register(b, zmq.POLLIN)
        for _ in range(3):
            reader, writer = os.pipe()
            poller.register(reader, zmq.POLLIN)
            polling = poller.poll()
            await a.send(b"x")
            assert await polling == [(b, zmq.POLLIN)]
            await b.recv()
            elsewhere = os.dup(reader)
            os.close(reader)
            poller.unregister(
                reader
            )  # the kernel cannot be told, so it is asked by a new descriptor, of the same number
            os.close(elsewhere)
            os.close(writer)
            polling = poller.poll()
            await a.send(b"x")
            assert await polling == [(b, zmq.POLLIN)]
            await b.recv()

    run(main())


def test_any_number_of_pollers_wait_without_looking_from_time_to_time(run: Run, pair: Pair) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR)
        pollers = [zmq.asyncio.Poller() for _ in range(100)]
        for poller in pollers:
            poller.register(b, zmq.POLLIN)
        polls = [poller.poll() for poller in pollers]
        assert not any(poller._waiting is None or poller._waiting._late for poller in pollers)
        await a.send(b"x")
        assert await asyncio.gather(*polls) == [[(b, zmq.POLLIN)]] * 100

    run(main())


@pytest.mark.pypy_skip("references are not counted")
@pytest.mark.parametrize("late", [False, True])
def test_a_list_of_sockets_that_was_assigned_is_polled_for_messages_given_back(
    run: Run, pair: Pair, late: bool
) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        await push.send(b"first")
        await pull.recv()
        poller = zmq.asyncio.Poller()
        sockets: list[tuple[Any, int]] = []
        poller.sockets = sockets
        if late:
            assert await poller.poll(0) == []
        sockets.append((pull, zmq.POLLIN))
        await push.send(b"message")
        pull.recv()  # dropped
        assert await poller.poll(0) == [(pull, zmq.POLLIN)]
        assert await pull.recv() == b"message"
        await push.send(b"message")
        received = pull.recv()
        polling = poller.poll()
        del received
        assert await polling == [(pull, zmq.POLLIN)]

    run(main())
