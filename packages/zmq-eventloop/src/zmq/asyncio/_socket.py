"""``zmq.asyncio.Socket``, a ``zmq.Socket`` that waits in an event loop, and ``Context``."""

# pyright: reportIncompatibleMethodOverride=false
# (they return futures of what the base class returns)
from __future__ import annotations

import asyncio
from asyncio import Future
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import ref

import zmq
from zmq._loops.hub import InLoop, asyncio_loop, hub_of
from zmq._loops.sockets import AsyncContext, AsyncSocket, Bell
from zmq.backend import futures
from zmq.backend.futures import FutureEngine

if TYPE_CHECKING:
    from typing_extensions import Self

    from zmq.backend.signatures import FutureSocket

    class _Base(FutureSocket, AsyncSocket):
        pass

else:
    _Base = AsyncSocket

__all__ = ["Context", "Socket"]

# plain ints: operations on zmq.Flag take longer than a receive
IN, OUT = int(zmq.POLLIN), int(zmq.POLLOUT)


def _loop_of(socket: ref[Socket], io_loop: Any) -> asyncio.AbstractEventLoop:
    """Return the loop to use where none is running."""
    target = socket()
    return asyncio_loop(target._default_loop() if io_loop is None and target is not None else io_loop)


class Socket(InLoop, _Base):
    """A socket whose ``recv``, ``send`` and ``poll``, in all their variants, return futures.

    What can be done at once is done at once, and the future is done then.  What cannot waits in the running event loop,
    in the order of the calls: receives do not overtake each other, nor do sends.  A socket may be used in several
    loops, one after the other; other threads may use a ``zmq.Socket.shadow`` of it meanwhile.

    Nothing is lost when a task is cancelled: a receive that waits has taken nothing, and one that has its message gives
    it back, to this socket's next receive, when its task is cancelled before it goes on or its future is dropped.
    Those messages are out of reach for shadows of the socket, and are discarded when it is closed.  A send that is
    cancelled while it waits has sent nothing; once it is sent, cancelling its future has no effect.  So a program that
    keeps the future finds out with ``cancelled()``.

    Closing the socket cancels what waits for it, and so the tasks that await that: a loop that goes on after errors
    would otherwise never end.  ``async for`` just ends.  When the context is terminated, all that waits fails with
    ContextTerminated.

    Args:
        context: The Context to create the socket in, or a Socket to shadow.
        socket_type: A SocketType, such as zmq.PUSH.
        io_loop: The loop for futures that are asked for while none is running; by default the thread's current one.
        kwargs: As for ``zmq.Socket``.
    """

    __slots__ = ()

    _engine: FutureEngine
    _engine_class: ClassVar[type[FutureEngine]] = FutureEngine

    def __init__(
        self,
        context: Any = None,
        socket_type: int = -1,
        io_loop: asyncio.AbstractEventLoop | None = None,
        _from_socket: zmq.Socket[Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if _from_socket is not None:
            kwargs["shadow"] = _from_socket
        super().__init__(context, socket_type, **kwargs)
        self._engine = self._engine_class(self, partial(_loop_of, ref(self), io_loop), hub_of)

    def _get_loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop to wait in, which becomes that of the socket."""
        loop: asyncio.AbstractEventLoop = self._engine._enter()
        return loop

    @classmethod
    def from_socket(cls, socket: zmq.Socket[Any], io_loop: Any = None) -> Self:
        """Return an asynchronous socket that shares the C socket of another one.

        Args:
            socket: The other socket.
            io_loop: As for the class.
        """
        return cls(_from_socket=socket, io_loop=io_loop)

    # ---- messages

    if not TYPE_CHECKING:
        recv, recv_multipart, recv_into = futures.recv, futures.recv_multipart, futures.recv_into
        send, send_multipart, poll = futures.send, futures.send_multipart, futures.poll

    @property
    def _recv_futures(self) -> list[asyncio.Future[Any]]:
        """The futures that wait to receive, and for what is to receive; the tests of programs count them."""
        return futures.waiting_for(self, IN)

    @property
    def _send_futures(self) -> list[asyncio.Future[Any]]:
        """The futures that wait to send, and for room."""
        return futures.waiting_for(self, OUT)

    def _deserialize(self, received: Any, load: Callable[[Any], Any]) -> Any:
        return futures.deserialize(received, load)

    # ---- iteration

    def __anext__(self) -> Future[list[bytes]]:
        try:
            future = self.recv_multipart()
        except zmq.ZMQError:
            if not self.closed or self._inherited:
                raise
            return futures.failed(self._engine._enter(), StopAsyncIteration())
        return futures.iterate(future)  # type: ignore[no-any-return]


class Context(AsyncContext[Socket]):
    """A context whose sockets are ``zmq.asyncio.Socket``.

    ``instance()`` returns one of its own, which ``zmq.Context.instance()`` does not share.
    """

    __slots__ = ()

    _socket_class: ClassVar[Callable[..., Any]] = Socket
    _instance: ClassVar[Any] = None

    def _bell(self) -> Bell:
        return asyncio.get_running_loop().call_soon_threadsafe, asyncio.Event()
