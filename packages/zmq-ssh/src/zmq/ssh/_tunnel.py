"""``Tunnel``: what is known of a tunnel and can be done with it, whatever carries it; and who owns it.

A tunnel belongs to this process until it is closed, so the caller may drop it (jupyter_client does); that of
``tunnel_connection`` belongs to its socket as well.  A child made by fork has no tunnels.
"""

from __future__ import annotations

import atexit
import os
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import zmq
from zmq.backend.watch import Watch
from zmq.ssh._names import Forward, Server

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Tunnel"]

_open: dict[Tunnel, Callable[[], None]] = {}
"""What is open, and what lets go of it in a child."""

_prepared = False


class Tunnel(ABC):
    """A tunnel that was there when it was returned.

    It ends when it is closed; when its process ends, however; when the connection to the server breaks; and when it has
    had no connection for the number of seconds given to the function that made it.  Threads may share it.

    Attributes:
        server: Where it leads to.
        lport: The port of this machine, on 127.0.0.1.
        endpoint: What sockets connect to: ``tcp://127.0.0.1:lport``.
    """

    def __init__(self, server: Server, forward: Forward) -> None:
        self.server = str(server)
        self.lport = forward.lport
        self.endpoint = f"tcp://127.0.0.1:{forward.lport}"
        self._forward = forward

    # ---- what carries it

    @abstractmethod
    def is_alive(self) -> bool:
        """Return whether the tunnel is there."""

    @abstractmethod
    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the tunnel has ended.

        Args:
            timeout: Longest wait in seconds; None waits for ever.

        Returns:
            Whether it has ended.
        """

    @property
    @abstractmethod
    def pid(self) -> int | None:
        """The process id of ssh; None when there is no such process."""

    @property
    @abstractmethod
    def reason(self) -> str | None:
        """Why the tunnel has ended, with what ssh said; None while it is there."""

    @abstractmethod
    def _close(self) -> None:
        """End the tunnel and wait until it has ended; harmless afterwards."""

    @abstractmethod
    def drain(self) -> None:
        """End the tunnel as soon as nobody has been connected for a second.

        Returns at once, and may be called from anywhere: collecting a socket calls it.
        """

    @abstractmethod
    def _abandon(self) -> None:
        """In a child made by fork: let go of what belongs to the parent."""

    # ---- life

    def close(self) -> None:
        """End the tunnel, connections included.  Returns when it has ended; closing twice is harmless."""
        _open.pop(self, None)
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        remote = f"{self._forward.host}:{self._forward.rport}"
        state = "" if self.is_alive() else " ended"
        return f"<{type(self).__name__} {self.endpoint} to {remote} by {self.server}{state}>"

    # what a multiprocessing.Process and a pexpect.spawn are asked: pyzmq returned one or the other

    def isalive(self) -> bool:
        """Old name of ``is_alive``."""
        return self.is_alive()

    def terminate(self) -> None:
        """Another name of ``close``."""
        self.close()

    def join(self, timeout: float | None = None) -> None:
        """Wait at most *timeout* seconds until the tunnel has ended."""
        self.wait(timeout)

    # ---- owners

    def _keep(self) -> None:
        """Keep the tunnel, also if the caller drops it, until it ends or the process does."""
        global _prepared  # noqa: PLW0603
        if not _prepared:
            _prepared = True
            atexit.register(_close_all)
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(after_in_child=_abandon_all)
        for tunnel in list(_open):
            if not tunnel.is_alive():
                tunnel.close()
        _open[self] = self._abandon

    def close_with(self, socket: zmq.Socket[Any]) -> None:
        """End the tunnel after *socket* was closed or collected: once what it left unsent has gone, with ``drain``."""
        owner = weakref.ref(socket)

        def used() -> None:  # closed, or has entered a loop in C
            socket = owner()
            if socket is None or socket.closed:
                gone()

        watch = Watch(socket, used)
        gone = weakref.finalize(socket, _leave, watch, self.drain)
        gone.atexit = False


def _leave(watch: Watch, drain: Callable[[], None]) -> None:
    watch.close()  # it would keep the C socket
    drain()


def _close_all() -> None:
    for tunnel in list(_open):
        tunnel.close()


def _abandon_all() -> None:
    for abandon in list(_open.values()):
        abandon()
    _open.clear()
