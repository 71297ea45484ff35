"""Iterating over the events of a monitor socket that is awaited."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import zmq
from zmq import adapter
from zmq.utils.monitor import MonitorMessage, parse_monitor_message

__all__ = ["events_of"]


def events_of(socket: Any, events: int | None) -> AsyncGenerator[MonitorMessage, None]:
    """Yield what happens to the connections of *socket*, until the monitoring ends or its monitor socket is closed.

    Args:
        socket: An asynchronous socket.
        events: Which events, a mask of zmq.Event; None for all.
    """
    monitor = socket.get_monitor_socket(None if events is None else events | zmq.Event.MONITOR_STOPPED)
    # The other class: this socket is on the C socket of a synchronous one.
    return _events(monitor if isinstance(monitor, adapter.Socket) else socket.from_socket(monitor))


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
