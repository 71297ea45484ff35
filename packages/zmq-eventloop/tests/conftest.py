"""Fixtures: loops of every kind, contexts that end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import math
from collections.abc import Callable, Coroutine, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

import zmq
import zmq.asyncio
from zmq._loops import hub as _hub
from zmq.backend.calls import CallEngine
from zmq.backend.futures import FutureEngine

if TYPE_CHECKING:
    from tornado.ioloop import IOLoop

WAIT_S = 30.0
"""What has not happened by then never will, not even on a busy machine."""


class LoopWithoutReaders(asyncio.SelectorEventLoop):
    """A loop that cannot watch descriptors, like the proactor loop of Windows."""

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:  # type: ignore[override]  # *args of any types
        raise NotImplementedError

    def remove_reader(self, fd: Any) -> bool:
        raise NotImplementedError


def _uvloop() -> asyncio.AbstractEventLoop:
    uvloop = pytest.importorskip("uvloop")
    return uvloop.new_event_loop()  # type: ignore[no-any-return]  # an optional library


LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": _uvloop,
    "thread": LoopWithoutReaders,
}

Run = Callable[[Coroutine[Any, Any, Any]], Any]


def _accept_slowness(loop: asyncio.AbstractEventLoop) -> None:
    """Make a loop in debug mode not log callbacks that take long, as they do on a busy machine: tests read the log."""
    loop.slow_callback_duration = math.inf


@pytest.fixture(params=list(LOOPS))
def loop(request: pytest.FixtureRequest) -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop of each kind; an exception that it reports fails the test."""
    loop = LOOPS[request.param]()
    _accept_slowness(loop)
    reported: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: reported.append(context))
    yield loop
    gc.collect()
    loop.close()
    assert not reported


@pytest.fixture
def run(loop: asyncio.AbstractEventLoop) -> Run:
    """Return a function that runs a coroutine in the loop, up to WAIT_S seconds."""

    def run(main: Coroutine[Any, Any, Any]) -> Any:
        return loop.run_until_complete(asyncio.wait_for(main, WAIT_S))

    return run


@pytest.fixture
def io_loop() -> Iterator[IOLoop]:
    """A tornado loop of the test's own, not the current one."""
    from tornado.platform.asyncio import AsyncIOLoop

    loop = AsyncIOLoop(make_current=False)
    _accept_slowness(loop.asyncio_loop)
    yield loop
    loop.close()


class KeepingContext(zmq.asyncio.Context):
    """A context that keeps its sockets, so that they are not collected unclosed when a test forgets them."""

    __slots__ = ("made",)

    made: list[zmq.asyncio.Socket]

    def socket(self, *args: Any, **kwargs: Any) -> Any:
        """Create a socket."""
        socket: Any = super().socket(*args, **kwargs)
        self.made.append(socket)
        return socket


@pytest.fixture
def context() -> Iterator[zmq.asyncio.Context]:
    """A context for the test, which may leave its sockets open."""
    context = KeepingContext()
    context.made = []
    context.linger = 0
    yield context
    context.destroy(linger=0)


Pair = Callable[..., "tuple[zmq.asyncio.Socket, zmq.asyncio.Socket]"]


@pytest.fixture
def pair(context: zmq.asyncio.Context) -> Pair:
    """Return a function that makes two sockets, the second connected to the first: ``pair(zmq.PULL, zmq.PUSH)``."""
    count = 0

    def make(
        first: int, second: int, transport: str = "inproc", **options: Any
    ) -> tuple[zmq.asyncio.Socket, zmq.asyncio.Socket]:
        nonlocal count
        count += 1
        bound, connected = context.socket(first), context.socket(second)
        for one in (bound, connected):
            for name, value in options.items():
                setattr(one, name, value)
        bound.bind({"inproc": f"inproc://pair-{count}", "tcp": "tcp://127.0.0.1:*"}[transport])
        connected.connect(bound.last_endpoint.decode())
        return bound, connected

    return make


@pytest.fixture
def turns() -> Callable[..., Coroutine[Any, Any, None]]:
    """Return a function that lets the loop go round a few times, so that what is due happens: ``await turns()``."""

    async def turns(count: int = 3) -> None:
        for _ in range(count):
            await asyncio.sleep(0)

    return turns


@pytest.fixture
def watched() -> Callable[[], int]:
    """Return a function that tells how many descriptors are watched for sockets."""

    def watched() -> int:
        hubs = [found() for found in _hub._hubs.values()]
        return sum(len(hub.watched) for hub in hubs if hub is not None and not hub.loop.is_closed())

    return watched


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list that has one more item each time that an event loop has looked at a socket it waits for."""
    looks: list[int] = []

    class CountingEngine(FutureEngine):
        def ready(self) -> None:
            looks.append(1)
            super().ready()

    class CountingCallEngine(CallEngine):
        def ready(self) -> None:
            looks.append(1)
            super().ready()

    monkeypatch.setattr(zmq.asyncio.Socket, "_engine_class", CountingEngine)
    for module, needs in (("zmq.eventloop._pump", "tornado"), ("zmq.anyio._socket", "anyio")):
        if find_spec(needs):
            monkeypatch.setattr(import_module(module), "CallEngine", CountingCallEngine)
    return looks


@pytest.fixture
def full() -> Iterator[tuple[zmq.Socket[bytes], zmq.Socket[bytes]]]:
    """An XPUB that says it is ready and refuses, for its SUB is full; and the SUB.  Both are synchronous."""
    with zmq.Context() as context, context.socket(zmq.XPUB) as xpub, context.socket(zmq.SUB) as sub:
        xpub.xpub_nodrop = True
        xpub.sndhwm = sub.rcvhwm = 1
        xpub.bind("inproc://full")
        sub.subscribe(b"")
        sub.connect("inproc://full")
        assert xpub.recv() == b"\x01"
        with contextlib.suppress(zmq.Again):
            while True:
                xpub.send(b"full", zmq.DONTWAIT)
        yield xpub, sub


@pytest.fixture
def receive_at() -> Callable[[str], Any]:
    """Return a function that listens on an endpoint, and returns the first message that comes."""

    def receive_at(endpoint: str) -> Any:
        with zmq.Context() as context, context.socket(zmq.PULL) as pull:
            pull.rcvtimeo = int(1000 * WAIT_S)
            pull.bind(endpoint)
            return pull.recv()

    return receive_at
