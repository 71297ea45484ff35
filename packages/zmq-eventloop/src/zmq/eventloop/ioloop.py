"""What programs of old import from here: tornado's own loop, which zmq works with as it is.

All names of ``tornado.ioloop`` are tornado's, ``ZMQIOLoop`` is ``IOLoop``, and ``install()`` is needless.
``DelayedCallback`` and ``ZMQPoller`` do what they always did, over ``IOLoop.call_later`` and ``zmq.Poller``.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import zmq
from zmq.eventloop import _tornado

# No __all__: what tornado's module has is passed on, and it has none, either.
# Last: the error above says how to install it.
from tornado.ioloop import *  # noqa: F403  # isort: skip  # pyright: ignore[reportWildcardImportFromLibrary]

warnings.warn(
    "zmq.eventloop.ioloop is needless: zmq works with tornado.ioloop.IOLoop as it is", DeprecationWarning, stacklevel=2
)

ZMQIOLoop = _tornado.IOLoop


def install() -> None:
    """Do nothing: every tornado loop works with zmq."""
    warnings.warn("zmq.eventloop.ioloop.install() is needless, and does nothing", DeprecationWarning, stacklevel=2)


class DelayedCallback:
    """Calls *callback* once, some time after start(); what ``IOLoop.call_later`` does, too.

    Args:
        callback: Called without arguments.
        callback_time: How long after start(), in milliseconds.
        io_loop: The loop; by default the one that is current when start() is called.
    """

    def __init__(
        self, callback: Callable[[], object], callback_time: float, io_loop: _tornado.IOLoop | None = None
    ) -> None:
        self.callback = callback
        self.callback_time = callback_time
        self.io_loop = io_loop
        self._timeout: tuple[_tornado.IOLoop, object] | None = None

    def start(self) -> None:
        """Start the timer, anew if it runs already."""
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
        """Whether the timer was started, and neither stopped nor over."""
        return self._timeout is not None

    def _run(self) -> object:
        self._timeout = None
        return self.callback()  # to the loop, which logs errors, and those of coroutines


class ZMQPoller:
    """A ``zmq.Poller`` with tornado's event masks, and a timeout in seconds."""

    def __init__(self) -> None:
        self._poller = zmq.Poller()

    def register(self, fd: Any, events: int) -> None:
        """Add a socket or a descriptor.

        Args:
            fd: A zmq.Socket, a descriptor, or what has a ``fileno()``.
            events: What to wait for, a mask of IOLoop.READ, WRITE and ERROR.
        """
        self._poller.register(fd, _to_zmq(events))

    def modify(self, fd: Any, events: int) -> None:
        """Change what to wait for; otherwise like register()."""
        self._poller.modify(fd, _to_zmq(events))

    def unregister(self, fd: Any) -> None:
        """Remove what was added."""
        self._poller.unregister(fd)

    def poll(self, timeout: float | None = None) -> list[tuple[Any, int]]:
        """Wait until something is ready.

        Args:
            timeout: Longest wait in seconds; 0 does not wait, None or a negative number waits for ever.

        Returns:
            The sockets and descriptors that are ready, each with its mask of IOLoop.READ, WRITE and ERROR.
        """
        ready = self._poller.poll(None if timeout is None or timeout < 0 else timeout * 1000)
        return [(fd, _to_tornado(events)) for fd, events in ready]

    def close(self) -> None:
        """Forget everything that was added."""
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
