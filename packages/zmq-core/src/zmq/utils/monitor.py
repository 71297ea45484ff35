"""Messages of socket monitors: what happened to the connections of a socket (zmq_socket_monitor(3)).

What ``value`` means depends on ``event``:

- CONNECTED, LISTENING, ACCEPTED, CLOSED, DISCONNECTED: the descriptor
- CONNECT_DELAYED, BIND_FAILED, ACCEPT_FAILED, CLOSE_FAILED, HANDSHAKE_FAILED_NO_DETAIL: an errno
- CONNECT_RETRIED: milliseconds until the next try
- HANDSHAKE_FAILED_PROTOCOL: one of ``Event.PROTOCOL_ERROR_...``
- HANDSHAKE_FAILED_AUTH: the status code of the ZAP reply, 300, 400 or 500
"""

from __future__ import annotations

import struct
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Final, Protocol, TypedDict, overload

from zmq.constants import Event

if TYPE_CHECKING:
    import zmq.asyncio as _asyncio  # noqa: F401 (programs name zmq.asyncio.Socket, and import this module alone)

__all__ = ["MonitorMessage", "parse_monitor_message", "recv_monitor_message"]

_EVENT_AND_VALUE: Final = struct.Struct("=Hi")


class MonitorMessage(TypedDict):
    """One event of a monitored socket; what its value means, the module's docstring lists."""

    event: Event
    value: int
    endpoint: bytes


class _Socket(Protocol):
    def recv_multipart(self, flags: int, /) -> list[bytes]: ...


class _AsyncSocket(Protocol):
    def recv_multipart(self, flags: int, /) -> Awaitable[list[bytes]]: ...


def parse_monitor_message(msg: Sequence[bytes]) -> MonitorMessage:
    """Return the event that a message from a monitor reports.

    Args:
        msg: Its two frames: the event and the value in 6 bytes, and the endpoint.

    Raises:
        RuntimeError: *msg* is no such message.
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
    """Receive the next event from a monitor, waiting until there is one.

    Args:
        socket: What ``get_monitor_socket`` returned.
        flags: ``DONTWAIT`` to not wait.

    Returns:
        The event; for an asynchronous socket, an awaitable of it.

    Raises:
        Again: There is no event yet.
    """
    frames = socket.recv_multipart(flags)
    if isinstance(frames, Awaitable):
        return _parse_later(frames)
    return parse_monitor_message(frames)


async def _parse_later(frames: Awaitable[list[bytes]]) -> MonitorMessage:
    return parse_monitor_message(await frames)
