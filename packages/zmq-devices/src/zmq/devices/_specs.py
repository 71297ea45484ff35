"""The sockets of a device: types, options and endpoints, recorded now and applied where the device runs."""

from __future__ import annotations

import errno
import random
import re
import socket
from collections.abc import Collection, Iterable
from typing import Any
from weakref import WeakSet

import zmq
from zmq.devices import _closing

__all__ = ["SocketSpec"]

_BACKLOG = 100
_LISTENING = re.compile(r"tcp://\[?(?P<host>[^\]]*)\]?:(?P<port>\d+)")


class SocketSpec:
    """The description of one socket of a device, which creates the socket when it runs.

    Attributes:
        type: The socket type.
        endpoints: The endpoints that the socket is bound to, with their ports; empty before the device has started.
    """

    def __init__(self, type: int) -> None:
        self.type = type
        self.endpoints: list[str] = []
        self._options: list[tuple[int, Any]] = []
        self._binds: list[str] = []
        self._connects: list[str] = []
        self._reserved: dict[str, socket.socket] = {}
        _specs.add(self)

    def __repr__(self) -> str:
        return f"<SocketSpec {self.type!r}, binds {self._binds}, connects {self._connects}>"

    def setsockopt(self, option: int, value: object) -> None:
        """Set an option of the socket, before it is bound or connected.

        Args:
            option: A SocketOption, such as zmq.LINGER.
            value: An int or bytes; if it is wrong, start() raises an error.
        """
        self._options.append((option, value))

    def bind(self, endpoint: str) -> None:
        """Bind to *endpoint* at the start; for ``tcp://127.0.0.1:*`` *endpoints* then lists the chosen port."""
        self._binds.append(endpoint)

    def connect(self, endpoint: str) -> None:
        """Connect to *endpoint* at the start."""
        self._connects.append(endpoint)

    def bind_to_random_port(
        self, endpoint: str, min_port: int | None = None, max_port: int | None = None, max_tries: int = 100
    ) -> int:
        """Reserve a free port of *endpoint* now; the socket listens on it when the device runs.

        A listening system socket holds the port from now on, and is handed to the device.  Peers can connect already;
        their messages wait until the device runs.

        Args:
            endpoint: A tcp endpoint without its port, such as ``tcp://127.0.0.1`` or ``tcp://*``.
            min_port: The lowest port to try.  If both limits are None, the system chooses a port.
            max_port: The highest port to try, plus one.
            max_tries: The number of ports to try.

        Returns:
            The port.

        Raises:
            ValueError: The transport of the endpoint is not tcp.
            ZMQBindError: None of the ports that were tried is free.
            ZMQError: The endpoint cannot be bound.
        """
        if str(endpoint).startswith(("inproc://", "ipc://")):
            raise ValueError(f"only tcp has ports to choose from: {endpoint!r} has none; bind to it by name")
        if min_port is None and max_port is None:
            ports: Iterable[int] = [0]
        else:
            first, beyond = 49152 if min_port is None else min_port, 65536 if max_port is None else max_port
            ports = (random.randrange(first, beyond) for _ in range(max_tries))  # noqa: S311  # nothing secret
        options = dict(self._options)
        listener = _listen(
            endpoint, ports, ipv6=bool(options.get(zmq.IPV6)), backlog=options.get(zmq.BACKLOG, _BACKLOG)
        )
        port: int = listener.getsockname()[1]
        self._binds.append(f"{endpoint}:{port}")
        self._reserved[self._binds[-1]] = listener
        return port

    def open(self, context: zmq.Context[Any]) -> zmq.Socket[Any]:
        """Create the socket in *context*, bind and connect it; if that fails, no open socket is left."""
        opened: zmq.Socket[Any] = context.socket(self.type)
        self.endpoints = []
        try:
            for option, value in self._options:
                opened.setsockopt(option, value)
            for endpoint in self._binds:
                self.endpoints.append(self._bind(opened, endpoint))
            for endpoint in self._connects:
                opened.connect(endpoint)
        except BaseException:
            self.close(opened, linger=0)
            raise
        return opened

    def close(self, opened: zmq.Socket[Any], linger: int | None = None) -> None:
        """Close the socket that open() returned, and wait until its ports are free, two seconds at most.

        Args:
            opened: The socket.
            linger: Milliseconds to keep unsent messages; None for the LINGER option.
        """
        _closing.close(opened, self.endpoints, connects=bool(self._connects), linger=linger)

    def release(self) -> None:
        """Release the reserved ports in this process."""
        while self._reserved:
            self._reserved.popitem()[1].close()

    def _bind(self, opened: zmq.Socket[Any], endpoint: str) -> str:
        listener = self._reserved.pop(endpoint, None)
        if listener is None:
            opened.bind(endpoint)
        else:
            with listener:
                opened.setsockopt(zmq.USE_FD, listener.dup().detach())  # libzmq closes the duplicate
            try:
                opened.bind(endpoint)
            finally:
                opened.setsockopt(zmq.USE_FD, -1)
        return opened.last_endpoint.decode()


_specs: WeakSet[SocketSpec] = WeakSet()
"""All specs of this process: the child of a fork inherits copies."""


def release_all_but(ours: Collection[SocketSpec | None]) -> None:
    """Release the reserved ports of all specs except *ours*: inherited copies would keep them in use."""
    for spec in list(_specs):
        if spec not in ours:
            spec.release()


def _listen(endpoint: str, ports: Iterable[int], *, ipv6: bool, backlog: int) -> socket.socket:
    """Return a system socket that listens on the first free port."""
    host = _host(endpoint, ipv6=ipv6)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    dual = family == socket.AF_INET6 and socket.has_dualstack_ipv6()  # as libzmq does
    tried = 0
    for port in ports:
        tried += 1
        try:
            # libzmq takes the port so, too
            listener = socket.create_server((host, port % 65536), family=family, backlog=backlog, dualstack_ipv6=dual)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            listener.setblocking(False)
            return listener
    raise zmq.ZMQBindError(f"cannot bind {endpoint!r}: none of {tried} ports that were tried is free")


def _host(endpoint: str, *, ipv6: bool) -> str:
    """Return the address of *endpoint*: libzmq resolves wildcards, host names and names of interfaces."""
    with zmq.Context() as context, context.socket(zmq.PULL) as probe:
        probe.ipv6 = ipv6
        probe.bind(f"{endpoint}:*")
        match = _LISTENING.fullmatch(probe.last_endpoint.decode())
    if match is None:
        raise ValueError(f"cannot resolve {endpoint!r}: expected tcp://ADDRESS, tcp://INTERFACE or tcp://*")
    return match["host"]
