"""Programs that end the futures of operations themselves, which asyncio lets them do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

import zmq
import zmq.asyncio

Run = Callable[..., Any]
Pair = Callable[..., Any]
Turns = Callable[..., Any]

ENDS: list[Callable[[asyncio.Future[Any]], object]] = [
    lambda future: future.set_result([b"mine"]),
    lambda future: future.set_exception(ConnectionError()),
    lambda future: future.cancel(),
]
IDS = ["set_result", "set_exception", "cancel"]


@pytest.mark.parametrize("end", ENDS, ids=IDS)
@pytest.mark.parametrize("kind", ["recv", "recv_multipart", "recv_json", "poll"])
def test_a_socket_whose_receive_or_poll_was_ended_loses_nothing(
    run: Run, pair: Pair, turns: Turns, kind: str, end: Callable[[Any], object]
) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH, rcvtimeo=3_600_000)  # with a timer
        waiting = getattr(pull, kind)()
        await turns()
        end(waiting)
        assert waiting.done()
        for number in range(3):
            await push.send(b"%d" % number)
        assert [await pull.recv() for _ in range(3)] == [b"0", b"1", b"2"]
        if waiting.cancelled():
            return
        if waiting.exception() is None:
            assert await waiting == [b"mine"]

    run(main())


@pytest.mark.parametrize("end", ENDS, ids=IDS)
def test_a_send_that_was_ended_while_it_waited_was_not_made(
    run: Run, context: zmq.asyncio.Context, turns: Turns, end: Callable[[Any], object]
) -> None:
    async def main() -> None:
        push, pull = context.socket(zmq.PUSH), context.socket(zmq.PULL)
        sending, next_one = push.send(b"ended"), push.send(b"next")
        await turns()
        end(sending)
        push.bind("inproc://ended")
        pull.connect("inproc://ended")
        assert await pull.recv() == b"next"
        await next_one
        await push.send(b"last")
        assert await pull.recv() == b"last"
        if not sending.cancelled():
            sending.exception()

    run(main())


@pytest.mark.parametrize("end", ENDS[:2], ids=IDS[:2])
def test_a_send_that_was_ended_while_its_future_waited_for_its_turn_was_made(
    run: Run, pair: Pair, turns: Turns, end: Callable[[Any], object]
) -> None:
    async def main() -> None:
        push, pull = pair(zmq.PUSH, zmq.PULL)
        for number in range(300):
            sending = push.send(b"%d" % number)
            if sending.done():
                await sending
            else:
                end(sending)
                sending.exception()
        await turns()
        assert [await pull.recv() for _ in range(300)] == [b"%d" % number for number in range(300)]

    run(main())


@pytest.mark.parametrize("end", ENDS, ids=IDS)
def test_a_receive_ended_in_the_turn_its_message_comes_loses_nothing(
    run: Run, pair: Pair, end: Callable[[Any], object]
) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        first, second = pull.recv(), pull.recv()
        await push.send(b"0")
        end(first)  # before the loop has had a chance to deliver
        await push.send(b"1")
        assert [await second, await pull.recv()] == [b"0", b"1"]
        if not first.cancelled():
            first.exception()

    run(main())
