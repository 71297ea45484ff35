"""Devices: relays with their sockets.

A device records socket types, options and endpoints; it creates the sockets in the thread or process in which it runs.
All devices run the same relay, the C loop of zmq-core.  The relay ends when its context is terminated, when the control
socket receives TERMINATE, and when the stop descriptor becomes readable.  That descriptor is one end of a socket pair,
a Stopper holds the other: stop() shuts it down from any thread, and the system closes it when the starting process
ends.
"""

from __future__ import annotations

import os
import socket
import weakref
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import zmq
from zmq.backend.native import Event
from zmq.backend.relay import Relay
from zmq.devices._specs import SocketSpec
from zmq.devices._statistics import SIZE, Statistics, statistics_of
from zmq.devices.monitoredqueue import MonitoredRelay

__all__ = ["Device"]

LINGER_MS = 1000
"""The default LINGER, in milliseconds, of sockets in a context that belongs to the device."""

Sockets = tuple[zmq.Socket[Any] | None, ...]


class Stopper:
    """One end of a socket pair: the relay polls the other end, and ends when this one is shut down or collected.

    Args:
        end: This end.
        atexit: Whether the end of the interpreter ends the relay.
    """

    def __init__(self, end: socket.socket, *, atexit: bool) -> None:
        self._end = end
        self._pid = os.getpid()
        self.close = weakref.finalize(self, end.close)
        """Close this end; the relay ends if no other process holds a copy of it."""
        self.close.atexit = atexit

    def stop(self) -> None:
        """End the relay.  Any thread may call this, any number of times; in the child of a fork it has no effect."""
        if os.getpid() != self._pid:  # a shutdown of the inherited copy would end the relay of the parent
            return
        with suppress(OSError):  # the relay has ended
            self._end.shutdown(socket.SHUT_RDWR)


