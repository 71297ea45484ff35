"""Proxies: loops that pass messages between sockets while other greenlets run."""

from __future__ import annotations

import struct
from typing import Any

import gevent

import zmq
from zmq.green.core import Socket
from zmq.green.poll import Poller

__all__ = ["proxy", "proxy_steerable"]

BATCH = 100
"""Messages to pass on in one direction before the other one, and other greenlets, get their turn."""

COUNTERS = struct.Struct("=Q")


class _Side:
    """One of the two sockets, with what went through it."""

    def __init__(self, socket: Socket) -> None:
        self.socket = socket
        self.received = [0, 0]  # messages, bytes
        self.sent = [0, 0]


def _own(socket: zmq.Socket[Any]) -> Socket:
    """Return *socket*, or where it is one that blocks the thread a shadow of it that does not."""
    return socket if isinstance(socket, Socket) else Socket(socket)


class _Proxy:
    def __init__(self, frontend: zmq.Socket[Any], backend: zmq.Socket[Any], capture: zmq.Socket[Any] | None) -> None:
        front, back = _Side(_own(frontend)), _Side(_own(backend))
        self.sides = front, back
        self.routes = [(front, back), (back, front)] if frontend is not backend else [(front, front)]
        self.capture = None if capture is None else _own(capture)
        self.poller = Poller()

    def run(self, control: zmq.Socket[Any] | None = None) -> None:
        """Pass messages on, until *control* says to terminate, or an error ends it."""
        paused = False
        controls = None if control is None else _own(control)
        while True:
            lacking: dict[Socket, int] = {}
            busy = False
            for source, target in () if paused else self.routes:
                lack = self.forward(source, target)
                if lack is None:
                    busy = True
                else:
                    socket, event = lack
                    lacking[socket] = lacking.get(socket, 0) | event
            if controls is not None:
                lacking[controls] = lacking.get(controls, 0) | zmq.POLLIN
            if busy:
                gevent.sleep(0)
            else:
                self.sleep(lacking)
            if controls is not None and controls.poll(0):
                command = controls.recv()
                if command == b"TERMINATE":
                    self.answer(controls)
                    return
                self.obey(controls, command)
                paused = {b"PAUSE": True, b"RESUME": False}.get(command, paused)

    def forward(self, source: _Side, target: _Side) -> tuple[Socket, int] | None:
        """Pass messages on as long as nothing would have to wait; return what is lacking, None if nothing is.

        A message is taken only when there is room for it, so that it waits where it can be seen, and is not lost when
        the proxy is killed.
        """
        for _ in range(BATCH):
            for outlet in (target.socket, self.capture):
                if outlet is not None and not outlet.events & zmq.POLLOUT:
                    return outlet, zmq.POLLOUT
            try:
                message = source.socket.recv_multipart(zmq.DONTWAIT, copy=False)
            except zmq.Again:
                return source.socket, zmq.POLLIN
            if self.capture is not None:
                self.capture.send_multipart(message, copy=False)
            target.socket.send_multipart(message, copy=False)
            size = sum(map(len, message))
            for counters in (source.received, target.sent):
                counters[0] += 1
                counters[1] += size
        return None

    def sleep(self, lacking: dict[Socket, int]) -> None:
        """Wait for any of the events."""
        for socket, _ in self.poller.sockets:
            if socket not in lacking:
                self.poller.unregister(socket)
        for socket, events in lacking.items():
            if (socket, events) not in self.poller.sockets:
                self.poller.register(socket, events)
        self.poller.poll()

    def obey(self, control: Socket, command: bytes) -> None:
        """Answer a command, where one is to be answered."""
        if command == b"STATISTICS":
            front, back = self.sides
            numbers = [*front.received, *front.sent, *back.received, *back.sent]
            control.send_multipart([COUNTERS.pack(number) for number in numbers])
        else:
            self.answer(control)

    @staticmethod
    def answer(control: Socket) -> None:
        """Let a REP socket go on."""
        if control.type == zmq.REP:
            control.send(b"")


def proxy(frontend: zmq.Socket[Any], backend: zmq.Socket[Any], capture: zmq.Socket[Any] | None = None) -> None:
    """Pass messages between two sockets, both ways, until their context is terminated or a socket closed.

    Blocks the greenlet; it can be killed, which loses no message.

    Args:
        frontend: Where clients are: ROUTER, XSUB or PULL.
        backend: Where workers or subscribers are: DEALER, XPUB or PUSH.
        capture: A PUB, DEALER, PUSH or PAIR socket that gets a copy of everything.

    Raises:
        ContextTerminated: The context was terminated: the regular end.
        ZMQError: A socket was closed.

    libzmq: zmq_proxy(3)
    """
    _Proxy(frontend, backend, capture).run()


def proxy_steerable(
    frontend: zmq.Socket[Any],
    backend: zmq.Socket[Any],
    capture: zmq.Socket[Any] | None = None,
    control: zmq.Socket[Any] | None = None,
) -> None:
    """Like proxy(), and obeys what arrives on a control socket.

    Args:
        frontend: Where clients are: ROUTER, XSUB or PULL.
        backend: Where workers or subscribers are: DEALER, XPUB or PUSH.
        capture: A PUB, DEALER, PUSH or PAIR socket that gets a copy of everything.
        control: A PAIR, PULL, SUB or REP socket; obeys b"PAUSE", b"RESUME", b"TERMINATE" and b"STATISTICS".

    Raises:
        ContextTerminated: The context was terminated.
        ZMQError: A socket was closed.

    libzmq: zmq_proxy_steerable(3)
    """
    _Proxy(frontend, backend, capture).run(control)
