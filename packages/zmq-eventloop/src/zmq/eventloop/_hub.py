"""What the sockets of one asyncio loop share: the descriptors that are watched for it, and the futures it keeps."""

from __future__ import annotations

import asyncio
import os
import selectors
from asyncio.events import _get_running_loop
from collections.abc import Callable, Hashable
from typing import Any, Protocol
from weakref import WeakKeyDictionary, ref

from zmq.eventloop._descriptors import Duplicate
from zmq.eventloop._selectors import LoopSelector, SelectorThread, nestable_selector

__all__ = ["Descriptor", "Hub", "Listener", "hub_of", "in_thread_of"]


class Listener(Protocol):
    """Somebody who wants to know when a descriptor is ready."""

    def ready(self) -> None:
        """Called in the loop, over and over while the descriptor is ready; and maybe when it is not."""


class Descriptor:
    """A descriptor that is watched for a listener."""

    __slots__ = ("_fd", "_hub", "_listener", "mask")

    def __init__(self, hub: Hub, fd: int | Duplicate, listener: ref[Any], mask: int) -> None:
        self._fd = fd
        self._hub = hub
        self._listener = listener
        self.mask = mask

    def fileno(self) -> int:
        """Return its number."""
        return self._fd if isinstance(self._fd, int) else self._fd.fileno()

    def ready(self) -> None:
        """Tell the listener; called in the loop."""
        target = self._listener()
        if target is None:
            self._hub.stop(self)
        else:
            target.ready()


class Hub:
    """The sockets of one loop.  To be used in the loop's thread."""

    __slots__ = ("__weakref__", "_pid", "_selector", "awaited", "loop", "watched")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        # Futures that somebody awaits, and so what they wait for, live as long as the loop: it may hold the only
        # reference to a task that waits for a message.  They are reached through the callback the loop keeps.
        self.awaited: set[Hashable] = set()
        self.watched: set[Descriptor] = set()
        # Weak for a selector of the loop's, which keeps this hub: its descriptor is closed with the loop, without the
        # garbage collector's help.
        self._selector: Callable[[], LoopSelector | SelectorThread | None] = lambda: None
        self._pid = os.getpid()

    def watch(self, fd: int, listener: ref[Any], *, to_write: bool = False) -> Descriptor:
        """Call ``ready()`` of *listener*, a Listener, whenever *fd* is readable, or else writable.

        Raises:
            OSError: It cannot be watched, or no descriptor is left that this takes.
        """
        selector = self._selector() or self._new_selector()
        mask = selectors.EVENT_WRITE if to_write else selectors.EVENT_READ
        threaded = isinstance(selector, SelectorThread)
        descriptor = Descriptor(self, Duplicate(fd) if threaded else fd, listener, mask)
        selector.add(descriptor)
        self.watched.add(descriptor)
        return descriptor

    def stop(self, descriptor: Descriptor) -> None:
        """Undo watch().  Harmless when that was undone, and when the loop is closed."""
        if descriptor not in self.watched:
            return
        self.watched.remove(descriptor)
        selector = self._selector()
        if selector is not None and self._pid == os.getpid():  # a forked child shares it with its parent
            selector.remove(descriptor)

    def _new_selector(self) -> LoopSelector | SelectorThread:
        selector = nestable_selector()
        if selector is not None:
            try:
                made = LoopSelector(self.loop, selector, self)
            except NotImplementedError:
                selector.close()
            else:
                self._selector = ref(made)
                return made
        thread = SelectorThread(self.loop)  # for the loops of Windows, then
        self._selector = lambda: thread
        return thread


# Weak on both sides: a hub lives as long as its loop, whose selector keeps it, or while a socket remembers the loop.
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
