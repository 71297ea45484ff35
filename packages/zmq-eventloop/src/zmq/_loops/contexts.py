"""Contexts for ``async with``: their end does not hold the loop up."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import zmq
from zmq.backend.native import Thread

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["AsyncContext"]

Bell = tuple[Callable[[Callable[[], object]], object], Any]
"""What has the running loop call a function soon, in any thread; and an Event of that loop."""

S = TypeVar("S", bound="zmq.Socket[Any]")


class AsyncContext(zmq.Context[S]):
    """A context whose termination, at the end of ``async with``, is awaited."""

    __slots__ = ()

    def _bell(self) -> Bell:
        """Return the two sides of a bell for the running loop."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *args: object) -> None:
        """Close the sockets, and terminate the context without holding the loop up.

        That waits for messages that linger.  When it is cancelled the context is terminated all the same, later.
        """
        try:
            self._warn_of_open_sockets(stacklevel=3)
        finally:
            for socket in self._sockets_to_close():
                socket.close()
            if not self.closed:
                await self._term_in_a_thread()

    async def _term_in_a_thread(self) -> None:
        call_soon_threadsafe, rung = self._bell()
        errors: list[BaseException] = []

        def term() -> None:
            try:
                self.term()
            except BaseException as error:
                errors.append(error)
            with contextlib.suppress(RuntimeError):  # the loop has ended, and nothing waits any more
                call_soon_threadsafe(rung.set)

        # Not in one of a pool, which may be full of calls that wait for this very context.
        Thread(target=term, name=f"{self!r} terminates", daemon=True).start()
        await rung.wait()
        if errors:
            raise errors[0]
