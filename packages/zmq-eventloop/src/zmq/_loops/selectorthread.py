"""Watching descriptors for a loop in a thread, where the loop cannot do it: that of Windows' proactor."""

from __future__ import annotations

import asyncio
import contextlib
import selectors
import socket
import threading
from weakref import ref

from zmq.backend.watch import Descriptor

__all__ = ["Duplicate", "SelectorThread"]


class Duplicate:
    """A descriptor of its own of the same file; it is closed with this object.

    Args:
        fd: The other descriptor; of a socket, on Windows.

    Raises:
        OSError: There is no such descriptor, or none is left.
    """

    __slots__ = ("_fd",)

    def __init__(self, fd: int) -> None:
        self._fd = -1
        self._fd = socket.dup(fd)

    def fileno(self) -> int:
        """Return its number."""
        return self._fd

    def __del__(self) -> None:
        if self._fd != -1:
            socket.close(self._fd)


class SelectorThread:
    """Watches descriptors for *loop* in a thread, which lives from the first descriptor to the last.

    A descriptor has to stay open as long as it is watched here: so it is a Duplicate, which nothing else closes.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = ref(loop, lambda _: self._wake())
        self._lock = threading.Lock()
        self._watched: set[Descriptor] = set()
        self._armed: set[Descriptor] = set()  # those that the loop has not been told of
        self._waker: socket.socket | None = None

    def add(self, watched: Descriptor) -> None:
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

    def remove(self, watched: Descriptor) -> None:
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
                ready: list[Descriptor | None] = [key.data for key, _ in selector.select()]
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
            registered: set[Descriptor] = {key.data for key in selector.get_map().values() if key.data is not None}
            for watched in registered - self._armed:
                selector.unregister(watched)
            for watched in self._armed - registered:
                selector.register(watched, selectors.EVENT_READ, watched)
        return True

    def _report(self, watched: Descriptor) -> None:
        """Tell the loop that *watched* is ready, and leave it alone until the loop has done something about it."""
        with self._lock:
            self._armed.discard(watched)
        loop = self._loop()
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(self._tell, watched)

    def _tell(self, watched: Descriptor) -> None:
        if watched not in self._watched:
            return
        watched.ready()
        with self._lock:
            if watched not in self._watched:
                return
            self._armed.add(watched)
        self._wake()
