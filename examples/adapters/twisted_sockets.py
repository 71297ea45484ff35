"""Sockets for Twisted whose operations return Deferreds: an adapter, made with zmq.adapter.

A Deferred may be cancelled at any time, also by its addTimeout(): no message is lost. When the socket is closed, or its
context terminated, the Deferreds that wait fail. The page "Write an adapter" of the manual explains the parts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import suppress
from functools import cache
from typing import Any, cast

from twisted.internet.base import DelayedCall
from twisted.internet.defer import Deferred, fail, inlineCallbacks, succeed
from twisted.internet.error import AlreadyCalled, AlreadyCancelled
from twisted.internet.posixbase import PosixReactorBase
from twisted.internet.task import react
from twisted.python import threadable
from twisted.python.failure import Failure

import zmq
from zmq import adapter

# A callback that receives the next message at once runs on top of the last one. After so many operations one goes
# through the reactor, so that the stack stays below Python's recursion limit.
TURN = 32


class Reader:
    """What the reactor watches: an IReadDescriptor."""

    def __init__(self, fd: int, callback: Callable[[], object]) -> None:
        self.fd, self.callback = fd, callback

    def fileno(self) -> int:
        """Return the descriptor."""
        return self.fd

    def logPrefix(self) -> str:  # noqa: N802 - Twisted's name
        """Return a name for the log."""
        return "zmq"

    def doRead(self) -> None:  # noqa: N802 - Twisted's name
        """Tell the sockets: the descriptor is readable."""
        self.callback()  # what doRead returns would be an error

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802 - Twisted's name
        """Do nothing: the reactor has stopped."""


class Timer:
    """A delayed call that may be cancelled at any time; Twisted's own raises after it was called."""

    def __init__(self, call: DelayedCall) -> None:
        self.call = call

    def cancel(self) -> None:
        """Do not call."""
        with suppress(AlreadyCalled, AlreadyCancelled):
            self.call.cancel()


class Hub(adapter.Hub):
    """Passes on what the sockets ask of the reactor."""

    def __init__(self, reactor: PosixReactorBase) -> None:
        super().__init__()
        self.reactor, self.stopped = reactor, False
        reactor.addSystemEventTrigger("after", "shutdown", self._stop)

    def _stop(self) -> None:
        self.stopped = True

    def add_reader(self, fd: int, callback: Callable[[], object]) -> None:
        """Call whenever the descriptor is readable."""
        reader = cast(Any, Reader(fd, callback))
        # As Twisted does with its own descriptors, which last as long as it: trial does not count them as left.
        self.reactor._internalReaders.add(reader)  # noqa: SLF001
        self.reactor.addReader(reader)

    def call_soon(self, function: Callable[..., object], *args: Any) -> None:
        """Call in the next iteration."""
        self.reactor.callLater(0, function, *args)

    def call_soon_threadsafe(self, function: Callable[..., object], *args: Any) -> None:
        """Call soon; any thread."""
        if self.stopped:
            raise RuntimeError("the reactor has stopped")
        self.reactor.callFromThread(function, *args)

    def call_later(self, delay_s: float, function: Callable[..., object], *args: Any) -> Timer:
        """Call after a delay."""
        return Timer(self.reactor.callLater(max(0, delay_s), function, *args))

    def is_running(self) -> bool:
        """Return whether only its thread may call the reactor."""
        return not self.stopped

    def is_closed(self) -> bool:
        """Return whether the reactor will never run again."""
        return self.stopped


hub_of = cache(Hub)


def running_reactor() -> PosixReactorBase | None:
    """Return the reactor in its thread; until it runs, in the main thread."""
    thread = cast("int | None", threadable.ioThread)
    if (thread or threading.main_thread().ident) != threading.get_ident():
        return None
    from twisted.internet import reactor  # here: importing it chooses the reactor

    return cast(PosixReactorBase, reactor)


class Call(adapter.Call):
    """An operation that waits, and its Deferred."""

    def __init__(self) -> None:
        self.deferred: Deferred[Any] = Deferred(lambda _: self.abandon())  # called by its cancel()

    def wake(self) -> None:
        """Fire the Deferred."""
        try:
            result = self.result()
        except Exception:  # noqa: BLE001 - the Deferred has every error
            self.deferred.errback()
        else:
            self.deferred.callback(result)


def outcome(operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Deferred[Any]:
    """Return the Deferred of an operation, which may have ended already."""
    try:
        result = operation(*args, **kwargs)
    except Exception:  # noqa: BLE001 - the Deferred has every error
        return fail()
    return result.deferred if isinstance(result, Call) else succeed(result)


class Socket(adapter.Socket[Any]):
    """A socket for Twisted."""

    __slots__ = ()

    _engine: adapter.CallEngine

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._engine = adapter.CallEngine(self, running_reactor, Call, hub_of=hub_of, turn=TURN)

    def recv(self, *args: Any, **kwargs: Any) -> Deferred[Any]:  # type: ignore[override]
        """Receive a frame; arguments as for zmq.Socket.recv."""
        return outcome(self._engine.recv, *args, **kwargs)

    def recv_multipart(self, *args: Any, **kwargs: Any) -> Deferred[Any]:  # type: ignore[override]
        """Receive a message."""
        return outcome(self._engine.recv_multipart, *args, **kwargs)

    def recv_into(self, *args: Any, **kwargs: Any) -> Deferred[Any]:  # type: ignore[override]
        """Receive a frame into a buffer."""
        return outcome(self._engine.recv_into, *args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> Deferred[Any]:  # type: ignore[override]
        """Send a frame."""
        return outcome(self._engine.send, *args, **kwargs)

    def send_multipart(self, *args: Any, **kwargs: Any) -> Deferred[Any]:  # type: ignore[override]
        """Send a message."""
        return outcome(self._engine.send_multipart, *args, **kwargs)

    def poll(self, *args: Any, **kwargs: Any) -> Deferred[Any]:  # type: ignore[override]
        """Wait until the socket is ready, at most so many milliseconds."""
        return outcome(self._engine.poll, *args, **kwargs)

    def _deserialize(self, received: Any, load: Callable[[Any], Any]) -> Any:
        return received.addCallback(load)


class Context(zmq.Context[Socket]):
    """A context whose sockets are for Twisted."""

    _socket_class = Socket
    _instance = None  # of Context.instance(), which is not that of zmq.Context


@inlineCallbacks
def serve(server: Socket) -> Generator[Deferred[Any], Any, None]:
    """Reply until the socket is closed."""
    with suppress(zmq.ZMQError):
        while True:
            name = yield server.recv()
            yield server.send(b"hello " + name)


async def main(_reactor: object) -> None:
    """Ask a server in the same reactor."""
    with Context() as context, context.socket(zmq.REP) as server, context.socket(zmq.REQ) as client:
        client.connect(f"tcp://127.0.0.1:{server.bind_to_random_port('tcp://127.0.0.1')}")
        serving = serve(server)
        for name in (b"Ann", b"Bob", b"Eve"):
            await client.send(name)
            print((await client.recv()).decode())
        server.close()
        await serving
        print("the server has ended")


if __name__ == "__main__":
    react(lambda reactor: Deferred.fromCoroutine(main(reactor)))
