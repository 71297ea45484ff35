"""Monitored queues as devices."""

from __future__ import annotations

import zmq
from zmq.devices.monitoredqueue import checked_prefixes, monitored_queue
from zmq.devices.proxydevice import ProcessProxy, Proxy, ProxyBase, ThreadProxy

__all__ = ["MonitoredQueue", "MonitoredQueueBase", "ProcessMonitoredQueue", "ThreadMonitoredQueue", "monitored_queue"]


class MonitoredQueueBase(ProxyBase):
    """The base of the monitored queues: a Proxy with prefixes, and with ROUTER on both sides; see monitored_queue().

    Args:
        in_type: The socket type of the frontend.
        out_type: The socket type of the backend; with a negative number one socket is both frontend and backend.
        mon_type: The type of the capture socket: PUB, PUSH, DEALER or PAIR.
        in_prefix: The first frame of messages captured from the frontend.
        out_prefix: The first frame of messages captured from the backend.

    Raises:
        TypeError: A prefix is not bytes.
        ValueError: A socket of type *mon_type* cannot capture.
    """

    def __init__(
        self, in_type: int, out_type: int, mon_type: int = zmq.PUB, in_prefix: bytes = b"in", out_prefix: bytes = b"out"
    ) -> None:
        super().__init__(in_type=in_type, out_type=out_type, mon_type=mon_type)
        self._prefixes = checked_prefixes(in_prefix, out_prefix)


class MonitoredQueue(MonitoredQueueBase, Proxy):
    """A monitored queue that runs in the calling thread; see Device and MonitoredQueueBase."""


class ThreadMonitoredQueue(MonitoredQueueBase, ThreadProxy):
    """A MonitoredQueue that runs in a new thread; see ThreadDevice."""


class ProcessMonitoredQueue(MonitoredQueueBase, ProcessProxy):
    """A MonitoredQueue that runs in a new process; see ProcessDevice."""
