"""Fixtures: sockets in various states."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import selectors
import sys
from asyncio.events import _set_running_loop
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import Any, TypeAlias

import pytest

import zmq
from zmq.backend import futures
from zmq.backend.futures import FutureEngine

PYPY = sys.implementation.name == "pypy"

MakePair: TypeAlias = "Callable[..., tuple[zmq.Socket, zmq.Socket]]"


@pytest.fixture
def pair(make_pair: MakePair) -> tuple[zmq.Socket, zmq.Socket]:
    """Two connected PAIR sockets."""
    return make_pair(zmq.PAIR, zmq.PAIR)


@pytest.fixture
def closed(sockets: Callable[[int], zmq.Socket]) -> zmq.Socket:
    """A closed socket."""
    socket = sockets(zmq.PAIR)
    socket.close()
    return socket


@pytest.fixture
def fill() -> Callable[[zmq.Socket], None]:
    """Return a function that sends until the queue is full."""

    def fill(socket: zmq.Socket) -> None:
        with contextlib.suppress(zmq.Again):
            while socket.poll(0, zmq.POLLOUT):
                socket.send(b"fill", zmq.NOBLOCK)

    return fill


class FakeTimer:
    """What ``FakeLoop.call_later`` returns."""

    def __init__(self, delay_s: float, fn: Callable[..., object], args: tuple[Any, ...]) -> None:
        self.delay_s, self.fn, self.args = delay_s, fn, args
        self.cancelled = False

    def cancel(self) -> None:
        """Never call."""
        self.cancelled = True


class FakeLoop:
    """An event loop that goes on only when a test says so, and whose timers have no clock."""

    def __init__(self) -> None:
        self.due: deque[tuple[Callable[..., object], tuple[Any, ...]]] = deque()
        self.timers: list[FakeTimer] = []
        self.from_threads = 0
        self.closed = False
        self.debug_is_asked: Callable[[], object] = bool
        self.hub = FakeHub()

    def call_soon(self, fn: Callable[..., object], *args: Any, context: Any = None) -> None:
        """Call in the next iteration."""
        self.due.append((fn if context is None else partial(context.run, fn), args))

    def call_soon_threadsafe(self, fn: Callable[..., object], *args: Any) -> None:
        """Call in the next iteration; any thread."""
        if self.closed:
            raise RuntimeError("the loop is closed")
        self.from_threads += 1
        self.call_soon(fn, *args)

    def call_later(self, delay_s: float, fn: Callable[..., object], *args: Any) -> FakeTimer:
        """Call when the test calls expire()."""
        timer = FakeTimer(delay_s, fn, args)
        self.timers.append(timer)
        return timer

    def is_closed(self) -> bool:
        """Whether it is closed."""
        return self.closed

    def is_running(self) -> bool:
        """Whether it runs in any thread."""
        return not self.closed

    def get_debug(self) -> bool:
        """Return False; each future that is made asks."""
        self.debug_is_asked()
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Ignore a future whose exception was not asked for."""

    @property
    def awaited(self) -> set[Any]:
        """What the loop keeps; with this and the next two it is a hub."""
        return self.hub.awaited

    def watch(self, fd: int, listener: Callable[[], Any]) -> int:
        """Watch a descriptor."""
        return self.hub.watch(fd, listener)

    def stop(self, number: int) -> None:
        """Watch it no more."""
        self.hub.stop(number)

    def turn(self) -> None:
        """Do one iteration: what is due, and what is readable."""
        for listener in self.hub.readable(0):
            self.call_soon(listener.ready)
        for _ in range(len(self.due)):
            fn, args = self.due.popleft()
            fn(*args)
        if PYPY:
            gc.collect(0)

    def until(self, condition: Callable[[], object]) -> None:
        """Go on until *condition*, which events of sockets bring about."""
        for _ in range(1000):
            if condition():
                return
            if not self.due:
                self.hub.readable(10)
            self.turn()
        raise AssertionError("it never becomes true")

    def pending_timers(self) -> list[FakeTimer]:
        """Return the timers that wait."""
        self.timers = [timer for timer in self.timers if not timer.cancelled]
        return self.timers

    def expire(self) -> None:
        """Let the time of all timers pass."""
        timers, self.timers = self.pending_timers(), []
        for timer in timers:
            if not timer.cancelled:
                timer.fn(*timer.args)

    def run(self, main: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine to its end."""
        task: Any = asyncio.Task(main, loop=self)  # type: ignore[arg-type]  # it has what a Task needs
        self.until(task.done)
        return task.result()


class FakeHub:
    """The hub of a FakeLoop."""

    def __init__(self) -> None:
        self.awaited: set[Any] = set()
        self.watched: dict[int, tuple[int, Callable[[], Any]]] = {}
        self.before_watch: Callable[[], object] = bool
        self._number = 0

    def watch(self, fd: int, listener: Callable[[], Any]) -> int:
        """Watch a descriptor; see ``zmq.backend.engine``."""
        self.before_watch()
        self._number += 1
        self.watched[self._number] = fd, listener
        return self._number

    def stop(self, number: int) -> None:
        """Watch it no more."""
        del self.watched[number]

    def readable(self, timeout_s: float) -> list[Any]:
        """Return what listens at the descriptors that are readable."""
        with selectors.DefaultSelector() as selector:
            for fd in {fd for fd, _ in self.watched.values()}:
                selector.register(fd, selectors.EVENT_READ)
            ready = {key.fd for key, _ in selector.select(timeout_s)} if self.watched else set()
        listeners = [listener() for fd, listener in self.watched.values() if fd in ready]
        return [listener for listener in listeners if listener is not None]


class LoopSocket(zmq.Socket[Any]):
    """A socket whose operations are futures of the loop that runs."""

    __slots__ = ()

    _engine: FutureEngine
    recv, recv_multipart, recv_into = futures.recv, futures.recv_multipart, futures.recv_into  # type: ignore[assignment]
    send, send_multipart, poll = futures.send, futures.send_multipart, futures.poll

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._engine = FutureEngine(self, no_loop, hub_of)

    def _deserialize(self, received: Any, load: Any) -> Any:
        return futures.deserialize(received, load)


def hub_of(loop: Any) -> Any:
    """Return the hub of a FakeLoop: that."""
    return loop


def no_loop() -> Any:
    """Raise RuntimeError."""
    raise RuntimeError("no loop runs")


@pytest.fixture
def loop() -> Iterator[FakeLoop]:
    """A loop that runs in this thread as far as sockets know."""
    loop = FakeLoop()
    _set_running_loop(loop)  # type: ignore[arg-type]  # it has what sockets need
    yield loop
    _set_running_loop(None)


@pytest.fixture
def in_loop(sockets: Callable[[int], zmq.Socket[Any]], loop: FakeLoop) -> Iterator[Callable[..., LoopSocket]]:
    """Return a function that makes a socket of a loop: ``in_loop(zmq.PULL)``, or on another: ``in_loop(socket)``."""
    made = []

    def make(of: Any) -> LoopSocket:
        socket = LoopSocket(shadow=sockets(of) if isinstance(of, int) else of)
        socket.rcvtimeo = socket.sndtimeo = -1  # loops do not block
        made.append(socket)
        return socket

    yield make
    made.clear()


@pytest.fixture
def loop_pair(
    in_loop: Callable[..., LoopSocket], make_pair: MakePair
) -> Callable[[int, int], tuple[LoopSocket, zmq.Socket[bytes]]]:
    """Return a function that makes a socket of a loop and its peer, a plain one: ``loop_pair(zmq.PULL, zmq.PUSH)``."""

    def make(mine: int, other: int) -> tuple[LoopSocket, zmq.Socket[bytes]]:
        bound, connected = make_pair(mine, other)
        return in_loop(bound), connected

    return make
