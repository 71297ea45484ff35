"""Messages of socket monitors, which report the events of a socket's connections: see zmq_socket_monitor(3).

The meaning of ``value`` depends on ``event``:

- CONNECTED, LISTENING, ACCEPTED, CLOSED, DISCONNECTED: the file descriptor
- CONNECT_DELAYED, BIND_FAILED, ACCEPT_FAILED, CLOSE_FAILED, HANDSHAKE_FAILED_NO_DETAIL: an errno
- CONNECT_RETRIED: the delay until the next attempt, in milliseconds
- HANDSHAKE_FAILED_PROTOCOL: one of ``Event.PROTOCOL_ERROR_...``
- HANDSHAKE_FAILED_AUTH: the status code of the ZAP reply, 300, 400 or 500
"""

from __future__ import annotations

import struct
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, TypedDict, overload

from zmq.constants import Event

if TYPE_CHECKING:
    import zmq.asyncio as _asyncio  # noqa: F401 (as below)

with suppress(ImportError):  # zmq-eventloop is not installed
    import_module("zmq.asyncio")  # programs that import this module alone name it, in annotations, too

__all__ = ["MonitorMessage", "parse_monitor_message", "recv_monitor_message"]

_EVENT_AND_VALUE: Final = struct.Struct("=Hi")


class MonitorMessage(TypedDict):
    """One event of a monitored socket; the docstring of the module lists the meaning of ``value``."""

    event: Event
    value: int
    endpoint: bytes


class _Socket(Protocol):
    def recv_multipart(self, flags: int, /) -> list[bytes]: ...


class _AsyncSocket(Protocol):
    def recv_multipart(self, flags: int, /) -> Awaitable[list[bytes]]: ...


def parse_monitor_message(msg: Sequence[bytes]) -> MonitorMessage:
    """Parse a message of a monitor socket.

    Args:
        msg: The two frames: one of 6 bytes with event and value, and the endpoint.

    Returns:
        The event, its value and the endpoint.

    Raises:
        RuntimeError: *msg* does not have this form.
        ValueError: The number of the event is unknown.

    libzmq: zmq_socket_monitor(3)
    """
    if len(msg) != 2 or len(msg[0]) != _EVENT_AND_VALUE.size:
        raise RuntimeError(f"not a monitor's message, which has one frame of 6 bytes and the endpoint: {msg!r}")
    event, value = _EVENT_AND_VALUE.unpack(msg[0])
    return {"event": Event(event), "value": value, "endpoint": msg[1]}


@overload
def recv_monitor_message(socket: _Socket, flags: int = 0) -> MonitorMessage: ...
@overload
def recv_monitor_message(socket: _AsyncSocket, flags: int = 0) -> Awaitable[MonitorMessage]: ...
def recv_monitor_message(socket: _Socket | _AsyncSocket, flags: int = 0) -> MonitorMessage | Awaitable[MonitorMessage]:
    """Receive the next event from a monitor socket, and wait until there is one.

    Args:
        socket: The socket that ``get_monitor_socket`` returned.
        flags: 0, or ``DONTWAIT`` to raise Again instead of waiting.

    Returns:
        The event; for an asynchronous socket, an awaitable of it.

    Raises:
        Again: There is no event, and ``DONTWAIT`` is set or RCVTIMEO has expired.
        RuntimeError: The message is not one of a monitor socket.

    libzmq: zmq_socket_monitor(3)
    """
    frames = socket.recv_multipart(flags)
    if isinstance(frames, Awaitable):
        return _parse_later(frames)
    return parse_monitor_message(frames)


async def _parse_later(frames: Awaitable[list[bytes]]) -> MonitorMessage:
    return parse_monitor_message(await frames)
