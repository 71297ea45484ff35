"""Devices: compiled relays that pass messages between sockets, in this thread or in the background."""

from __future__ import annotations

import zmq_check.core as _core  # noqa: F401 (first: it raises if pyzmq has overwritten zmq-core)
from zmq.backend.proxy import proxy
from zmq.constants import DeviceType
from zmq.devices._specs import SocketSpec
from zmq.devices._statistics import Statistics, Traffic
from zmq.devices.basedevice import Device, ProcessDevice, ThreadDevice
from zmq.devices.monitoredqueue import monitored_queue
from zmq.devices.monitoredqueuedevice import MonitoredQueue, ProcessMonitoredQueue, ThreadMonitoredQueue
from zmq.devices.proxydevice import ProcessProxy, Proxy, ThreadProxy
from zmq.devices.proxysteerabledevice import ProcessProxySteerable, ProxySteerable, ThreadProxySteerable

__all__ = [
    "Device",
    "DeviceType",
    "MonitoredQueue",
    "ProcessDevice",
    "ProcessMonitoredQueue",
    "ProcessProxy",
    "ProcessProxySteerable",
    "Proxy",
    "ProxySteerable",
    "SocketSpec",
    "Statistics",
    "ThreadDevice",
    "ThreadMonitoredQueue",
    "ThreadProxy",
    "ThreadProxySteerable",
    "Traffic",
    "monitored_queue",
    "proxy",
]
