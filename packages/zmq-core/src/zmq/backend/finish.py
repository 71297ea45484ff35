"""What ``await`` iterates over: generators in Python, which the interpreter runs inline."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zmq.backend.results import FutureOperation, Received, Receiving

__all__ = ["finish", "taken", "wait"]


def finish(value: Any) -> Generator[Any, None, Any]:
    """Return an iterator that ends with *value* at once."""
    return value
    yield  # type: ignore[unreachable, unused-ignore]  # it makes this a generator


def taken(received: Received) -> Generator[Any, None, Any]:
    """Return an iterator that ends with the result of a future at once, and takes its message then."""
    return received.result()
    yield  # type: ignore[unreachable, unused-ignore]


def wait(receiving: Receiving, operation: FutureOperation) -> Generator[Any, None, Any]:
    """Return an iterator that ends with the message that a future waits for; it is given back if the task ends."""
    if receiving.done():
        return receiving.result()
    receiving._asyncio_future_blocking = True  # noqa: SLF001 (what yields a future to asyncio has to)
    operation.suspend()
    try:
        yield receiving
    except BaseException:  # the task was cancelled, or ended, maybe after the message had come
        operation.desert()
        raise
    return operation.go_on(receiving)
