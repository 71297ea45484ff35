"""Devices: loops that pass messages between two sockets.

A device is given socket types, options and endpoints; its sockets are made where it runs.  One loop, ``_relay``, serves
all devices.  It ends when its context is terminated, when its control socket says so, and when one end of a pair of
sockets is closed, which is how stop() ends it: from any thread, and by itself when the process that started it is gone.
"""

from __future__ import annotations

import os
import socket
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import zmq
from zmq.backend.native import Event
from zmq.devices._compiled import relay
from zmq.devices._specs import SocketSpec
from zmq.devices._statistics import SIZE, Statistics, statistics_of

__all__ = ["Device"]

LINGER_MS = 1000
"""How long sockets keep unsent messages after the end, in a context of the device's own, unless LINGER is set."""

Sockets = tuple[zmq.Socket[Any] | None, ...]


class Stopper:
    """One end of a pair of sockets: stop(), or nobody's having it any more, ends the loop that polls the other end.

    Args:
        end: That end.
        atexit: Whether the end of the interpreter ends the loop.
    """

    def __init__(self, end: socket.socket, *, atexit: bool) -> None:
        self._end = end
        self._pid = os.getpid()
        self.close = weakref.finalize(self, end.close)
        """Forget this end; the loop ends if no other process has it."""
        self.close.atexit = atexit

    def stop(self) -> None:
        """End the loop: any thread, any number of times; nothing happens in a process that was forked meanwhile."""
        if os.getpid() != self._pid:  # its copy of the end is the same pair of sockets
            return
        with suppress(OSError):  # it has ended by itself
            self._end.shutdown(socket.SHUT_RDWR)


class Device:
    """A loop that passes messages between two sockets, both ways; start() runs it in the caller's thread.

    Subclasses may override context_factory, and run_device(), which has the sockets in ``self._setup_sockets()``: as
    many as this kind of device has.  In the background, start() does not wait for a run() of their own.

    Args:
        device_type: zmq.QUEUE, zmq.FORWARDER, zmq.STREAMER or anything else; makes no difference.
        in_type: The type of the frontend.
        out_type: The type of the backend; a negative number makes the frontend both.

    Attributes:
        context_factory: Makes the context of the sockets.  When it is a class, the context belongs to the device, which
            terminates it in the end; by default it is ``zmq.Context.instance``, which all share.
        daemon: Whether the interpreter may end while the device runs in the background.
        frontend: The spec of the frontend; ``frontend.endpoints`` tells, after the start, what it is bound to.
        backend: The spec of the backend.
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
        """Forget an earlier run, or another process's."""
        self._running = False
        self._ended = Event()
        self._counters: Any = bytearray(SIZE)  # the loop writes to it
        self._sockets: Sockets = ()
        self._context: zmq.Context[Any] | None = None
        self._owns_context = False
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
        """Take a free port for the frontend and return it: see SocketSpec.bind_to_random_port."""
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
        """Take a free port for the backend and return it: see SocketSpec.bind_to_random_port."""
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
        """Tell whether the device was started and has not ended."""
        return self._running

    def start(self) -> None:
        """Run the device in this thread, and return when it has ended.

        Raises:
            ZMQError: A socket cannot be made, bound or connected; or the loop failed.
            RuntimeError: The device runs already.
        """
        self._begin()
        self.run()

    def stop(self) -> None:
        """Tell the device to end, and return at once; join() waits until it has.  Before the start it means nothing.

        Any thread may call this, any number of times.  The device passes on what it has read, and closes its sockets.
        A subclass's own run_device() is not told.
        """
        stopper = self._stopper
        if stopper is not None:
            stopper.stop()

    def join(self, timeout: float | None = None) -> None:
        """Wait until the device has ended: *timeout* seconds at most; *done* tells whether it has."""
        self._ended.wait(timeout)

    def statistics(self) -> Statistics:
        """Return how many messages and bytes have passed; any thread, also while the device runs and after its end."""
        return statistics_of(bytes(self._counters))

    def run(self) -> None:
        """Make the sockets, run the device, close the sockets: what start() does where the device runs."""
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
        """Pass messages on until the device has to end."""
        frontend, backend, *others = self._setup_sockets()
        if frontend is None or backend is None:
            raise TypeError("a device needs two sockets")
        relay(
            f"a {type(self).__name__}",
            frontend,
            backend,
            *others,
            prefixes=self._prefixes,
            stop_fd=-1 if self._stopping is None else self._stopping.fileno(),
            counters=self._counters,
        )

    def _runs_its_own_way(self) -> bool:
        """Whether a subclass has a run() of its own: who knows when, or whether, that announces that it runs."""
        return getattr(self.run, "__func__", None) is not Device.run

    def _begin(self) -> None:
        if self.is_alive():
            raise RuntimeError(f"cannot start {self!r}: it runs already")
        self._reset()
        end, self._stopping = socket.socketpair()
        self._stopper = Stopper(end, atexit=self.daemon)
        self._running = True

    def _end(self) -> None:
        """Give back what the run had; the device may be started again."""
        try:
            self._close_sockets()
        finally:
            self._running = False
            self._ended.set()

    def _specs(self) -> tuple[SocketSpec | None, ...]:
        """Return the specs of frontend and backend, and, if the device's kind has them, of capture and control."""
        return self.frontend, self.backend

    def _setup_sockets(self) -> Sockets:
        """Return the frontend, the backend, and what else this kind of device has; makes them when first called."""
        if not self._sockets:
            context = self.context_factory()
            self._context = context
            if isinstance(self.context_factory, type):
                self._owns_context = True
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
        for spec, opened in zip(self._specs(), self._sockets):  # noqa: B905 (none, if the start has failed)
            if spec is not None and opened is not None:
                spec.close(opened)
        self._sockets = ()
        for spec in self._specs():
            if spec is not None:
                spec.release()
        if self._owns_context and self._context is not None:
            self._context.term()


def _required(name: str, socket_type: int | None) -> int:
    if socket_type is None:
        raise TypeError(f"a device needs {name}, a socket type such as zmq.ROUTER")
    return socket_type
