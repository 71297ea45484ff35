"""Messages that were received for somebody who has not taken them: what the socket receives next."""

from __future__ import annotations

import contextlib
from bisect import insort
from typing import Any, Protocol, TypeAlias, cast

import zmq
from zmq.eventloop._operations import DONTWAIT, Attempt, as_wanted, fill, recv_into, recv_multipart

__all__ = ["Place", "Returned", "holding", "polls"]

holding: set[int] = set()
"""The ids of those Returned that have messages.  Pollers look at each of their sockets only where there are any."""


class _Poll(Protocol):
    """A poll of several sockets, which waits."""

    def woken(self) -> None:
        """A message was given back; called in any thread."""


polls: set[_Poll] = set()
"""The polls that wait, of all loops."""

Place: TypeAlias = "int | tuple[int, int]"
"""The number of a message in the order in which they came; with that of a frame in it, if it was taken apart."""


class Returned:
    """The messages that were given back, in the order in which they came.

    Attributes:
        messages: Of each, its place in the order, its frames, and whether the message goes on after them.
        more: RCVMORE, where libzmq's is not that of the last frame received; else None.
    """

    __slots__ = ("messages", "more")

    def __init__(self) -> None:
        self.messages: list[tuple[tuple[int, int], list[Any], bool]] = []
        self.more: bool | None = None

    def add(self, number: Place, message: Any, more: bool) -> None:
        """Take a message back.  Any thread: futures may be collected in any."""
        place = number if isinstance(number, tuple) else (number, 0)
        frames: list[Any] = cast("Any", message) if isinstance(message, list) else [message]
        insort(self.messages, (place, frames, more))
        holding.add(id(self))
        for poll in tuple(polls):
            poll.woken()

    def __del__(self) -> None:
        holding.discard(id(self))

    def take(self, socket: zmq.Socket[Any], attempt: Attempt, arguments: tuple[Any, ...]) -> tuple[Any, Place, bool]:
        """Receive the first one.

        Args:
            socket: The socket, which may have the rest of its frames.
            attempt: The operation by which it is received.
            arguments: Its arguments after the socket.

        Returns:
            The message, its place in the order, and whether it goes on.
        """
        try:
            return self._take(socket, attempt, arguments)
        finally:
            holding.discard(id(self))
            if self.messages:  # last: another thread may give something back meanwhile
                holding.add(id(self))

    def _take(self, socket: zmq.Socket[Any], attempt: Attempt, arguments: tuple[Any, ...]) -> tuple[Any, Place, bool]:
        place, frames, more = self.messages.pop(0)
        if attempt is recv_multipart:
            copied = arguments[1]
            message = [as_wanted(frame, copied) for frame in self._join(socket, frames, more, arguments)]
            self.more = False
            return message, place, False
        frame, *rest = frames
        if rest:
            insort(self.messages, ((place[0], place[1] + 1), rest, more))
            more = True
        self.more = more
        if attempt is recv_into:
            frame = as_wanted(frame, False)
            fill(arguments[1], frame)
            return frame, place, more
        return as_wanted(frame, arguments[1]), place, more

    def _join(self, socket: zmq.Socket[Any], message: list[Any], more: bool, arguments: tuple[Any, ...]) -> list[Any]:
        """Return a message of which the first frames were given back."""
        while more:
            if not self.messages:
                with contextlib.suppress(zmq.ZMQError):  # somebody else took the rest
                    message = message + recv_multipart(socket, DONTWAIT, *arguments[1:])
                break
            _, frames, more = self.messages.pop(0)
            message = message + frames
        return message
