"""The result of bind() and connect(): a context manager that unbinds or disconnects.

Only the stub of ``zmq.backend.socket`` makes the class generic: a generic class would slow down ``import zmq``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from zmq.backend.socket import Socket

__all__ = ["Attached"]


class Attached:
    """Unbinds or disconnects a socket at the end of a with statement, unless the socket was closed."""

    __slots__ = ("_kind", "addr", "socket")

    def __init__(self, socket: Socket[Any], kind: str, addr: str | bytes) -> None:
        self.socket = socket
        self._kind = kind
        self.addr = addr

    def __repr__(self) -> str:
        return f"<SocketContext({self._kind}={self.addr!r})>"

    def __enter__(self) -> Socket[Any]:
        return self.socket

    def __exit__(self, *_: object) -> None:
        if self.socket.closed:
            return
        if self._kind == "bind":
            self.socket.unbind(self.addr)
        else:
            self.socket.disconnect(self.addr)
