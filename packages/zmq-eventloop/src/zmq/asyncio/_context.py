"""``zmq.asyncio.Context``: makes asynchronous sockets."""

from __future__ import annotations

import asyncio
import warnings
from typing import TYPE_CHECKING, Any, ClassVar

import zmq
from zmq.asyncio._socket import Socket

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

__all__ = ["Context"]


class Context(zmq.Context[Socket]):
    """A context whose sockets are ``zmq.asyncio.Socket``.

    ``instance()`` returns one of its own, which ``zmq.Context.instance()`` does not share.
    """

    __slots__ = ()

    _socket_class: ClassVar[Callable[..., Any]] = Socket

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *args: object) -> None:
        """Close the sockets, and terminate the context without holding the loop up."""
        try:
            for socket in self._open_sockets():
                warnings.warn(
                    f"Destroying context with unclosed socket {socket!r}", ResourceWarning, stacklevel=2, source=socket
                )
        finally:
            for socket in self._open_sockets():
                socket.close()
            if not self.closed:
                # A default executor may be full of tasks that wait for this very context.
                await asyncio.get_running_loop().run_in_executor(None, self.term)
