"""Monitored queues as devices."""

from __future__ import annotations

import zmq
from zmq.devices.monitoredqueue import checked_prefixes, monitored_queue
from zmq.devices.proxydevice import ProcessProxy, Proxy, ProxyBase, ThreadProxy

__all__ = ["MonitoredQueue", "MonitoredQueueBase", "ProcessMonitoredQueue", "ThreadMonitoredQueue", "monitored_queue"]


class MonitoredQueueBase(ProxyBase):
    """What the monitored queues add to a Proxy: prefixes, and ROUTER on both sides; see monitored_queue().

    Args:
        in_type: The type of the frontend.
        out_type: The type of the backend; a negative number makes the frontend both.
        mon_type: The type of the capture socket.
        in_prefix: The first frame of what is captured from the frontend.
        out_prefix: The first frame of what is captured from the backend.
    """

    def __init__(
        self, in_type: int, out_type: int, mon_type: int = zmq.PUB, in_prefix: bytes = b"in", out_prefix: bytes = b"out"
    ) -> None:
        super().__init__(in_type=in_type, out_type=out_type, mon_type=mon_type)
        self._prefixes = checked_prefixes(in_prefix, out_prefix)


class MonitoredQueue(MonitoredQueueBase, Proxy):
    """A monitored queue that runs in the caller's thread; see Device and MonitoredQueueBase."""


class ThreadMonitoredQueue(MonitoredQueueBase, ThreadProxy):
    """A MonitoredQueue in a thread of its own."""


class ProcessMonitoredQueue(MonitoredQueueBase, ProcessProxy):
    """A MonitoredQueue in a process of its own."""
