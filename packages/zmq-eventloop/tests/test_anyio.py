"""``zmq.anyio``, on asyncio and on trio."""

from __future__ import annotations

import gc
import pickle
import random
import threading
import time
import weakref
from collections.abc import Callable, Coroutine, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("anyio")

import anyio
import anyio.lowlevel
import anyio.to_thread

import zmq
import zmq.anyio
import zmq.asyncio
from zmq.utils.monitor import parse_monitor_message

Run = Callable[[Callable[[], Coroutine[Any, Any, Any]]], Any]
Pair = Callable[..., "tuple[zmq.anyio.Socket, zmq.anyio.Socket]"]


@pytest.fixture(params=["asyncio", "trio"])
def run(request: pytest.FixtureRequest) -> Run:
    """Return a function that runs a coroutine function on the backend, up to ten seconds."""
    pytest.importorskip(request.param)

    async def limited(main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        with anyio.fail_after(10):
            return await main()

    return lambda main: anyio.run(limited, main, backend=request.param)


class KeepingContext(zmq.anyio.Context):
    """A context that keeps its sockets, so that they are not collected unclosed when a test forgets them."""

    __slots__ = ("made",)

    made: list[zmq.anyio.Socket]

    def socket(self, *args: Any, **kwargs: Any) -> Any:
        """Create a socket."""
        socket: Any = super().socket(*args, **kwargs)
        self.made.append(socket)
        return socket


@pytest.fixture
def context() -> Iterator[zmq.anyio.Context]:
    """A context, whose sockets may be left open."""
    context = KeepingContext()
    context.made = []
    yield context
    context.destroy(linger=0)


@pytest.fixture
def pair(context: zmq.anyio.Context) -> Pair:
    """Return a function that makes two connected sockets."""

    def make(
        first: int, second: int, transport: str = "inproc", **options: Any
    ) -> tuple[zmq.anyio.Socket, zmq.anyio.Socket]:
        bound, connected = context.socket(first), context.socket(second)
        for socket in (bound, connected):
            for name, value in options.items():
                setattr(socket, name, value)
        bound.bind({"inproc": "inproc://pair", "tcp": "tcp://127.0.0.1:*"}[transport])
        connected.connect(bound.last_endpoint.decode())
        return bound, connected

    return make


def test_request_and_reply(run: Run, pair: Pair) -> None:
    async def main() -> None:
        rep, req = pair(zmq.REP, zmq.REQ, "tcp")

        async def serve() -> None:
            async for message in rep:
                await rep.send_multipart(message)
                if message == [b"end"]:
                    return

        async with anyio.create_task_group() as group:
            group.start_soon(serve)
            for number in range(50):
                await req.send_multipart([b"q", b"%d" % number])
                assert await req.recv_multipart() == [b"q", b"%d" % number]
            await req.send_string("end")
            assert await req.recv_string() == "end"

    run(main)


def test_receives_get_messages_in_the_order_of_the_calls(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        got = []

        async def receive(number: int) -> None:
            got.append((number, await pull.recv()))

        async with anyio.create_task_group() as group:
            for number in range(20):
                group.start_soon(receive, number)
                await anyio.wait_all_tasks_blocked()
            for number in range(20):
                await push.send(b"%d" % number)
        assert got == [(number, b"%d" % number) for number in range(20)]

    run(main)


def test_both_directions_wait_at_once(run: Run, pair: Pair) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR, "tcp", sndhwm=1, rcvhwm=1)
        count = 200

        async def fill() -> None:
            for number in range(count):
                await a.send(b"%d" % number * 10_000)

        async def listen() -> None:
            for number in range(count):
                assert await a.recv() == b"%d" % number

        async with anyio.create_task_group() as group:
            group.start_soon(fill)
            group.start_soon(listen)
            for number in range(count):
                await b.send(b"%d" % number)
                assert await b.recv() == b"%d" % number * 10_000

    run(main)


def test_a_cancelled_receive_takes_nothing(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH, "tcp", sndhwm=0, rcvhwm=0)
        randomly = random.Random(1)
        got: list[bytes] = []
        count = 300

        async def flood() -> None:
            for number in range(count):
                await push.send(b"%d" % number)
                await anyio.sleep(randomly.random() / 1000)

        async with anyio.create_task_group() as group:
            group.start_soon(flood)
            while len(got) < count:
                with anyio.move_on_after(randomly.random() / 1000):
                    got.append(await pull.recv())
        assert got == [b"%d" % number for number in range(count)]

    run(main)


def test_a_task_that_is_cancelled_with_its_message_gives_it_back(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        got: list[bytes] = []

        async def receive(cancels: anyio.CancelScope | None, scope: anyio.CancelScope) -> None:
            with scope:
                got.append(await pull.recv())
                if cancels is not None:
                    cancels.cancel()  # that task has its message, and has not gone on

        first, second = anyio.CancelScope(), anyio.CancelScope()
        async with anyio.create_task_group() as group:
            group.start_soon(receive, second, first)
            await anyio.wait_all_tasks_blocked()
            group.start_soon(receive, None, second)
            await anyio.wait_all_tasks_blocked()
            plain = zmq.Socket.shadow(push)
            plain.send(b"first")
            plain.send_multipart([b"second", b"end"])
        if len(got) == 1:  # else it had gone on
            assert pull.events & zmq.POLLIN
            got.append(await pull.recv())
        assert got == [b"first", b"second"]
        assert pull.rcvmore
        assert await pull.recv() == b"end"
        assert not pull.rcvmore

    run(main)


def test_a_cancelled_send_was_not_made(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH, sndhwm=1, rcvhwm=1)
        sent = []
        for number in range(10):
            with anyio.move_on_after(0.001):
                await push.send(b"%d" % number)
                sent.append(number)
        assert 0 < len(sent) < 10
        assert [int(await pull.recv()) for _ in sent] == sent
        assert await pull.poll(0) == 0

    run(main)


def test_a_send_that_waits_has_all_frames_of_an_iterator(run: Run, context: zmq.anyio.Context) -> None:
    async def main() -> None:
        pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
        frames: Any = iter([b"1", b"2"])
        async with anyio.create_task_group() as group:
            group.start_soon(push.send_multipart, frames)
            await anyio.wait_all_tasks_blocked()
            pull.bind("inproc://pull")
            push.connect("inproc://pull")
            assert await pull.recv_multipart() == [b"1", b"2"]

    run(main)


def test_timeouts_and_noblock_hold(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH, rcvtimeo=30, sndtimeo=30, sndhwm=1, rcvhwm=1)
        started = time.monotonic()
        with pytest.raises(zmq.Again):
            await pull.recv()
        assert time.monotonic() - started > 0.025
        with pytest.raises(zmq.Again):
            await pull.recv(zmq.NOBLOCK)
        with pytest.raises(zmq.Again):
            while True:
                await push.send(b"")
        assert await push.poll(10, zmq.POLLOUT) == 0
        assert await push.poll(0, None) == 0  # type: ignore[arg-type]  # as pyzmq
        assert await pull.poll() == zmq.POLLIN

    run(main)


def test_a_sender_that_is_refused_sleeps_until_there_is_room(
    run: Run, full: tuple[zmq.Socket[bytes], zmq.Socket[bytes]], looks: list[int]
) -> None:
    xpub, sub = full

    async def main() -> None:
        socket = zmq.anyio.Socket.from_socket(xpub)
        async with anyio.create_task_group() as group:
            group.start_soon(socket.send, b"last")
            await anyio.sleep(0.05)
            assert socket.events & zmq.POLLOUT
            assert len(looks) < 10
            received = await anyio.to_thread.run_sync(lambda: list(iter(sub.recv, b"last")))
        assert set(received) == {b"full"}

    run(main)


def test_what_is_there_when_the_time_is_up_is_received(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        plain = zmq.Socket.shadow(push)
        pull.rcvtimeo = 200  # long enough for the tasks to begin to wait on a busy machine
        got: list[Any] = []

        async def receive() -> None:
            got.append(await pull.recv())

        async def poll() -> None:
            got.append(await pull.poll(200))

        for wait, result in ((poll, zmq.POLLIN), (receive, b"x")):
            async with anyio.create_task_group() as group:
                group.start_soon(wait)
                for _ in range(5):
                    await anyio.lowlevel.checkpoint()
                end = time.monotonic() + 0.25
                while time.monotonic() < end:  # the loop is busy
                    pass
                plain.send(b"x")
            assert got.pop() == result
        assert await pull.recv() == b"x"

    run(main)


@pytest.mark.pypy_skip("references are not counted")
@pytest.mark.skipif(not Path("/dev/fd").is_dir(), reason="there is no list of descriptors")
def test_waiting_takes_no_descriptor_for_each_socket(run: Run, context: zmq.anyio.Context) -> None:
    sockets = [context.socket(zmq.PULL) for _ in range(50)]

    def descriptors() -> int:
        gc.collect()
        return len(list(Path("/dev/fd").iterdir()))

    async def main() -> None:
        before = descriptors()
        async with anyio.create_task_group() as group:
            for socket in sockets:
                group.start_soon(socket.recv)
                group.start_soon(socket.poll)
            await anyio.wait_all_tasks_blocked()
            assert descriptors() < before + 5
            group.cancel_scope.cancel()

    run(main)
    before = descriptors()
    for _ in range(5):
        run(main)
    assert descriptors() <= before


@pytest.mark.pypy_skip("references are not counted")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_weak_reference_to_a_dropped_socket_may_terminate_the_context(run: Run) -> None:
    context = zmq.anyio.Context()

    async def main() -> None:
        socket = context.socket(zmq.PULL)
        weakref.finalize(socket, context.term)
        assert not await socket.poll(1)

    run(main)
    assert context.closed


def test_a_flooded_reader_lets_other_tasks_run(run: Run, pair: Pair) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        ran = False

        async def other() -> None:
            nonlocal ran
            ran = True

        async with anyio.create_task_group() as group:
            group.start_soon(other)
            for _ in range(100):
                await push.send(b"")
                await pull.recv()
            assert ran

    run(main)


@pytest.mark.parametrize("thread", [False, True], ids=["same thread", "other thread"])
@pytest.mark.parametrize("how", ["close", "terminate"])
def test_closing_and_terminating_end_all_that_waits(
    run: Run, context: zmq.anyio.Context, how: str, thread: bool
) -> None:
    async def main() -> None:
        socket = context.socket(zmq.DEALER)
        errors = []

        async def fail(operation: Callable[[], Any]) -> None:
            try:
                await operation()
            except zmq.ZMQError as error:
                errors.append(error.errno)

        async with anyio.create_task_group() as group:
            for operation in (socket.recv, socket.poll, socket.recv, lambda: socket.send(b"")):
                group.start_soon(fail, operation)
            await anyio.wait_all_tasks_blocked()
            end = socket.close if how == "close" else context.shutdown
            if thread:
                await anyio.to_thread.run_sync(end)
            else:
                end()
        assert errors == [zmq.ENOTSOCK if how == "close" else zmq.ETERM] * 4

    run(main)


def test_a_shadow_in_another_thread_does_not_eat_the_news(run: Run, pair: Pair) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR, "tcp")
        shadow = zmq.Socket.shadow(b)
        stop = threading.Event()

        def disturb() -> None:
            while not stop.is_set():
                shadow.get(zmq.EVENTS)

        async with anyio.create_task_group() as group:
            group.start_soon(anyio.to_thread.run_sync, disturb)
            try:
                for number in range(100):
                    await a.send(b"%d" % number)
                    assert await b.recv() == b"%d" % number
            finally:
                stop.set()

    run(main)


def test_async_with_closes_and_terminates(run: Run) -> None:
    async def main() -> None:
        async with zmq.anyio.Context() as context:
            async with context.socket(zmq.PULL) as pull:
                pass
            assert pull.closed
        assert context.closed

    run(main)


def test_a_context_that_waits_for_messages_that_linger_can_be_cancelled(
    run: Run, late_endpoint: str, receive_at: Callable[[str], bytes], terminate: Callable[[zmq.Context], None]
) -> None:
    context: Any = zmq.anyio.Context()

    async def main() -> None:
        with context.socket(zmq.PUSH) as push:
            push.connect(late_endpoint)
            await push.send(b"lingers")
        with anyio.move_on_after(0.01) as scope:
            async with context:
                pass
        assert scope.cancelled_caught

    run(main)
    assert receive_at(late_endpoint) == b"lingers"
    terminate(context)


def test_what_happens_to_connections_can_be_iterated_over(run: Run, context: zmq.anyio.Context) -> None:
    async def main() -> None:
        rep = context.socket(zmq.REP)

        async def bind() -> None:
            rep.bind("tcp://127.0.0.1:*")

        async with anyio.create_task_group() as group:
            group.start_soon(bind)
            async with aclosing(rep.monitor_events()) as events:
                async for event in events:
                    assert event["event"] == zmq.Event.LISTENING
                    break

    run(main)


def test_the_monitor_of_a_shadow_of_a_plain_socket_is_awaited_too(run: Run) -> None:
    async def main() -> None:
        with zmq.Context() as plain, plain.socket(zmq.REP) as made:
            rep = zmq.anyio.Socket.from_socket(made)
            with rep.get_monitor_socket(zmq.EVENT_LISTENING) as monitor:
                assert type(monitor) is zmq.anyio.Socket
                assert rep.get_monitor_socket() is monitor
                rep.bind("tcp://127.0.0.1:*")
                assert parse_monitor_message(await monitor.recv_multipart())["event"] == zmq.EVENT_LISTENING

    run(main)


def test_without_anyio_it_says_what_to_install(run_script: Callable[..., str]) -> None:
    printed = run_script(
        """
        import sys
        sys.modules["anyio"] = None
        try:
            import zmq.anyio
        except ModuleNotFoundError as error:
            print(error)
        """
    )
    assert printed == "zmq.anyio needs anyio: pip install --find-links dist 'zmq-eventloop[anyio]'\n"


OPERATIONS = ["recv", "recv_multipart", "recv_into", "send", "send_multipart", "poll"]


@pytest.mark.parametrize("other", [zmq.Socket, zmq.asyncio.Socket])
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_refuses_a_socket_of_another_class(run: Run, other: type[Any], name: str) -> None:
    async def main() -> None:
        with zmq.Context() as context, other(context, zmq.PAIR) as socket, pytest.raises(AttributeError):
            await getattr(zmq.anyio.Socket, name)(socket, b"")

    run(main)


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_methods_can_be_pickled(name: str) -> None:
    method = getattr(zmq.anyio.Socket, name)
    assert pickle.loads(pickle.dumps(method)) is method
