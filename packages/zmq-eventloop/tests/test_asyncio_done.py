# mypy: disable-error-code="no-untyped-call"
"""Futures that were done when they were made: they cost little, and look like any other."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import weakref
from collections.abc import Callable
from typing import Any

import pytest

import zmq
import zmq.asyncio

Run = Callable[..., Any]
Pair = Callable[..., Any]


async def ready(pair: Pair) -> tuple[zmq.asyncio.Socket, zmq.asyncio.Socket]:
    """Return a PULL and a PUSH socket that were used in the loop, with messages to receive."""
    pull, push = pair(zmq.PULL, zmq.PUSH)
    await push.send(b"first")
    await pull.recv()
    for number in range(5):
        await push.send(b"%d" % number)
    return pull, push


def test_a_future_that_the_program_keeps_stays_as_it_is(run: Run, pair: Pair) -> None:
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


def test_one_may_be_looked_at_before_it_is_awaited(run: Run, pair: Pair) -> None:
    def looked_at(future: Any) -> Any:
        assert "finished" in repr(future)
        return future

    async def main() -> None:
        pull, push = await ready(pair)
        assert await looked_at(pull.recv()) == b"0"
        await looked_at(push.send(b"5"))
        assert await pull.recv() == b"1"

    run(main())


@pytest.mark.pypy_skip("references are not counted")
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
        assert sys.getrefcount(frame) == sys.getrefcount(tracker) == sys.getrefcount(unknown)

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


@pytest.mark.pypy_skip("references are not counted")
@pytest.mark.parametrize("kind", ["recv", "recv_multipart", "recv_string"])
def test_each_that_is_dropped_gives_its_message_back(run: Run, pair: Pair, kind: str) -> None:
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


def run_program(*lines: str) -> None:
    """Run a program of its own, whose imports of asyncio and zmq are not those of the tests."""
    subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True, timeout=60)


PAIR = """
context = zmq.asyncio.Context()
a, b = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
a.bind("inproc://a")
b.connect("inproc://a")
"""


@pytest.mark.parametrize("trace", ["settrace", "setprofile"])
def test_a_tracer_at_import_has_no_future_used_again_that_the_program_has(trace: str) -> None:
    """Before Python 3.13 a tracer that looks at a frame's variables adds a reference to each."""
    run_program(
        "import asyncio, sys",
        "def tracer(frame, event, argument):",
        "    frame.f_locals",
        "    return tracer",
        f"sys.{trace}(tracer)",
        "import zmq.asyncio",
        f"sys.{trace}(None)",
        PAIR,
        "async def main():",
        "    await a.send(b'first')",
        "    await b.recv()",
        "    for number in range(3):",
        "        await a.send(b'%d' % number)",
        "    receiving = b.recv()",
        "    assert await receiving == b'0'",
        "    assert await b.recv() == b'1'",
        "    assert receiving.result() == b'0'",
        "asyncio.run(main())",
        "context.destroy()",
    )


def test_it_works_where_futures_are_in_python() -> None:
    """As nest_asyncio has them, for one, and interpreters without asyncio's accelerator."""
    run_program(
        "import asyncio, gc",
        "asyncio.Future = asyncio.futures.Future = asyncio.futures._PyFuture",
        "asyncio.Task = asyncio.tasks.Task = asyncio.tasks._PyTask",
        "import zmq.asyncio",
        PAIR,
        "async def receive():",
        "    return await b.recv()",
        "async def main():",
        "    for number in range(300):",
        "        receiving = receive() if number % 3 else b.recv()",
        "        if number % 2:",
        "            receiving = asyncio.ensure_future(receiving)",
        "            await asyncio.sleep(0)",
        "        sending = a.send(b'%d' % number)",
        "        await sending",
        "        assert sending.done() and sending._state == 'FINISHED' and 'finished' in repr(sending)",
        "        assert await receiving == b'%d' % number",
        "    task = asyncio.ensure_future(receive())",
        "    await asyncio.sleep(0)",
        "    await a.send(b'given back')",
        "    while not task._fut_waiter.done():",
        "        await asyncio.sleep(0)",
        "    task.cancel()",
        "    await asyncio.wait([task])",
        "    assert task.cancelled()",
        "    assert await b.recv() == b'given back'",
        "    await a.send(b'dropped')",
        "    b.recv()",
        "    gc.collect()",
        "    assert await b.recv() == b'dropped'",
        "    waiting = [b.recv(), b.poll()]",
        "    b.close()",
        "    await asyncio.wait(waiting)",
        "    assert all(future.cancelled() for future in waiting)",
        "asyncio.run(main())",
        "context.destroy()",
    )


def test_a_message_given_back_leaves_a_future_that_looks_cancelled(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        receiving = pull.recv()

        async def receive() -> bytes:
            return bytes(await receiving)

        task = asyncio.ensure_future(receive())
        receiving.add_done_callback(lambda _: task.cancel())  # the message is there, and the task has not gone on
        await asyncio.sleep(0)
        await push.send(b"x")
        await asyncio.wait([task])
        assert task.cancelled()
        assert receiving.cancelled()
        assert not receiving.cancel()
        assert "cancelled" in repr(receiving)
        for look in (receiving.result, receiving.exception):
            with pytest.raises(asyncio.CancelledError):
                look()
        with pytest.raises(asyncio.CancelledError):
            await receiving
        assert await pull.recv() == b"x"

    run(main())
