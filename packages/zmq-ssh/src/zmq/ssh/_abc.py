"""``Tunnel``, and its exceptions: the interface and the owners of tunnels, common to OpenSSH and paramiko.

This process owns a tunnel until it is closed, so the caller need not keep the object (jupyter_client does not).  The
tunnel of ``tunnel_connection`` is also owned by its socket.  A child process made by fork owns no tunnels.
"""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import zmq
from zmq.backend.watch import Watch
from zmq.error import ZMQBaseError
from zmq.ssh._names import Forward, Server

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["AuthenticationFailed", "PortTaken", "SSHException", "Tunnel", "unknown_key"]

_open: set[Tunnel] = set()
"""The tunnels that were not closed."""


class SSHException(ZMQBaseError, RuntimeError):
    """A tunnel cannot be opened; the message quotes the output of ssh, or the error of paramiko."""


class AuthenticationFailed(SSHException):
    """The server refuses the login: it accepts no key, or the password is wrong.

    Attributes:
        password_may_help: Whether no password was given, and the server accepts one or the key has a passphrase.
    """

    def __init__(self, message: str, *, password_may_help: bool) -> None:
        super().__init__(message)
        self.password_may_help = password_may_help


class PortTaken(SSHException):
    """The local port is in use, or needs more privileges."""


def unknown_key(server: Server) -> str:
    """Return the cure for a host key that is not accepted, to be appended to the text of an SSHException."""
    port = f" -p {server.port}" if server.port else ""
    return (
        "\n(the server's host key differs from the one in known_hosts, or is not there: log in once with"
        f" 'ssh{port} {server._replace(port=None)}', and compare the fingerprint)"
    )


class Tunnel(ABC):
    """A tunnel; it was open when it was returned.

    It ends when it is closed, when this process ends (even by a signal), when the connection to the server breaks, and
    after a time without connections, the *timeout* of the function that opened it.  Threads may share it.

    Attributes:
        server: The SSH server.
        lport: The port of 127.0.0.1 on which it listens.
        endpoint: The endpoint to connect to: ``tcp://127.0.0.1:lport``.
        pid: The process id of ssh; None with paramiko.
        reason: Why the tunnel has ended, with the output of ssh; None while it is open.
    """

    pid: int | None = None
    reason: str | None = None

    def __init__(self, server: Server, forward: Forward) -> None:
        self.server = str(server)
        self.lport = forward.lport
        self.endpoint = f"tcp://127.0.0.1:{forward.lport}"
        self._forward = forward
        self._ended = threading.Event()

    # ---- implemented with OpenSSH and with paramiko

    @abstractmethod
    def _close(self) -> None:
        """End the tunnel and wait until it has ended.  May be repeated."""

    @abstractmethod
    def drain(self) -> None:
        """End the tunnel after one second without connections.

        Returns at once, and may be called in any thread and in finalizers.
        """

    def _abandon(self) -> None:
        """In a child made by fork: release the objects of the parent without ending its tunnel."""
        self.reason = "it belongs to the parent process"
        self._ended = threading.Event()  # the lock of the other one may be taken for ever
        self._ended.set()

    # ---- life

    def is_alive(self) -> bool:
        """Return whether the tunnel is open."""
        return self.reason is None

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the tunnel has ended.

        Args:
            timeout: Longest wait in seconds; None waits for ever.

        Returns:
            Whether it has ended.
        """
        return self._ended.wait(timeout)

    def close(self) -> None:
        """End the tunnel and its connections.  Returns when it has ended; may be repeated, and called in any thread."""
        _open.discard(self)
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        remote = f"{self._forward.host}:{self._forward.rport}"
        state = "" if self.is_alive() else " ended"
        return f"<{type(self).__name__} {self.endpoint} to {remote} by {self.server}{state}>"

    # methods of multiprocessing.Process and pexpect.spawn, which pyzmq returns

    isalive = is_alive
    terminate = close
    join = wait

    # ---- owners

    def _keep(self) -> None:
        """Keep the tunnel until it or the process ends, even if the caller drops the object."""
        _end_with_process()
        for tunnel in list(_open):
            if not tunnel.is_alive():
                tunnel.close()
        _open.add(self)

    def close_with(self, socket: zmq.Socket[Any]) -> None:
        """Call ``drain`` when *socket* is closed or collected, so that its unsent messages still arrive."""
        owner = weakref.ref(socket)

        def used() -> None:  # the socket was closed, or has entered a proxy loop
            socket = owner()
            if socket is None or socket.closed:
                gone()

        watch = Watch(socket, used)
        gone = weakref.finalize(socket, _leave, watch, self.drain)
        gone.atexit = False


def _leave(watch: Watch, drain: Callable[[], None]) -> None:
    watch.close()  # else it keeps the C socket open
    drain()


@cache
def _end_with_process() -> None:
    atexit.register(_close_all)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_abandon_all)


def _close_all() -> None:
    for tunnel in list(_open):
        tunnel.close()


def _abandon_all() -> None:
    for tunnel in _open:
        tunnel._abandon()  # noqa: SLF001 (of this module)
    _open.clear()
