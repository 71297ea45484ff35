"""``zmq.asyncio.Context``: makes asynchronous sockets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

from zmq.asyncio._socket import Socket
from zmq.eventloop._contexts import AsyncContext

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Context"]


class Context(AsyncContext[Socket]):
    """A context whose sockets are ``zmq.asyncio.Socket``.

    ``instance()`` returns one of its own, which ``zmq.Context.instance()`` does not share.
    """

    __slots__ = ()

    _socket_class: ClassVar[Callable[..., Any]] = Socket

    async def _term_elsewhere(self) -> None:
        # A default executor may be full of tasks that wait for this very context.
        await asyncio.get_running_loop().run_in_executor(None, self.term)
