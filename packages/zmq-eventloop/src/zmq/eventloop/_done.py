"""Futures that were done when they were made.

Most are awaited at once, and never asked for anything else.  To make and resolve an ``asyncio.Future`` costs more than
to send a message.  So the base class is initialized only when a caller uses the future for something else; and a future
that is referenced by its ``await`` alone is used again.

Neither is done where ``asyncio.Future`` is the class in Python, as after ``nest_asyncio.apply()``: it keeps its state
in plain attributes, which cannot be filled in when they are read.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, TypeAlias

from zmq.eventloop._loads import load_error, loaded

if TYPE_CHECKING:
    from typing_extensions import Self

    from zmq.eventloop._queues import Queues

__all__ = ["Done", "Received", "failed"]

Loop: TypeAlias = asyncio.AbstractEventLoop

_LAZY = hasattr(asyncio.Future, "_callbacks")
"""Whether the base class is in C, and the attributes with its state are descriptors."""

# not in every Python; without it nothing is used again
_references: Callable[[object], int] = getattr(sys, "getrefcount", lambda _: -1)


class _Probe:
    def __await__(self) -> Generator[Any, None, int]:
        return _references(self)
        yield  # type: ignore[unreachable]  # it makes this a generator


def _references_when_alone() -> int:
    """Return the number of references that an object has in its ``__await__`` when nobody else has it."""

    async def count() -> int:
        return await _Probe()

    counting = count()
    try:
        counting.send(None)
    except StopIteration as stop:
        return int(stop.value)
    raise AssertionError("it does not wait")


def _alone() -> int:
    """Return that number, or 0 (of nothing that is alive) where it cannot be measured.

    A tracer, as debuggers and coverage have one, may hold further references.  A number that is too high would have
    futures used again that the program still refers to.  It cannot be more than 2: one is the frame's, the other
    that of the call which counts.
    """
    number = _references_when_alone()
    return number if _LAZY and 0 < number <= 2 and sys.gettrace() is sys.getprofile() is None else 0


_ALONE = _alone()


def failed(loop: Loop, error: BaseException) -> asyncio.Future[Any]:
    """Return a future that has failed."""
    future: asyncio.Future[Any] = asyncio.Future(loop=loop)
    future.set_exception(error)
    return future


class Done(asyncio.Future[Any]):
    """A future that was done, with a result, when it was made."""

    __slots__ = ("engine", "lazy_loop", "value")

    engine: Queues | None  # whose it is; None from the first time it is awaited on
    lazy_loop: Loop | None  # None when it is a real one
    value: Any

    @classmethod
    def of(cls, loop: Loop, value: Any) -> Self:
        """Return a future of *loop*, which needs an engine."""
        future = cls.__new__(cls)
        future.lazy_loop = loop
        future.value = value
        if not _LAZY:
            future.become_real()
        return future

    def __await__(self) -> Generator[Any, None, Any]:
        engine = self.engine
        if engine is not None:
            self.engine = None
            if self.value is None and _references(self) == _ALONE and self.lazy_loop is not None:
                engine.spare_done = self
        return self.value
        yield  # type: ignore[unreachable]  # it makes this a generator

    __iter__ = __await__

    def become_real(self) -> None:
        """Initialize the ``asyncio.Future``."""
        loop, self.lazy_loop = self.lazy_loop, None
        if loop is not None:
            super().__init__(loop=loop)
            super().set_result(self.value)

    def done(self) -> bool:
        """Return True."""
        return True

    def cancelled(self) -> bool:
        """Return False."""
        return False

    def cancel(self, msg: Any = None) -> bool:  # noqa: ARG002 (the signature is given)
        """Return False: it is done."""
        return False

    def result(self) -> Any:
        """Return the result."""
        return self.value

    def exception(self) -> BaseException | None:
        """Return None."""
        return None

    def get_loop(self) -> Loop:
        """Return the loop it belongs to."""
        return self.lazy_loop or super().get_loop()

    def add_done_callback(self, fn: Callable[[Any], object], /, *, context: Any = None) -> None:
        """Call *fn* in the next iteration of the loop."""
        self.become_real()
        super().add_done_callback(fn, context=context)

    def remove_done_callback(self, fn: Callable[[Any], object], /) -> int:
        """Return 0: what was added is called already, or about to be."""
        self.become_real()
        return super().remove_done_callback(fn)

    def set_result(self, result: Any, /) -> None:
        """Raise InvalidStateError."""
        self.become_real()
        super().set_result(result)

    def set_exception(self, exception: Any, /) -> None:
        """Raise InvalidStateError."""
        self.become_real()
        super().set_exception(exception)

    def __repr__(self) -> str:
        self.become_real()
        return super().__repr__()


def _of_real(name: str) -> Any:
    read = getattr(asyncio.Future, name).__get__

    def get_real(self: Done) -> Any:
        self.become_real()
        return read(self)

    return property(get_real)


if _LAZY:
    for _name in ("_loop", "_state", "_result", "_exception", "_callbacks", "_source_traceback"):
        setattr(Done, _name, _of_real(_name))


class Received(Done):
    """A future that was done, with a message, when it was made; its engine is that to give the message back to."""

    __slots__ = ("load", "more", "number")

    load: Callable[[Any], Any] | None
    number: Any  # the place of the message in the order in which they came
    more: bool  # whether the message goes on after this frame

    @classmethod
    def of(cls, loop: Loop, value: Any) -> Self:
        """Return a future of *loop*, which needs a number, whether there is more, and an engine."""
        future = super().of(loop, value)
        future.load = None
        return future

    def __await__(self) -> Generator[Any, None, Any]:
        engine = self.engine
        if engine is not None:
            self.engine = None
            if self.load is None and _references(self) == _ALONE and self.lazy_loop is not None:
                message, self.value = self.value, None
                engine.spare_received = self
                return message
        return self.value if self.load is None else loaded(self, self.value)
        yield  # type: ignore[unreachable]  # it makes this a generator

    __iter__ = __await__

    def result(self) -> Any:
        """Return the message; it is taken then, and will not be given back."""
        self.engine = None
        return self.value if self.load is None else loaded(self, self.value)

    def exception(self) -> BaseException | None:
        """Return the error with which making its result of the message has ended."""
        return load_error(self, self.value)

    def __del__(self) -> None:
        engine = self.engine
        if engine is not None:
            self.engine = None
            engine.take_back(self.number, self.value, self.more)
