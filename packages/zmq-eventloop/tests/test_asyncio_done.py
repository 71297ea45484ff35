# mypy: disable-error-code="no-untyped-call"
"""Futures that were done when they were made: they cost little, and look like any other."""

from __future__ import annotations

import asyncio
import sys
import weakref
from collections.abc import Callable
from typing import Any

import pytest

import zmq
import zmq.asyncio
from zmq.eventloop._done import _references

Run = Callable[..., Any]
Pair = Callable[..., Any]

needs_reference_counts = pytest.mark.skipif(not hasattr(sys, "getrefcount"), reason="this Python counts no references")


async def ready(pair: Pair) -> tuple[zmq.asyncio.Socket, zmq.asyncio.Socket]:
    """Return a PULL and a PUSH socket that were used in the loop, with messages to receive."""
    pull, push = pair(zmq.PULL, zmq.PUSH)
    await push.send(b"first")
    await pull.recv()
    for number in range(5):
        await push.send(b"%d" % number)
    return pull, push


@needs_reference_counts
def test_a_future_that_only_its_await_has_is_used_again(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = await ready(pair)
        await pull.recv()
        spare = pull._engine.spare_received
        assert spare is not None
        assert pull.recv() is spare
        spare_done = push._engine.spare_done
        assert spare_done is not None
        assert push.send(b"") is spare_done

    run(main())


def test_a_future_that_somebody_has_is_not(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = await ready(pair)
        received = [pull.recv() for _ in range(3)]
        assert [await future for future in received] == [b"0", b"1", b"2"]
        received += [pull.recv()]
        assert len(set(received)) == 4
        assert await received[3] == b"3"
        assert [future.result() for future in received] == [b"0", b"1", b"2", b"3"]
        tracker = await push.send(b"x" * 100_000, copy=False, track=True)
        sent = [push.send(b"x") for _ in range(3)]
        assert [await future for future in sent] == [None] * 3
        assert len({*sent, push.send(b"y")}) == 4
        assert isinstance(tracker, zmq.MessageTracker)

    run(main())


def test_nor_is_one_that_was_looked_at_as_a_real_one(run: Run, pair: Pair) -> None:
    def looked_at(future: Any) -> Any:
        assert "finished" in repr(future)
        return future

    async def main() -> None:
        pull, push = await ready(pair)
        assert await looked_at(pull.recv()) == b"0"
        assert pull._engine.spare_received is None
        await looked_at(push.send(b"5"))
        assert push._engine.spare_done is None
        assert await pull.recv() == b"1"

    run(main())


def test_what_was_awaited_is_not_kept(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = await ready(pair)
        message = await pull.recv_serialized(set)
        reference = weakref.ref(message)
        del message
        assert reference() is None
        frame = await pull.recv(copy=False)
        tracker = await push.send(b"x" * 100_000, copy=False, track=True)
        unknown = object()
        assert _references(frame) == _references(tracker) == _references(unknown)

    run(main())


def test_they_are_futures_in_every_way(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = await ready(pair)
        for future, result in ((pull.recv(), b"0"), (push.send(b"x"), None)):
            assert isinstance(future, asyncio.Future)
            assert asyncio.isfuture(future)
            assert future.done()
            assert not future.cancelled()
            assert not future.cancel()
            assert future.exception() is None
            assert future.get_loop() is asyncio.get_running_loop()
            called: list[Any] = []
            future.add_done_callback(called.append)
            assert called == []
            await asyncio.sleep(0)
            assert called == [future]
            assert future.remove_done_callback(called.append) == 0
            for resolve in (
                lambda future=future: future.set_result(1),
                lambda future=future: future.set_exception(ValueError()),
            ):
                with pytest.raises(asyncio.InvalidStateError):
                    resolve()
            assert future.result() == result
            assert await asyncio.wait_for(future, 10) == result

    run(main())


@pytest.mark.parametrize("kind", ["recv", "recv_multipart", "recv_string"])
def test_one_that_is_used_again_gives_its_message_back_too(run: Run, pair: Pair, kind: str) -> None:
    async def main() -> None:
        pull, _ = await ready(pair)
        receive = getattr(pull, kind)
        await pull.recv()
        for _ in range(3):
            receive()  # dropped
        assert [await pull.recv() for _ in range(4)] == [b"1", b"2", b"3", b"4"]

    run(main())


def test_they_belong_to_the_loop_that_runs(context: zmq.asyncio.Context) -> None:
    pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    pull.bind("inproc://pull")
    push.connect("inproc://pull")

    async def use() -> None:
        for _ in range(3):
            await push.send(b"x")
            await pull.recv()

    async def main() -> None:
        await use()
        sent = push.send(b"x")
        received = pull.recv()
        assert sent.get_loop() is received.get_loop() is asyncio.get_running_loop()
        assert await received == b"x"
        await use()

    asyncio.run(main())
    asyncio.run(main())
