from collections.abc import Iterable
from typing import Any, Generic, Literal, overload

from typing_extensions import Buffer, Self, TypeVar

from zmq.backend._option_types import HoldsBytes, HoldsInt
from zmq.backend.context import Context
from zmq.backend.frame import Frame
from zmq.backend.pinned import MessageTracker
from zmq.sugar.context import Context as _PublicContext
from zmq.sugar.socket import Socket as _PublicSocket

_Received = TypeVar("_Received", default=bytes)
_Socket = TypeVar("_Socket", bound=Socket[Any])

# Socket[bytes] returns what it receives, and is what Socket alone means. A subclass whose methods return something to
# await is a Socket of that (class AsyncSocket(Socket[Future[Any]])), and overrides the methods that send and receive,
# each with overloads of its own and "type: ignore[override]", for they do return something else. So neither is taken
# for the other, and Socket[Any] is both.
#
# Not said here: __setattr__, by which socket.Linger = 0 sets socket.linger. It would hide every typo.
class Socket(Generic[_Received]):
    copy_threshold: int
    """Bytes from which on ``send(copy=False)`` does not copy."""
    context: _PublicContext[_PublicSocket[_Received]]
    """The context that it belongs to."""
    _shadow: bool
    _shadow_obj: int | Socket[Any] | None

    def __init__(
        self,
        ctx_or_socket: Context[Any] | Socket[Any] | None = None,
        socket_type: int = 0,
        *,
        shadow: int | Socket[Any] = 0,
        copy_threshold: int | None = None,
    ) -> None: ...
    def __del__(self) -> None: ...
    @property
    def closed(self) -> bool: ...
    @property
    def underlying(self) -> int: ...
    @property
    def type(self) -> int: ...
    def close(self, linger: int | None = None) -> None: ...
    _monitor_socket: Any
    def _close_after_loop(self, linger: int | None) -> None: ...
    def _await_loop(self) -> None: ...
    @property
    def _inherited(self) -> bool: ...
    @property
    def _more(self) -> bool: ...

    # Options
    @overload
    def get(self, option: HoldsInt) -> int: ...
    @overload
    def get(self, option: HoldsBytes) -> bytes: ...
    @overload
    def get(self, option: int) -> int | bytes: ...
    def set(self, option: int, optval: int | bytes) -> None: ...
    getsockopt = get
    setsockopt = set

    # Endpoints
    def bind(self, addr: str | bytes) -> _Attached[Self]: ...
    def connect(self, addr: str | bytes) -> _Attached[Self]: ...
    def connect_peer(self, addr: str | bytes) -> int: ...
    def unbind(self, addr: str | bytes) -> None: ...
    def disconnect(self, addr: str | bytes) -> None: ...
    def monitor(self, addr: str | bytes | None, events: int = ...) -> None: ...
    def _monitor_by(self, monitor: Socket[Any], addr: str | bytes, events: int) -> Any: ...
    @property
    def _monitors_nothing(self) -> bool: ...
    def join(self, group: str | bytes) -> None: ...
    def leave(self, group: str | bytes) -> None: ...

    # Messages; a Frame is a Buffer, and a str is none
    @overload
    def send(
        self,
        data: Buffer,
        flags: int = 0,
        copy: Literal[True] = True,
        track: Literal[False] = False,
        routing_id: int | None = None,
        group: str | bytes | None = None,
    ) -> None: ...
    @overload
    def send(
        self,
        data: Buffer,
        flags: int,
        copy: Literal[False],
        track: Literal[True],
        routing_id: int | None = None,
        group: str | bytes | None = None,
    ) -> MessageTracker: ...
    @overload
    def send(
        self,
        data: Buffer,
        flags: int = 0,
        *,
        copy: Literal[False],
        track: Literal[True],
        routing_id: int | None = None,
        group: str | bytes | None = None,
    ) -> MessageTracker: ...
    @overload
    def send(
        self,
        data: Buffer,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        routing_id: int | None = None,
        group: str | bytes | None = None,
    ) -> MessageTracker | None: ...
    @overload
    def recv(self, flags: int = 0, copy: Literal[True] = True, track: bool = False) -> bytes: ...
    @overload
    def recv(self, flags: int, copy: Literal[False], track: bool = False) -> Frame: ...
    @overload
    def recv(self, flags: int = 0, *, copy: Literal[False], track: bool = False) -> Frame: ...
    @overload
    def recv(self, flags: int = 0, copy: bool = True, track: bool = False) -> bytes | Frame: ...
    def recv_into(self, buffer: Buffer, *, nbytes: int = 0, flags: int = 0) -> int: ...
    @overload
    def send_multipart(
        self,
        msg_parts: Iterable[Buffer],
        flags: int = 0,
        copy: Literal[True] = True,
        track: Literal[False] = False,
        routing_id: int | None = None,
        group: str | bytes | None = None,
    ) -> None: ...
    @overload
    def send_multipart(
        self,
        msg_parts: Iterable[Buffer],
        flags: int,
        copy: Literal[False],
        track: Literal[True],
        routing_id: int | None = None,
        group: str | bytes | None = None,
    ) -> MessageTracker: ...
    @overload
    def send_multipart(
        self,
        msg_parts: Iterable[Buffer],
        flags: int = 0,
        *,
        copy: Literal[False],
        track: Literal[True],
        routing_id: int | None = None,
        group: str | bytes | None = None,
    ) -> MessageTracker: ...
    @overload
    def send_multipart(
        self,
        msg_parts: Iterable[Buffer],
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        routing_id: int | None = None,
        group: str | bytes | None = None,
    ) -> MessageTracker | None: ...
    @overload
    def recv_multipart(self, flags: int = 0, copy: Literal[True] = True, track: bool = False) -> list[bytes]: ...
    @overload
    def recv_multipart(self, flags: int, copy: Literal[False], track: bool = False) -> list[Frame]: ...
    @overload
    def recv_multipart(self, flags: int = 0, *, copy: Literal[False], track: bool = False) -> list[Frame]: ...
    @overload
    def recv_multipart(self, flags: int = 0, copy: bool = True, track: bool = False) -> list[bytes] | list[Frame]: ...
    def poll(self, timeout: float | None = None, flags: int | None = ...) -> int: ...

class _Attached(Generic[_Socket]):
    socket: _Socket
    addr: str | bytes

    def __init__(self, socket: _Socket, kind: Literal["bind", "connect"], addr: str | bytes) -> None: ...
    def __enter__(self) -> _Socket: ...
    def __exit__(self, *exc: object) -> None: ...
