# mypy: disable-error-code="unused-awaitable"
"""Closing a socket cancels what waits for it, and ends iterations; terminating its context is an error."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable
from typing import Any

import pytest

import zmq
import zmq.asyncio

Run = Callable[..., Any]
Pair = Callable[..., Any]
Turns = Callable[..., Any]


def everything(pull: zmq.asyncio.Socket, push: zmq.asyncio.Socket) -> list[asyncio.Future[Any]]:
    """Return a future of each kind that waits."""
    return [
        pull.recv(),
        pull.recv_multipart(),
        pull.recv_into(bytearray(1)),
        pull.recv_json(),
        pull.poll(),
        pull.poll(1000),
        push.send(b""),
        push.send_multipart([b"", b""]),
        push.poll(flags=zmq.POLLOUT),
    ]


@pytest.mark.parametrize("thread", [False, True], ids=["same thread", "other thread"])
@pytest.mark.parametrize("how", ["close", "shadow", "destroy"])
def test_closing_cancels_all_that_waits(
    run: Run, context: zmq.asyncio.Context, turns: Turns, how: str, thread: bool
) -> None:
    async def main() -> None:
        pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
        futures = everything(pull, push)
        tasks = [asyncio.ensure_future(pull.recv())]
        await turns()

        def close() -> None:
            if how == "destroy":
                context.destroy()
            for socket in (pull, push):
                (zmq.Socket.shadow(socket) if how == "shadow" else socket).close()

        if thread:
            await asyncio.get_running_loop().run_in_executor(None, close)
        else:
            close()
            assert all(future.cancelled() for future in futures)
        done, pending = await asyncio.wait([*futures, *tasks], timeout=10)
        assert not pending
        assert all(future.cancelled() for future in done)

    run(main())


def test_what_waits_for_its_turn_only_is_cancelled_too(run: Run, pair: Pair) -> None:
    """Every so often an operation that could be done at once goes through the loop."""

    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        receiving = None
        for _ in range(1000):
            await push.send(b"x")
            receiving = pull.recv()
            if not receiving.done():
                break
            await receiving
        assert receiving is not None
        assert not receiving.done()
        pull.close()
        await asyncio.wait([receiving])
        assert receiving.cancelled()

    run(main())


def test_the_error_says_that_the_socket_was_closed(run: Run, context: zmq.asyncio.Context) -> None:
    async def main() -> None:
        pull = context.socket(zmq.PULL)
        receiving = pull.recv()
        pull.close()
        with pytest.raises(asyncio.CancelledError, match="the socket was closed while this operation waited"):
            await receiving

    run(main())


def test_a_loop_that_goes_on_after_errors_ends(run: Run, context: zmq.asyncio.Context, turns: Turns) -> None:
    async def serve(socket: zmq.asyncio.Socket) -> None:
        for _ in range(100):
            try:
                await socket.recv()
            except Exception:
                continue
        raise AssertionError("it would go on for ever")

    async def main() -> None:
        pull = context.socket(zmq.PULL)
        serving = asyncio.ensure_future(serve(pull))
        await turns()
        pull.close()
        await asyncio.wait([serving])
        assert serving.cancelled()

    run(main())


@pytest.mark.parametrize("thread", [False, True], ids=["same thread", "other thread"])
@pytest.mark.parametrize("received", [False, True], ids=["waiting", "in its body"])
def test_an_iteration_ends(run: Run, pair: Pair, turns: Turns, thread: bool, received: bool) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)

        async def iterate() -> list[Any]:
            got = []
            async for message in pull:
                got.append(message)
                if received:
                    pull.close()
            return got

        iterating = asyncio.ensure_future(iterate())
        await turns()
        if received:
            await push.send(b"x")
        elif thread:
            await asyncio.get_running_loop().run_in_executor(None, pull.close)
        else:
            pull.close()
        assert await iterating == ([[b"x"]] if received else [])

    run(main())


def test_a_task_that_is_cancelled_in_an_iteration_when_the_socket_is_closed_is_cancelled(
    run: Run, context: zmq.asyncio.Context, turns: Turns
) -> None:
    async def main() -> None:
        pull = context.socket(zmq.PULL)

        async def iterate() -> None:
            async for _ in pull:
                pass

        iterating = asyncio.ensure_future(iterate())
        await turns()
        pull.close()
        iterating.cancel()
        await asyncio.wait([iterating])
        assert iterating.cancelled()

    run(main())


@pytest.mark.parametrize("ask", [lambda pull: pull.recv(), anext], ids=["recv", "iteration"])
def test_futures_that_were_dropped_say_nothing(
    run: Run, turns: Turns, caplog: pytest.LogCaptureFixture, ask: Callable[[Any], Any]
) -> None:
    async def main() -> None:
        with zmq.asyncio.Context() as context:
            pull = context.socket(zmq.PULL)
            receiving = ask(pull)
            pull.close()
            await turns()
            del receiving
            gc.collect()
            ask(context.socket(zmq.PULL))
            context.destroy()
            await turns()
            gc.collect()

    with caplog.at_level(logging.DEBUG):
        run(main())
    assert [record for record in caplog.records if record.levelno > logging.DEBUG] == []


@pytest.mark.parametrize("thread", [False, True], ids=["same thread", "other thread"])
def test_terminating_the_context_fails_all_that_waits(
    run: Run, context: zmq.asyncio.Context, turns: Turns, thread: bool
) -> None:
    async def main() -> None:
        pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
        futures = everything(pull, push)
        await turns()
        terminating = None
        if thread:
            terminating = asyncio.get_running_loop().run_in_executor(None, context.term)
        else:
            context.shutdown()
        _, pending = await asyncio.wait(futures, timeout=10)
        assert not pending
        assert {type(future.exception()) for future in futures} == {zmq.ContextTerminated}
        with pytest.raises(zmq.ContextTerminated):
            await pull.recv()
        with pytest.raises(zmq.ContextTerminated):
            await pull.poll()
        with pytest.raises(zmq.ContextTerminated):
            await anext(pull)
        pull.close()
        push.close()
        if terminating is not None:
            await terminating

    run(main())


def test_a_closed_socket_cannot_be_used(run: Run, context: zmq.asyncio.Context) -> None:
    """As with pyzmq, what may wait raises when it is called, and everything else when it is awaited."""

    async def main() -> None:
        socket = context.socket(zmq.DEALER)
        socket.close()
        for receive in (socket.recv, socket.recv_multipart, socket.recv_json, lambda: socket.recv_into(bytearray(1))):
            with pytest.raises(zmq.ZMQError) as raised:
                receive()
            assert raised.value.errno == zmq.ENOTSOCK
        with pytest.raises(zmq.ZMQError) as raised:
            socket.poll(0)
        assert raised.value.errno == zmq.ENOTSUP
        for future in (socket.recv(zmq.NOBLOCK), socket.send(b""), socket.send_multipart([b""]), socket.send_json({})):
            with pytest.raises(zmq.ZMQError) as raised:
                await future
            assert raised.value.errno == zmq.ENOTSOCK
        async for _ in socket:
            raise AssertionError("there is nothing")

    run(main())
