"""Devices: compiled relays that pass messages between sockets, in this thread or in the background."""

from __future__ import annotations

import zmq_check.core as _core  # noqa: F401 (first: it raises if pyzmq has overwritten zmq-core)
from zmq.backend.proxy import proxy as proxy
from zmq.constants import DeviceType as DeviceType
from zmq.devices._specs import SocketSpec as SocketSpec
from zmq.devices._statistics import Statistics as Statistics
from zmq.devices._statistics import Traffic as Traffic
from zmq.devices.basedevice import Device as Device
from zmq.devices.basedevice import ProcessDevice as ProcessDevice
from zmq.devices.basedevice import ThreadDevice as ThreadDevice
from zmq.devices.monitoredqueue import monitored_queue as monitored_queue
from zmq.devices.monitoredqueuedevice import MonitoredQueue as MonitoredQueue
from zmq.devices.monitoredqueuedevice import ProcessMonitoredQueue as ProcessMonitoredQueue
from zmq.devices.monitoredqueuedevice import ThreadMonitoredQueue as ThreadMonitoredQueue
from zmq.devices.proxydevice import ProcessProxy as ProcessProxy
from zmq.devices.proxydevice import Proxy as Proxy
from zmq.devices.proxydevice import ThreadProxy as ThreadProxy
from zmq.devices.proxysteerabledevice import ProcessProxySteerable as ProcessProxySteerable
from zmq.devices.proxysteerabledevice import ProxySteerable as ProxySteerable
from zmq.devices.proxysteerabledevice import ThreadProxySteerable as ThreadProxySteerable

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
