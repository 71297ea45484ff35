"""Sockets for tornado coroutines: those of ``zmq.asyncio``, on tornado's loops.

from tornado.ioloop import IOLoop
import zmq
from zmq.eventloop.future import Context

async def main():  # or a gen.coroutine that yields
    with Context() as context, context.socket(zmq.REP) as server:
        server.bind("tcp://127.0.0.1:5555")
        await server.send_multipart(await server.recv_multipart())

IOLoop.current().run_sync(main)

tornado runs on asyncio today, so ``zmq.asyncio`` works in its loops, too.  ``gen.with_timeout`` does not cancel what it
waits for, and takes the message that comes later; ``asyncio.wait_for`` loses none.
"""

from __future__ import annotations

import asyncio
import warnings
from asyncio import CancelledError
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import zmq.asyncio
from zmq.eventloop._tornado import IOLoop, asyncio_loop

__all__ = ["CancelledError", "Context", "Poller", "Socket"]


class Socket(zmq.asyncio.Socket):
    """A ``zmq.asyncio.Socket`` for tornado: *io_loop* may be a tornado loop, and is the current one by default."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __init__(
            self,
            context: Any = None,
            socket_type: int = -1,
            io_loop: IOLoop | asyncio.AbstractEventLoop | None = None,
            _from_socket: zmq.Socket[Any] | None = None,
            **kwargs: Any,
        ) -> None: ...

    @staticmethod
    def _loop_of(io_loop: Any) -> Callable[[], asyncio.AbstractEventLoop]:
        return partial(asyncio_loop, io_loop)


class Poller(zmq.asyncio.Poller):
    """A ``zmq.asyncio.Poller`` for tornado."""

    @staticmethod
    def _loop() -> asyncio.AbstractEventLoop:
        return asyncio_loop()


class Context(zmq.asyncio.Context):
    """A context whose sockets are those of this module.

    Attributes:
        io_loop: None: sockets use the loop that runs.  Programs of old give one, which is ignored.
    """

    __slots__ = ()

    io_loop: ClassVar[Any] = None
    _socket_class: ClassVar[Callable[..., Any]] = Socket

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if kwargs.pop("io_loop", None) is not None:
            warnings.warn(
                "Context(io_loop) is ignored: sockets use the loop that runs", DeprecationWarning, stacklevel=2
            )
        super().__init__(*args, **kwargs)
