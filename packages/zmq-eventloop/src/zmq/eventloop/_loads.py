"""What makes the result of a message, for ``recv_json`` and the like: when somebody asks for it, and once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from zmq.eventloop._done import Received
    from zmq.eventloop._waiting import Receiving

__all__ = ["load_error", "loaded"]

OfMessage: TypeAlias = "Received | Receiving"


def loaded(future: OfMessage, message: Any) -> Any:
    """Return what ``load`` makes of *message*, which is that of *future*."""
    assert future.load is not None
    try:
        value = future.load(message)
    except BaseException as load_error:
        future.engine = None  # it was taken, and was no good
        error = load_error

        def fail(_: Any) -> Any:
            raise error

        future.load = fail
        raise
    future.load = lambda _: value
    return value


def load_error(future: OfMessage, message: Any) -> BaseException | None:
    """Return the error with which making the result of *message* ends, if it does."""
    if future.load is None:
        return None
    try:
        loaded(future, message)
    except BaseException as error:
        return error
    return None
