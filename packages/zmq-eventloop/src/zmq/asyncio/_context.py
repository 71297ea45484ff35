"""``zmq.asyncio.Context``: makes asynchronous sockets."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, ClassVar

from zmq._loops.contexts import AsyncContext, Bell
from zmq.asyncio._socket import Socket

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Context"]


class Context(AsyncContext[Socket]):
    """A context whose sockets are ``zmq.asyncio.Socket``.

    ``instance()`` returns one of its own, which ``zmq.Context.instance()`` does not share.
    """

    __slots__ = ()

    _socket_class: ClassVar[Callable[..., Any]] = Socket
    _instance: ClassVar[Any] = None

    def _bell(self) -> Bell:
        loop, rung = asyncio.get_running_loop(), asyncio.Event()

        def ring() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(rung.set)

        return ring, rung.wait
