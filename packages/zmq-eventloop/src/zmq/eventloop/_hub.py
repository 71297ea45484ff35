"""What the sockets of one asyncio loop share: the descriptors it watches for them, and the futures it keeps.

Each is watched through a duplicate of its own.  asyncio keeps one callback for a descriptor, so two sockets on one C
socket would displace each other.  And when another thread closes a socket, libzmq closes its descriptor before the loop
can hear of that: uvloop then aborts the process, and other loops take the next file of that number for the old one.
"""

from __future__ import annotations

import asyncio
import os
import selectors
from asyncio.events import _get_running_loop
from collections.abc import Hashable
from typing import Any, Protocol
from weakref import WeakKeyDictionary, ref

from zmq.eventloop._descriptors import Duplicate
from zmq.eventloop._selector_thread import SelectorThread

__all__ = ["Descriptor", "Hub", "Listener", "hub_of", "in_thread_of"]


class Listener(Protocol):
    """Somebody who wants to know when a descriptor is ready."""

    def ready(self) -> None:
        """Called in the loop, over and over while the descriptor is ready."""


class Descriptor(Duplicate):
    """A descriptor that a loop watches."""

    __slots__ = ("_hub", "_listener", "mask")

    def __init__(self, hub: Hub, fd: int, listener: ref[Any], mask: int) -> None:
        super().__init__(fd)
        self._hub = hub
        self._listener = listener
        self.mask = mask

    def ready(self) -> None:
        """Tell the listener; called by the loop."""
        target = self._listener()
        if target is None:
            self._hub.stop(self)
        else:
            target.ready()


class Hub:
    """The sockets of one loop.  To be used in the loop's thread."""

    __slots__ = ("__weakref__", "_pid", "_thread", "awaited", "loop", "watched")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        # Futures that somebody awaits, and so what they wait for, live as long as the loop: it may hold the only
        # reference to a task that waits for a message.  They are reached through the callback the loop keeps.
        self.awaited: set[Hashable] = set()
        self.watched: set[Descriptor] = set()
        self._thread: SelectorThread | None = None
        self._pid = os.getpid()

    def watch(self, fd: int, listener: ref[Any], *, to_write: bool = False) -> Descriptor:
        """Call ``ready()`` of *listener*, a Listener, whenever *fd* is readable, or else writable.

        Raises:
            OSError: No descriptor is left, or this one cannot be watched.
        """
        descriptor = Descriptor(self, fd, listener, selectors.EVENT_WRITE if to_write else selectors.EVENT_READ)
        if self._thread is None:
            add = self.loop.add_writer if to_write else self.loop.add_reader
            try:
                add(descriptor.fileno(), descriptor.ready)
            except NotImplementedError:  # the proactor loop of Windows
                self._thread = SelectorThread(self.loop)
        if self._thread is not None:
            self._thread.add(descriptor)
        self.watched.add(descriptor)
        return descriptor

    def stop(self, descriptor: Descriptor) -> None:
        """Undo watch().  Harmless when that was undone, and when the loop is closed."""
        if descriptor not in self.watched:
            return
        self.watched.remove(descriptor)
        if self._pid != os.getpid():
            return  # a forked child shares the loop's epoll with its parent, who still watches
        if self._thread is not None:
            self._thread.remove(descriptor)  # and the last one to let go of it closes it
            return
        if not self.loop.is_closed():
            remove = self.loop.remove_reader if descriptor.mask == selectors.EVENT_READ else self.loop.remove_writer
            remove(descriptor.fileno())
        descriptor.close()


# Weak on both sides: a hub lives as long as its loop watches a descriptor, or a socket remembers the loop.
_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, ref[Hub]] = WeakKeyDictionary()


def hub_of(loop: asyncio.AbstractEventLoop) -> Hub:
    """Return the Hub of *loop*."""
    found = _hubs.get(loop)
    hub = None if found is None else found()
    if hub is None:
        hub = Hub(loop)
        _hubs[loop] = ref(hub)
    return hub


def in_thread_of(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether this thread may use *loop*: it runs here, or nowhere."""
    return _get_running_loop() is loop or not loop.is_running()
