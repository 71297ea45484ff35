"""What the sockets of one asyncio loop share, and which loop that is.

They share the descriptors that are watched for the loop, and the futures that it keeps.
"""

from __future__ import annotations

import asyncio
from asyncio.events import _get_running_loop
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary, ref

from zmq import adapter
from zmq._loops.selectorthread import Duplicate, SelectorThread
from zmq.backend.watch import Descriptor

__all__ = ["Hub", "InLoop", "asyncio_loop", "hub_of", "in_thread_of"]


# What a hub calls by these names is the loop itself.
_OF_LOOP = ("add_reader", "call_soon", "call_soon_threadsafe", "call_later", "is_running", "is_closed")


class Hub(adapter.Hub):
    """The sockets of one loop.  To be used in the loop's thread.

    Futures that a task awaits, and so what they wait for, live as long as the loop: it may hold the only reference to a
    task that waits for a message.  They are reached through the callback the loop keeps.
    """

    __slots__ = ("loop", *_OF_LOOP)

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.loop = loop
        for name in _OF_LOOP:
            setattr(self, name, getattr(loop, name))

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


class InLoop:
    """What waits in a loop.  Bindings to other loops, which asyncio's is underneath, override ``_default_loop``."""

    __slots__ = ()

    def _default_loop(self) -> Any:
        """Return the loop to wait in where none is running: asyncio's, or what has one as its ``asyncio_loop``."""
        return asyncio.get_event_loop()

    def _get_loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop to wait in.

        Raises:
            RuntimeError: There is none.
        """
        return _get_running_loop() or asyncio_loop(self._default_loop())


def asyncio_loop(io_loop: Any) -> asyncio.AbstractEventLoop:
    """Return the asyncio loop that *io_loop* is, or runs on.

    Raises:
        TypeError: It is no loop.
    """
    loop = getattr(io_loop, "asyncio_loop", io_loop)
    if not isinstance(loop, asyncio.AbstractEventLoop):
        raise TypeError(f"a loop is a tornado IOLoop or an asyncio one: got {io_loop!r:.60}")
    return loop
