"""What has passed through a device: counters in memory that its loop writes and everyone else reads."""

from __future__ import annotations

import struct
from typing import NamedTuple

__all__ = ["SIZE", "Statistics", "Traffic", "statistics_of"]

_COUNTERS = struct.Struct("=8Q")

SIZE = _COUNTERS.size


class Traffic(NamedTuple):
    """What one socket has received, or sent; the bytes are those of all frames."""

    messages: int
    bytes: int


class Statistics(NamedTuple):
    """What has passed through a device, as zmq_proxy_steerable(3) counts it.

    What one side has received and the other has not sent was dropped, or is in hand.
    """

    frontend_received: Traffic
    frontend_sent: Traffic
    backend_received: Traffic
    backend_sent: Traffic


def statistics_of(counters: bytes | bytearray | memoryview) -> Statistics:
    """Return what the counters say; the loop may be adding to them meanwhile."""
    numbers = _COUNTERS.unpack(counters)
    return Statistics(*(Traffic(*numbers[i : i + 2]) for i in range(0, len(numbers), 2)))
