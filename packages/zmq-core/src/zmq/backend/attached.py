"""What bind() and connect() return: a context manager that undoes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from zmq.backend.socket import Socket

__all__ = ["Attached"]

_Socket = TypeVar("_Socket", bound="Socket[Any]")


class Attached(Generic[_Socket]):
    """A socket that is bound or connected to an endpoint until the end of a with statement."""

    __slots__ = ("_kind", "addr", "socket")

    def __init__(self, socket: _Socket, kind: str, addr: str | bytes) -> None:
        self.socket = socket
        self._kind = kind
        self.addr = addr

    def __repr__(self) -> str:
        return f"<SocketContext({self._kind}={self.addr!r})>"

    def __enter__(self) -> _Socket:
        return self.socket

    def __exit__(self, *_: object) -> None:
        if self.socket.closed:
            return
        if self._kind == "bind":
            self.socket.unbind(self.addr)
        else:
            self.socket.disconnect(self.addr)
