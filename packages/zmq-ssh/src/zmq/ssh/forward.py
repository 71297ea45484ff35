"""Forwarding a local port through a paramiko transport: each direction of each connection has a thread of its own.

So a connection whose reader is slow holds up nobody but its writer.  A direction that ends is shut down at the other
end, and the other direction goes on (half-close).
"""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import paramiko

__all__ = ["ForwardServer", "forward_tunnel"]

DRAIN_S = 1.0
"""How long a server that drains stays without connections.  libzmq tries again after 0.1 s."""

LONGEST_S = 3600.0
"""A selector does not wait for weeks."""

_CHUNK = 1 << 16


class ForwardServer:
    """Passes connections to a listening socket on to a host behind an SSH server.

    Args:
        listener: A listening socket; closed when ``serve`` returns.
        remote: Host and port to connect to, as the SSH server sees them.
        transport: A connection to the SSH server that has been authenticated.
        timeout_s: ``serve`` returns after so many seconds without a connection; None: never for that.
    """

    def __init__(
        self,
        listener: socket.socket,
        remote: tuple[str, int],
        transport: paramiko.Transport,
        timeout_s: float | None = None,
    ) -> None:
        self._listener = listener
        self._remote = remote
        self._transport = transport
        self._limit_s = timeout_s
        self._lock = threading.Lock()
        self._connections: set[_Connection] = set()
        self._left: list[_Connection] = []
        self._idle_since = time.monotonic()
        self._draining = False
        self._reason: str | None = None
        self._wake_end, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._wake_end, selectors.EVENT_READ)

    def serve(self) -> str:
        """Forward connections until ``close``, the timeout, or the end of the transport; return which it was."""
        threading.Thread(target=self._watch_transport, name="zmq.ssh transport", daemon=True).start()
        try:
            while self._reason is None:
                self._serve_one()
        finally:
            self._selector.close()
            self._listener.close()
            with self._lock:
                self._reason = self._reason or "failed"
                self._left = list(self._connections)
            for connection in self._left:
                connection.cut()
            self._waker.close()
            self._wake_end.close()
        return self._reason

    def close(self) -> None:
        """Make ``serve`` return soon, and end all connections.  May be called from any thread, at any time."""
        self._stop("closed")

    def join(self, timeout_s: float) -> None:
        """After ``serve``, and when the transport is closed: wait until the threads of all connections have ended.

        A thread that is left when the interpreter ends may fail, and say so.
        """
        end = time.monotonic() + timeout_s
        for connection in self._left:
            connection.thread.join(max(0.0, end - time.monotonic()))

    def drain(self) -> None:
        """Make ``serve`` return when there are no connections.  May be called from anywhere, finalizers included."""
        self._draining = True
        self._wake()

    def abandon(self) -> None:
        """In a child made by fork: close what was inherited, and say nothing to the other end."""
        for connection in list(self._connections):
            connection.local.close()
        for inherited in (self._selector, self._listener, self._waker, self._wake_end):
            inherited.close()

    def _serve_one(self) -> None:
        """Wait for a connection, or whatever else there is, and deal with it."""
        if self._draining:
            self._draining = False
            self._idle_since = time.monotonic()
            self._limit_s = DRAIN_S if self._limit_s is None else min(self._limit_s, DRAIN_S)
        left = None
        if self._limit_s is not None and not self._connections:
            left = max(0.0, self._idle_since + self._limit_s - time.monotonic())
        wait_s = None if left is None else min(left, LONGEST_S)
        ready = [key.fileobj for key, _ in self._selector.select(wait_s)]
        if not ready and left is not None and left == wait_s:
            self._stop(f"no connection for {self._limit_s:g} s")
        if self._wake_end in ready:
            self._wake_end.recv(_CHUNK)
        if self._listener in ready:
            self._accept()

    def _accept(self) -> None:
        try:
            local, peer = self._listener.accept()
        except OSError:
            time.sleep(0.01)  # it has gone again, or there is no descriptor for it now
            return
        local.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = _Connection(local, self._ended, (self._transport, self._remote, peer))
        with self._lock:
            self._connections.add(connection)
        try:
            connection.thread.start()
        except RuntimeError:  # when the interpreter ends, no thread can be started any more
            local.close()
            self._ended(connection)
            self._stop("the program ends")

    def _ended(self, connection: _Connection) -> None:
        with self._lock:
            self._connections.discard(connection)
            self._idle_since = time.monotonic()
        self._wake()

    def _watch_transport(self) -> None:
        self._transport.join()
        error = self._transport.get_exception()
        self._stop(f"the connection to the server was lost{f': {error}' if error else ''}")

    def _stop(self, reason: str) -> None:
        if self._reason is None:
            self._reason = reason
        self._wake()

    def _wake(self) -> None:
        with suppress(OSError):  # full: it wakes anyhow; or closed: it has ended
            self._waker.send(b"\0")


class _Connection:
    """One connection: two sockets, one of them a channel, and two threads."""

    def __init__(
        self,
        local: socket.socket,
        ended: Callable[[_Connection], None],
        way: tuple[paramiko.Transport, tuple[str, int], tuple[str, int]],
    ) -> None:
        self.local = local
        self.thread = threading.Thread(target=self._run, args=way, name="zmq.ssh out", daemon=True)
        self._ended = ended
        self._channel: paramiko.Channel | None = None
        self._was_cut = False
        self._broken: tuple[type[Exception], ...] = (OSError, EOFError)

    def cut(self) -> None:
        """End both directions now."""
        self._was_cut = True
        with suppress(OSError):
            self.local.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads it
        if self._channel is not None:
            with suppress(*self._broken):  # the connection under it may be gone as well
                self._channel.close()

    def _run(self, transport: paramiko.Transport, remote: tuple[str, int], peer: tuple[str, int]) -> None:
        from paramiko import SSHException

        self._broken = (OSError, EOFError, SSHException)
        try:
            channel = self._channel = transport.open_channel("direct-tcpip", remote, peer)
            if self._was_cut:
                channel.close()
            back = threading.Thread(target=self._receive, args=(channel,), name="zmq.ssh in", daemon=True)
            back.start()
            self._pass_on(self.local.recv, channel.sendall, channel.shutdown_write)
            back.join()
            channel.close()
        except (*self._broken, RuntimeError):  # nobody listens at the far end; or no thread can be started any more
            self.cut()
        finally:
            self.local.close()
            self._ended(self)

    def _receive(self, channel: paramiko.Channel) -> None:
        self._pass_on(channel.recv, self.local.sendall, lambda: self.local.shutdown(socket.SHUT_WR))

    def _pass_on(
        self, receive: Callable[[int], bytes], send: Callable[[bytes], object], finish: Callable[[], object]
    ) -> None:
        try:
            while chunk := receive(_CHUNK):
                send(chunk)
            finish()
        except self._broken:  # one end is gone for good
            self.cut()


def forward_tunnel(local_port: int, remote_host: str, remote_port: int, transport: paramiko.Transport) -> None:
    """Forward connections to a port of 127.0.0.1 through *transport*; returns when that ends.

    Args:
        local_port: Port of this machine.
        remote_host: Host to connect to, as the SSH server sees it.
        remote_port: Port of that host.
        transport: A connection to the SSH server that has been authenticated.

    Raises:
        OSError: Somebody else has the port.
    """
    listener = socket.create_server(("127.0.0.1", local_port))
    ForwardServer(listener, (remote_host, remote_port), transport).serve()
