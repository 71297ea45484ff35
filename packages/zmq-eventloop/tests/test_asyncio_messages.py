# mypy: disable-error-code="no-untyped-call"
"""Sending and receiving in asyncio: at once where that is possible, in turn where it is not."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import zmq
import zmq.asyncio
from zmq._loops.hub import hub_of
from zmq.backend.engine import TURN
from zmq.backend.futures import FutureEngine
from zmq.eventloop.zmqstream import ZMQStream

Run = Callable[..., Any]
Pair = Callable[..., Any]


def test_what_can_be_done_at_once_is_done(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        await push.send(b"first")
        await pull.recv()
        sent = push.send(b"x")
        assert sent.done()
        assert sent.result() is None
        received = pull.recv()
        assert isinstance(received, asyncio.Future)
        assert received.done()
        assert await received == b"x"

    run(main())


def test_what_cannot_waits(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH, "tcp")
        receiving = pull.recv()
        assert not receiving.done()
        await push.send(b"x")
        assert await receiving == b"x"

    run(main())


def test_receives_get_messages_in_the_order_of_the_calls(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        receiving = [pull.recv() for _ in range(200)]
        for number in range(200):
            await push.send(b"%d" % number)
        assert await asyncio.gather(*receiving) == [b"%d" % number for number in range(200)]

    run(main())


def test_a_new_receive_does_not_overtake(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        await push.send(b"")
        await pull.recv()
        first = pull.recv()
        await push.send(b"1")
        await push.send(b"2")
        second = pull.recv()
        assert await second == b"2"
        assert await first == b"1"

    run(main())


async def _result_of(future: asyncio.Future[Any]) -> Any:
    return await future


def _watches_descriptors(loop: asyncio.AbstractEventLoop) -> None:
    if type(loop).__name__ == "LoopWithoutReaders":
        pytest.skip("its descriptors are watched in a thread")


def test_a_send_over_inproc_ends_what_another_task_waits_for(
    run: Run, pair: Pair, loop: asyncio.AbstractEventLoop
) -> None:
    _watches_descriptors(loop)

    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        await push.send(b"the first one finds out which loop it is in")
        await pull.recv()
        for number in range(3):
            waiting = pull.recv()
            task = asyncio.create_task(_result_of(waiting))
            await asyncio.sleep(0)
            await push.send(b"%d" % number)
            assert waiting.done()
            assert await task == b"%d" % number

    run(main())


def test_a_task_that_is_cancelled_after_that_gives_the_message_back(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        await push.send(b"the first one finds out which loop it is in")
        await pull.recv()
        task = asyncio.create_task(_result_of(pull.recv()))
        await asyncio.sleep(0)
        await push.send(b"message")
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert await pull.recv() == b"message"

    run(main())


def test_an_error_of_what_another_task_waits_for_is_not_the_sender_s(
    run: Run, pair: Pair, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    _watches_descriptors(loop)
    fails = False

    class FailingEngine(FutureEngine):
        def ready(self) -> None:
            nonlocal fails
            if fails:
                fails = False
                raise ValueError("of another task")
            super().ready()

    monkeypatch.setattr(zmq.asyncio.Socket, "_engine_class", FailingEngine)
    reported: list[BaseException] = []
    loop.set_exception_handler(lambda _, context: reported.append(context["exception"]))

    async def main() -> None:
        nonlocal fails
        pull, push = pair(zmq.PULL, zmq.PUSH)
        await push.send(b"the first one finds out which loop it is in")
        await pull.recv()
        task = asyncio.create_task(_result_of(pull.recv()))
        await asyncio.sleep(0)
        fails = True
        await push.send(b"message")
        assert await task == b"message"
        assert [str(error) for error in reported] == ["of another task"]

    run(main())


def test_a_send_over_inproc_calls_no_callback_of_a_stream(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        await push.send(b"the first one finds out which loop it is in")
        await pull.recv()
        stream = ZMQStream(zmq.Socket.shadow(pull))
        came = asyncio.get_running_loop().create_future()
        stream.on_recv(came.set_result)
        answer = asyncio.create_task(_result_of(pair(zmq.PULL, zmq.PUSH)[0].recv()))  # so that sends look around
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        sent = push.send(b"message")
        assert not came.done()
        assert await came == [b"message"]
        await sent
        answer.cancel()
        stream.close()

    run(main())


def test_sends_that_end_nothing_seldom_look_whether_they_do(
    run: Run, pair: Pair, loop: asyncio.AbstractEventLoop
) -> None:
    _watches_descriptors(loop)

    async def main() -> None:
        (idle, _), (pull, push) = pair(zmq.PULL, zmq.PUSH), pair(zmq.PULL, zmq.PUSH)
        await push.send(b"the first one finds out which loop it is in")
        task = asyncio.create_task(_result_of(idle.recv()))
        await asyncio.sleep(0)
        looks = 0
        hub: Any = hub_of(loop)
        selector = hub._selector

        def counted() -> Any:
            nonlocal looks
            looks += 1
            return selector()

        hub._selector = counted
        try:
            for _ in range(500):
                await push.send(b"")
            assert 0 < looks < 20
            waiting = pull.recv()
            assert waiting.done()
        finally:
            hub._selector = selector
        task.cancel()

    run(main())


@pytest.mark.parametrize("how", ["await", "wait_for", "frames", "recv_into"])
def test_tasks_that_receive_by_turns_go_on_in_the_order_of_their_messages(run: Run, pair: Pair, how: str) -> None:
    async def receive(pull: zmq.asyncio.Socket) -> bytes:
        if how == "recv_into":
            buffer = bytearray(10)
            return bytes(buffer[: await pull.recv_into(buffer)])
        if how == "wait_for":
            return bytes(await asyncio.wait_for(pull.recv(), 10))
        return bytes(await pull.recv(copy=how == "await"))

    async def main() -> None:
        pull, push = pair(zmq.PAIR, zmq.PAIR)
        for number in range(600):
            await push.send(b"%d" % number)
        got: list[int] = []

        async def work() -> None:
            while len(got) < 599:
                got.append(int(await receive(pull)))

        await asyncio.gather(work(), work())
        assert got == list(range(600))

    run(main())


def test_sends_that_wait_go_out_in_order_and_are_not_overtaken(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH, sndhwm=1, rcvhwm=1)
        sending = [push.send(b"%d" % number) for number in range(50)]
        assert not sending[-1].done()
        assert [await pull.recv() for _ in range(50)] == [b"%d" % number for number in range(50)]
        await asyncio.gather(*sending)

    run(main())


def test_a_send_that_waits_has_all_frames_of_an_iterator(run: Run, context: zmq.asyncio.Context) -> None:
    def fail() -> Iterator[bytes]:
        yield b"1"
        raise ZeroDivisionError

    async def main() -> None:
        pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
        sending = push.send_multipart(iter([b"1", b"2"]))  # type: ignore[arg-type]  # promised for sequences only
        pull.bind("inproc://pull")
        push.connect("inproc://pull")
        await sending
        assert await pull.recv_multipart() == [b"1", b"2"]
        with pytest.raises(ZeroDivisionError):
            await push.send_multipart(fail())  # type: ignore[arg-type]

    run(main())


def test_a_new_send_does_not_overtake(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH, sndhwm=1, rcvhwm=1)
        await push.send(b"")
        await pull.recv()
        count = 0
        while (first := push.send(b"%d" % count)).done():
            count += 1
        shadow = zmq.Socket.shadow(pull)
        assert [shadow.recv(zmq.NOBLOCK) for _ in range(count)] == [b"%d" % number for number in range(count)]
        assert not first.done()  # there is room, but the loop has not heard of it
        second = push.send(b"second")
        assert await pull.recv() == b"%d" % count
        assert await pull.recv() == b"second"
        await asyncio.gather(first, second)

    run(main())


def test_a_receive_waits_until_the_reply_is_sent(run: Run, pair: Pair) -> None:
    """As long as REP and REQ have to send, they cannot receive: another task may be about to send."""

    async def main() -> None:
        rep, req = pair(zmq.REP, zmq.REQ)
        for late in (True, False):
            reply = req.recv() if late else None
            await req.send(b"1")
            assert await rep.recv() == b"1"
            next_question = rep.recv_multipart()
            with pytest.raises(zmq.ZMQError) as raised:
                await rep.recv(zmq.NOBLOCK)
            assert raised.value.errno in {zmq.EFSM, zmq.EAGAIN}
            await rep.send(b"2")
            assert await (reply or req.recv()) == b"2"
            await req.send(b"3")
            assert await next_question == [b"3"]
            await rep.send(b"4")
            assert await req.recv() == b"4"

    run(main())


def test_a_wrong_state_cannot_be_waited_for_with_noblock(run: Run, pair: Pair) -> None:
    async def main() -> None:
        _, req = pair(zmq.REP, zmq.REQ)
        for receive in (req.recv, req.recv_multipart):
            with pytest.raises(zmq.ZMQError) as raised:
                await receive(zmq.NOBLOCK)
            assert raised.value.errno == zmq.EFSM
        req.rcvtimeo = 1
        with pytest.raises(zmq.Again):
            await req.recv()

    run(main())


def test_a_send_waits_for_a_peer(run: Run, context: zmq.asyncio.Context, turns: Callable[..., Any]) -> None:
    async def main() -> None:
        push, pull = context.socket(zmq.PUSH), context.socket(zmq.PULL)
        port = push.bind_to_random_port("tcp://127.0.0.1")
        sending = push.send_multipart([b"a", b"b"])
        await turns()
        assert not sending.done()
        pull.connect(f"tcp://127.0.0.1:{port}")
        assert await pull.recv_multipart() == [b"a", b"b"]
        assert await sending is None

    run(main())


@pytest.mark.parametrize("transport", ["inproc", "tcp"])
def test_both_ends_in_one_loop(run: Run, pair: Pair, transport: str) -> None:
    async def main() -> None:
        rep, req = pair(zmq.REP, zmq.REQ, transport)

        async def serve() -> None:
            for _ in range(100):
                await rep.send_multipart(await rep.recv_multipart())

        server = asyncio.ensure_future(serve())
        for number in range(100):
            await req.send_multipart([b"q", b"%d" % number])
            assert await req.recv_multipart() == [b"q", b"%d" % number]
        await server

    run(main())


def test_other_kinds_of_messages_return_futures_too(run: Run, pair: Pair) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR)
        day = dt.date(2016, 1, 12)
        for late in (False, True):
            receiving = [b.recv_string(), b.recv_json(), b.recv_pyobj(), b.recv_serialized(len)] if late else []
            await a.send_string("žluť")
            await a.send_json({"a": 1})
            await a.send_pyobj(day)
            await a.send_serialized(3, lambda count: [b""] * count)
            if not late:
                receiving = [b.recv_string(), b.recv_json(), b.recv_pyobj(), b.recv_serialized(len)]
            assert [await future for future in receiving] == ["žluť", {"a": 1}, day, 3]

    run(main())


@pytest.mark.parametrize("late", [False, True])
def test_a_message_of_another_kind_than_was_asked_for_fails_its_receive_alone(run: Run, pair: Pair, late: bool) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR)
        receiving = b.recv_json() if late else None
        await a.send(b"{")
        await a.send(b"1")
        if receiving is None:
            receiving = b.recv_json()
        with pytest.raises(ValueError):
            await receiving
        assert isinstance(receiving.exception(), ValueError)
        assert await b.recv_json() == 1

    run(main())


@pytest.mark.parametrize("late", [False, True])
def test_a_message_is_unpickled_once(run: Run, pair: Pair, late: bool) -> None:
    calls = []

    def load(frames: list[bytes]) -> int:
        calls.append(frames)
        return len(calls)

    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR)
        receiving = b.recv_serialized(load) if late else None
        await a.send(b"x")
        if receiving is None:
            receiving = b.recv_serialized(load)
        assert await receiving == 1
        assert receiving.result() == 1
        assert calls == [[b"x"]]

    run(main())


@pytest.mark.parametrize("late", [False, True])
def test_recv_into_fills_a_buffer(run: Run, pair: Pair, late: bool) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR)
        buffer = bytearray(5)
        receiving = b.recv_into(buffer, nbytes=3) if late else None
        await a.send(b"abcd")
        if receiving is None:
            receiving = b.recv_into(buffer, nbytes=3)
        assert await receiving == 4
        assert buffer == b"abc\0\0"
        with pytest.raises(ValueError, match="cannot receive 6 bytes into a buffer of 5"):
            await b.recv_into(buffer, nbytes=6)
        with pytest.raises(BufferError, match="read-only"):
            await b.recv_into(b"12345")

    run(main())


@pytest.mark.parametrize("late", [False, True])
def test_frames_tell_whether_the_message_goes_on(run: Run, pair: Pair, late: bool) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR)
        receiving = b.recv(copy=False) if late else None
        await a.send(b"1", zmq.SNDMORE)
        await a.send(b"2")
        frame = await (b.recv(copy=False) if receiving is None else receiving)
        assert frame.more
        assert b.rcvmore
        assert await b.recv() == b"2"
        assert not b.get(zmq.RCVMORE)

    run(main())


def test_a_tracker_tells_when_libzmq_is_done(run: Run, pair: Pair) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR)
        tracker = await a.send(b"x" * 100_000, copy=False, track=True)
        assert not tracker.done
        await b.recv()
        assert tracker.done

    run(main())


# ---- time


def test_noblock_fails_with_again_at_once(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH, sndhwm=1, rcvhwm=1)
        for future in (pull.recv(zmq.NOBLOCK), pull.recv_multipart(zmq.NOBLOCK)):
            assert future.done()
            with pytest.raises(zmq.Again):
                await future
        while (sending := push.send(b"", zmq.NOBLOCK)).exception() is None:
            pass
        with pytest.raises(zmq.Again):
            sending.result()

    run(main())


def test_noblock_does_not_overtake(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        waiting = pull.recv()
        await push.send(b"1")
        with pytest.raises(zmq.Again):
            await pull.recv(zmq.NOBLOCK)
        await push.send(b"2")
        assert await pull.recv(zmq.NOBLOCK) == b"2"
        assert await waiting == b"1"

    run(main())


def test_no_time_at_all_is_as_noblock(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH, rcvtimeo=0, sndtimeo=0)
        future = pull.recv()
        assert future.done()
        with pytest.raises(zmq.Again):
            await future
        for _ in range(200):
            await push.send(b"x")
            assert await pull.recv() == b"x"

    run(main())


def test_the_time_for_a_receive_holds(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH, rcvtimeo=50)
        started = time.monotonic()
        with pytest.raises(zmq.Again):
            await pull.recv()
        assert time.monotonic() - started > 0.045
        receiving = pull.recv_multipart()
        await push.send(b"x")
        assert await receiving == [b"x"]

    run(main())


def test_the_time_for_a_send_holds(run: Run, context: zmq.asyncio.Context) -> None:
    async def main() -> None:
        push = context.socket(zmq.PUSH)
        push.sndtimeo = 50
        started = time.monotonic()
        sending = [push.send(b"no peer"), push.send_multipart([b"no peer"])]
        for future in sending:
            with pytest.raises(zmq.Again):
                await future
        assert time.monotonic() - started > 0.045

    run(main())


# ---- taking turns


def test_a_flooded_reader_lets_other_tasks_run(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH, sndhwm=0, rcvhwm=0)
        for _ in range(5000):
            push.send(b"x")
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0)

        ticking = asyncio.ensure_future(tick())
        for _ in range(5000):
            await pull.recv()
        ticking.cancel()
        assert 5000 / TURN - 2 < ticks < 1000

    run(main())


def test_so_does_one_that_sends_or_polls_without_end(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH, sndhwm=0, rcvhwm=0)
        await push.send(b"")
        for operation in (lambda: push.send(b"x"), lambda: pull.poll(0), lambda: push.send_multipart([b"a", b"b"])):
            done = asyncio.Event()
            asyncio.get_running_loop().call_soon(done.set)
            for _ in range(TURN):
                await operation()
                if done.is_set():
                    break
            else:
                pytest.fail("the loop did not get to run")

    run(main())


def test_sends_are_made_at_once_even_if_they_are_not_awaited(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH, sndhwm=0, rcvhwm=0)
        for number in range(1000):
            future = push.send(b"%d" % number)
            assert future.done() or not future.cancel()  # sent, although it is not done: not to be cancelled
        push.close()
        assert [await pull.recv() for _ in range(1000)] == [b"%d" % number for number in range(1000)]

    run(main())


def test_an_idle_socket_does_not_keep_the_loop_busy(
    run: Run, pair: Pair, turns: Callable[..., Any], watched: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    class CountingEngine(FutureEngine):
        def ready(self) -> None:
            nonlocal calls
            calls += 1
            super().ready()

    monkeypatch.setattr(zmq.asyncio.Socket, "_engine_class", CountingEngine)

    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH, "tcp")
        assert watched() == 0
        receiving = pull.recv()
        assert watched() == 1
        await push.send(b"")
        await receiving
        before = calls
        for number in range(100):
            await push.send(b"%d" % number)
            await asyncio.sleep(0.001)
        assert calls - before <= 2
        assert [await pull.recv() for _ in range(100)] == [b"%d" % number for number in range(100)]

    run(main())


@pytest.mark.parametrize(("message", "error"), [([], IndexError), (["text"], TypeError), (None, TypeError)])
def test_a_wrong_message_is_refused_also_by_a_closed_socket(
    run: Run, pair: Pair, message: Any, error: type[Exception]
) -> None:
    async def main() -> None:
        a, _ = pair(zmq.PAIR, zmq.PAIR)
        a.close()
        with pytest.raises(error):
            await a.send_multipart(message)

    run(main())


def test_recv_serialized_needs_a_function(run: Run, pair: Pair) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR)
        nothing: Any = None
        await b.send(b"x")
        with pytest.raises(TypeError, match="not callable"):
            await a.recv_serialized(nothing)

    run(main())


@pytest.mark.parametrize("name", ["events", "EVENTS", "rcvmore", "RCVMORE"])
def test_what_libzmq_reports_cannot_be_set(run: Run, pair: Pair, name: str) -> None:
    async def main() -> None:
        a, _ = pair(zmq.PAIR, zmq.PAIR)
        with pytest.raises(zmq.ZMQError) as caught:
            setattr(a, name, 1)
        assert caught.value.errno == zmq.Errno.EINVAL

    run(main())


@pytest.mark.parametrize("name", ["events", "EVENTS"])
def test_events_tell_of_a_message_that_was_given_back(run: Run, pair: Pair, name: str) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR)
        receiving = a.recv()
        await b.send(b"x")
        await a.poll()
        receiving.cancel()
        del receiving
        assert getattr(a, name) & zmq.POLLIN
        assert await a.recv() == b"x"

    run(main())


# ---- polling


def test_poll_tells_which_events_are_ready(run: Run, pair: Pair) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR)
        assert await a.poll(0) == 0
        assert await a.poll(0, zmq.POLLOUT | zmq.POLLIN) == zmq.POLLOUT
        polling = a.poll()
        assert not polling.done()
        await b.send(b"x")
        assert await polling == zmq.POLLIN
        assert await a.poll(1000, zmq.POLLIN | zmq.POLLOUT) == zmq.POLLIN | zmq.POLLOUT

    run(main())


@pytest.mark.parametrize("flags", [0, None, "", []])
def test_poll_with_flags_that_are_false_waits_for_no_event(run: Run, pair: Pair, flags: Any) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR)
        await b.send(b"x")
        assert await a.poll(1, flags) == 0

    run(main())


@pytest.mark.parametrize("arguments", [(0,), ("text",), (0, "text")])
def test_poll_finds_out_first_that_the_socket_is_closed(run: Run, pair: Pair, arguments: Any) -> None:
    async def main() -> None:
        a, _ = pair(zmq.PAIR, zmq.PAIR)
        a.close()
        with pytest.raises(zmq.ZMQError) as caught:
            await a.poll(*arguments)
        assert caught.value.errno == zmq.ENOTSUP

    run(main())


def test_poll_returns_nothing_after_its_time(run: Run, pair: Pair) -> None:
    async def main() -> None:
        a, _ = pair(zmq.PAIR, zmq.PAIR)
        started = time.monotonic()
        assert await a.poll(50) == 0
        assert time.monotonic() - started > 0.045

    run(main())


def test_a_poll_may_be_cancelled(run: Run, pair: Pair) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR)
        polling = a.poll()
        polling.cancel()
        await b.send(b"x")
        assert await a.recv() == b"x"
        assert polling.cancelled()

    run(main())


def test_a_subclass_may_receive_by_futures_of_its_own(run: Run) -> None:
    class Socket(zmq.asyncio.Socket):
        def recv(self, *args: Any, **kwargs: Any) -> Any:
            mine: asyncio.Future[Any] = asyncio.Future()
            received = super().recv(*args, **kwargs)

            def finish(_: Any) -> None:
                if not mine.done():
                    mine.set_result(received.result())

            received.add_done_callback(finish)
            return mine

    async def main() -> None:
        with zmq.asyncio.Context() as context, Socket(context, zmq.PAIR) as a, Socket(context, zmq.PAIR) as b:
            a.bind("inproc://own")
            b.connect("inproc://own")
            await a.send(b"[1]")
            assert await b.recv_json() == [1]
            await a.send(b"{")
            with pytest.raises(json.JSONDecodeError):
                await b.recv_json()
            receiving = b.recv_string()
            assert receiving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await receiving

    run(main())
