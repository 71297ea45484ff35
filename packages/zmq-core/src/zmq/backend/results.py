"""The futures of ``zmq.backend.futures``, which hold a message until it is taken.

They are in Python for the generators that ``await`` iterates over: the interpreter runs these inline.
"""

from __future__ import annotations

from asyncio import Future
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Generator
    from contextvars import Context

    from zmq.backend.futures import FutureDelivery, FutureOperation

__all__ = ["LAZY", "Done", "Pending", "Receiving", "Sent", "finish"]

_Future: type[Future[Any]] = Future

LAZY = hasattr(Future, "_callbacks")
"""Whether asyncio's class is in C, and the attributes with its state are descriptors."""


def finish(value: Any) -> Generator[Any, None, Any]:
    """Return an iterator that ends with *value* at once."""
    return value
    yield  # type: ignore[unreachable, unused-ignore]  # it makes this a generator


class Done(Future[Any]):
    """A future that was done, with a message, when it was made."""

    __slots__ = ("_message",)

    _message: FutureDelivery

    def __await__(self) -> Generator[Any, None, Any]:
        return self.result()
        yield  # type: ignore[unreachable, unused-ignore]

    __iter__ = __await__

    def become_real(self) -> None:
        """Initialize the ``asyncio.Future``."""
        self._message.initialize(self)

    def done(self) -> bool:
        """Return True."""
        return True

    def cancelled(self) -> bool:
        """Return False."""
        return False

    def cancel(self, msg: Any = None) -> bool:  # noqa: ARG002 (the signature of asyncio)
        """Return False: it is done."""
        return False

    def result(self) -> Any:
        """Return the message; it is taken then, and will not be given back."""
        return self._message.collect()

    def exception(self) -> BaseException | None:
        """Return the error with which making its result of the message has ended."""
        return self._message.exception()

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop it belongs to."""
        return self._message.loop or _Future.get_loop(self)

    def add_done_callback(self, fn: Callable[..., object], /, *, context: Context | None = None) -> None:
        """Call *fn* in the next iteration of the loop."""
        self.become_real()
        # None would be the context in which the future gets done
        _Future.add_done_callback(self, fn, context=copy_context() if context is None else context)

    def remove_done_callback(self, fn: Callable[..., object], /) -> int:
        """Return 0: what was added is called already, or about to be."""
        self.become_real()
        return _Future.remove_done_callback(self, fn)

    def set_result(self, result: Any, /) -> None:
        """Raise InvalidStateError."""
        self.become_real()
        _Future.set_result(self, result)

    def set_exception(self, exception: Any, /) -> None:
        """Raise InvalidStateError."""
        self.become_real()
        _Future.set_exception(self, exception)

    def __repr__(self) -> str:
        self.become_real()
        return _Future.__repr__(self)

    def __del__(self) -> None:
        if (message := getattr(self, "_message", None)) is not None:
            message.drop()


def _of_real(name: str) -> property:
    attribute = getattr(Future, name)

    def get_real(self: Done) -> Any:
        self.become_real()
        return attribute.__get__(self)

    def set_real(self: Done, value: Any) -> None:
        self.become_real()
        attribute.__set__(self, value)

    return property(get_real, set_real)


if LAZY:
    for _name in (
        "_loop", "_state", "_result", "_exception", "_callbacks", "_source_traceback", "_log_traceback",
        "_cancel_message",
    ):  # fmt: skip
        setattr(Done, _name, _of_real(_name))


class Sent(Future[Any]):
    """A send that was made: its future only waits for its turn in the loop."""

    __slots__ = ()

    def cancel(self, msg: Any = None) -> bool:  # noqa: ARG002 (the signature of asyncio)
        """Return False: what was sent cannot be called back."""
        return False

    def finish(self, result: Any) -> None:
        """Be done, unless the program has ended it meanwhile."""
        if not self.done():
            _Future.set_result(self, result)


class Pending(Future[Any]):
    """A future that waits in a queue of a socket."""

    __slots__ = ("_operation",)

    _operation: FutureOperation

    def add_done_callback(self, fn: Callable[..., object], /, *, context: Context | None = None) -> None:
        """Call *fn* when the future is done.  From then on its loop keeps it, until it is done."""
        self._operation.hold()
        _Future.add_done_callback(self, fn, context=copy_context() if context is None else context)

    def remove_done_callback(self, fn: Callable[..., object], /) -> int:
        """Undo add_done_callback(): the loop keeps the future no more when no caller waits for it."""
        operation = self._operation
        removed = _Future.remove_done_callback(self, fn)
        if not self._callbacks:
            operation.release()
        return removed

    def cancel(self, msg: Any = None) -> bool:
        """Leave the queue.  What was not done will not be done."""
        cancelled = _Future.cancel(self, msg)
        if cancelled:
            self._operation.quit()
        return cancelled

    def set_result(self, result: Any, /) -> None:
        """End with *result*, and leave the queue: programs may call this.  What was not done will not be done."""
        _Future.set_result(self, result)
        self._operation.quit()

    def set_exception(self, exception: Any, /) -> None:
        """End with *exception*, and leave the queue: programs may call this.  What was not done will not be done."""
        _Future.set_exception(self, exception)
        self._operation.quit()


class Receiving(Pending):
    """A receive that waits for its message."""

    __slots__ = ()

    def __await__(self) -> Generator[Any, None, Any]:
        if self.done():
            return self.result()
        self._asyncio_future_blocking = True
        operation = self._operation
        operation.suspend()
        try:
            yield self
        except BaseException:  # the task was cancelled, or ended, maybe after the message had come
            operation.desert()
            raise
        return operation.go_on(self)

    __iter__ = __await__

    def result(self) -> Any:
        """Return the message; it is taken then, and will not be given back."""
        return self._operation.collect(_Future.result(self))

    def exception(self) -> BaseException | None:
        """Return the error with which the receive has ended, or making its result of the message."""
        return _Future.exception(self) or self._operation.exception(_Future.result(self))

    def cancelled(self) -> bool:
        """Whether it was cancelled, or has given its message back."""
        return self._operation.given_back or _Future.cancelled(self)

    def __repr__(self) -> str:
        if self._operation.given_back:
            return f"<{type(self).__name__} cancelled>"
        return _Future.__repr__(self)

    def __del__(self) -> None:
        operation = getattr(self, "_operation", None)
        if operation is None or not operation.drop():
            super().__del__()  # no global name: modules may have lost theirs
