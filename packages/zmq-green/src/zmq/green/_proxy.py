"""Proxies: greenlets that pass messages between sockets while other greenlets run.

Each direction is a greenlet, so a direction that waits until its target can send does not delay the other one.  A
message is received only when its target reports that it can send.  The target may refuse it all the same (a ROUTER with
ROUTER_MANDATORY does when the queue of the peer is full).  If the proxy is killed then, the next proxy of the same
socket sends the message first.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

import gevent
from gevent.util import wrap_errors

import zmq
from zmq.green.core import Socket

__all__ = ["proxy", "proxy_steerable"]

POLLIN, POLLOUT = int(zmq.POLLIN), int(zmq.POLLOUT)
COUNTERS = struct.Struct("=Q")

_held: WeakKeyDictionary[zmq.Socket[Any], tuple[list[zmq.Frame], bool]] = WeakKeyDictionary()
"""By source socket: the message that a killed proxy had received but not sent, and whether it was captured."""


def _spawn(function: Callable[[], Any]) -> gevent.Greenlet[..., Any]:
    """Start a greenlet that returns its exception: gevent would print one that ends it."""
    wrapped = wrap_errors((Exception,), function)
    return gevent.spawn(wrapped)  # pyright: ignore[reportUnknownVariableType]  # its overloads are for functions


def _first_result(running: list[gevent.Greenlet[..., Any]]) -> Any:
    """Return the result of the greenlet that ends first, or raise its exception."""
    result = gevent.wait(running, count=1)[0].get()
    if isinstance(result, Exception):
        raise result
    return result


def _own(socket: zmq.Socket[Any]) -> Socket:
    """Return *socket* if it is a socket of zmq.green, or else a shadow that is."""
    return socket if isinstance(socket, Socket) else Socket(socket)


class _Direction:
    """Passes messages from one socket to another.

    Args:
        given: The socket that they come from, as the program has it.
        source, target, capture: The sockets.
    """

    def __init__(self, given: zmq.Socket[Any], source: Socket, target: Socket, capture: Socket | None) -> None:
        self.given = given
        self.source = source
        self.target = target
        self.capture = capture
        self.received = [0, 0]  # messages, bytes
        self.sent = [0, 0]

    def run(self) -> None:
        """Pass messages on until an error is raised."""
        if self.given in _held:  # from a killed proxy
            self.pass_on(*_held.pop(self.given))
        while True:
            self.pass_on(self.take(), captured=False)

    def pass_on(self, message: list[zmq.Frame], captured: bool) -> None:
        """Send one message to the capture and the target; wait until they can send."""
        counted = [self.received, self.sent]
        try:
            if self.capture is not None and not captured:
                self.capture.send_multipart(message, copy=False)
                captured = True
            self.target.send_multipart(message, copy=False)
        except BaseException as error:
            if isinstance(error, zmq.Again) or not isinstance(error, Exception):  # killed, or timed out
                _held[self.given] = message, captured
            if not isinstance(error, zmq.ZMQError) or error.errno != zmq.EHOSTUNREACH:
                raise
            counted.pop()  # a ROUTER with ROUTER_MANDATORY does not know the peer: the other messages still pass
        size = sum(map(len, message))
        for counters in counted:
            counters[0] += 1
            counters[1] += size

    def take(self) -> list[zmq.Frame]:
        """Receive a message once capture and target can send it; until then it stays in the queue of the source."""
        # A socket that is its own target, such as a REP, can send only after it has received.
        outlets = [self.capture] if self.source is self.target else [self.capture, self.target]
        while True:
            for outlet in outlets:
                if outlet is not None and not outlet.events & POLLOUT:
                    outlet.poll(None, POLLOUT)
                    break
            else:
                try:
                    message: list[zmq.Frame] = self.source.recv_multipart(zmq.DONTWAIT, copy=False)
                except zmq.ZMQError as error:
                    if error.errno not in (zmq.EAGAIN, zmq.EFSM):  # EFSM: a REP must send first
                        raise
                    self.source.poll(None, POLLIN)
                else:
                    return message


class _Proxy:
    def __init__(self, frontend: zmq.Socket[Any], backend: zmq.Socket[Any], capture: zmq.Socket[Any] | None) -> None:
        own = {socket: _own(socket) for socket in (frontend, backend)}
        captures = None if capture is None else _own(capture)
        routes = dict.fromkeys([(frontend, backend), (backend, frontend)])  # one, if both are one socket
        self.directions = [_Direction(source, own[source], own[target], captures) for source, target in routes]
        self.running: list[gevent.Greenlet[..., Any]] = []

    def run(self, control: zmq.Socket[Any] | None = None) -> None:
        """Pass messages on until *control* receives TERMINATE, or an error is raised."""
        try:
            self.resume()
            if control is None:
                _first_result(self.running)
            else:
                self.obey(_own(control))
        finally:
            self.pause()

    def resume(self) -> None:
        """Start the directions."""
        if not self.running:
            self.running = [_spawn(direction.run) for direction in self.directions]

    def pause(self) -> None:
        """Stop the directions; a message that was received but not sent is kept for resume()."""
        running, self.running = self.running, []
        gevent.killall(running)

    def obey(self, control: Socket) -> None:
        """Execute the commands from *control* until TERMINATE."""
        while True:
            commands = _spawn(control.recv_multipart)
            try:
                command = _first_result([commands, *self.running])[0]
            finally:
                commands.kill()
            if command == b"STATISTICS":
                there, back = self.directions[0], self.directions[-1]
                numbers = [*there.received, *back.sent, *back.received, *there.sent]
                _reply(control, [COUNTERS.pack(number) for number in numbers])
                continue
            if command == b"PAUSE":
                self.pause()
            elif command == b"RESUME":
                self.resume()
            if control.type == zmq.REP:
                _reply(control, [b""])
            if command == b"TERMINATE":
                return


def _reply(control: Socket, message: list[bytes]) -> None:
    """Send a reply, if *control* can send one now."""
    with suppress(zmq.ZMQError):
        control.send_multipart(message, zmq.DONTWAIT)


def proxy(frontend: zmq.Socket[Any], backend: zmq.Socket[Any], capture: zmq.Socket[Any] | None = None) -> None:
    """Pass messages between two sockets in both directions, until their context is terminated or a socket is closed.

    Blocks the greenlet.  Killing the greenlet loses no message: a message that could not be sent yet is sent by the
    next proxy of the same socket.

    Args:
        frontend: The socket of the clients: ROUTER, XSUB or PULL.
        backend: The socket of the workers or subscribers: DEALER, XPUB or PUSH.
        capture: A PUB, DEALER, PUSH or PAIR socket that sends a copy of each message.

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
) -> int:
    """Run a proxy() that a control socket steers; returns 0 after TERMINATE.

    Args:
        frontend: The socket of the clients: ROUTER, XSUB or PULL.
        backend: The socket of the workers or subscribers: DEALER, XPUB or PUSH.
        capture: A PUB, DEALER, PUSH or PAIR socket that sends a copy of each message.
        control: A PAIR, PULL, SUB or REP socket that receives b"PAUSE", b"RESUME", b"TERMINATE" or b"STATISTICS".

    Raises:
        ContextTerminated: The context was terminated.
        ZMQError: A socket was closed.

    libzmq: zmq_proxy_steerable(3)
    """
    _Proxy(frontend, backend, capture).run(control)
    return 0
