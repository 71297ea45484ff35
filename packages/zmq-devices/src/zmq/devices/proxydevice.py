"""Proxies: devices that copy every message to a capture socket."""

from __future__ import annotations

import zmq
from zmq.devices._specs import SocketSpec
from zmq.devices.basedevice import Device, ProcessDevice, ThreadDevice
from zmq.devices.monitoredqueue import checked_capture_type

__all__ = ["ProcessProxy", "Proxy", "ProxyBase", "ThreadProxy"]


class ProxyBase(Device):
    """The base of the proxies: a Device with a capture socket, which sends a copy of every message.

    Args:
        in_type: The socket type of the frontend.
        out_type: The socket type of the backend; with a negative number one socket is both frontend and backend.
        mon_type: The type of the capture socket: PUB, PUSH, DEALER or PAIR.  Unless it is PUB, the proxy waits while
            the capture socket cannot send.

    Attributes:
        capture: The spec of the capture socket.

    Raises:
        ValueError: A socket of type *mon_type* cannot capture.

    libzmq: zmq_proxy(3)
    """

    def __init__(self, in_type: int, out_type: int, mon_type: int = zmq.PUB) -> None:
        super().__init__(device_type=zmq.QUEUE, in_type=in_type, out_type=out_type)
        self.capture = SocketSpec(checked_capture_type(mon_type))

    def _specs(self) -> tuple[SocketSpec | None, ...]:
        return self.frontend, self.backend, self.capture

    @property
    def mon_type(self) -> int:
        """The type of the capture socket."""
        return self.capture.type

    def bind_mon(self, addr: str) -> None:
        """Bind the capture socket to an endpoint: see SocketSpec.bind."""
        self.capture.bind(addr)

    def bind_mon_to_random_port(self, addr: str, *args: int, **kwargs: int) -> int:
        """Reserve a free port for the capture socket and return it: see SocketSpec.bind_to_random_port."""
        return self.capture.bind_to_random_port(addr, *args, **kwargs)

    def connect_mon(self, addr: str) -> None:
        """Connect the capture socket to an endpoint: see SocketSpec.connect."""
        self.capture.connect(addr)

    def setsockopt_mon(self, opt: int, value: object) -> None:
        """Set an option of the capture socket: see SocketSpec.setsockopt."""
        self.capture.setsockopt(opt, value)


class Proxy(ProxyBase):
    """A proxy that runs in the calling thread; see Device and ProxyBase."""


class ThreadProxy(ProxyBase, ThreadDevice):
    """A Proxy that runs in a new thread; see ThreadDevice."""


class ProcessProxy(ProxyBase, ProcessDevice):
    """A Proxy that runs in a new process; see ProcessDevice."""
