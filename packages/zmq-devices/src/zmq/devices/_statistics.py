"""Counters of the messages that pass through a device.  Its relay writes them; any thread may read them."""

from __future__ import annotations

import struct
from typing import NamedTuple

__all__ = ["SIZE", "Statistics", "Traffic", "statistics_of"]

_COUNTERS = struct.Struct("=8Q")

SIZE = _COUNTERS.size


class Traffic(NamedTuple):
    """The messages that one socket has received or sent, and the bytes of all their frames."""

    messages: int
    bytes: int


class Statistics(NamedTuple):
    """The traffic of a device, as counted by zmq_proxy_steerable(3).

    Messages that one side has received and the other has not sent were dropped, or are being passed on.
    """

    frontend_received: Traffic
    frontend_sent: Traffic
    backend_received: Traffic
    backend_sent: Traffic


def statistics_of(counters: bytes | bytearray | memoryview) -> Statistics:
    """Return the values of the counters; the relay may increment them at the same time."""
    numbers = _COUNTERS.unpack(counters)
    return Statistics(*(Traffic(*numbers[i : i + 2]) for i in range(0, len(numbers), 2)))