class Device:
    """A relay that passes messages between two sockets, in both directions; start() runs it in the calling thread.

    Subclasses may override context_factory, and run_device(), which gets the sockets from ``self._setup_sockets()``.
    If a subclass overrides run(), start() of a background device does not wait until the device runs.

    Configure the device before start(), in one thread.

    Args:
        device_type: zmq.QUEUE, zmq.FORWARDER or zmq.STREAMER; it has no effect.
        in_type: The socket type of the frontend, such as zmq.ROUTER.
        out_type: The socket type of the backend; with a negative number one socket is both frontend and backend.

    Attributes:
        context_factory: A function that returns the context of the sockets, by default ``zmq.Context.instance``, which
            returns the shared context.  If it is a class, the device terminates the context at its end.
        daemon: Whether the interpreter may end while the device runs in the background.
        frontend: The spec of the frontend; ``frontend.endpoints`` lists its bound endpoints after the start.
        backend: The spec of the backend.

    Raises:
        TypeError: *in_type* or *out_type* is missing.

    libzmq: zmq_proxy(3)
    """

    context_factory: Callable[..., zmq.Context[Any]] = zmq.Context.instance
    daemon: bool = True

    def __init__(self, device_type: int = zmq.QUEUE, in_type: int | None = None, out_type: int | None = None) -> None:
        self.device_type = device_type
        self.frontend = SocketSpec(_required("in_type", in_type))
        out_type = _required("out_type", out_type)
        self.backend = SocketSpec(out_type) if out_type >= 0 else self.frontend
        self._prefixes: tuple[bytes, bytes] | None = None
        self._reset()

    def _reset(self) -> None:
        """Reset the state of an earlier run, or of another process."""
        self._running = False
        self._ended = Event()
        self._counters: Any = bytearray(SIZE)  # the relay writes to it
        self._sockets: Sockets = ()
        self._context: zmq.Context[Any] | None = None
        self._stopper: Stopper | None = None
        self._stopping: socket.socket | None = None
        self._announce: Callable[[], object] = lambda: None

    # ---- configuration

    @property
    def in_type(self) -> int:
        """The type of the frontend."""
        return self.frontend.type

    @property
    def out_type(self) -> int:
        """The type of the backend."""
        return self.backend.type

    def bind_in(self, addr: str) -> None:
        """Bind the frontend to an endpoint: see SocketSpec.bind."""
        self.frontend.bind(addr)

    def bind_in_to_random_port(self, addr: str, *args: int, **kwargs: int) -> int:
        """Reserve a free port for the frontend and return it: see SocketSpec.bind_to_random_port."""
        return self.frontend.bind_to_random_port(addr, *args, **kwargs)

    def connect_in(self, addr: str) -> None:
        """Connect the frontend to an endpoint: see SocketSpec.connect."""
        self.frontend.connect(addr)

    def setsockopt_in(self, opt: int, value: object) -> None:
        """Set an option of the frontend: see SocketSpec.setsockopt."""
        self.frontend.setsockopt(opt, value)

    def bind_out(self, addr: str) -> None:
        """Bind the backend to an endpoint: see SocketSpec.bind."""
        self.backend.bind(addr)

    def bind_out_to_random_port(self, addr: str, *args: int, **kwargs: int) -> int:
        """Reserve a free port for the backend and return it: see SocketSpec.bind_to_random_port."""
        return self.backend.bind_to_random_port(addr, *args, **kwargs)

    def connect_out(self, addr: str) -> None:
        """Connect the backend to an endpoint: see SocketSpec.connect."""
        self.backend.connect(addr)

    def setsockopt_out(self, opt: int, value: object) -> None:
        """Set an option of the backend: see SocketSpec.setsockopt."""
        self.backend.setsockopt(opt, value)

    # ---- running

    @property
    def done(self) -> bool:
        """Whether the device was started and has ended."""
        return self._ended.is_set()

    def is_alive(self) -> bool:
        """Return whether the device was started and has not ended."""
        return self._running

    def start(self) -> None:
        """Run the device in this thread, and return when it has ended.

        Raises:
            ZMQError: A socket cannot be created, bound or connected; or the relay failed.
            RuntimeError: The device runs already.
        """
        self._begin()
        self.run()

    def stop(self) -> None:
        """Make the device end, and return at once; join() waits for the end.  No effect before the start.

        Any thread may call this, any number of times.  The device passes on the messages that it has received, and
        closes its sockets.  A run_device() of a subclass is not stopped.
        """
        stopper = self._stopper
        if stopper is not None:
            stopper.stop()

    def join(self, timeout: float | None = None) -> None:
        """Wait until the device has ended; *done* tells whether it has.

        Args:
            timeout: Longest wait in seconds; None waits for ever.
        """
        self._ended.wait(timeout)

    def statistics(self) -> Statistics:
        """Return the numbers of messages and bytes that have passed.  Any thread may call this, at any time."""
        return statistics_of(bytes(self._counters))

    def run(self) -> None:
        """Create the sockets, run the device, and close the sockets.  start() calls this where the device runs."""
        try:
            self._setup_sockets()
            self._announce()
            self.run_device()
        except zmq.ZMQError as error:
            if error.errno not in {zmq.ETERM, zmq.ENOTSOCK}:  # ENOTSOCK: closed by Context.destroy()
                raise
        finally:
            self._end()

    def run_device(self) -> None:
        """Pass messages between the sockets until the device is stopped.

        Raises:
            TypeError: _setup_sockets() of a subclass returned no frontend or no backend.
            ZMQError: The relay failed; ContextTerminated if the context was terminated.
        """
        frontend, backend, *rest = self._setup_sockets()
        if frontend is None or backend is None:
            raise TypeError("a device needs two sockets")
        make = Relay if self._prefixes is None else partial(MonitoredRelay, prefixes=self._prefixes)
        relay = make(
            f"a {type(self).__name__}",
            frontend,
            backend,
            *rest,
            stop_fd=-1 if self._stopping is None else self._stopping.fileno(),
            counters=self._counters,
        )
        relay.run()

    def _runs_its_own_way(self) -> bool:
        """Return whether a subclass overrides run(): that may never announce that the device runs."""
        return getattr(self.run, "__func__", None) is not Device.run

    def _begin(self) -> None:
        if self.is_alive():
            raise RuntimeError(f"cannot start {self!r}: it runs already; stop() and join() it first")
        self._reset()
        end, self._stopping = socket.socketpair()
        self._stopper = Stopper(end, atexit=self.daemon)
        self._running = True

    def _end(self) -> None:
        """Release the resources of the run; the device may be started again."""
        try:
            self._close_sockets()
        finally:
            self._running = False
            self._ended.set()

    def _specs(self) -> tuple[SocketSpec | None, ...]:
        """Return the specs of frontend and backend, and of capture and control if this class has them."""
        return self.frontend, self.backend

    def _setup_sockets(self) -> Sockets:
        """Return the sockets in the order of _specs(); create them at the first call."""
        if not self._sockets:
            context = self.context_factory()
            self._context = context
            if isinstance(self.context_factory, type):
                context.linger = LINGER_MS
            made: dict[SocketSpec | None, zmq.Socket[Any] | None] = {None: None}
            try:
                for spec in self._specs():
                    if spec not in made and spec is not None:
                        made[spec] = spec.open(context)
            finally:
                self._sockets = tuple(made.get(spec) for spec in self._specs())
        return self._sockets

    def _close_sockets(self) -> None:
        if self._stopping is not None:
            self._stopping.close()
        for spec, opened in zip(self._specs(), self._sockets):  # noqa: B905 (no sockets if the start failed)
            if spec is not None and opened is not None:
                spec.close(opened)
        self._sockets = ()
        for spec in self._specs():
            if spec is not None:
                spec.release()
        if self._context is not None and isinstance(self.context_factory, type):
            self._context.term()


def _required(name: str, socket_type: int | None) -> int:
    if socket_type is None:
        raise TypeError(f"a device needs {name}, a socket type such as zmq.ROUTER")
    return socket_type
