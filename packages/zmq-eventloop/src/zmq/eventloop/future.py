"""Sockets for tornado coroutines: the sockets of ``zmq.asyncio`` with tornado's loops.

Example::

    import asyncio
    import zmq
    from zmq.eventloop.future import Context

    async def main():  # or a gen.coroutine that yields
        with Context() as context, context.socket(zmq.REP) as server, context.socket(zmq.REQ) as client:
            port = server.bind_to_random_port("tcp://127.0.0.1")
            client.connect(f"tcp://127.0.0.1:{port}")
            await client.send(b"hello")
            await server.send_multipart(await server.recv_multipart())
            print(await client.recv())

    asyncio.run(main())  # or IOLoop.current().run_sync(main)

tornado runs on asyncio, so ``zmq.asyncio`` works in its loops, too.

``gen.with_timeout`` does not cancel the receive that it waits for: that receive takes the next message, which is lost.
Use ``asyncio.wait_for``, which cancels it.
"""

from __future__ import annotations

import asyncio
import warnings
from asyncio import CancelledError, Future
from asyncio.events import _get_running_loop
from collections.abc import Callable
from typing import Any, ClassVar

import zmq.asyncio
from zmq.backend.futures import FutureEngine
from zmq.eventloop._tornado import IOLoop, close_with

__all__ = ["CancelledError", "Context", "Future", "Poller", "Socket"]


class _Engine(FutureEngine):
    """An engine whose socket is closed by ``IOLoop.close(all_fds=True)`` of the loop that it waits in."""

    __slots__ = ()

    def _move(self, loop: asyncio.AbstractEventLoop) -> None:
        """Move the engine to *loop*."""
        super()._move(loop)
        socket = self._socket()
        if socket is not None and _get_running_loop() is loop:
            close_with(IOLoop.current(instance=False), socket)


class Socket(zmq.asyncio.Socket):
    """A ``zmq.asyncio.Socket`` for tornado: *io_loop* is a tornado loop, by default the current one.

    Use it in the thread of its loop.  ``IOLoop.close(all_fds=True)`` closes the sockets that were used in the loop.
    """

    __slots__ = ()

    _engine_class: ClassVar[type[FutureEngine]] = _Engine

    def __init__(
        self,
        context: Any = None,
        socket_type: int = -1,
        io_loop: Any = None,
        _from_socket: zmq.Socket[Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(context, socket_type, io_loop, _from_socket, **kwargs)
        close_with(io_loop, self)

    def _default_loop(self) -> IOLoop:
        io_loop = IOLoop.current()
        close_with(io_loop, self)
        return io_loop


class Poller(zmq.asyncio.Poller):
    """A ``zmq.asyncio.Poller`` for tornado."""

    def _default_loop(self) -> IOLoop:
        return IOLoop.current()


class Context(zmq.asyncio.Context):
    """A context that creates sockets of this module.

    Attributes:
        io_loop: None: sockets use the running loop.  A loop that is passed to the constructor is ignored, with a
            DeprecationWarning.
    """

    __slots__ = ()

    io_loop: ClassVar[Any] = None
    _socket_class: ClassVar[Callable[..., Any]] = Socket
    _instance: ClassVar[Any] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if kwargs.pop("io_loop", None) is not None:
            warnings.warn("Context(io_loop) is ignored: sockets use the running loop", DeprecationWarning, stacklevel=2)
        super().__init__(*args, **kwargs)
