"""What an adapter for an event loop is made of; the manual has a page about it, with an example.

``zmq.asyncio``, ``zmq.anyio`` and ``zmq.green`` are such adapters.  The engine of a socket has the queues of operations
that wait, and decides when to try them.  An adapter supplies a Hub for each loop, and says how the caller of a Call
goes on.  This module is stable: its names and what they do change as those of ``zmq`` do.  ``calls`` is the module
with the methods of sockets whose callers block.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Protocol, TypeVar
from weakref import ref

import zmq
from zmq.backend import calls
from zmq.backend.calls import BlockingEngine, Call, CallEngine
from zmq.backend.returned import holding
from zmq.backend.watch import Descriptor, NestedSet

__all__ = ["BlockingEngine", "Call", "CallEngine", "Hub", "Socket", "Timer", "calls", "with_returned"]

# plain ints: operations on enums take longer than a receive
_IN, _EVENTS, _RCVMORE = int(zmq.POLLIN), int(zmq.EVENTS), int(zmq.RCVMORE)


_T = TypeVar("_T")


class Timer(Protocol):
    """What ``Hub.call_later()`` returns."""

    def cancel(self) -> object:
        """Do not call the function.  Harmless after it was called."""


class Hub:
    """What an adapter supplies for one event loop: a subclass that overrides the methods that raise here.

    Make one for each loop, and keep it as long as the loop.  All methods are called in the thread of the loop, except
    ``call_soon_threadsafe``, ``is_running`` and ``is_closed``.

    The loop watches one descriptor for all sockets: a set in the kernel (epoll, kqueue).  Loops keep one callback for a
    descriptor, which several sockets would displace; and another thread may close a socket, and so its descriptor, at
    any time: the kernel's sets forget it by themselves.  Where there are none (Windows), override ``watch`` and
    ``stop``.

    Attributes:
        awaited: The Calls that wait, and so their callers, live as long as the loop.
        watched: What ``watch`` has returned, and ``stop`` was not called for.
    """

    __slots__ = ("__weakref__", "_pid", "_selector", "awaited", "watched")

    def __init__(self) -> None:
        self.awaited: set[Any] = set()
        self.watched: set[Descriptor] = set()
        # Weak for what the loop keeps, and what keeps this hub: its descriptor is closed with the loop, without the
        # garbage collector's help.
        self._selector: Callable[[], Any] = lambda: None
        self._pid = os.getpid()

    # ---- to override

    def add_reader(self, fd: int, callback: Callable[[], object]) -> object:
        """Call *callback* whenever *fd* is readable, until the loop is closed.

        Level-triggered: again and again as long as it is readable.  It is called for one descriptor.
        """
        raise NotImplementedError

    def call_soon(self, function: Callable[..., object], *args: Any) -> object:
        """Call *function* in the next iteration of the loop."""
        raise NotImplementedError

    def call_soon_threadsafe(self, function: Callable[..., object], *args: Any) -> object:
        """Call *function* in the thread of the loop, soon.  Any thread.

        Raises:
            RuntimeError: The loop is closed.
        """
        raise NotImplementedError

    def call_later(self, delay_s: float, function: Callable[..., object], *args: Any) -> Timer:
        """Call *function* in *delay_s* seconds."""
        raise NotImplementedError

    def is_running(self) -> bool:
        """Return whether the loop runs in some thread, which alone may call it then.  Any thread."""
        raise NotImplementedError

    def is_closed(self) -> bool:
        """Return whether the loop will never run again.  Any thread."""
        raise NotImplementedError

    # ---- descriptors

    def watch(self, fd: int, reference: Callable[[], Any]) -> Descriptor:
        """Call ``ready()`` of an engine whenever *fd* is readable, until ``stop()``.  Calls too many do no harm.

        Args:
            fd: The descriptor of a socket; several engines may have it watched at once.
            reference: A weak reference to the engine; returns None when that is gone.

        Returns:
            What ``stop()`` takes.

        Raises:
            OSError: No descriptor is left that this takes.  The engine looks at the socket every 5 ms then.
        """
        descriptor = Descriptor(self, fd, reference)
        self._add(self._selector() or self._new_selector(), descriptor)
        return descriptor

    def _add(self, selector: Any, descriptor: Descriptor) -> None:
        selector.add(descriptor)
        self.watched.add(descriptor)

    def stop(self, descriptor: Descriptor) -> None:
        """Undo ``watch()``.  Harmless when that was undone, and when the loop is closed."""
        if descriptor not in self.watched:
            return
        self.watched.remove(descriptor)
        selector = self._selector()
        if selector is not None and self._pid == os.getpid():  # a forked child shares it with its parent
            selector.remove(descriptor)

    def _new_selector(self) -> Any:
        nested = NestedSet(self, self)
        self._selector = ref(nested)
        return nested


class Socket(zmq.Socket[_T]):
    """The base class of an adapter's sockets: options tell of messages that were given back, too.

    Subclasses set ``_engine`` when they are made.
    """

    __slots__ = ()

    _engine: Any  # an Engine

    def get(self, key: int) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]  # the name is given
        """Return the value of a socket option; see ``zmq.Socket.get``."""
        value: Any = super().get(key)
        if key == _EVENTS and self._engine._holds_message():  # noqa: SLF001 (of zmq-core)
            return value | _IN
        if key == _RCVMORE and (more := self._engine._returned_more) is not None:  # noqa: SLF001 (likewise)
            return int(more)
        return value

    def getsockopt(self, option: int) -> Any:
        """Return the value of a socket option; see ``zmq.Socket.get``."""
        return self.get(option)

    @property
    def events(self) -> int:  # an option in the base class
        """Events that are ready, a mask of PollEvent."""
        return zmq.PollEvent(self.get(_EVENTS))

    @events.setter
    def events(self, value: int) -> None:
        self.set(_EVENTS, value)  # raises: it can only be read

    @property
    def rcvmore(self) -> bool:  # an option in the base class
        """Whether the message goes on after the frame received last."""
        return bool(self.get(_RCVMORE))

    @rcvmore.setter
    def rcvmore(self, value: int) -> None:
        self.set(_RCVMORE, value)  # raises, likewise

    EVENTS = events
    RCVMORE = rcvmore


def with_returned(ready: list[tuple[Any, int]], poller: zmq.Poller) -> list[tuple[Any, int]]:
    """Add to what a poll has found the sockets that have messages which were given back.

    Args:
        ready: The result of ``zmq.Poller.poll(0)``.
        poller: The Poller.  Its sockets are looked at only while messages that were given back wait in any socket.
    """
    if not holding:
        return ready
    masks = dict(ready)
    for socket, events in poller.sockets:
        if isinstance(socket, Socket) and events & _IN and socket._engine._holds_message():  # noqa: SLF001 (of this module)
            masks[socket] = masks.get(socket, 0) | _IN
    return list(masks.items())
