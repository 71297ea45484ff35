"""How to make the sockets of a device: types, options and endpoints, noted now and used where the device runs."""

from __future__ import annotations

import errno
import os
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
    """One socket of a device that is still to be made.

    Attributes:
        type: Its type.
        endpoints: What it is bound to, with the ports that were chosen, once the device has started.
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
        """Set an option before the socket is bound or connected; a bad one makes ``start()`` fail."""
        self._options.append((option, value))

    def bind(self, endpoint: str) -> None:
        """Bind to *endpoint*; ``tcp://127.0.0.1:*`` takes a free port, which *endpoints* tells after the start."""
        self._binds.append(endpoint)

    def connect(self, endpoint: str) -> None:
        """Connect to *endpoint*."""
        self._connects.append(endpoint)

    def bind_to_random_port(
        self, endpoint: str, min_port: int | None = None, max_port: int | None = None, max_tries: int = 100
    ) -> int:
        """Take a free port of *endpoint* at once, and have the socket listen on it once the device runs.

        The port is ours from now on: what listens on it is handed to the device.  Peers may connect already; they wait.

        Args:
            endpoint: A tcp endpoint without its port, such as ``tcp://127.0.0.1`` or ``tcp://*``.
            min_port: The lowest port to try; with neither limit, the system chooses.
            max_port: One above the highest port to try.
            max_tries: How many ports of the range to try.

        Returns:
            The port.

        Raises:
            ValueError: The endpoint is not a tcp one.
            ZMQBindError: None of the ports that were tried is free.
            ZMQError: The endpoint cannot be bound.
        """
        if not endpoint.startswith("tcp://"):
            raise ValueError(f"only tcp has ports to choose from: {endpoint!r} has none; bind to it by name")
        if min_port is None and max_port is None:
            ports: Iterable[int] = [0]
        else:
            first, beyond = min_port or 49152, max_port or 65536
            ports = (random.randrange(first, beyond) for _ in range(max_tries))  # noqa: S311  # nothing secret
        options = dict(self._options)
        listener = _listen(endpoint, ports, ipv6=bool(options.get(zmq.IPV6)), backlog=options.get(zmq.BACKLOG))
        port: int = listener.getsockname()[1]
        self._binds.append(f"{endpoint}:{port}")
        self._reserved[self._binds[-1]] = listener
        return port

    def open(self, context: zmq.Context[Any]) -> zmq.Socket[Any]:
        """Make the socket, bound and connected; none is left when that fails."""
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
        """Close what open() has returned; what it listened on is free when this returns."""
        _closing.close(opened, self.endpoints, connects=bool(self._connects), linger=linger)

    def release(self) -> None:
        """Give up what this process holds of reserved ports."""
        while self._reserved:
            self._reserved.popitem()[1].close()

    def _bind(self, opened: zmq.Socket[Any], endpoint: str) -> str:
        listener = self._reserved.pop(endpoint, None)
        if listener is None:
            opened.bind(endpoint)
        else:
            with listener:
                opened.setsockopt(zmq.USE_FD, listener.dup().detach())  # libzmq closes its own
            try:
                opened.bind(endpoint)
            finally:
                opened.setsockopt(zmq.USE_FD, -1)
        return opened.last_endpoint.decode()


_specs: WeakSet[SocketSpec] = WeakSet()
"""All there are: a process that is forked has a copy of each."""


def release_all_but(ours: Collection[SocketSpec | None]) -> None:
    """Give up the ports of other devices, which would stay taken here after the end of those devices."""
    for spec in list(_specs):
        if spec not in ours:
            spec.release()


def _listen(endpoint: str, ports: Iterable[int], *, ipv6: bool, backlog: int | None) -> socket.socket:
    """Return a socket of the system that listens on the first free port."""
    host = _host(endpoint, ipv6=ipv6)
    tried = 0
    for port in ports:
        tried += 1
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        try:
            _like_libzmq(listener)
            listener.bind((host, port))
            listener.listen(_BACKLOG if backlog is None else backlog)
        except BaseException as error:
            listener.close()
            if not (isinstance(error, OSError) and error.errno == errno.EADDRINUSE):
                raise
        else:
            return listener
    raise zmq.ZMQBindError(f"cannot bind {endpoint!r}: none of {tried} ports that were tried is free")


def _host(endpoint: str, *, ipv6: bool) -> str:
    """Return the address *endpoint* stands for: libzmq resolves wildcards, names and network interfaces."""
    with zmq.Context() as context, context.socket(zmq.PULL) as probe:
        probe.ipv6 = ipv6
        probe.bind(f"{endpoint}:*")
        match = _LISTENING.fullmatch(probe.last_endpoint.decode())
    if match is None:
        raise ValueError(f"cannot tell the address of {endpoint!r}")
    return match["host"]


def _like_libzmq(listener: socket.socket) -> None:
    listener.setblocking(False)
    if os.name == "posix":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if listener.family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
