"""What the sockets of one asyncio loop share: the descriptors that are watched for it, and the futures it keeps."""

from __future__ import annotations

import asyncio
from asyncio.events import _get_running_loop
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary, ref

from zmq import adapter
from zmq._loops.duplicates import Duplicate
from zmq._loops.selectorthread import SelectorThread
from zmq.adapter import Timer
from zmq.backend.nested import Descriptor

__all__ = ["Hub", "hub_of", "in_thread_of"]


class Hub(adapter.Hub):
    """The sockets of one loop.  To be used in the loop's thread.

    Futures that a task awaits, and so what they wait for, live as long as the loop: it may hold the only reference to a
    task that waits for a message.  They are reached through the callback the loop keeps.
    """

    __slots__ = ("loop",)

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.loop = loop

    def watch(self, fd: int, reference: Callable[[], Any]) -> Descriptor:
        """Call ``ready()`` of an engine whenever *fd* is readable; see ``zmq.adapter.Hub``."""
        selector = self._selector() or self._new_selector()
        if not isinstance(selector, SelectorThread):
            return super().watch(fd, reference)
        descriptor = Descriptor(self, Duplicate(fd), reference)
        self._add(selector, descriptor)
        return descriptor

    def _new_selector(self) -> Any:
        try:
            return super()._new_selector()
        except NotImplementedError:
            thread = SelectorThread(self.loop)  # for the loops of Windows, then
            self._selector = lambda: thread
            return thread

    # ---- calls

    def add_reader(self, fd: int, callback: Callable[[], object]) -> object:
        """Call *callback* whenever *fd* is readable."""
        return self.loop.add_reader(fd, callback)

    def call_soon(self, function: Callable[..., object], *args: Any) -> object:
        """Call *function* in the next iteration of the loop."""
        return self.loop.call_soon(function, *args)

    def call_soon_threadsafe(self, function: Callable[..., object], *args: Any) -> object:
        """Call *function* in the thread of the loop; any thread."""
        return self.loop.call_soon_threadsafe(function, *args)

    def call_later(self, delay_s: float, function: Callable[..., object], *args: Any) -> Timer:
        """Call *function* in *delay_s* seconds."""
        return self.loop.call_later(delay_s, function, *args)

    def is_running(self) -> bool:
        """Return whether the loop runs."""
        return self.loop.is_running()

    def is_closed(self) -> bool:
        """Return whether the loop was closed."""
        return self.loop.is_closed()


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
