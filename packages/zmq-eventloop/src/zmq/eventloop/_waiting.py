"""Futures of operations that could not be done at once: they wait in the queues of a socket."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any
from weakref import ref

import zmq
from zmq.eventloop._loads import load_error, loaded
from zmq.eventloop._operations import EVENTS, Attempt, get

if TYPE_CHECKING:
    from zmq.eventloop._queues import Queues
    from zmq.eventloop._returned import Place

__all__ = ["Polling", "Receiving", "Sending", "Sent", "Waiting", "expire"]


class Waiting(asyncio.Future[Any]):
    """A future that waits in a queue of a socket.

    Args:
        loop: The loop it waits in.
        queue: Where it will wait.
        attempt: What it waits to do.
        arguments: For *attempt*, after the socket.
    """

    __slots__ = ("arguments", "attempt", "queue", "socket", "timer", "waits_for")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, queue: deque[Any], attempt: Attempt, arguments: tuple[Any, ...]
    ) -> None:
        super().__init__(loop=loop)
        self.queue = queue
        self.attempt = attempt
        self.arguments = arguments
        self.waits_for: Queues | None = None  # whom it has joined; None again when it is done
        self.socket: zmq.Socket[Any] | None = None  # kept by those who keep the future, as long as it waits
        self.timer: asyncio.TimerHandle | None = None

    def add_done_callback(self, fn: Callable[[Any], object], /, *, context: Any = None) -> None:
        """Call *fn* when the future is done.  From then on its loop keeps it, until it is done."""
        if self.waits_for is not None:
            self.waits_for.hub.awaited.add(self)
        super().add_done_callback(fn, context=context)

    def remove_done_callback(self, fn: Callable[[Any], object], /) -> int:
        """Undo add_done_callback(): the loop keeps the future no more when nobody else waits for it."""
        removed = super().remove_done_callback(fn)
        if self.waits_for is not None and not self._callbacks:
            self.waits_for.hub.awaited.discard(self)
        return removed

    def cancel(self, msg: Any = None) -> bool:
        """Leave the queue.  What was not done will not be done."""
        cancelled = super().cancel(msg)
        if cancelled:
            self.leave()
        return cancelled

    def leave(self) -> None:
        """It is done: forget what it waited for."""
        engine = self.waits_for
        if engine is None:
            return
        self.waits_for = self.socket = None
        self.arguments = ()
        engine.hub.awaited.discard(self)
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if self in self.queue:
            self.queue.remove(self)
        engine.changed()

    def fail(self, error: BaseException) -> None:
        """End with *error*."""
        if not self.done():
            self.set_exception(error)
        self.leave()

    def expire(self) -> None:
        """End: the time is up."""
        self.fail(zmq.Again())


class Sending(Waiting):
    """A send that waits for room; cancelled, nothing was sent."""

    __slots__ = ()


class Polling(Waiting):
    """A poll that waits for events."""

    __slots__ = ("events",)

    def __init__(self, loop: asyncio.AbstractEventLoop, queue: deque[Any], events: int) -> None:
        super().__init__(loop, queue, get, (EVENTS,))
        self.events = events

    def expire(self) -> None:
        """End with no events: the time is up."""
        if not self.done():
            self.set_result(0)
        self.leave()


class Sent(asyncio.Future[Any]):
    """A send that was made: its future only waits for its turn in the loop."""

    __slots__ = ()

    def cancel(self, msg: Any = None) -> bool:  # noqa: ARG002 (the signature is given)
        """Return False: what was sent cannot be called back."""
        return False

    def finish(self, result: Any) -> None:
        """Be done."""
        self.set_result(result)


class Receiving(Waiting):
    """A receive that waits for its message.

    Who makes one sets ``engine``, ``load`` and ``awaiting``: an ``__init__`` more would cost as much as a receive.
    """

    __slots__ = ("awaiting", "engine", "load", "more", "number")

    engine: Queues | None  # where to give the message back
    load: Callable[[Any], Any] | None
    awaiting: int  # how many tasks have it awaited while it waited, and have not gone on
    number: Place
    more: bool

    def __await__(self) -> Generator[Any, None, Any]:
        if not self.done():
            self.awaiting += 1
            self._asyncio_future_blocking = True
            try:
                yield self
            except BaseException:
                # The task was cancelled, or ended, and may have been so after the message had come.
                self.awaiting -= 1
                if self.awaiting == 0 and self.engine is not None:
                    self._give_back(self.engine)
                raise
            self.awaiting -= 1
        return self.result()

    __iter__ = __await__

    def result(self) -> Any:
        """Return the message; it is taken then, and will not be given back."""
        message = super().result()
        if self.awaiting == 0:  # else it may be asyncio that asks, before it finds that the task was cancelled
            self.engine = None
        return message if self.load is None else loaded(self, message)

    def exception(self) -> BaseException | None:
        """Return the error with which the receive has ended, or making its result of the message."""
        return super().exception() or load_error(self, super().result())

    def __del__(self) -> None:
        engine = self.engine
        if engine is None:
            super().__del__()
        else:
            self.engine = None
            engine.take_back(self.number, super().result(), self.more)

    def deliver(self, engine: Queues, message: Any, number: Place, more: bool) -> None:
        """Be done, with a message."""
        self.engine = engine
        self.number = number
        self.more = more
        self.set_result(message)
        self.leave()

    def _give_back(self, engine: Queues) -> None:
        message = super().result()
        self.engine = None
        # There is no way back from done to cancelled but this; who looks at the future must not see the message.
        super(Waiting, self).__init__(loop=self.get_loop())
        super().cancel()
        engine.take_back(self.number, message, self.more)


def expire(future: ref[Waiting]) -> None:
    """The time of a future is up: what the loop keeps, so that the future is not kept."""
    waiting = future()
    if waiting is not None and waiting.waits_for is not None:
        waiting.expire()
