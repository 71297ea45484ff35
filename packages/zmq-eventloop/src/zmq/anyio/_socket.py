"""``zmq.anyio.Socket`` and ``Context``."""

# pyright: reportIncompatibleMethodOverride=false
# (they return coroutines of what the base class returns)
from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar

import anyio
import zmq
from anyio.lowlevel import checkpoint
from zmq._loops.sockets import AsyncContext, AsyncSocket, Bell
from zmq.adapter import CallEngine
from zmq.anyio._loops import AsyncioCall, TrioCall, call_maker, loops_hub, running_loop

if TYPE_CHECKING:
    from typing_extensions import Self

    from zmq.backend.signatures import CoroutineSocket

    class _Base(CoroutineSocket, AsyncSocket):
        pass

else:
    _Base = AsyncSocket

__all__ = ["Context", "Socket"]


def _awaited(name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Return the method of that name of ``zmq.Socket``, as a coroutine function."""

    @wraps(getattr(zmq.Socket, name), assigned=("__name__", "__qualname__", "__doc__"))  # not the module: for pickle
    async def method(self: Socket, *args: Any, **kwargs: Any) -> Any:
        await checkpoint()  # first: what was done cannot be cancelled any more
        outcome = getattr(self._engine, name)(*args, **kwargs)
        return await outcome.wait() if isinstance(outcome, (AsyncioCall, TrioCall)) else outcome

    return method


class Socket(_Base):
    """A socket whose ``recv``, ``send`` and ``poll``, in all their variants, are coroutines.

    Each is a checkpoint, and is done or cancelled: a receive that is cancelled has taken nothing, a send that is
    cancelled has sent nothing.  Those that have to wait do so in the order of the calls.

    Closing the socket, or terminating its context, ends all that waits with ZMQError or ContextTerminated.

    Args:
        args, kwargs: As for ``zmq.Socket``.
    """

    __slots__ = ()

    _engine: CallEngine

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # every operation is a checkpoint, so other tasks have their turns
        self._engine = CallEngine(self, running_loop, call_maker(), loops_hub, turn=0)

    @classmethod
    def from_socket(cls, socket: zmq.Socket[Any]) -> Self:
        """Return an asynchronous socket that shares the C socket of another one."""
        return cls(shadow=socket)

    if not TYPE_CHECKING:  # CoroutineSocket has the signatures
        recv, recv_multipart, recv_into = _awaited("recv"), _awaited("recv_multipart"), _awaited("recv_into")
        send, send_multipart, poll = _awaited("send"), _awaited("send_multipart"), _awaited("poll")

    def _deserialize(self, received: Any, load: Callable[[Any], Any]) -> Any:
        async def later() -> Any:
            return load(await received)

        return later()

    async def __anext__(self) -> list[bytes]:
        return await self.recv_multipart()


class Context(AsyncContext[Socket]):
    """A context whose sockets are ``zmq.anyio.Socket``.

    ``instance()`` returns one of its own, which ``zmq.Context.instance()`` does not share.
    """

    __slots__ = ()

    _socket_class: ClassVar[Callable[..., Any]] = Socket
    _instance: ClassVar[Any] = None

    def _bell(self) -> Bell:
        return loops_hub(running_loop()).call_soon_threadsafe, anyio.Event()
