"""Proxies: greenlets that pass messages between sockets while other greenlets run.

Each direction is a greenlet of its own, so one that waits for room holds nothing else up.  A message is taken only when
there seems to be room for it.  A socket may refuse it all the same (a mandatory ROUTER whose peer is full does); when
the proxy is killed then, the next one that is given the socket passes the message on first.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, TypeAlias, cast
from weakref import WeakKeyDictionary

import gevent

import zmq
from zmq.green._waiters import POLLIN, POLLOUT
from zmq.green.core import Socket

__all__ = ["proxy", "proxy_steerable"]

COUNTERS = struct.Struct("=Q")

_held: WeakKeyDictionary[zmq.Socket[Any], tuple[list[zmq.Frame], bool]] = WeakKeyDictionary()
"""The message that was taken from a socket and not passed on when its proxy was killed; and whether it was captured."""


_Outcome: TypeAlias = "tuple[Any, Exception | None]"
_Running: TypeAlias = "gevent.Greenlet[..., _Outcome]"


def _outcome(function: Callable[[], Any]) -> _Outcome:
    """Return what *function* returns, or the error it raises, which gevent would print."""
    try:
        return function(), None
    except Exception as error:  # noqa: BLE001 (raised in the proxy's greenlet)
        return None, error


def _result(ended: _Running) -> Any:
    """Return the result of a greenlet, or raise its error."""
    result, error = ended.get()
    if error is not None:
        raise error
    return result


class _Side:
    """One of the two sockets, with what went through it."""

    def __init__(self, socket: zmq.Socket[Any]) -> None:
        self.given = socket
        self.socket = _own(socket)
        self.received = [0, 0]  # messages, bytes
        self.sent = [0, 0]


def _own(socket: zmq.Socket[Any]) -> Socket:
    """Return *socket*, or where it is one that blocks the thread a shadow of it that does not."""
    return socket if isinstance(socket, Socket) else Socket(socket)


class _Direction:
    """What passes messages from one socket to another."""

    def __init__(self, source: _Side, target: _Side, capture: Socket | None) -> None:
        self.source = source
        self.target = target
        self.capture = capture

    def run(self) -> None:
        """Pass messages on, until an error ends it."""
        if self.source.given in _held:  # a killed proxy has left it
            self.pass_on(*_held.pop(self.source.given))
        while True:
            self.pass_on(self.take(), captured=False)

    def pass_on(self, message: list[zmq.Frame], captured: bool) -> None:
        """Pass one message on, and wait for room."""
        try:
            if self.capture is not None and not captured:
                self.capture.send_multipart(message, copy=False)
                captured = True
            self.target.socket.send_multipart(message, copy=False)
        except BaseException as error:
            if isinstance(error, zmq.Again) or not isinstance(error, Exception):  # killed, or timed out
                _held[self.source.given] = message, captured
            raise
        size = sum(map(len, message))
        for counters in (self.source.received, self.target.sent):
            counters[0] += 1
            counters[1] += size

    def take(self) -> list[zmq.Frame]:
        """Receive a message when there is room for it, so that it waits where it can be seen."""
        source = self.source.socket
        # A socket that answers itself, as a REP may, has room only after it has received.
        outlets = [self.capture] if self.source is self.target else [self.capture, self.target.socket]
        while True:
            for outlet in outlets:
                if outlet is not None and not outlet.events & POLLOUT:
                    outlet.poll(None, POLLOUT)
                    break
            else:
                try:
                    message: list[zmq.Frame] = source.recv_multipart(zmq.DONTWAIT, copy=False)
                except zmq.ZMQError as error:
                    if error.errno not in (zmq.EAGAIN, zmq.EFSM):  # EFSM: a REP has to send first
                        raise
                    source.poll(None, POLLIN)
                else:
                    return message


class _Proxy:
    def __init__(self, frontend: zmq.Socket[Any], backend: zmq.Socket[Any], capture: zmq.Socket[Any] | None) -> None:
        front = _Side(frontend)
        back = front if frontend is backend else _Side(backend)
        self.sides = front, back
        routes = [(front, back)] if front is back else [(front, back), (back, front)]
        captures = None if capture is None else _own(capture)
        self.directions = [_Direction(source, target, captures) for source, target in routes]
        self.running: list[_Running] = []

    def run(self, control: zmq.Socket[Any] | None = None) -> None:
        """Pass messages on, until *control* says to terminate, or an error ends it."""
        try:
            self.resume()
            if control is None:
                _result(gevent.wait(self.running, count=1)[0])
            else:
                self.obey(_own(control))
        finally:
            self.pause()

    def resume(self) -> None:
        """Begin to pass messages on."""
        if not self.running:
            self.running = [gevent.spawn(_outcome, direction.run) for direction in self.directions]

    def pause(self) -> None:
        """Stop; a message that is on its way stays there."""
        running, self.running = self.running, []
        gevent.killall(running)

    def obey(self, control: Socket) -> None:
        """Do what *control* says, until that is to terminate."""
        while True:
            commands = cast("Any", gevent.spawn(_outcome, control.recv))
            try:
                command = _result(gevent.wait([commands, *self.running], count=1)[0])
            finally:
                commands.kill()
            if command == b"STATISTICS":
                front, back = self.sides
                numbers = [*front.received, *front.sent, *back.received, *back.sent]
                control.send_multipart([COUNTERS.pack(number) for number in numbers])
                continue
            if command == b"PAUSE":
                self.pause()
            elif command == b"RESUME":
                self.resume()
            if control.type == zmq.REP:
                control.send(b"")
            if command == b"TERMINATE":
                return


def proxy(frontend: zmq.Socket[Any], backend: zmq.Socket[Any], capture: zmq.Socket[Any] | None = None) -> None:
    """Pass messages between two sockets, both ways, until their context is terminated or a socket closed.

    Blocks the greenlet; it can be killed, which loses no message: one that the other side had no room for is passed on
    by the next proxy of the same socket.

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
