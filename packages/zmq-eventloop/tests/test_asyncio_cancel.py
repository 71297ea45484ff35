# mypy: disable-error-code="no-untyped-call, comparison-overlap"
"""Nothing is lost: cancelled receives give their message back, and cancelled sends were made whole or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

import zmq
import zmq.asyncio

Run = Callable[..., Any]
Pair = Callable[..., Any]

RECEIVES: list[Callable[[Any], Any]] = [
    lambda socket: socket.recv(),
    lambda socket: socket.recv_multipart(),
    lambda socket: socket.recv(copy=False),
    lambda socket: socket.recv_into(bytearray(10)),
    lambda socket: socket.recv_string(),
    lambda socket: socket.recv_serialized(tuple),
]
IDS = ["recv", "recv_multipart", "frame", "recv_into", "recv_string", "recv_serialized"]


async def receive(socket: zmq.asyncio.Socket, how: Callable[[Any], Any]) -> Any:
    """Receive inside a task of its own."""
    return await how(socket)


@pytest.mark.parametrize("how", RECEIVES, ids=IDS)
def test_a_receive_cancelled_while_it_waits_takes_nothing(
    run: Run, pair: Pair, how: Callable[[Any], Any], turns: Callable[..., Any]
) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        task = asyncio.ensure_future(receive(pull, how))
        await turns()
        task.cancel()
        await turns()
        assert task.cancelled()
        await push.send(b"x")
        assert await pull.recv() == b"x"

    run(main())


@pytest.mark.parametrize("how", RECEIVES, ids=IDS)
def test_a_task_cancelled_when_its_message_has_come_gives_it_back(
    run: Run, pair: Pair, how: Callable[[Any], Any], turns: Callable[..., Any]
) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        task = asyncio.ensure_future(receive(pull, how))
        await turns()
        (waiting,) = pull._recv_futures
        await push.send(b"1")
        await push.send(b"2")
        pull._engine.ready()  # as the loop will, in the same iteration as the cancellation
        assert waiting.done()
        task.cancel()
        await turns()
        assert task.cancelled()
        assert waiting.cancelled()  # so that its message is not received twice
        assert await pull.recv() == b"1"
        assert await pull.recv() == b"2"

    run(main())


@pytest.mark.pypy_skip("references are not counted")
@pytest.mark.parametrize("how", RECEIVES, ids=IDS)
def test_a_future_that_is_dropped_gives_its_message_back(
    run: Run, pair: Pair, how: Callable[[Any], Any], turns: Callable[..., Any]
) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        await push.send(b"0")
        await pull.recv()
        for number in b"123":
            await push.send(bytes([number]))
        at_once = how(pull)
        assert at_once.done()
        del at_once
        assert await pull.recv() == b"1"
        assert await pull.recv() == b"2"
        assert await pull.recv() == b"3"
        in_turn = [how(pull)]
        await push.send(b"4")
        await turns()
        await push.send(b"5")
        assert pull.poll(0).result() == zmq.POLLIN
        in_turn.clear()
        gc.collect()
        assert await pull.recv() == b"4"
        assert await pull.recv() == b"5"

    run(main())


@pytest.mark.pypy_skip("references are not counted")
def test_dropped_futures_give_back_in_the_order_of_their_messages(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        await push.send(b"")
        await pull.recv()
        for number in range(20):
            await push.send(b"%d" % number)
        futures = [pull.recv() for _ in range(10)]
        while futures:
            del futures[len(futures) // 2]
        assert [await pull.recv() for _ in range(20)] == [b"%d" % number for number in range(20)]

    run(main())


def test_a_message_is_given_to_the_next_who_waits(run: Run, pair: Pair, turns: Callable[..., Any]) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        first = asyncio.ensure_future(receive(pull, RECEIVES[0]))
        await turns()
        second = pull.recv_multipart()
        await push.send(b"x")
        pull._engine.ready()
        assert not second.done()
        first.cancel()
        assert await second == [b"x"]

    run(main())


@pytest.mark.pypy_skip("references are not counted")
def test_futures_that_are_dropped_while_they_wait_are_passed_over(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        pull.recv()
        pull.recv_multipart()
        kept = pull.recv()
        await push.send(b"x")
        assert await kept == b"x"

    run(main())


def test_what_was_taken_is_not_given_back(run: Run, pair: Pair, turns: Callable[..., Any]) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        for take in (lambda future: future, lambda future: future.result()):
            receiving = pull.recv()
            await push.send(b"x")
            await pull.poll()
            await turns()
            took = take(receiving)
            if asyncio.isfuture(took):
                await took
            del took, receiving
            gc.collect()
            assert await pull.poll(0) == 0

    run(main())


@pytest.mark.parametrize("wait", ["shield", "gather", "wait"])
def test_asyncio_s_own_tools_take_messages_out(run: Run, pair: Pair, wait: str) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        for late in (True, False):
            if not late:
                await push.send(b"x")
            receiving = pull.recv()
            asyncio.get_running_loop().call_soon(push.send, b"x") if late else None
            if wait == "shield":
                assert await asyncio.shield(receiving) == b"x"
            elif wait == "gather":
                assert await asyncio.gather(receiving) == [b"x"]
            else:
                done, _ = await asyncio.wait([receiving])
                assert [future.result() for future in done] == [b"x"]
                del done
            del receiving
            gc.collect()
            assert await pull.poll(0) == 0

    run(main())


def test_wait_for_loses_nothing(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH, sndhwm=0, rcvhwm=0)
        got: list[bytes] = []
        loop = asyncio.get_running_loop()
        for number in range(300):
            # near to the end of the time, and now and then in its very iteration
            loop.call_later(0.001, push.send, b"%d" % number)
            with contextlib.suppress(asyncio.TimeoutError):
                got.append(await asyncio.wait_for(pull.recv(), 0.001))
        while len(got) < 300:
            got.append(await pull.recv())
        assert got == [b"%d" % number for number in range(300)]

    run(main())


@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.timeout came with Python 3.11")
def test_asyncio_timeout_loses_nothing(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH, sndhwm=0, rcvhwm=0)
        got: list[bytes] = []
        loop = asyncio.get_running_loop()
        for number in range(300):
            loop.call_later(0.001, push.send, b"%d" % number)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.001):  # type: ignore[attr-defined]  # 3.11
                    got.append(await pull.recv())
        while len(got) < 300:
            got.append(await pull.recv())
        assert got == [b"%d" % number for number in range(300)]

    run(main())


@pytest.mark.skipif(sys.version_info < (3, 11), reason="task groups came with Python 3.11")
def test_a_task_group_that_fails_loses_nothing(run: Run, pair: Pair, turns: Callable[..., Any]) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)

        async def fail(event: asyncio.Event) -> None:
            await event.wait()
            raise ZeroDivisionError

        for number in range(3):
            event = asyncio.Event()
            with pytest.raises(ExceptionGroup):  # type: ignore[name-defined]  # noqa: F821  # 3.11
                async with asyncio.TaskGroup() as group:  # type: ignore[attr-defined]  # 3.11
                    group.create_task(fail(event))
                    for _ in range(number):
                        group.create_task(receive(pull, RECEIVES[0]))
                    await turns()
                    event.set()
                    await asyncio.sleep(0)  # it has failed, and the group is about to cancel the other tasks
                    for message in b"abc"[:number]:
                        push.send(bytes([message]))
                    pull._engine.ready()
            assert [await pull.recv() for _ in range(number)] == [bytes([message]) for message in b"abc"[:number]]

    run(main())


def test_a_future_that_two_tasks_await_serves_the_one_that_is_left(
    run: Run, pair: Pair, turns: Callable[..., Any]
) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        receiving = pull.recv()

        async def wait() -> Any:
            return await receiving

        one, other = asyncio.ensure_future(wait()), asyncio.ensure_future(wait())
        await turns()
        await push.send(b"x")
        pull._engine.ready()
        one.cancel()
        assert await other == b"x"
        assert one.cancelled()
        assert await pull.poll(0) == 0

    run(main())


# ---- frames


@pytest.mark.pypy_skip("references are not counted")
def test_a_message_given_back_whole_can_be_received_in_frames(run: Run, pair: Pair) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR)
        await a.send_multipart([b"1", b"2", b"3"])
        await a.send(b"4")
        await b.poll()
        b.recv_multipart()
        for frame in (b"1", b"2", b"3"):
            assert await b.poll(0) == zmq.POLLIN
            assert b.events & zmq.POLLIN
            assert b.getsockopt(zmq.EVENTS) & zmq.POLLIN
            assert await b.recv() == frame
            assert b.rcvmore == (frame != b"3") == bool(b.getsockopt(zmq.RCVMORE))
        assert await b.recv() == b"4"
        assert not b.rcvmore

    run(main())


@pytest.mark.pypy_skip("references are not counted")
def test_a_frame_given_back_is_the_beginning_of_its_message(run: Run, pair: Pair) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR)
        for copy in (True, False):
            await a.send_multipart([b"1", b"2", b"3"])
            await a.send(b"4")
            await b.poll()
            b.recv(copy=copy)
            assert await b.recv_multipart() == [b"1", b"2", b"3"]
            assert await b.recv() == b"4"

    run(main())


@pytest.mark.pypy_skip("references are not counted")
def test_frames_given_back_join_again(run: Run, pair: Pair) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR)
        await a.send_multipart([b"1", b"2", b"3"])
        await b.poll()
        frames = [b.recv(), b.recv(), b.recv()]
        del frames
        buffer = bytearray(1)
        assert await b.recv_into(buffer) == 1
        assert buffer == b"1"
        b.recv()
        frames = [b.recv(), b.recv()]
        frames.reverse()
        del frames
        message = await b.recv_multipart(copy=False)
        assert [frame.bytes for frame in message] == [b"2", b"3"]
        assert await b.poll(0) == 0

    run(main())


def test_iteration_gives_messages(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        for number in range(100):
            await push.send_multipart([b"n", b"%d" % number])
        got = []
        async for message in pull:
            got.append(message)
            if len(got) == 100:
                break
        assert got == [[b"n", b"%d" % number] for number in range(100)]

    run(main())


# ---- sends


def test_a_send_cancelled_while_it_waits_was_not_made(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH, sndhwm=1, rcvhwm=1)
        sending = [push.send_multipart([b"%d" % number, b""]) for number in range(30)]
        cancelled = [future.cancel() for future in sending]
        assert cancelled[-1]
        sent = [number for number, future in enumerate(sending) if not future.cancelled()]
        last = push.send(b"last")
        assert [int((await pull.recv_multipart())[0]) for _ in sent] == sent
        assert await pull.recv_multipart() == [b"last"]
        await last

    run(main())


def test_a_task_cancelled_when_its_send_was_made_can_find_that_out(
    run: Run, pair: Pair, turns: Callable[..., Any]
) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        for made in (True, False):
            push.sndhwm = pull.rcvhwm = 1
            sending: list[Any] = []

            async def send(sending: list[Any] = sending) -> None:
                sending.append(push.send(b"x"))
                await sending[0]

            while await push.poll(0, zmq.POLLOUT):
                await push.send(b"before")
            task = asyncio.ensure_future(send())
            await turns()
            if made:
                while await pull.recv() == b"before":
                    push._engine.ready()
                    if sending[0].done():
                        break
            task.cancel()
            await turns()
            assert task.cancelled()
            assert sending[0].cancelled() != made

    run(main())


@pytest.mark.pypy_skip("references are not counted")
def test_futures_may_be_collected_in_another_thread(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        await push.send(b"x")
        await pull.poll()
        kept = [pull.recv()]
        waiting = pull.recv()
        thread = threading.Thread(target=kept.clear)
        thread.start()
        assert await waiting == b"x"
        thread.join()

    run(main())
