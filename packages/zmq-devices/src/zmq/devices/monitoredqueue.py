"""``monitored_queue``: a queue between two sockets that copies every message to a third one."""

from __future__ import annotations

from typing import Any

import zmq
from zmq.devices import _abi

__all__ = ["monitored_queue"]

MonitoredRelay = _abi.load()

_CANNOT_CAPTURE = frozenset({zmq.SUB, zmq.PULL, zmq.REQ, zmq.REP})
"""Socket types that cannot send, or that wait for a reply: the queue would block for ever."""


def monitored_queue(
    in_socket: zmq.Socket[Any],
    out_socket: zmq.Socket[Any],
    mon_socket: zmq.Socket[Any],
    in_prefix: bytes = b"in",
    out_prefix: bytes = b"out",
) -> None:
    """Pass messages between two sockets, and copy each one to a third socket, until their context is terminated.

    It differs from zmq.proxy() in two points.  Each captured message begins with a frame that tells which side it came
    from.  And both sides may be ROUTER sockets: then the first two frames of each message are swapped, so that the
    message ``[to, body]`` of a client arrives as ``[sender, body]`` at the peer *to* of the other side.

    Blocks without the GIL.  Until it returns, other threads that use one of the sockets get an error.  In the main
    thread signal handlers run within half a second.  If one raises, as for Ctrl-C, the queue passes on the messages
    that it has received, which takes a second at most, and raises the exception.
    If a ROUTER with ROUTER_MANDATORY does not know the peer of a message, the message is dropped.

    Args:
        in_socket: One side.
        out_socket: The other side; may be *in_socket*.
        mon_socket: Receives the copies: a PUB, PUSH, DEALER or PAIR socket.  Unless it is a PUB socket, the queue waits
            while it cannot send.
        in_prefix: The first frame of messages captured from *in_socket*.
        out_prefix: The first frame of messages captured from *out_socket*.

    Raises:
        ContextTerminated: The context was terminated: the normal end.
        TypeError: An argument is not a socket, or a prefix is not bytes.
        ValueError: A socket of the type of *mon_socket* cannot capture.
        ZMQError: A socket was closed, or is in use by another relay.

    libzmq: zmq_proxy(3)
    """
    prefixes = checked_prefixes(in_prefix, out_prefix)
    for name, socket in (("in_socket", in_socket), ("out_socket", out_socket), ("mon_socket", mon_socket)):
        if not isinstance(socket, zmq.Socket):
            raise TypeError(f"{name} must be a zmq.Socket, not {socket!r}")
    if not mon_socket.closed:
        checked_capture_type(mon_socket.type)
    MonitoredRelay("zmq.devices.monitored_queue", in_socket, out_socket, mon_socket, prefixes=prefixes).run()


def checked_capture_type(socket_type: int) -> int:
    """Return *socket_type*; raise ValueError if sockets of this type cannot capture."""
    if socket_type in _CANNOT_CAPTURE:
        name = zmq.SocketType(socket_type).name
        raise ValueError(f"a {name} socket cannot capture messages: use PUB, PUSH, DEALER or PAIR")
    return socket_type


def checked_prefixes(in_prefix: bytes, out_prefix: bytes) -> tuple[bytes, bytes]:
    """Return both prefixes; raise TypeError if one is not bytes."""
    for name, prefix in (("in_prefix", in_prefix), ("out_prefix", out_prefix)):
        if not isinstance(prefix, bytes):
            raise TypeError(f"{name} is a frame and must be bytes, not {prefix!r}")
    return in_prefix, out_prefix
