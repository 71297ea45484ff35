"""The devices without a capture socket; they live in modules of their own, one for each way to run."""

from __future__ import annotations

from zmq.backend.proxy import proxy
from zmq.devices._background import BackgroundDevice, ProcessDevice, ThreadDevice
from zmq.devices._device import Device

__all__ = ["BackgroundDevice", "Device", "ProcessDevice", "ThreadDevice", "proxy"]
