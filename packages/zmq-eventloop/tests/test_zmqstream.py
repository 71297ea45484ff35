"""ZMQStream: what its callbacks get, in which order, and how it ends."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

pytest.importorskip("tornado")

from tornado import gen
from tornado.ioloop import IOLoop

import zmq
import zmq.asyncio
from zmq._loops import hub
from zmq.backend.calls import CallEngine
from zmq.eventloop import _pump, zmqstream
from zmq.eventloop.zmqstream import ZMQStream

WAIT_S = 30.0

Streams = Callable[..., tuple[ZMQStream, ZMQStream]]
Main = Callable[[], Coroutine[Any, Any, None]]


@pytest.fixture
def context(monkeypatch: pytest.MonkeyPatch) -> Iterator[zmq.Context]:
    """A context for the test, which may leave its sockets open."""
    context = zmq.Context()
    context.linger = 0
    made: list[zmq.Socket] = []  # keeps them: none is collected unclosed

    def make(*args: Any, **kwargs: Any) -> zmq.Socket:
        made.append(zmq.Socket(*args, **kwargs))
        return made[-1]

    monkeypatch.setattr(zmq.Context, "_socket_class", staticmethod(make))
    yield context
    context.destroy(linger=0)


@pytest.fixture
def run(io_loop: IOLoop) -> Callable[[Main], None]:
    """Return a function that runs a coroutine function in the loop, up to WAIT_S seconds."""
    return lambda main: io_loop.run_sync(main, timeout=WAIT_S)


@pytest.fixture
def sockets(context: zmq.Context) -> Callable[..., tuple[zmq.Socket, zmq.Socket]]:
    """Return a function that makes two sockets, the second connected to the first."""
    count = 0

    def make(first: int = zmq.PULL, second: int = zmq.PUSH, **options: int) -> tuple[zmq.Socket, zmq.Socket]:
        nonlocal count
        count += 1
        pair = context.socket(first), context.socket(second)
        for socket in pair:
            for name, value in options.items():
                setattr(socket, name, value)
        pair[0].bind(f"inproc://pair-{count}")
        pair[1].connect(f"inproc://pair-{count}")
        return pair

    return make


@pytest.fixture
def streams(sockets: Callable[..., tuple[zmq.Socket, zmq.Socket]], io_loop: IOLoop) -> Streams:
    """Return a function that makes streams on two connected sockets."""

    def make(*types: int, **options: int) -> tuple[ZMQStream, ZMQStream]:
        bound, connected = sockets(*types, **options)
        return ZMQStream(bound, io_loop), ZMQStream(connected, io_loop)

    return make


class Inbox:
    """A callback that keeps what it is called with: ``await inbox.get(3)`` waits until there are three."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self._arrived = asyncio.Event()

    def __call__(self, *args: Any) -> None:
        self.calls.append(args[0] if len(args) == 1 else args)
        self._arrived.set()

    async def get(self, count: int = 1) -> list[Any]:
        while len(self.calls) < count:
            self._arrived.clear()
            await asyncio.wait_for(self._arrived.wait(), WAIT_S)
        return self.calls


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged as an error."""
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


# ---- receiving


def test_on_recv_gets_each_message_as_a_list_of_frames(streams: Streams, run: Callable[[Main], None]) -> None:
    pull, push = streams()

    async def main() -> None:
        inbox = Inbox()
        pull.on_recv(inbox)
        push.send(b"one")
        push.send_multipart([b"two", b"frames"])
        assert await inbox.get(2) == [[b"one"], [b"two", b"frames"]]

    run(main)


def test_without_copy_on_recv_gets_frames(streams: Streams, run: Callable[[Main], None]) -> None:
    pull, push = streams()

    async def main() -> None:
        inbox = Inbox()
        pull.on_recv(inbox, copy=False)
        push.send(b"one")
        ((frame,),) = await inbox.get()
        assert isinstance(frame, zmq.Frame)
        assert frame.bytes == b"one"
        assert isinstance(frame.tracker, zmq.MessageTracker)

    run(main)


def test_on_recv_stream_gets_the_stream_too(streams: Streams, run: Callable[[Main], None]) -> None:
    pull, push = streams()

    async def main() -> None:
        inbox = Inbox()
        pull.on_recv_stream(inbox)
        push.send(b"one")
        assert await inbox.get() == [(pull, [b"one"])]

    run(main)


@pytest.mark.parametrize("stop", ["stop_on_recv", "on_recv", "on_recv_stream"])
def test_after_stop_on_recv_messages_stay_in_the_socket(
    stop: str, streams: Streams, run: Callable[[Main], None]
) -> None:
    pull, push = streams()

    async def main() -> None:
        inbox = Inbox()
        pull.on_recv(inbox)
        assert pull.receiving()
        getattr(pull, stop)(*([] if stop == "stop_on_recv" else [None]))
        assert not pull.receiving()
        push.send(b"one")
        assert pull.socket.recv() == b"one"
        push.send(b"two")
        pull.on_recv(inbox)
        assert await inbox.get() == [[b"two"]]

    run(main)


def test_a_callback_may_stop_receiving_before_the_next_message(streams: Streams, run: Callable[[Main], None]) -> None:
    pull, push = streams()

    async def main() -> None:
        inbox = Inbox()

        def once(message: list[bytes]) -> None:
            pull.stop_on_recv()
            inbox(message)

        push.send(b"one")
        push.send(b"two")
        pull.on_recv(once)
        await inbox.get()
        assert pull.socket.recv(zmq.NOBLOCK) == b"two"

    run(main)


def test_queued_messages_are_received(
    sockets: Callable[..., tuple[zmq.Socket, zmq.Socket]], io_loop: IOLoop, run: Callable[[Main], None]
) -> None:
    pull, push = sockets()
    push.send(b"one")
    assert pull.poll(0)  # the edge of the descriptor is eaten
    stream = ZMQStream(pull, io_loop)

    async def main() -> None:
        inbox = Inbox()
        stream.on_recv(inbox)
        assert await inbox.get() == [[b"one"]]

    run(main)


def test_a_message_that_comes_just_before_the_stream_waits_is_received(
    streams: Streams, run: Callable[[Main], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    class LateEngine(CallEngine):
        def poll(self, timeout: float | None = None, flags: int = zmq.POLLIN) -> Any:
            push.socket.send(b"late")
            return super().poll(timeout, flags)

    monkeypatch.setattr(_pump, "CallEngine", LateEngine)
    pull, push = streams()

    async def main() -> None:
        inbox = Inbox()
        pull.on_recv(inbox)
        assert (await inbox.get())[0] == [b"late"]  # more come where it polls again meanwhile

    run(main)


@pytest.mark.parametrize("shadow", [False, True])
def test_use_of_the_plain_socket_does_not_lose_the_next_message(
    shadow: bool, streams: Streams, run: Callable[[Main], None]
) -> None:
    first, second = streams(zmq.PAIR, zmq.PAIR)
    socket = zmq.Socket.shadow(first.socket) if shadow else first.socket

    async def main() -> None:
        inbox = Inbox()
        first.on_recv(inbox)
        for i in range(100):
            number = b"%d" % i
            second.socket.send(number)
            socket.send(b"raw")  # processes the news that there is a message
            assert (await inbox.get(i + 1))[i] == [number]

    run(main)


def test_use_of_the_socket_in_another_thread_loses_no_message(streams: Streams, run: Callable[[Main], None]) -> None:
    first, second = streams(zmq.PAIR, zmq.PAIR)

    async def main() -> None:
        inbox = Inbox()
        first.on_recv(inbox)
        loop = asyncio.get_running_loop()
        for i in range(50):

            def use(number: bytes = b"%d" % i) -> None:
                second.socket.send(number)
                first.socket.get(zmq.EVENTS)

            await asyncio.gather(loop.run_in_executor(None, use), inbox.get(i + 1))
        assert inbox.calls == [[b"%d" % i] for i in range(50)]

    run(main)


def test_two_streams_may_share_a_socket(
    sockets: Callable[..., tuple[zmq.Socket, zmq.Socket]], io_loop: IOLoop, run: Callable[[Main], None]
) -> None:
    pull, push = sockets()
    streams = [ZMQStream(pull, io_loop), ZMQStream(zmq.Socket.shadow(pull), io_loop)]

    async def main() -> None:
        inbox = Inbox()
        for stream in streams:
            stream.on_recv(inbox)
        for i in range(20):
            push.send(b"%d" % i)
        assert sorted(await inbox.get(20)) == sorted([b"%d" % i] for i in range(20))
        streams[0].stop_on_recv()
        push.send(b"last")
        assert (await inbox.get(21))[-1] == [b"last"]

    run(main)


def test_a_flood_lets_the_loop_run(streams: Streams, run: Callable[[Main], None]) -> None:
    pull, push = streams(zmq.PULL, zmq.PUSH, sndhwm=0, rcvhwm=0)

    async def main() -> None:
        received = 0
        done = asyncio.Event()

        def keep_flooding(message: list[bytes]) -> None:
            nonlocal received
            received += 1
            if not done.is_set():
                push.socket.send_multipart(message)

        pull.on_recv(keep_flooding)
        push.socket.send(b"")
        rounds = 0
        while received < 5 * _pump.MOST_MESSAGES:
            rounds += 1
            before = received
            await asyncio.sleep(0)
            assert received - before <= _pump.MOST_MESSAGES
        assert rounds >= 5
        done.set()

    run(main)


def test_slow_callbacks_let_the_loop_run_after_each_message(streams: Streams, run: Callable[[Main], None]) -> None:
    pull, push = streams()

    async def main() -> None:
        inbox = Inbox()

        def take_long(message: list[bytes]) -> None:
            end = time.monotonic() + _pump.MOST_S
            while time.monotonic() < end:
                pass
            inbox(message)

        for _ in range(5):
            push.socket.send(b"")
        pull.on_recv(take_long)
        before = 0
        while before < 5:
            await asyncio.sleep(0)
            assert len(inbox.calls) - before <= 1
            before = len(inbox.calls)

    run(main)


def test_an_interrupted_callback_does_not_stop_the_stream(streams: Streams, io_loop: IOLoop) -> None:
    pull, push = streams()
    received: list[Any] = []

    def interrupt(message: list[bytes]) -> None:
        received.append(message)
        if len(received) == 1:
            raise KeyboardInterrupt
        io_loop.stop()

    pull.on_recv(interrupt)
    push.socket.send(b"one")
    push.socket.send(b"two")
    with pytest.raises(KeyboardInterrupt):
        io_loop.start()
    io_loop.call_later(WAIT_S, io_loop.stop)
    io_loop.start()
    assert received == [[b"one"], [b"two"]]


# ---- sending


def test_on_send_gets_the_message_and_the_tracker(streams: Streams, run: Callable[[Main], None]) -> None:
    _, push = streams()

    async def main() -> None:
        inbox = Inbox()
        push.on_send(inbox)
        push.send(b"one")
        assert inbox.calls == []  # it is the loop that calls
        push.send(b"two", copy=False, track=True)
        push.send(100_000 * b"3", copy=False)
        push.send(zmq.Frame(b"four"), copy=False)
        (first, second, third, fourth) = await inbox.get(4)
        assert first == ([b"one"], None)
        assert second[0] == [b"two"]
        assert isinstance(second[1], zmq.MessageTracker)
        assert isinstance(third[1], zmq.MessageTracker)  # what is not copied is tracked without asking
        assert fourth[1] is None  # a Frame that is not tracked itself

    run(main)


def test_on_send_stream_gets_the_stream_too(streams: Streams, run: Callable[[Main], None]) -> None:
    _, push = streams()

    async def main() -> None:
        inbox = Inbox()
        push.on_send_stream(inbox)
        push.send(b"one")
        assert await inbox.get() == [(push, [b"one"], None)]

    run(main)


def test_a_callback_passed_to_send_is_kept(streams: Streams, run: Callable[[Main], None]) -> None:
    _, push = streams()

    async def main() -> None:
        inbox = Inbox()
        push.send(b"one", callback=inbox)
        push.send(b"two")
        assert await inbox.get(2) == [([b"one"], None), ([b"two"], None)]
        push.stop_on_send()
        push.send(b"three")
        push.flush()
        assert len(inbox.calls) == 2

    run(main)


def test_a_message_is_sent_at_once_if_possible(streams: Streams) -> None:
    pull, push = streams()
    push.send(b"one")
    assert pull.socket.recv(zmq.NOBLOCK) == b"one"


def test_queued_messages_are_sent_in_order(context: zmq.Context, io_loop: IOLoop, run: Callable[[Main], None]) -> None:
    push = ZMQStream(context.socket(zmq.PUSH), io_loop)

    async def main() -> None:
        sent, received = Inbox(), Inbox()
        push.on_send(sent)
        for i in range(200):
            push.send(b"%d" % i)
        assert push.sending()
        pull = ZMQStream(context.socket(zmq.PULL))
        pull.on_recv(received)
        pull.bind("inproc://late")
        push.connect("inproc://late")
        assert await received.get(200) == [[b"%d" % i] for i in range(200)]
        assert await sent.get(200) == [([b"%d" % i], None) for i in range(200)]
        assert not push.sending()

    run(main)


def test_a_socket_that_reports_pollout_and_refuses_is_retried(
    context: zmq.Context, io_loop: IOLoop, run: Callable[[Main], None]
) -> None:
    xpub, sub = context.socket(zmq.XPUB), context.socket(zmq.SUB)
    xpub.xpub_nodrop = 1
    xpub.sndhwm = sub.rcvhwm = 1
    xpub.bind("inproc://full")
    sub.subscribe(b"")
    sub.connect("inproc://full")
    assert xpub.recv() == b"\x01"
    publisher = ZMQStream(xpub, io_loop)

    async def main() -> None:
        for i in range(20):
            publisher.send(b"%d" % i)
        assert xpub.events & zmq.POLLOUT
        received: list[bytes] = []
        while len(received) < 20:
            assert publisher.sending() or sub.poll(0)
            if sub.poll(0):
                received.append(sub.recv())
                assert xpub.events & zmq.POLLOUT  # eats the edge, and is no news
            await asyncio.sleep(0)
        assert received == [b"%d" % i for i in range(20)]

    run(main)


def test_a_stream_sleeps_until_a_full_socket_can_send(
    full: tuple[zmq.Socket[bytes], zmq.Socket[bytes]],
    io_loop: IOLoop,
    run: Callable[[Main], None],
    looks: list[int],
) -> None:
    xpub, sub = full

    async def main() -> None:
        sent = Inbox()
        stream = ZMQStream(xpub, io_loop)
        stream.on_send(sent)
        stream.send(b"last")
        await asyncio.sleep(0.05)
        assert stream.sending()
        assert xpub.events & zmq.POLLOUT
        assert len(looks) < 10
        receiving = asyncio.get_running_loop().run_in_executor(None, lambda: list(iter(sub.recv, b"last")))
        await sent.get(1)
        assert set(await receiving) == {b"full"}

    run(main)


def test_timeouts_of_the_socket_do_not_keep_the_stream_from_waiting(
    full: tuple[zmq.Socket[bytes], zmq.Socket[bytes]],
    io_loop: IOLoop,
    run: Callable[[Main], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    xpub, sub = full
    xpub.sndtimeo = xpub.rcvtimeo = 0
    runs: list[int] = []

    class CountingPump(_pump.Pump):
        def _run(self) -> None:
            runs.append(1)
            super()._run()

    monkeypatch.setattr(zmqstream, "Pump", CountingPump)

    async def main() -> None:
        sent, received = Inbox(), Inbox()
        stream = ZMQStream(xpub, io_loop)
        stream.on_recv(received)
        stream.send(b"last", callback=sent)
        for _ in range(10):
            await asyncio.sleep(0)
        assert stream.sending()
        assert len(runs) == 1
        receiving = asyncio.get_running_loop().run_in_executor(None, lambda: list(iter(sub.recv, b"last")))
        await sent.get()
        await receiving
        sub.unsubscribe(b"")
        assert await received.get() == [[b"\0"]]

    run(main)


def test_a_message_that_is_sent_while_the_stream_begins_to_receive_is_reported(
    full: tuple[zmq.Socket[bytes], zmq.Socket[bytes]], io_loop: IOLoop, run: Callable[[Main], None]
) -> None:
    xpub, sub = full
    stream = ZMQStream(xpub, io_loop)

    async def main() -> None:
        sent = Inbox()
        stream.send(b"last", callback=sent)
        await asyncio.sleep(0)  # it waits in the engine
        while sub.poll(0):
            assert sub.recv() == b"full"
        stream.on_recv(print)
        assert await sent.get() == [([b"last"], None)]

    run(main)


def test_a_flush_sends_what_the_socket_has_refused_before(
    full: tuple[zmq.Socket[bytes], zmq.Socket[bytes]], io_loop: IOLoop, run: Callable[[Main], None]
) -> None:
    xpub, sub = full
    stream = ZMQStream(xpub, io_loop)

    async def main() -> None:
        for number in (b"1", b"2"):
            stream.send(number)
        await asyncio.sleep(0)  # the first waits in the engine
        assert stream.flush() == 0
        received: list[bytes] = []
        while received[-1:] != [b"2"]:
            if sub.poll(0):
                received.append(sub.recv())
            stream.flush()
        assert [message for message in received if message != b"full"] == [b"1", b"2"]
        assert not stream.sending()

    run(main)


def test_a_request_waits_for_the_reply_to_the_last_one(streams: Streams, run: Callable[[Main], None]) -> None:
    server, client = streams(zmq.REP, zmq.REQ)

    async def main() -> None:
        replies = Inbox()
        client.on_recv(replies)
        server.on_recv(server.send_multipart)
        for i in range(3):
            client.send(b"%d" % i)
        assert await replies.get(3) == [[b"0"], [b"1"], [b"2"]]

    run(main)


@pytest.mark.parametrize("frames", [["text"], [b"", 5], [None]])
def test_the_error_for_a_frame_that_is_not_bytes_is_logged_and_passed_to_on_send(
    frames: list[Any], streams: Streams, run: Callable[[Main], None], caplog: pytest.LogCaptureFixture
) -> None:
    pull, push = streams()

    async def main() -> None:
        inbox = Inbox()
        push.on_send(inbox)
        push.send_multipart(frames)
        push.send(b"good")
        (first, second) = await inbox.get(2)
        assert first[0] == frames
        assert isinstance(first[1], TypeError)
        assert second == ([b"good"], None)
        assert pull.socket.recv_multipart() == [b"good"]

    run(main)
    assert any("cannot send" in message for message in logged(caplog))


def test_an_error_of_sending_is_logged_and_passed_to_on_send(
    context: zmq.Context, io_loop: IOLoop, run: Callable[[Main], None], caplog: pytest.LogCaptureFixture
) -> None:
    router, dealer = context.socket(zmq.ROUTER), context.socket(zmq.DEALER)
    router.router_mandatory = 1
    router.bind("inproc://router")
    dealer.routing_id = b"dealer"
    dealer.connect("inproc://router")
    stream = ZMQStream(router, io_loop)

    async def main() -> None:
        inbox = Inbox()
        stream.on_send(inbox)
        stream.send_multipart([b"two", b"frames"])
        stream.send_multipart([b"dealer", b"two"])
        (first, second) = await inbox.get(2)
        assert first[0] == [b"two", b"frames"]
        assert first[1].errno == zmq.EHOSTUNREACH
        assert second == ([b"dealer", b"two"], None)
        assert dealer.recv() == b"two"

    run(main)
    assert any("cannot send" in message for message in logged(caplog))


def test_send_variants_serialize(streams: Streams, run: Callable[[Main], None]) -> None:
    pull, push = streams()
    push.send_string("grün")
    assert pull.socket.recv_string() == "grün"
    push.send_unicode("grün", encoding="latin-1")
    assert pull.socket.recv_string(encoding="latin-1") == "grün"
    push.send_json({"a": [1]}, sort_keys=True)
    assert pull.socket.recv_json() == {"a": [1]}
    push.send_pyobj({1, 2})
    assert pull.socket.recv_pyobj() == {1, 2}
    with pytest.raises(TypeError, match="takes a str"):
        push.send_string(b"bytes")  # type: ignore[arg-type]


# ---- flush


def test_bind_and_connect_are_those_of_the_socket(streams: Streams) -> None:
    pull, _ = streams()
    assert pull.bind is pull.socket.bind
    assert pull.connect is pull.socket.connect


def test_the_socket_of_a_closed_stream_is_in_no_reference_cycle(streams: Streams) -> None:
    pull, _ = streams()
    socket = pull.socket
    pull.close()
    assert not vars(socket)


def test_flush_receives_up_to_a_limit(streams: Streams) -> None:
    pull, push = streams()
    received: list[Any] = []
    pull.on_recv(received.append)
    for i in range(5):
        push.socket.send(b"%d" % i)
    assert pull.flush(limit=2) == 2
    assert received == [[b"0"], [b"1"]]
    assert pull.flush(zmq.POLLOUT) == 0
    assert pull.flush(zmq.POLLIN) == 3
    assert received == [[b"%d" % i] for i in range(5)]


@pytest.mark.parametrize("limit", [0, None])
def test_flush_without_a_limit_receives_everything(streams: Streams, limit: int | None) -> None:
    pull, push = streams()
    received: list[Any] = []
    pull.on_recv(received.append)
    for _ in range(5):
        push.send(b"x")
    assert pull.flush(zmq.POLLIN, limit) == 5
    assert len(received) == 5


def test_flush_discards_messages_without_a_callback(streams: Streams) -> None:
    pull, push = streams()
    push.socket.send(b"one")
    push.socket.send(b"two")
    assert pull.flush(zmq.POLLIN, limit=1) == 1
    assert pull.socket.recv(zmq.NOBLOCK) == b"two"


def test_flush_of_a_socket_that_only_sends_receives_nothing(streams: Streams) -> None:
    _, push = streams()
    push.on_recv(print)
    assert push.flush() == 0
    assert push.flush(zmq.POLLIN) == 0


def test_flush_sends_and_reports_up_to_a_limit(context: zmq.Context, io_loop: IOLoop) -> None:
    push, pull = ZMQStream(context.socket(zmq.PUSH), io_loop), context.socket(zmq.PULL)
    sent: list[Any] = []
    push.on_send(lambda message, _: sent.append(message))
    for i in range(3):
        push.send(b"%d" % i)
    assert push.flush() == 0  # there is no room
    pull.bind("inproc://late")
    push.connect("inproc://late")
    assert push.flush(zmq.POLLIN) == 0
    assert push.flush(zmq.POLLOUT, limit=2) == 2
    assert sent == [[b"0"], [b"1"]]
    assert push.sending()
    assert push.flush() == 1
    assert not push.sending()


def test_a_callback_may_flush(streams: Streams, run: Callable[[Main], None]) -> None:
    pull, push = streams()

    async def main() -> None:
        inbox = Inbox()

        def flush(message: list[bytes]) -> None:
            inbox(message)
            pull.flush()

        for i in range(5):
            push.socket.send(b"%d" % i)
        pull.on_recv(flush)
        assert await inbox.get(5) == [[b"%d" % i] for i in range(5)]

    run(main)


# ---- callbacks


def test_coroutines_of_callbacks_are_started_and_not_waited_for(streams: Streams, run: Callable[[Main], None]) -> None:
    pull, push = streams()

    async def main() -> None:
        go, inbox = asyncio.Event(), Inbox()

        async def wait(message: list[bytes]) -> None:
            inbox(message)
            await go.wait()
            inbox([b"done", *message])

        pull.on_recv(wait)
        push.send(b"one")
        push.send(b"two")
        assert await inbox.get(2) == [[b"one"], [b"two"]]
        gc.collect()  # nothing else refers to the tasks
        go.set()
        assert (await inbox.get(4))[2:] == [[b"done", b"one"], [b"done", b"two"]]

    run(main)


def test_a_coroutine_without_other_references_continues(streams: Streams, run: Callable[[Main], None]) -> None:
    pull, push = streams()

    async def main() -> None:
        tasks = Inbox()

        async def wait(message: list[bytes]) -> None:
            tasks(weakref.ref(asyncio.current_task()))
            await asyncio.get_running_loop().create_future()

        pull.on_recv(wait)
        push.send(b"one")
        (task,) = await tasks.get()
        await asyncio.sleep(0)
        gc.collect()
        assert task() is not None
        task().cancel()

    run(main)


def _plain(message: list[bytes]) -> None:
    if message == [b"bad"]:
        raise ValueError(message)


async def _coroutine(message: list[bytes]) -> None:
    await asyncio.sleep(0)
    _plain(message)


@gen.coroutine
def _generator(message: list[bytes]) -> Any:
    yield gen.moment
    _plain(message)


@pytest.mark.parametrize("callback", [_plain, _coroutine, _generator])
def test_errors_of_callbacks_are_logged_and_do_not_stop_the_stream(
    callback: Callable[[Any], Any],
    streams: Streams,
    run: Callable[[Main], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    pull, push = streams()

    async def main() -> None:
        inbox = Inbox()

        def both(message: list[bytes]) -> Any:
            inbox(message)
            return callback(message)

        pull.on_recv(both)
        for data in (b"bad", b"good", b"bad"):
            push.send(data)
        assert await inbox.get(3) == [[b"bad"], [b"good"], [b"bad"]]
        for _ in range(3):  # the last coroutine ends
            await asyncio.sleep(0)

    run(main)
    assert ["Uncaught exception" in message for message in logged(caplog)] == [True, True]
    assert all(record.exc_info and record.exc_info[0] is ValueError for record in caplog.records)


@pytest.mark.parametrize("method", ["on_recv", "on_recv_stream", "on_send", "on_send_stream", "set_close_callback"])
def test_callbacks_must_be_callable(method: str, streams: Streams) -> None:
    with pytest.raises(AssertionError, match="a callback must be callable"):
        getattr(streams()[0], method)(5)


# ---- the end


def test_closing_closes_the_socket_and_calls_back_once(streams: Streams) -> None:
    calls: list[Any] = []
    pull, _ = streams()
    socket = pull.socket
    pull.on_recv(calls.append)
    pull.set_close_callback(lambda: calls.append("closed"))
    pull.close(linger=0)
    pull.close()
    assert (pull.closed(), socket.closed, pull.socket, pull.receiving(), calls) == (True, True, None, False, ["closed"])


@pytest.mark.parametrize(
    "use",
    [
        lambda stream: stream.send(b""),
        lambda stream: stream.on_recv(print),
        lambda stream: stream.stop_on_recv(),
        lambda stream: stream.on_send(print),
        lambda stream: stream.flush(),
    ],
)
def test_a_closed_stream_cannot_be_used(use: Callable[[ZMQStream], object], streams: Streams) -> None:
    _, push = streams()
    push.close()
    with pytest.raises(OSError, match="Stream is closed"):
        use(push)
    assert not push.sending()


def test_a_callback_may_close_the_stream(streams: Streams, run: Callable[[Main], None]) -> None:
    pull, push = streams()

    async def main() -> None:
        received, closed = Inbox(), Inbox()
        pull.set_close_callback(lambda: closed("closed"))

        def close(message: list[bytes]) -> None:
            received(message)
            pull.close()

        push.send(b"one")
        push.send(b"two")
        pull.on_recv(close)
        await closed.get()
        assert received.calls == [[b"one"]]

    run(main)


def test_an_error_of_the_close_callback_is_logged(streams: Streams, caplog: pytest.LogCaptureFixture) -> None:
    pull, _ = streams()
    pull.set_close_callback(lambda: 1 // 0)
    pull.close()
    assert len(logged(caplog)) == 1


@pytest.mark.parametrize("receiving", [True, False])
@pytest.mark.parametrize("thread", [True, False])
def test_a_stream_closes_when_its_socket_is_closed(
    thread: bool, receiving: bool, streams: Streams, run: Callable[[Main], None], caplog: pytest.LogCaptureFixture
) -> None:
    pull, _ = streams()

    async def main() -> None:
        closed = Inbox()
        pull.set_close_callback(lambda: closed("closed"))
        if receiving:
            pull.on_recv(print)
        await asyncio.sleep(0)
        with pytest.warns(UserWarning, match="after closing socket"):  # noqa: PT031 (any of them may notice)
            if thread:
                await asyncio.get_running_loop().run_in_executor(None, pull.socket.close)
            else:
                pull.socket.close()
                assert closed.calls == []  # not in the middle of that
            await closed.get()
            assert pull.closed()
            await asyncio.sleep(0)
        assert "closed socket" in caplog.text

    run(main)


def test_an_idle_stream_detects_a_closed_socket_when_it_is_used(streams: Streams) -> None:
    pull, push = streams()
    pull.socket.close()
    push.socket.close()
    with pytest.warns(UserWarning, match="after closing socket"):
        assert pull.closed()
    with pytest.warns(UserWarning, match="after closing socket"), pytest.raises(OSError, match="Stream is closed"):
        push.send(b"one")


def test_a_stream_closes_when_its_context_is_terminated(
    context: zmq.Context, streams: Streams, run: Callable[[Main], None]
) -> None:
    pull, push = streams()

    async def main() -> None:
        closed = Inbox()
        for stream in (pull, push):
            stream.set_close_callback(lambda: closed("closed"))
        pull.on_recv(print)
        term = asyncio.get_running_loop().run_in_executor(None, context.term)
        await closed.get(2)
        await term  # which ends because both sockets are closed

    run(main)


# ---- what the loop keeps


def test_an_idle_stream_watches_nothing(context: zmq.Context, streams: Streams, run: Callable[[Main], None]) -> None:
    pull, push = streams()

    def watched() -> int:
        return len(hub.hub_of(asyncio.get_running_loop()).watched)

    async def main() -> None:
        assert watched() == 0
        pull.on_recv(print)
        await asyncio.sleep(0)
        assert watched() == 1
        pull.stop_on_recv()
        await asyncio.sleep(0)
        assert watched() == 0
        push.send(b"one")
        await asyncio.sleep(0)
        assert watched() == 0
        waiting = ZMQStream(context.socket(zmq.PUSH))
        sent = Inbox()
        waiting.send(b"one", callback=sent)
        await asyncio.sleep(0)
        assert watched() == 1
        waiting.bind("inproc://later")
        pull.connect("inproc://later")
        await sent.get()
        await asyncio.sleep(0)
        assert watched() == 0

    run(main)


def test_the_loop_keeps_only_waiting_streams_alive(
    context: zmq.Context, sockets: Callable[..., tuple[zmq.Socket, zmq.Socket]], run: Callable[[Main], None]
) -> None:
    pull, push = sockets()

    async def main() -> None:
        inbox = Inbox()
        waiting, idle = ZMQStream(pull), ZMQStream(push)
        waiting.on_recv(inbox)
        kept, dropped = weakref.ref(waiting), weakref.ref(idle)
        await asyncio.sleep(0)
        del waiting, idle
        gc.collect()
        assert dropped() is None
        push.send(b"one")
        assert await inbox.get() == [[b"one"]]
        stream = kept()
        assert stream is not None
        stream.stop_on_recv()
        await asyncio.sleep(0)
        del stream
        gc.collect()
        assert kept() is None

    run(main)


def test_a_stream_outlives_its_loop(sockets: Callable[..., tuple[zmq.Socket, zmq.Socket]]) -> None:
    io_loop = IOLoop(make_current=False)
    pull, push = (ZMQStream(socket, io_loop) for socket in sockets())

    async def main() -> None:
        pull.on_recv(print)
        await asyncio.sleep(0)

    io_loop.run_sync(main, timeout=WAIT_S)
    io_loop.close()
    push.send(b"one")
    assert pull.flush() == 1
    pull.close()
    push.close()


def test_a_loop_that_is_closed_with_all_its_descriptors_closes_the_streams(
    sockets: Callable[..., tuple[zmq.Socket, zmq.Socket]],
) -> None:
    io_loop = IOLoop(make_current=False)
    pull, push = sockets()
    closed: list[str] = []
    streams = [ZMQStream(socket, io_loop) for socket in (pull, zmq.Socket.shadow(pull))]
    for stream in streams:
        stream.on_recv(print)
        stream.set_close_callback(lambda: closed.append("closed"))
    io_loop.close(all_fds=True)
    assert pull.closed
    assert all(stream.closed() for stream in streams)
    assert closed == ["closed", "closed"]
    assert not push.closed


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")  # libzmq's threads
def test_a_forked_child_does_not_stop_its_parents_stream(streams: Streams, run: Callable[[Main], None]) -> None:
    pull, push = streams()
    inbox = Inbox()

    async def begin() -> None:
        pull.on_recv(inbox)
        await asyncio.sleep(0)

    async def receive() -> None:
        push.send(b"one")
        await inbox.get()

    if threading.active_count() > 1:
        pytest.skip("forks only without other threads")
    run(begin)
    pid = os.fork()
    if pid == 0:
        pull.close()
        os._exit(0 if pull.closed() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    run(receive)


# ---- the rest of the interface


def test_the_stream_has_the_methods_and_options_of_its_socket_except_receiving(streams: Streams) -> None:
    pull, _ = streams()
    assert pull.bind == pull.socket.bind
    assert pull.getsockopt(zmq.TYPE) == zmq.PULL
    pull.setsockopt(zmq.RCVHWM, 7)
    assert pull.rcvhwm == 7
    assert not hasattr(pull, "recv")
    assert not hasattr(pull, "recv_multipart")
    with pytest.raises(AttributeError):
        pull.no_such_option  # noqa: B018
    assert isinstance(pull.poller, zmq.Poller)


def test_the_current_loop_is_the_default(context: zmq.Context, run: Callable[[Main], None], io_loop: IOLoop) -> None:
    async def main() -> None:
        assert ZMQStream(context.socket(zmq.PULL)).io_loop is io_loop

    run(main)


def test_on_err_does_nothing_and_logs_that(streams: Streams, caplog: pytest.LogCaptureFixture) -> None:
    pull, _ = streams()
    pull.on_err(print)
    pull.stop_on_err()
    assert len(caplog.records) == 2


def test_the_stream_uses_a_plain_shadow_of_an_asynchronous_socket(io_loop: IOLoop, run: Callable[[Main], None]) -> None:
    context = zmq.asyncio.Context()
    pull, push = context.socket(zmq.PULL), zmq.Context(context).socket(zmq.PUSH)
    pull.bind("inproc://async")
    push.connect("inproc://async")
    with pytest.warns(RuntimeWarning, match="plain shadow"):
        stream = ZMQStream(pull, io_loop)
    assert type(stream.socket) is zmq.Socket

    async def main() -> None:
        inbox = Inbox()
        stream.on_recv(inbox)
        push.send(b"one")
        assert await inbox.get() == [[b"one"]]
        stream.stop_on_recv()
        push.send(b"two")
        assert await pull.recv() == b"two"

    run(main)
    stream.close()
    assert pull.closed
    push.close()
    context.term()


def test_a_stream_needs_a_socket(io_loop: IOLoop) -> None:
    with pytest.raises(TypeError, match=r"needs a zmq\.Socket"):
        ZMQStream(None, io_loop)  # type: ignore[arg-type]


def test_a_stream_needs_a_loop(context: zmq.Context) -> None:
    with pytest.raises(TypeError, match="a loop is a tornado IOLoop"):
        ZMQStream(context.socket(zmq.PULL), 5)  # type: ignore[arg-type]
