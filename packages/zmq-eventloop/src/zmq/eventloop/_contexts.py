"""Contexts for ``async with``: their end does not hold the loop up."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, TypeVar

import zmq

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["AsyncContext"]

S = TypeVar("S", bound="zmq.Socket[Any]")


class AsyncContext(zmq.Context[S]):
    """A context that is terminated, at the end of ``async with``, wherever that may wait."""

    __slots__ = ()

    async def _term_elsewhere(self) -> None:
        """Call ``term()`` in another thread."""
        raise NotImplementedError

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
                await self._term_elsewhere()
