"""The socket of a ZAP handler: a ROUTER with the interface of a REP.

A REP would not do: in libzmq 4.3 one peer that sends messages without an envelope, and does not read its replies, makes
a REP lose the replies to the other peers, which then wait for ever.  A ROUTER leaves the envelope (the frames up to the
first empty one) to this module.  It also allows several requests to be answered at a time, in any order.
"""

from __future__ import annotations

import os
import weakref
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import zmq

if TYPE_CHECKING:
    from zmq.auth._endpoint import Owner

__all__ = ["Pending", "ZapSocket", "answering"]


@dataclass
class Pending:
    """A received request: the envelope for its reply, and whether the reply was sent."""

    envelope: list[bytes]
    answered: bool = False


answering: ContextVar[Pending | None] = ContextVar("zmq.auth.answering", default=None)
"""The request that the current task answers, where several tasks answer at a time."""

_outliving: set[ZapSocket] = set()
"""Sockets of contexts that were made elsewhere."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_outliving.clear)  # the sockets belong to the parent


class ZapSocket(zmq.Socket[bytes]):
    """``recv_multipart`` returns a request without its envelope; ``send_multipart`` sends its one reply."""

    __slots__ = ("last", "owner")

    last: Pending
    """The last received request."""

    owner: weakref.ref[Owner]
    """The start of an authenticator that answers the requests."""

    def __init__(self, context: zmq.Context[Any], socket_type: int = zmq.ROUTER) -> None:
        super().__init__(context, socket_type)
        self.last = Pending([], answered=True)

    def is_answered(self) -> bool:
        """Return whether an authenticator answers the requests."""
        owner = self.owner()
        return owner is not None and owner.answers()

    def close(self, linger: int | None = None) -> None:
        """Close the socket; see ``zmq.Socket.close``."""
        super().close(linger)
        _outliving.discard(self)

    def outlive(self) -> None:
        """Stay open until close(), even if no Python object refers to the context any more.

        A context that was made elsewhere outlives its Python objects, and its servers still need the socket.
        """
        if self.context._foreign:  # noqa: SLF001 (of zmq-core, for this)
            _outliving.add(self)

    @property
    def pending(self) -> Pending:
        """The request that is being answered."""
        return answering.get() or self.last

    def unwrap(self, frames: list[bytes]) -> list[bytes] | None:
        """Return the request in a ROUTER's message; None if it has no envelope, so that it cannot be answered."""
        if b"" not in frames:
            return None
        body = frames.index(b"") + 1
        self.last = Pending(frames[:body])
        return frames[body:]

    def recv_wrapped(self) -> list[bytes]:
        """Receive the next message with its envelope, for unwrap()."""
        return super().recv_multipart()

    if not TYPE_CHECKING:  # the same signatures

        def recv_multipart(self, flags: int = 0, *_: object, **__: object) -> list[bytes]:
            """Receive the next request; see ``zmq.Socket.recv_multipart``."""
            while (message := self.unwrap(super().recv_multipart(flags))) is None:
                pass
            return message

        def send_multipart(self, msg_parts: list[bytes], flags: int = 0, *_: object, **__: object) -> None:
            """Send the reply to a request; see ``zmq.Socket.send_multipart``.

            Raises:
                ZMQError: The request was answered before (EFSM).
            """
            pending = self.pending
            if pending.answered:
                raise zmq.ZMQError(zmq.EFSM)
            super().send_multipart([*pending.envelope, *msg_parts], flags)
            pending.answered = True
