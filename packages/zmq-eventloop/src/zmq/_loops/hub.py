"""What the sockets of one asyncio loop share: the descriptors that are watched for it, and the futures it keeps."""

from __future__ import annotations

import asyncio
import os
from asyncio.events import _get_running_loop
from collections.abc import Callable, Hashable
from typing import Any
from weakref import WeakKeyDictionary, ref

from zmq._loops.duplicates import Duplicate
from zmq._loops.selectorthread import SelectorThread
from zmq.backend.nested import Descriptor, NestedSet

__all__ = ["Hub", "hub_of", "in_thread_of"]


class Hub:
    """The sockets of one loop.  To be used in the loop's thread."""

    __slots__ = ("__weakref__", "_pid", "_selector", "awaited", "loop", "watched")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        # Futures that a task awaits, and so what they wait for, live as long as the loop: it may hold the only
        # reference to a task that waits for a message.  They are reached through the callback the loop keeps.
        self.awaited: set[Hashable] = set()
        self.watched: set[Descriptor] = set()
        # Weak for a selector of the loop's, which keeps this hub: its descriptor is closed with the loop, without the
        # garbage collector's help.
        self._selector: Callable[[], NestedSet | SelectorThread | None] = lambda: None
        self._pid = os.getpid()

    def watch(self, fd: int, listener: ref[Any]) -> Descriptor:
        """Call ``ready()`` of *listener* whenever *fd* is readable; see ``Descriptor``.

        Raises:
            OSError: It cannot be watched, or no descriptor is left that this takes.
        """
        selector = self._selector() or self._new_selector()
        threaded = isinstance(selector, SelectorThread)
        descriptor = Descriptor(self, Duplicate(fd) if threaded else fd, listener)
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

    def _new_selector(self) -> NestedSet | SelectorThread:
        try:
            nested = NestedSet(self.loop, self)
        except NotImplementedError:
            thread = SelectorThread(self.loop)  # for the loops of Windows, then
            self._selector = lambda: thread
            return thread
        self._selector = ref(nested)
        return nested


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
