"""The devices without a capture socket, under the module name that pyzmq uses."""

from __future__ import annotations

from zmq.backend.proxy import proxy
from zmq.devices._background import BackgroundDevice, ProcessDevice, ThreadDevice
from zmq.devices._device import Device

__all__ = ["BackgroundDevice", "Device", "ProcessDevice", "ThreadDevice", "proxy"]
