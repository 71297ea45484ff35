"""Proxies that are controlled by commands on a control socket."""

from __future__ import annotations

import zmq
from zmq.devices._specs import SocketSpec
from zmq.devices.proxydevice import ProcessProxy, Proxy, ProxyBase, ThreadProxy

__all__ = ["ProcessProxySteerable", "ProxySteerable", "ProxySteerableBase", "ThreadProxySteerable"]


class ProxySteerableBase(ProxyBase):
    """The base of the steerable proxies: a Proxy with a control socket.

    The commands are ``b"PAUSE"``, ``b"RESUME"``, ``b"TERMINATE"`` and ``b"STATISTICS"``; other messages are ignored.
    The reply to STATISTICS has eight frames, each a 64-bit number: see zmq_proxy_steerable(3).  A REP socket replies to
    every other message with an empty frame.  PULL and SUB sockets cannot reply.

    Args:
        in_type: The socket type of the frontend.
        out_type: The socket type of the backend; with a negative number one socket is both frontend and backend.
        mon_type: The type of the capture socket: PUB, PUSH, DEALER or PAIR.
        ctrl_type: The type of the control socket: PAIR, REP, PULL, SUB or DEALER; None for no control socket.

    Attributes:
        control: The spec of the control socket; None if there is none.

    Raises:
        ValueError: A socket of type *mon_type* cannot capture.

    libzmq: zmq_proxy_steerable(3)
    """

    def __init__(self, in_type: int, out_type: int, mon_type: int = zmq.PUB, ctrl_type: int | None = None) -> None:
        super().__init__(in_type=in_type, out_type=out_type, mon_type=mon_type)
        self.control = None if ctrl_type is None else SocketSpec(ctrl_type)

    def _specs(self) -> tuple[SocketSpec | None, ...]:
        return self.frontend, self.backend, self.capture, self.control

    @property
    def ctrl_type(self) -> int | None:
        """The type of the control socket; None if there is none."""
        return None if self.control is None else self.control.type

    def bind_ctrl(self, addr: str) -> None:
        """Bind the control socket to an endpoint: see SocketSpec.bind."""
        self._steered().bind(addr)

    def bind_ctrl_to_random_port(self, addr: str, *args: int, **kwargs: int) -> int:
        """Reserve a free port for the control socket and return it: see SocketSpec.bind_to_random_port."""
        return self._steered().bind_to_random_port(addr, *args, **kwargs)

    def connect_ctrl(self, addr: str) -> None:
        """Connect the control socket to an endpoint: see SocketSpec.connect."""
        self._steered().connect(addr)

    def setsockopt_ctrl(self, opt: int, value: object) -> None:
        """Set an option of the control socket: see SocketSpec.setsockopt."""
        self._steered().setsockopt(opt, value)

    def _steered(self) -> SocketSpec:
        if self.control is None:
            raise TypeError("the proxy has no control socket: give it a ctrl_type, such as zmq.PAIR")
        return self.control


class ProxySteerable(ProxySteerableBase, Proxy):
    """A steerable proxy that runs in the calling thread; see Device and ProxySteerableBase."""


class ThreadProxySteerable(ProxySteerableBase, ThreadProxy):
    """A ProxySteerable that runs in a new thread; see ThreadDevice."""


class ProcessProxySteerable(ProxySteerableBase, ProcessProxy):
    """A ProxySteerable that runs in a new process; see ProcessDevice."""
