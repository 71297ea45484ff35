"""The socket of a ZAP handler: a ROUTER with the interface of a REP, and the ZAP endpoint, to which it is bound.

A REP would not do: in libzmq 4.3 one peer that sends messages without an envelope, and does not read its replies, makes
a REP lose the replies to the other peers, which then wait for ever.  A ROUTER leaves the envelope (the frames up to the
first empty one) to this module.  It also allows several requests to be answered at a time, in any order.

The endpoint is bound by one authenticator at a time, and never unbound by accident.
While no socket is bound to it, libzmq sends no ZAP requests: it accepts every CURVE peer, whatever its key, and every
NULL peer.  So a bound socket stays open until ``release``, or until its context terminates.  It outlives the thread,
loop and Python object of the authenticator, and all Python objects of a context that was made elsewhere.  As long as
nothing answers, no peer can connect.  The next authenticator of the context that starts takes the socket over, with the
requests that are queued there.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

import zmq
from zmq.auth.zap import ENDPOINT

__all__ = ["Owner", "Pending", "ZapSocket", "acquire", "answering", "release"]

_acquiring = Lock()


@dataclass
class Pending:
    """A received request: the envelope for its reply, and whether the reply was sent."""

    envelope: list[bytes]
    answered: bool = False


answering: ContextVar[Pending | None] = ContextVar("zmq.auth.answering", default=None)
"""The request that the current task answers, where several tasks answer at a time."""

_outliving: set[ZapSocket] = set()
"""Sockets of contexts that were made elsewhere, which outlive their Python objects: their servers still need them."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_outliving.clear)  # the sockets belong to the parent


class Owner:
    """One start of an authenticator; its ZAP socket refers to it weakly.

    Args:
        answers: Returns whether the authenticator still answers requests.
    """

    def __init__(self, answers: Callable[[], bool] = lambda: True) -> None:
        self.answers = answers


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


def acquire(context: zmq.Context[Any], owner: Owner) -> tuple[ZapSocket, bool]:
    """Bind the ZAP endpoint of a context, or take over a bound socket whose authenticator has ended.

    Returns:
        The socket, and whether it is new.

    Raises:
        ZMQError: Another authenticator of the context answers, or the context is terminated.
    """
    with _acquiring:
        for kept in list(context._kept_open):  # noqa: SLF001 (of zmq-core, for this)
            if isinstance(kept, ZapSocket) and not kept.closed and not kept.is_answered():
                kept.owner = weakref.ref(owner)
                return kept, False
        socket = context.socket(zmq.ROUTER, socket_class=ZapSocket)
        try:
            # The context may have other defaults.
            socket.linger = 0
            socket.rcvtimeo = socket.sndtimeo = -1
            socket.owner = weakref.ref(owner)
            context._kept_open.add(socket)  # noqa: SLF001
            if context._foreign:  # noqa: SLF001 (of zmq-core, for this)
                _outliving.add(socket)
            socket.bind(ENDPOINT)
        except BaseException:
            release(socket)
            raise
        return socket, True


def release(socket: ZapSocket) -> None:
    """Unbind the ZAP endpoint.  libzmq sends no requests from now on, and accepts NULL and CURVE peers."""
    with suppress(zmq.ZMQError):  # closed already, or its context is terminated
        socket.unbind(ENDPOINT)  # close() alone unbinds later, in libzmq's reaper: the next start() could come before
    socket.context._kept_open.discard(socket)  # noqa: SLF001
    socket.close(linger=0)
