"""The compiled module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmq.devices import _abi

if TYPE_CHECKING:
    from zmq.devices._monitored import MonitoredRelay
else:
    MonitoredRelay = _abi.load().MonitoredRelay

__all__ = ["MonitoredRelay"]
