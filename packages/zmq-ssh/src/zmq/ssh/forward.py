"""Forward a local port through a paramiko transport, with one thread for each direction of each connection.

So a slow reader only delays its own writer.  When one direction ends it is shut down at the other end, and the other
direction continues (half-close).
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
"""How long a draining server waits for connections, in seconds.  libzmq reconnects after 0.1 s."""

LONGEST_S = 3600.0
"""The longest wait in a selector, in seconds: epoll and poll have limits."""

_CHUNK = 1 << 16


class ForwardServer:
    """Forwards the connections of a listening socket to a host behind an SSH server.

    Args:
        listener: A listening socket; closed when ``serve`` returns.
        remote: Host and port to which the SSH server connects.
        transport: An authenticated connection to the SSH server.
        timeout_s: ``serve`` returns after so many seconds without a connection; None is no limit.
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
        """Forward connections until ``close``, the timeout, or the end of the transport; return the reason."""
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
        """Make ``serve`` return soon, and end all connections.  May be called in any thread at any time."""
        self._stop("closed")

    def join(self, timeout_s: float) -> None:
        """Wait at most *timeout_s* seconds for the threads of all connections.

        Call it after ``serve`` has returned and the transport is closed.  A thread that still runs when the interpreter
        ends may fail, and print a traceback.
        """
        end = time.monotonic() + timeout_s
        for connection in self._left:
            connection.thread.join(max(0.0, end - time.monotonic()))

    def drain(self) -> None:
        """Make ``serve`` return after one second without connections.  May be called anywhere, also in finalizers."""
        self._draining = True
        self._wake()

    def abandon(self) -> None:
        """In a child made by fork: close the inherited descriptors, without sending anything to the peers."""
        for connection in list(self._connections):
            connection.local.close()
        for inherited in (self._selector, self._listener, self._waker, self._wake_end):
            inherited.close()

    def _serve_one(self) -> None:
        """Wait for one event (a connection, a wake-up or the timeout) and process it."""
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
            time.sleep(0.01)  # the peer has closed it again, or the process has no free descriptor
            return
        local.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = _Connection(local, self._ended, (self._transport, self._remote, peer))
        with self._lock:
            self._connections.add(connection)
        try:
            connection.thread.start()
        except RuntimeError:  # no threads can be started while the interpreter shuts down
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
        with suppress(OSError):  # the buffer is full, so serve() wakes up anyway; or serve() has ended
            self._waker.send(b"\0")


class _Connection:
    """One connection: a local socket and an SSH channel, with a thread for each direction."""

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
            self.local.shutdown(socket.SHUT_RDWR)  # wakes up the thread that reads from it
        if self._channel is not None:
            with suppress(*self._broken):  # the transport may be broken, too
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
        except (*self._broken, RuntimeError):  # the far end refuses the connection; or no thread can be started
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
        except self._broken:  # one end is broken, so the other direction must end, too
            self.cut()


def forward_tunnel(local_port: int, remote_host: str, remote_port: int, transport: paramiko.Transport) -> None:
    """Forward connections from a port of 127.0.0.1 through *transport*; blocks until the transport ends.

    Args:
        local_port: Port of 127.0.0.1 to listen on.
        remote_host: Host to which the SSH server connects.
        remote_port: Port of that host.
        transport: An authenticated connection to the SSH server.

    Raises:
        OSError: The port is in use.
    """
    listener = socket.create_server(("127.0.0.1", local_port))
    ForwardServer(listener, (remote_host, remote_port), transport).serve()
