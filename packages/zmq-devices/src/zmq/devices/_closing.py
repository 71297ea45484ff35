"""Closing sockets so that their ports are free.

libzmq closes what a socket listens on in its own threads, some time after the socket.  A monitor tells when.

A monitor must be there for as long as there may be an event, or libzmq's threads wait for it for ever.  So it asks for
no others than those that endpoints have at their end.  What is bound has one each; where there are endpoints that the
socket connects to, too, or where the wait was in vain, it stays open until the socket is gone.
"""

from __future__ import annotations

import os
from contextlib import suppress
from time import monotonic
from typing import Any

import zmq
from zmq.utils.monitor import parse_monitor_message

__all__ = ["close"]

_LISTENING = ("tcp://", "ipc://", "ws://", "wss://")
"""The transports that listen on something of the system's."""

_EVENTS = zmq.EVENT_CLOSED | zmq.EVENT_CLOSE_FAILED

_LONGEST_WAIT_S = 2.0


class _Monitor(zmq.Socket[bytes]):
    """A PAIR that is told when a socket stops to listen, or to connect."""

    __slots__ = ()


def close(socket: zmq.Socket[Any], endpoints: list[str], *, connects: bool, linger: int | None = None) -> None:
    """Close a socket, and wait until the endpoints that it is bound to are free.

    Args:
        socket: The socket.
        endpoints: What it is bound to, as LAST_ENDPOINT tells.
        connects: Whether it also connects to endpoints.
        linger: Milliseconds to keep unsent messages; None for what the LINGER option says.
    """
    left = [endpoint for endpoint in endpoints if endpoint.startswith(_LISTENING)]
    monitor = _monitor(socket) if left and not socket.closed else None
    socket.close(linger)
    if monitor is None:
        return
    _wait_until_closed(monitor, left)
    kept = monitor.context._kept_open  # noqa: SLF001 (of zmq-core, for such sockets)
    if left or connects:
        kept.add(monitor)
    else:
        monitor.close()
    for earlier in list(kept):
        with suppress(zmq.ZMQError):  # another thread has closed it meanwhile
            if isinstance(earlier, _Monitor) and not earlier.poll(0, zmq.POLLOUT):  # the other end has gone
                kept.discard(earlier)
                earlier.close()


def _monitor(socket: zmq.Socket[Any]) -> _Monitor | None:
    """Return a socket that is told when *socket* stops to listen; None where there can be none."""
    try:
        monitor = _Monitor(socket.context, zmq.PAIR)
    except zmq.ZMQError:  # no descriptor is left; or the context is terminated, which waits itself
        return None
    monitor.linger = 0
    endpoint = f"inproc://zmq.devices.closing-{os.urandom(8).hex()}"
    try:
        monitor.connect(endpoint)  # first: from the monitoring on it has to be there
        socket.monitor(endpoint, _EVENTS)
    except zmq.ZMQError:
        monitor.close()
        return None
    return monitor


def _wait_until_closed(monitor: _Monitor, left: list[str]) -> None:
    """Take the endpoints that are closed off *left*."""
    deadline = monotonic() + _LONGEST_WAIT_S
    with suppress(zmq.ZMQError):  # the context is terminated
        while left and monitor.poll(max(0, int(1000 * (deadline - monotonic())))):
            event = parse_monitor_message(monitor.recv_multipart(zmq.NOBLOCK))
            with suppress(ValueError):  # of one that it connects to
                left.remove(event["endpoint"].decode())
