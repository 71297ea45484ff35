"""``monitored_queue``: a queue between two sockets that shows a third one everything that passes."""

from __future__ import annotations

from typing import Any

import zmq
from zmq.devices._compiled import relay

__all__ = ["monitored_queue"]

_CANNOT_CAPTURE = frozenset({zmq.SUB, zmq.PULL, zmq.REQ, zmq.REP})
"""Types that do not send, or that wait for an answer: with one of them everything would wait for ever."""


def monitored_queue(
    in_socket: zmq.Socket[Any],
    out_socket: zmq.Socket[Any],
    mon_socket: zmq.Socket[Any],
    in_prefix: bytes = b"in",
    out_prefix: bytes = b"out",
) -> None:
    """Pass messages between two sockets, both ways, and show each one to a third, until their context is terminated.

    Like zmq.proxy(), with two differences: what is captured begins with a frame that tells which side it came from, and
    both sides may be ROUTER sockets.  Then the first two frames of each message change places, so that a client's
    ``[to, body]`` arrives as ``[sender, body]`` at the peer *to* of the other side.

    Blocks, without the GIL.  Until it returns, other threads get an error when they use one of the sockets.  In the
    main thread signal handlers run within half a second; when one raises, as Ctrl-C does, the queue passes on
    what it has read, for which it takes a second at most, and ends.
    A message for a peer that a ROUTER with ROUTER_MANDATORY does not know is dropped; it does not end the queue.

    Args:
        in_socket: One side.
        out_socket: The other side; may be *in_socket*.
        mon_socket: Gets a copy of everything: PUB, PUSH, DEALER or PAIR.  Unless it is a PUB, the queue waits for it.
        in_prefix: The first frame of what is captured from *in_socket*.
        out_prefix: The first frame of what is captured from *out_socket*.

    Raises:
        ContextTerminated: The context was terminated: the regular end.
        TypeError: Not a socket; a prefix that is not bytes.
        ValueError: *mon_socket* is of a type that cannot capture.
    """
    prefixes = checked_prefixes(in_prefix, out_prefix)
    for name, socket in (("in_socket", in_socket), ("out_socket", out_socket), ("mon_socket", mon_socket)):
        if not isinstance(socket, zmq.Socket):
            raise TypeError(f"{name} has to be a zmq.Socket, not {socket!r}")
    if not mon_socket.closed:
        checked_capture_type(mon_socket.type)
    relay("zmq.devices.monitored_queue", in_socket, out_socket, mon_socket, prefixes=prefixes)


def checked_capture_type(socket_type: int) -> int:
    """Return a socket type, or raise ValueError if it cannot capture."""
    if socket_type in _CANNOT_CAPTURE:
        name = zmq.SocketType(socket_type).name
        raise ValueError(f"a {name} socket cannot capture what passes: use PUB, PUSH, DEALER or PAIR")
    return socket_type


def checked_prefixes(in_prefix: bytes, out_prefix: bytes) -> tuple[bytes, bytes]:
    """Return both, or raise TypeError: only bytes are frames."""
    for name, prefix in (("in_prefix", in_prefix), ("out_prefix", out_prefix)):
        if not isinstance(prefix, bytes):
            raise TypeError(f"{name} is a frame: it has to be bytes, not {prefix!r}")
    return in_prefix, out_prefix
