"""The compiled socket's operations, unbound, and the constants that go with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import zmq

__all__ = [
    "DONTWAIT",
    "EVENTS",
    "IN",
    "OUT",
    "RCVMORE",
    "RCVTIMEO",
    "SNDTIMEO",
    "Attempt",
    "as_wanted",
    "fill",
    "get",
    "has_to_wait",
    "recv",
    "recv_into",
    "recv_multipart",
    "send",
    "send_multipart",
]

# plain ints: operations on zmq.Flag take longer than a receive
DONTWAIT = int(zmq.DONTWAIT)
IN, OUT = int(zmq.POLLIN), int(zmq.POLLOUT)
RCVMORE, EVENTS, RCVTIMEO, SNDTIMEO = int(zmq.RCVMORE), int(zmq.EVENTS), int(zmq.RCVTIMEO), int(zmq.SNDTIMEO)

_PASSING = frozenset((int(zmq.EAGAIN), int(zmq.EFSM)))

Attempt: TypeAlias = Callable[..., Any]
"""An operation, called with the socket and its arguments; with DONTWAIT among the flags it raises Again."""

get: Callable[[zmq.Socket[Any], int], Any] = zmq.Socket.get
send: Attempt = zmq.Socket.send
send_multipart: Attempt = zmq.Socket.send_multipart
recv: Attempt = zmq.Socket.recv
recv_multipart: Attempt = zmq.Socket.recv_multipart


def has_to_wait(error: Exception) -> bool:
    """Whether the cause of *error*, of a receive, will pass: nothing has come, or a REP or REQ has to send first.

    As in pyzmq, a server may begin to receive while another task still prepares its reply.
    """
    return isinstance(error, zmq.ZMQError) and error.errno in _PASSING


def recv_into(socket: zmq.Socket[Any], flags: int, view: memoryview) -> zmq.Frame:
    """Receive a frame, and copy what fits of it into *view*."""
    frame: zmq.Frame = recv(socket, flags, False)
    fill(view, frame)
    return frame


def fill(view: memoryview, frame: zmq.Frame) -> None:
    """Copy what fits of *frame* into *view*."""
    size = min(len(frame), len(view))
    view[:size] = frame.buffer[:size]


def as_wanted(frame: Any, copied: bool) -> Any:
    """Return *frame* as bytes or as a Frame, as the one who receives it wants it."""
    if isinstance(frame, zmq.Frame):
        return frame.bytes if copied else frame
    return frame if copied else zmq.Frame(frame)
