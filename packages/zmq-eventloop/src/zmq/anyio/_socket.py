"""``zmq.anyio.Socket`` and ``Context``."""

# pyright: reportIncompatibleMethodOverride=false
# (they return coroutines of what the base class returns)
from __future__ import annotations

from collections.abc import Callable, Sequence
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


async def _end(outcome: Any) -> Any:
    """Return the result of an operation that the engine was asked for."""
    return await outcome.wait() if isinstance(outcome, (AsyncioCall, TrioCall)) else outcome


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

    # ---- a checkpoint first: what was done cannot be cancelled any more

    if not TYPE_CHECKING:  # CoroutineSocket has the signatures

        async def recv(self, flags: int = 0, copy: bool = True, track: bool = False) -> Any:
            """Receive one frame.

            Args:
                flags, copy, track: As for ``zmq.Socket.recv``.

            Raises:
                Again: There is nothing (NOBLOCK), or came nothing for RCVTIMEO milliseconds.
            """
            await checkpoint()
            return await _end(self._engine.recv(flags, copy, track))

        async def recv_multipart(self, flags: int = 0, copy: bool = True, track: bool = False) -> list[Any]:
            """Receive a whole message: a list of its frames; otherwise as ``recv``."""
            await checkpoint()
            return await _end(self._engine.recv_multipart(flags, copy, track))

        async def recv_into(self, buf: Any, *, nbytes: int = 0, flags: int = 0) -> int:
            """Receive one frame into a buffer, as ``zmq.Socket.recv_into``."""
            await checkpoint()
            return await _end(self._engine.recv_into(buf, nbytes=nbytes, flags=flags))

        async def send(
            self, data: Any, flags: int = 0, copy: bool = True, track: bool = False, **kwargs: Any
        ) -> zmq.MessageTracker | None:
            """Send one frame.

            Args:
                data, flags, copy, track, kwargs: As for ``zmq.Socket.send``.

            Raises:
                Again: There is no room (NOBLOCK), or was none for SNDTIMEO milliseconds.
            """
            await checkpoint()
            return await _end(self._engine.send(data, flags, copy, track, **kwargs))

        async def send_multipart(
            self, msg_parts: Sequence[Any], flags: int = 0, copy: bool = True, track: bool = False, **kwargs: Any
        ) -> zmq.MessageTracker | None:
            """Send a message of several frames: whole, or not at all; otherwise as ``send``."""
            await checkpoint()
            return await _end(self._engine.send_multipart(msg_parts, flags, copy, track, **kwargs))

        async def poll(
            self,
            timeout: float | None = None,  # noqa: ASYNC109 (in milliseconds, as everywhere here)
            flags: int = zmq.POLLIN,
        ) -> int:
            """Wait until the socket is ready.

            Args:
                timeout: Longest wait in milliseconds; 0 does not wait, None or -1 waits for ever.
                flags: The events to wait for: zmq.POLLIN, zmq.POLLOUT, or both.

            Returns:
                The events that are ready; 0 after a timeout.
            """
            await checkpoint()
            return await _end(self._engine.poll(timeout, flags))

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
