"""What sockets of asyncio and anyio have in common: ``async with``, ``async for``, and monitors that are awaited."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

import zmq
from zmq import adapter
from zmq.utils.monitor import MonitorMessage, parse_monitor_message

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["AsyncSocket"]


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
