"""What sockets and contexts of asyncio and anyio have in common.

Sockets are for ``async with`` and ``async for``, and their monitors are awaited.  The end of a context does not hold
the loop up.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import zmq
from zmq import adapter
from zmq.backend.native import Thread

if TYPE_CHECKING:
    from typing_extensions import Self

    from zmq.utils.monitor import MonitorMessage

__all__ = ["AsyncContext", "AsyncSocket"]

Bell = tuple[Callable[[Callable[[], object]], object], Any]
"""What has the running loop call a function soon, in any thread; and an Event of that loop."""

S = TypeVar("S", bound="zmq.Socket[Any]")


class AsyncSocket(adapter.Socket[Any]):
    """A socket whose operations are awaited.  Subclasses have a ``from_socket()``, and ``__anext__()``."""

    __slots__ = ()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *args: object) -> None:
        self.close()

    def __aiter__(self) -> Self:
        return self

    def get_monitor_socket(self, events: int | None = None, addr: str | None = None) -> Self:
        """Return an asynchronous PAIR socket that receives what happens to this socket's connections.

        Args:
            events, addr: As for ``zmq.Socket.get_monitor_socket``.
        """
        monitor: Any = super().get_monitor_socket(events, addr)
        if not isinstance(monitor, AsyncSocket):  # this socket is on the C socket of a synchronous one
            this: Any = self
            self._monitor_socket = monitor = this.from_socket(monitor)
        return monitor  # type: ignore[no-any-return]  # of this class, now

    def monitor_events(self, events: int | None = None) -> AsyncGenerator[MonitorMessage, None]:
        """Iterate over what happens to this socket's connections, until it is closed or ``disable_monitor`` called.

        Args:
            events: Which events, a mask of zmq.Event; None for all.
        """
        return _events(self.get_monitor_socket(None if events is None else events | zmq.Event.MONITOR_STOPPED))


async def _events(monitor: Any) -> AsyncGenerator[MonitorMessage, None]:
    from zmq.utils.monitor import parse_monitor_message  # here, for it imports zmq.asyncio

    while True:
        try:
            event = parse_monitor_message(await anext(monitor))
        except StopAsyncIteration:
            return
        except zmq.ZMQError:
            if monitor.closed and not monitor._inherited:
                return
            raise
        if event["event"] == zmq.Event.MONITOR_STOPPED:
            return
        yield event


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
