"""Names for old programs; new ones use ``tornado.ioloop``, because zmq works with tornado's loops.

This module has all names of ``tornado.ioloop``.  ``ZMQIOLoop`` is ``IOLoop``, and ``install()`` does nothing.
``DelayedCallback`` uses ``IOLoop.call_later``, and ``ZMQPoller`` uses ``zmq.Poller``.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import zmq
from zmq.eventloop import _tornado

# No __all__, like tornado's module: all its names are re-exported.
# After zmq.eventloop._tornado, whose error says how to install tornado.
from tornado.ioloop import *  # noqa: F403  # isort: skip  # pyright: ignore[reportWildcardImportFromLibrary]

warnings.warn(
    "zmq.eventloop.ioloop is deprecated: use tornado.ioloop, whose loops work with zmq",
    DeprecationWarning,
    stacklevel=2,
)

ZMQIOLoop = _tornado.IOLoop


def install() -> None:
    """Do nothing: every tornado loop works with zmq."""
    warnings.warn("zmq.eventloop.ioloop.install() does nothing: remove the call", DeprecationWarning, stacklevel=2)


class DelayedCallback:
    """Calls *callback* once after a delay; new programs use ``IOLoop.call_later``.

    Use it in the thread of its loop.

    Args:
        callback: Called without arguments.
        callback_time: The delay after start(), in milliseconds.
        io_loop: The loop; by default the current loop when start() is called.
    """

    def __init__(
        self, callback: Callable[[], object], callback_time: float, io_loop: _tornado.IOLoop | None = None
    ) -> None:
        self.callback = callback
        self.callback_time = callback_time
        self.io_loop = io_loop
        self._timeout: tuple[_tornado.IOLoop, object] | None = None

    def start(self) -> None:
        """Start the timer, or restart it if it is running."""
        self.stop()
        io_loop = _tornado.IOLoop.current() if self.io_loop is None else self.io_loop
        delay_s = self.callback_time / 1000
        handle = io_loop.call_later(delay_s, self._run)  # pyright: ignore[reportUnknownMemberType]  # its callback's
        self._timeout = io_loop, handle

    def stop(self) -> None:
        """Stop the timer; the callback is not called."""
        if self._timeout is not None:
            io_loop, handle = self._timeout
            self._timeout = None
            io_loop.remove_timeout(handle)

    def is_running(self) -> bool:
        """Return whether the timer was started, and has neither ended nor been stopped."""
        return self._timeout is not None

    def _run(self) -> object:
        self._timeout = None
        return self.callback()  # returned, because the loop logs the errors of coroutines


class ZMQPoller:
    """A ``zmq.Poller`` with tornado's event masks, and timeouts in seconds."""

    def __init__(self) -> None:
        self._poller = zmq.Poller()

    def register(self, fd: Any, events: int) -> None:
        """Add a socket or a descriptor.

        Args:
            fd: A zmq.Socket, a descriptor, or an object with a method ``fileno()``.
            events: The events to wait for: a mask of IOLoop.READ, WRITE and ERROR.
        """
        self._poller.register(fd, _to_zmq(events))

    def modify(self, fd: Any, events: int) -> None:
        """Change the events of a socket or descriptor; otherwise like register()."""
        self._poller.modify(fd, _to_zmq(events))

    def unregister(self, fd: Any) -> None:
        """Remove a socket or a descriptor."""
        self._poller.unregister(fd)

    def poll(self, timeout: float | None = None) -> list[tuple[Any, int]]:
        """Wait until a socket or descriptor is ready; blocks the thread, loop included.

        Args:
            timeout: Longest wait in seconds; 0 returns at once, None or a negative number waits for ever.

        Returns:
            The ready sockets and descriptors, each with its mask of IOLoop.READ, WRITE and ERROR.

        libzmq: zmq_poll(3)
        """
        ready = self._poller.poll(None if timeout is None or timeout < 0 else timeout * 1000)
        return [(fd, _to_tornado(events)) for fd, events in ready]

    def close(self) -> None:
        """Remove all sockets and descriptors."""
        self._poller = zmq.Poller()


_MASKS = (
    (_tornado.IOLoop.READ, zmq.POLLIN),
    (_tornado.IOLoop.WRITE, zmq.POLLOUT),
    (_tornado.IOLoop.ERROR, zmq.POLLERR),
)


def _to_zmq(events: int) -> int:
    return sum(int(theirs) for ours, theirs in _MASKS if events & ours)


def _to_tornado(events: int) -> int:
    return sum(ours for ours, theirs in _MASKS if events & theirs)
