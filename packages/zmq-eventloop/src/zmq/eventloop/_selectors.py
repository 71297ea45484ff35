"""Watching descriptors for a loop: by a selector that the loop watches, or by a thread that waits in its stead.

A loop is not asked itself.  asyncio keeps one callback for a descriptor, so two sockets on one C socket would displace
each other.  And when another thread closes a socket, libzmq closes its descriptor before the loop can hear of that:
uvloop then aborts the process, and other loops take the next file of that number for the old one.
"""

from __future__ import annotations

import asyncio
import contextlib
import selectors
import socket
import threading
from typing import Any, Protocol, cast
from weakref import ref

__all__ = ["LoopSelector", "SelectorThread", "Watched", "nestable_selector"]


class Watched(Protocol):
    """A descriptor that is watched."""

    mask: int
    """selectors.EVENT_READ or EVENT_WRITE."""

    def fileno(self) -> int:
        """Return its number."""
        raise NotImplementedError

    def ready(self) -> None:
        """Called in the loop, over and over while the descriptor is ready; and maybe when it is not."""


class NestableSelector(Protocol):
    """A selector that has a descriptor of its own, as those of epoll and kqueue do."""

    def fileno(self) -> int: ...
    def register(self, fileobj: int, events: int) -> object: ...
    def unregister(self, fileobj: int) -> object: ...
    def select(self, timeout: float) -> list[tuple[Any, int]]: ...
    def close(self) -> None: ...


def nestable_selector() -> NestableSelector | None:
    """Return a new one; None on Windows, which has none."""
    selector = selectors.DefaultSelector()
    if hasattr(selector, "fileno"):
        return cast("NestableSelector", selector)
    selector.close()
    return None


class LoopSelector:
    """Watches descriptors for *loop* by *selector*.  In the loop's thread.

    The kernel forgets descriptors that are closed by itself, so what is watched may be closed at any time.

    Args:
        loop: The loop, which keeps this object until it is closed.
        selector: A selector of its own.
        owner: Kept as long as this object.

    Raises:
        NotImplementedError: The loop watches nothing for others.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, selector: NestableSelector, owner: object) -> None:
        self._selector = selector
        self._owner = owner  # lives as long as the loop: another one would bring another selector
        self._watched: dict[int, list[Watched]] = {}
        loop.add_reader(selector.fileno(), self._ready)  # for good: it is never ready while nothing is watched

    def __del__(self) -> None:
        self._selector.close()  # selectors are cycles: their descriptors would wait for the garbage collector

    def add(self, watched: Watched) -> None:
        """Begin to watch.

        Raises:
            OSError: It cannot be watched.
        """
        fd = watched.fileno()
        sharing = self._watched.get(fd, [])
        self._register(fd, [*sharing, watched])

    def remove(self, watched: Watched) -> None:
        """Stop watching."""
        fd = watched.fileno()
        with contextlib.suppress(OSError):  # it is closed
            self._register(fd, [other for other in self._watched.get(fd, ()) if other is not watched])

    def _register(self, fd: int, sharing: list[Watched]) -> None:
        if self._watched.pop(fd, None):
            self._selector.unregister(fd)  # and begin anew: by now it may be another file's number
        if sharing:
            mask = 0
            for watched in sharing:
                mask |= watched.mask
            self._selector.register(fd, mask)
            self._watched[fd] = sharing

    def _ready(self) -> None:
        for key, mask in self._selector.select(0):
            for watched in self._watched.get(key.fd, ()):
                if watched.mask & mask:
                    watched.ready()


class SelectorThread:
    """Watches descriptors for *loop* in a thread, which lives from the first descriptor to the last.

    What is watched has to stay open until nobody has it any more.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = ref(loop, lambda _: self._wake())
        self._lock = threading.Lock()
        self._watched: set[Watched] = set()
        self._armed: set[Watched] = set()  # those that the loop has not been told of
        self._waker: socket.socket | None = None

    def add(self, watched: Watched) -> None:
        """Begin to watch."""
        with self._lock:
            if self._waker is None:
                self._waker, wakes = socket.socketpair()
                self._waker.setblocking(False)
                threading.Thread(
                    target=self._run, args=(self._waker, wakes), name="zmq event loop", daemon=True
                ).start()
            self._watched.add(watched)
            self._armed.add(watched)
        self._wake()

    def remove(self, watched: Watched) -> None:
        """Stop watching; the thread may still hold the descriptor for a moment."""
        with self._lock:
            self._watched.discard(watched)
            self._armed.discard(watched)
        self._wake()

    def _wake(self) -> None:
        waker = self._waker
        if waker is not None:
            with contextlib.suppress(OSError):  # full: it will wake anyway; closed: it has ended
                waker.send(b"\0")

    def _run(self, waker: socket.socket, wakes: socket.socket) -> None:
        # Not epoll, which keeps a descriptor to itself: whether it is ready has to be asked each time.
        with waker, wakes, getattr(selectors, "PollSelector", selectors.SelectSelector)() as selector:
            selector.register(wakes, selectors.EVENT_READ)
            while self._arm(selector):
                ready: list[Watched | None] = [key.data for key, _ in selector.select()]
                while ready:  # and let go of each
                    if (watched := ready.pop()) is None:
                        wakes.recv(4096)
                    else:
                        self._report(watched)
                    del watched

    def _arm(self, selector: selectors.BaseSelector) -> bool:
        """Have *selector* watch what is armed; return whether anything will ever be."""
        with self._lock:
            loop = self._loop()
            if not self._watched or loop is None or loop.is_closed():
                self._waker = None
                return False
            registered: set[Watched] = {key.data for key in selector.get_map().values() if key.data is not None}
            for watched in registered - self._armed:
                selector.unregister(watched)
            for watched in self._armed - registered:
                selector.register(watched, watched.mask, watched)
        return True

    def _report(self, watched: Watched) -> None:
        """Tell the loop that *watched* is ready, and leave it alone until the loop has done something about it."""
        with self._lock:
            self._armed.discard(watched)
        loop = self._loop()
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(self._tell, watched)

    def _tell(self, watched: Watched) -> None:
        if watched not in self._watched:
            return
        watched.ready()
        with self._lock:
            if watched not in self._watched:
                return
            self._armed.add(watched)
        self._wake()
