"""zmq.eventloop.future: zmq.asyncio's sockets in tornado's loops and coroutines."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("tornado")

from tornado import gen
from tornado.ioloop import IOLoop
from tornado.util import TimeoutError as TornadoTimeoutError

import zmq
import zmq.asyncio
from zmq.eventloop import future

WAIT_S = 30.0


@pytest.fixture
def context() -> Iterator[future.Context]:
    """A context of the module."""
    context = future.Context()
    context.linger = 0
    yield context
    context.destroy(linger=0)


Pair = tuple[future.Socket, future.Socket]


@pytest.fixture
def pair(context: future.Context) -> Pair:
    """A PULL socket and a PUSH socket that are connected."""
    pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    pull.bind("inproc://pair")
    push.connect("inproc://pair")
    assert isinstance(pull, future.Socket)
    assert isinstance(push, future.Socket)
    return pull, push


def test_async_functions_await_its_operations(io_loop: IOLoop, pair: Pair) -> None:
    pull, push = pair

    async def main() -> list[bytes]:
        waiting = pull.recv_multipart()
        await push.send_multipart([b"a", b"b"])
        return await waiting

    assert io_loop.run_sync(main, timeout=WAIT_S) == [b"a", b"b"]


def test_generators_yield_its_operations(io_loop: IOLoop, pair: Pair) -> None:
    pull, push = pair

    @gen.coroutine
    def main() -> Any:
        waiting = pull.recv_json()
        yield push.send(b'{"a": 1}')
        first = yield waiting
        both = yield [pull.recv(), push.send(b"b")]
        return first, both[0]

    assert io_loop.run_sync(main, timeout=WAIT_S) == ({"a": 1}, b"b")


def test_operations_can_be_called_before_the_current_loop_runs(io_loop: IOLoop, context: future.Context) -> None:
    pull, push = future.Socket(context, zmq.PULL, io_loop=io_loop), future.Socket(context, zmq.PUSH, io_loop=io_loop)
    pull.bind("inproc://early")
    push.connect("inproc://early")
    waiting = pull.recv()
    assert waiting.get_loop() is io_loop.asyncio_loop  # type: ignore[attr-defined]  # of tornado's loops on asyncio

    async def main() -> Any:
        await push.send(b"early")
        return await waiting

    assert io_loop.run_sync(main, timeout=WAIT_S) == b"early"
    pull.close()
    push.close()


def test_from_socket_shares_a_plain_socket(io_loop: IOLoop) -> None:
    with zmq.Context() as plain, plain.socket(zmq.PULL) as pull, plain.socket(zmq.PUSH) as push:
        pull.bind("inproc://plain")
        push.connect("inproc://plain")

        async def main() -> Any:
            waiting = future.Socket.from_socket(pull, io_loop).recv()
            push.send(b"plain")
            return await waiting

        assert io_loop.run_sync(main, timeout=WAIT_S) == b"plain"


def test_io_loop_must_be_a_loop(context: future.Context) -> None:
    socket = future.Socket(context, zmq.PULL, io_loop=5)
    with socket, pytest.raises(TypeError, match="a loop is a tornado IOLoop"):
        socket.recv()  # type: ignore[unused-awaitable]  # it raises


def test_a_cancelled_receive_raises_cancelled_error_and_takes_nothing(io_loop: IOLoop, pair: Pair) -> None:
    pull, push = pair

    async def main() -> Any:
        waiting = pull.recv()
        waiting.cancel()
        with pytest.raises(future.CancelledError):
            await waiting
        await push.send(b"kept")
        return await pull.recv()

    assert io_loop.run_sync(main, timeout=WAIT_S) == b"kept"


def test_a_future_that_with_timeout_abandons_can_be_awaited_again(io_loop: IOLoop, pair: Pair) -> None:
    pull, push = pair

    async def main() -> Any:
        waiting = pull.recv()
        with pytest.raises(TornadoTimeoutError):
            await gen.with_timeout(io_loop.time(), waiting)
        await push.send(b"late")
        return await waiting

    assert io_loop.run_sync(main, timeout=WAIT_S) == b"late"


def test_the_poller_returns_futures(io_loop: IOLoop, pair: Pair) -> None:
    pull, push = pair
    poller = future.Poller()
    poller.register(pull, zmq.POLLIN)

    async def main() -> None:
        assert await poller.poll(0) == []
        waiting = poller.poll()
        await push.send(b"")
        assert await asyncio.wait_for(waiting, WAIT_S) == [(pull, zmq.POLLIN)]
        assert await pull.poll(0) == zmq.POLLIN

    io_loop.run_sync(main, timeout=WAIT_S)


def test_the_context_class_has_its_own_instance() -> None:
    instance = future.Context.instance()
    assert instance is future.Context.instance()
    assert instance is not zmq.asyncio.Context.instance()
    with instance.socket(zmq.PULL) as socket:
        assert isinstance(socket, future.Socket)
    instance.term()
    zmq.asyncio.Context.instance().term()


def test_a_loop_given_to_the_context_is_ignored_with_a_warning(io_loop: IOLoop) -> None:
    with pytest.warns(DeprecationWarning, match="io_loop"), future.Context(io_loop=io_loop) as context:
        assert context.io_loop is None


@pytest.mark.parametrize("module", ["future", "zmqstream", "ioloop"])
def test_the_error_for_a_missing_tornado_says_how_to_install_it(module: str) -> None:
    script = f"""
import importlib, json, sys
sys.modules["tornado"] = sys.modules["tornado.ioloop"] = None
import zmq.asyncio
try:
    importlib.import_module("zmq.eventloop.{module}")
except ModuleNotFoundError as error:
    print(json.dumps(str(error)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "pip install --find-links dist 'zmq-eventloop[tornado]'" in json.loads(done.stdout)


@pytest.mark.parametrize("how", ["used", "given", "default"])
def test_a_loop_that_is_closed_with_all_its_descriptors_closes_the_sockets(context: future.Context, how: str) -> None:
    loop = IOLoop(make_current=False)
    socket = future.Socket(context, zmq.PULL, io_loop=loop if how == "given" else None)
    other = context.socket(zmq.PULL)

    async def use() -> None:
        if how == "used":
            assert await socket.poll(0) == 0

    loop.run_sync(use)
    if how == "default":
        asyncio.set_event_loop(loop.asyncio_loop)
        try:
            socket.recv().cancel()
        finally:
            asyncio.set_event_loop(None)
    loop.close(all_fds=True)
    assert socket.closed
    assert not other.closed
    other.close()
