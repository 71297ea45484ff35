from typing import Any, Generic, Literal, overload

from typing_extensions import Self, TypeVar

from zmq.backend._option_types import HoldsBytes, HoldsInt
from zmq.backend._socket import Socket as _Compiled
from zmq.backend.signatures import Socket as _Methods
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
class Socket(_Methods, _Compiled, Generic[_Received]):
    copy_threshold: int
    """Bytes from which on ``send(copy=False)`` does not copy."""
    context: _PublicContext[_PublicSocket[_Received]]
    """The context that it belongs to."""

    @overload
    def get(self, option: HoldsInt) -> int: ...
    @overload
    def get(self, option: HoldsBytes) -> bytes: ...
    @overload
    def get(self, option: int) -> int | bytes: ...
    getsockopt = get
    setsockopt = _Compiled.set
    def bind(self, addr: str | bytes) -> _Attached[Self]: ...
    def connect(self, addr: str | bytes) -> _Attached[Self]: ...

class _Attached(Generic[_Socket]):
    socket: _Socket
    addr: str | bytes

    def __init__(self, socket: _Socket, kind: Literal["bind", "connect"], addr: str | bytes) -> None: ...
    def __enter__(self) -> _Socket: ...
    def __exit__(self, *exc: object) -> None: ...
