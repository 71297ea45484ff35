"""Readable descriptors of one asyncio loop: many listeners may watch one, and every loop can watch them.

asyncio keeps one callback per descriptor, so two sockets that share a C socket would displace each other; and the
proactor loop of Windows watches no descriptors at all, so there a thread does, which lives only while there are any.
"""

from __future__ import annotations

import asyncio
import contextlib
import selectors
import socket
import threading
from asyncio.events import _get_running_loop
from collections.abc import Callable, Hashable
from typing import Any, Protocol
from weakref import WeakKeyDictionary, ref

__all__ = ["Hub", "Listener", "hub_of", "in_thread_of"]


class Listener(Protocol):
    """Somebody who wants to know when a descriptor is readable."""

    def readable(self) -> None:
        """Called in the loop, over and over while the descriptor is readable."""

    @property
    def lost(self) -> bool:
        """Whether the descriptor is closed, or about to be: its number may come back as that of another one."""
        raise NotImplementedError


class Hub:
    """The watched descriptors of one loop.  To be used in the loop's thread."""

    __slots__ = ("__weakref__", "_listeners", "_thread", "awaited", "loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        # Futures that somebody awaits, and so what they wait for, live as long as the loop: it may hold the only
        # reference to a task that waits for a message.  They are reached through the callback the loop keeps.
        self.awaited: set[Hashable] = set()
        self._listeners: dict[int, list[ref[Listener]]] = {}
        self._thread: ReaderThread | None = None

    def add(self, fd: int, listener: ref[Any]) -> None:
        """Call ``readable()`` of *listener*, a Listener, whenever *fd* is readable."""
        listeners = self._listeners.get(fd)
        if listeners is not None:
            if any((other := reference()) is not None and not other.lost for reference in listeners):
                listeners.append(listener)
                return
            # Those who watched a descriptor of this number are gone, or have lost it, and maybe it is closed: loops may
            # not have noticed that, and would not notice that there is another one.  Begin anew.
            self._unwatch(fd)
        self._watch(fd)
        self._listeners[fd] = [listener]

    def remove(self, fd: int, listener: ref[Any]) -> None:
        """Undo add().  Harmless when that was undone, and when the loop is closed."""
        listeners = self._listeners.get(fd)
        if listeners is None or listener not in listeners:
            return
        listeners.remove(listener)
        if not listeners:
            del self._listeners[fd]
            self._unwatch(fd)

    def _watch(self, fd: int) -> None:
        if self._thread is None:
            try:
                self.loop.add_reader(fd, self._readable, fd)
            except NotImplementedError:
                self._thread = ReaderThread(self.loop)
            else:
                return
        self._thread.add_reader(fd, self._readable, fd)

    def _unwatch(self, fd: int) -> None:
        if self._thread is not None:
            self._thread.remove_reader(fd)
        elif not self.loop.is_closed():
            self.loop.remove_reader(fd)

    def _readable(self, fd: int) -> None:
        listeners = self._listeners.get(fd, ())
        alive = False
        for listener in tuple(listeners):
            target = listener()
            if target is not None:
                alive = True
                target.readable()
        if not alive and self._listeners.pop(fd, None) is not None:
            self._unwatch(fd)


class ReaderThread:
    """``add_reader`` for loops that have none: a thread waits in their stead, from the first descriptor to the last."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = ref(loop, lambda _: self._wake())
        self._lock = threading.Lock()
        self._callbacks: dict[int, tuple[Callable[[int], None], int]] = {}
        self._armed: set[int] = set()
        self._waker: socket.socket | None = None

    def add_reader(self, fd: int, callback: Callable[[int], None], argument: int) -> None:
        """Call *callback* in the loop whenever *fd* is readable."""
        with self._lock:
            self._callbacks[fd] = (callback, argument)
            self._armed.add(fd)
            if self._waker is None:
                self._waker, wakes = socket.socketpair()
                self._waker.setblocking(False)
                threading.Thread(
                    target=self._run, args=(self._waker, wakes), name="zmq event loop", daemon=True
                ).start()
        self._wake()

    def remove_reader(self, fd: int) -> None:
        """Undo add_reader()."""
        with self._lock:
            self._callbacks.pop(fd, None)
            self._armed.discard(fd)
        self._wake()

    def _wake(self) -> None:
        waker = self._waker
        if waker is not None:
            with contextlib.suppress(OSError):  # full: it will wake anyway; closed: it has ended
                waker.send(b"\0")

    def _run(self, waker: socket.socket, wakes: socket.socket) -> None:
        watched: set[int] = set()
        # Not epoll, which forgets a descriptor that is closed and never notices that its number has come back.
        with waker, wakes, getattr(selectors, "PollSelector", selectors.SelectSelector)() as selector:
            selector.register(wakes, selectors.EVENT_READ)
            while True:
                with self._lock:
                    loop = self._loop()
                    if not self._callbacks or loop is None or loop.is_closed():
                        self._waker = None
                        return
                    wanted = set(self._armed)
                del loop
                for fd in watched - wanted:
                    selector.unregister(fd)
                for fd in wanted - watched:
                    try:
                        selector.register(fd, selectors.EVENT_READ)
                    except (OSError, ValueError):  # it was closed: whoever waits for it finds out by trying
                        wanted.discard(fd)
                        self._report(fd)
                watched = wanted
                for key, _ in selector.select():
                    if key.fileobj is wakes:
                        wakes.recv(4096)
                    else:
                        self._report(key.fd)

    def _report(self, fd: int) -> None:
        """Tell the loop that *fd* is readable, and leave it alone until the loop has done something about it."""
        with self._lock:
            self._armed.discard(fd)
        loop = self._loop()
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(self._call, fd)

    def _call(self, fd: int) -> None:
        with self._lock:
            found = self._callbacks.get(fd)
        if found is None:
            return
        callback, argument = found
        callback(argument)
        with self._lock:
            if fd not in self._callbacks:
                return
            self._armed.add(fd)
        self._wake()


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
