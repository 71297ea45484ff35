"""Closes a socket and waits until its ports are free.

libzmq closes the listening descriptors of a socket in its own threads, some time after the socket.  A monitor reports
when.

A monitor must stay open as long as libzmq may send it an event; otherwise libzmq's threads wait for it for ever.
Therefore it subscribes only to the events that end an endpoint: a bound endpoint sends exactly one.  If the socket also
connects, or if the wait timed out, further events may come: then the monitor stays open until the socket is gone.
"""

from __future__ import annotations

import os
from contextlib import suppress
from time import monotonic
from typing import Any

import zmq

__all__ = ["close"]

_LISTENING = ("tcp://", "ipc://", "ws://", "wss://")
"""The transports with a listening descriptor."""

_EVENTS = zmq.EVENT_CLOSED | zmq.EVENT_CLOSE_FAILED

_LONGEST_WAIT_S = 2.0


class _Monitor(zmq.Socket[bytes]):
    """A PAIR socket that receives the closing events of another socket."""

    __slots__ = ()


def close(socket: zmq.Socket[Any], endpoints: list[str], *, connects: bool, linger: int | None = None) -> None:
    """Close a socket, and wait until its bound endpoints are free, two seconds at most.

    Args:
        socket: The socket.
        endpoints: The endpoints that it is bound to, as LAST_ENDPOINT returned them.
        connects: Whether it is also connected to endpoints.
        linger: Milliseconds to keep unsent messages; None for the LINGER option.
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
        with suppress(zmq.ZMQError):  # another thread has closed it
            if isinstance(earlier, _Monitor) and not earlier.poll(0, zmq.POLLOUT):  # the monitored socket is gone
                kept.discard(earlier)
                earlier.close()


def _monitor(socket: zmq.Socket[Any]) -> _Monitor | None:
    """Return a socket that receives the closing events of *socket*; None if it cannot be created."""
    try:
        monitor = _Monitor(socket.context, zmq.PAIR)
    except zmq.ZMQError:  # no descriptors are left; or the context is terminated, and term() waits
        return None
    monitor.linger = 0
    endpoint = f"inproc://zmq.devices.closing-{os.urandom(8).hex()}"
    try:
        monitor.connect(endpoint)  # before monitor(): libzmq would wait for the peer
        socket.monitor(endpoint, _EVENTS)
    except zmq.ZMQError:
        monitor.close()
        return None
    return monitor


def _wait_until_closed(monitor: _Monitor, left: list[str]) -> None:
    """Remove from *left* each endpoint that libzmq reports as closed."""
    deadline = monotonic() + _LONGEST_WAIT_S
    with suppress(zmq.ZMQError):  # the context is terminated
        while left and monitor.poll(max(0, int(1000 * (deadline - monotonic())))):
            _, endpoint = monitor.recv_multipart(zmq.NOBLOCK)  # the event is one of _EVENTS
            with suppress(ValueError):  # a connected endpoint
                left.remove(endpoint.decode())
