"""Iterating over the events of a monitor socket that is awaited."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import zmq
from zmq.utils.monitor import MonitorMessage, parse_monitor_message

__all__ = ["events_of"]


async def events_of(monitor: Any) -> AsyncGenerator[MonitorMessage, None]:
    """Yield what *monitor* tells, until the monitoring ends or it is closed.

    Args:
        monitor: An asynchronous socket.
    """
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
