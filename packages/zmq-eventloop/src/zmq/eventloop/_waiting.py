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

    def set_result(self, result: Any, /) -> None:
        """End with *result*, and leave the queue: programs may call this.  What was not done will not be done."""
        super().set_result(result)
        self.leave()

    def set_exception(self, exception: Any, /) -> None:
        """End with *exception*, and leave the queue: programs may call this.  What was not done will not be done."""
        super().set_exception(exception)
        self.leave()

    def leave(self) -> None:
        """Leave the queue: the future is done, or never will be."""
        engine = self.waits_for
        if engine is not None:
            self._leave(engine)
            engine.changed()

    def _leave(self, engine: Queues) -> None:
        self.waits_for = self.socket = None
        self.arguments = ()
        engine.hub.awaited.discard(self)
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if self in self.queue:
            self.queue.remove(self)

    def fail(self, error: BaseException) -> None:
        """End because the socket has raised *error*; the future is cancelled if that is because it was closed."""
        if self.done():
            self.leave()
        elif self.socket is not None and self.socket.closed:
            self.end_closed()
        else:
            self.set_exception(error)

    def end_closed(self) -> None:
        """End because the socket was closed."""
        self.cancel(f"the socket was closed while this operation waited: {self.socket!r}")

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
        if self.done():
            self.leave()
        else:
            self.set_result(0)


class Sent(asyncio.Future[Any]):
    """A send that was made: its future only waits for its turn in the loop."""

    __slots__ = ()

    def cancel(self, msg: Any = None) -> bool:  # noqa: ARG002 (the signature is given)
        """Return False: what was sent cannot be called back."""
        return False

    def finish(self, result: Any) -> None:
        """Be done, unless the program has ended it meanwhile."""
        if not self.done():
            self.set_result(result)


class Receiving(Waiting):
    """A receive that waits for its message.

    The caller of the constructor sets the attributes from ``engine`` to ``iterates``: one more ``__init__`` would cost
    as much as a receive.
    """

    __slots__ = ("awaiting", "engine", "given_back", "iterates", "load", "more", "number")

    engine: Queues | None  # where to give the message back; None unless there is one that was not taken
    load: Callable[[Any], Any] | None
    awaiting: int  # the number of tasks that began to await it while it waited, and have not gone on
    given_back: bool  # it had its message and has given it back: it looks cancelled
    iterates: bool  # it is a step of ``async for``
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
                engine = self.engine
                if self.awaiting == 0 and engine is not None:
                    self.engine = None
                    self.given_back = True
                    self._give_back(engine)
                raise
            self.awaiting -= 1
        return self.result()

    __iter__ = __await__

    def result(self) -> Any:
        """Return the message; it is taken then, and will not be given back."""
        message = super().result()
        if self.given_back:
            raise asyncio.CancelledError
        if self.awaiting == 0:  # else it may be asyncio that asks, before it finds that the task was cancelled
            engine = self.engine
            if engine is not None:
                self.engine = None
                engine.taken(self.number)
        return message if self.load is None else loaded(self, message)

    def exception(self) -> BaseException | None:
        """Return the error with which the receive has ended, or making its result of the message."""
        if self.given_back:
            raise asyncio.CancelledError
        return super().exception() or load_error(self, super().result())

    def cancelled(self) -> bool:
        """Whether it was cancelled, or has given its message back."""
        return self.given_back or super().cancelled()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} cancelled>" if self.given_back else super().__repr__()

    def set_result(self, result: Any, /) -> None:
        """End with *result*, which is no message, and leave the queue."""
        self.load = None
        super().set_result(result)

    def end_closed(self) -> None:
        """End because the socket was closed: a step of ``async for`` ends the iteration."""
        if not self.iterates:
            super().end_closed()
            return
        self.set_exception(StopAsyncIteration())
        super().exception()  # asyncio has nothing to report if nobody asks

    def __del__(self) -> None:
        engine = self.engine
        if engine is None:
            super().__del__()
        else:
            self.engine = None
            self._give_back(engine)

    def deliver(self, engine: Queues, message: Any, number: Place, more: bool) -> None:
        """Be done, with a message."""
        self.engine = engine
        self.number = number
        self.more = more
        super(Waiting, self).set_result(message)
        if self.waits_for is not None:
            self._leave(engine)  # and nothing has changed for others until the message is taken

    def _give_back(self, engine: Queues) -> None:
        engine.take_back(self.number, super().result(), self.more)


def expire(future: ref[Waiting]) -> None:
    """The time of a future is up: what the loop keeps, so that the future is not kept."""
    waiting = future()
    if waiting is not None and waiting.waits_for is not None:
        waiting.expire()
