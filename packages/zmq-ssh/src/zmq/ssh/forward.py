"""Forward a local port through a paramiko transport, with one thread for each direction of each connection.

So a slow reader only delays its own writer.  When one direction ends it is shut down at the other end, and the other
direction continues (half-close).
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from typing import TYPE_CHECKING

from zmq.ssh._keeper import DRAIN_S

if TYPE_CHECKING:
    import paramiko

__all__ = ["ForwardServer", "forward_tunnel"]

_LOOK_S = 0.1
"""How often a server looks whether it must end, in seconds; as often as paramiko looks at its transport."""

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
        self._limit_s = float("inf") if timeout_s is None else timeout_s
        self._connections: set[_Connection] = set()
        self._left: list[_Connection] = []
        self._idle_since = time.monotonic()
        self._reason: str | None = None

    def serve(self) -> str:
        """Forward connections until ``close``, the timeout, or the end of the transport; return the reason."""
        self._listener.settimeout(_LOOK_S)
        try:
            while self._reason is None:
                self._accept()
                self._look()
        finally:
            self._listener.close()
            self._left = list(self._connections)
            for connection in self._left:
                connection.cut()
        return self._reason

    def close(self) -> None:
        """Make ``serve`` return soon, and end all connections.  May be called in any thread at any time."""
        self._reason = self._reason or "closed"

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
        self._idle_since, self._limit_s = time.monotonic(), min(self._limit_s, DRAIN_S)

    def abandon(self) -> None:
        """In a child made by fork: close the inherited descriptors, without sending anything to the peers."""
        for connection in self._connections:
            connection.local.close()
        self._listener.close()

    def _accept(self) -> None:
        try:
            local, peer = self._listener.accept()
        except OSError as error:
            if not isinstance(error, TimeoutError):
                time.sleep(0.01)  # the peer has closed it again, or the process has no free descriptor
            return
        local.settimeout(None)  # whatever socket.setdefaulttimeout() was told
        local.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        open_channel = partial(self._transport.open_channel, "direct-tcpip", self._remote, peer)
        connection = _Connection(local, open_channel, self._ended)
        self._connections.add(connection)
        try:
            connection.thread.start()
        except RuntimeError:  # no threads can be started while the interpreter shuts down
            local.close()
            self._ended(connection)
            self._reason = "the program ends"

    def _ended(self, connection: _Connection) -> None:
        self._idle_since = time.monotonic()
        self._connections.discard(connection)

    def _look(self) -> None:
        """Find the reason to end, if there is one."""
        if self._reason is not None:
            return
        if not self._transport.is_active():
            error = self._transport.get_exception()
            self._reason = f"the connection to the server was lost{f': {error}' if error else ''}"
        elif not self._connections and time.monotonic() >= self._idle_since + self._limit_s:
            self._reason = f"no connection for {self._limit_s:g} s"


class _Connection:
    """One connection: a local socket and an SSH channel, with a thread for each direction."""

    def __init__(
        self, local: socket.socket, open_channel: Callable[[], paramiko.Channel], ended: Callable[[_Connection], None]
    ) -> None:
        self.local = local
        self.thread = threading.Thread(target=self._run, args=(open_channel,), name="zmq.ssh out", daemon=True)
        self._ended = ended
        self._channel: paramiko.Channel | None = None
        self._was_cut = False

    def cut(self) -> None:
        """End both directions now."""
        self._was_cut = True
        with suppress(OSError):
            self.local.shutdown(socket.SHUT_RDWR)  # wakes up the thread that reads from it
        if self._channel is not None:
            with suppress(*_broken()):  # the transport may be broken, too
                self._channel.close()

    def _run(self, open_channel: Callable[[], paramiko.Channel]) -> None:
        try:
            channel = self._channel = open_channel()
            if self._was_cut:
                channel.close()
            back = threading.Thread(target=self._receive, args=(channel,), name="zmq.ssh in", daemon=True)
            back.start()
            self._pass_on(self.local.recv, channel.sendall, channel.shutdown_write)
            back.join()
            channel.close()
        except (*_broken(), RuntimeError):  # the host refuses the connection; or no thread can be started
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
        except _broken():  # one end is broken, so the other direction must end, too
            self.cut()


@cache
def _broken() -> tuple[type[OSError], type[EOFError], type[Exception]]:
    """Return what broken connections and transports raise."""
    from paramiko import SSHException

    return OSError, EOFError, SSHException


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
