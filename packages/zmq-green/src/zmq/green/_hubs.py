"""How greenlets wait for sockets: the hub of a gevent loop, and the Call of a greenlet."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from gevent import getcurrent
from gevent._hub_local import get_hub_if_exists
from gevent.hub import Hub as GeventHub
from gevent.hub import Waiter, get_hub

from zmq import adapter
from zmq.backend.returned import polls
from zmq.backend.watch import Descriptor

__all__ = ["BUDGET", "READ", "SHORTEST_S", "GreenletCall", "Timer", "Told", "hub_of"]

BUDGET = 100
"""How many operations of a kind may succeed without waiting before the other greenlets run."""
READ = 1
ONE_YEAR_S = 365 * 24 * 3600.0
SHORTEST_S = 0.001
"""The shortest time that all of gevent's loops can wait; libuv warns of those that are shorter."""


class Timer:
    """Calls a function in the hub in *delay_s* seconds."""

    def __init__(self, hub: GeventHub, delay_s: float, function: Callable[..., object], *args: Any) -> None:
        self._timer = hub.loop.timer(max(delay_s, SHORTEST_S))
        self._timer.start(self._fire, function, *args, update=True)  # the loop's idea of now may be old

    def _fire(self, function: Callable[..., object], *args: Any) -> None:
        self.cancel()
        function(*args)

    def cancel(self) -> None:
        """Do not call it."""
        self._timer.stop()
        self._timer.close()


class _Hub(adapter.Hub):
    """The sockets of one gevent hub.

    gevent's loops watch each descriptor, which takes fewer system calls.  They end when there is nothing to wait for
    any more, and sockets may be watched longer than a greenlet waits: so that does not count, but what waits does.
    libuv counts all descriptors that it watches, so there they are watched only while a greenlet waits.
    """

    __slots__ = ("_counts", "_hub", "_waits", "_watchers")

    def __init__(self, hub: GeventHub) -> None:
        super().__init__()
        self._hub = hub
        self._waits = hub.loop.timer(ONE_YEAR_S, ONE_YEAR_S)  # libuv's other watchers count also when they are stopped
        self._watchers: dict[Descriptor, Any] = {}
        self._counts = "libuv" in type(hub.loop).__module__

    def begin_wait(self) -> None:
        """Keep the loop running: a greenlet is about to wait."""
        if len(self.awaited) == 1:
            self._waits.start(int)
            for descriptor, watcher in tuple(self._watchers.items()) if self._counts else ():
                watcher.start(descriptor.ready)

    def end_wait(self) -> None:
        """A greenlet does not wait any more."""
        if not self.awaited:
            self._waits.stop()
            for watcher in tuple(self._watchers.values()) if self._counts else ():
                watcher.stop()

    def watch(self, fd: int, reference: Callable[[], Any]) -> Descriptor:
        """Call ``ready()`` of an engine whenever *fd* is readable."""
        descriptor = Descriptor(self, fd, reference)
        watcher = self._watchers[descriptor] = self._hub.loop.io(fd, READ, ref=False)
        watcher.start(descriptor.ready)
        return descriptor

    def stop(self, descriptor: Descriptor) -> None:
        """Undo ``watch()``."""
        watcher = self._watchers.pop(descriptor, None)
        if watcher is not None and not self.is_closed():
            watcher.stop()
            watcher.close()

    def call_soon(self, function: Callable[..., object], *args: Any) -> None:
        """Call *function* in the next iteration of the loop."""
        self._hub.loop.run_callback(function, *args)

    def call_soon_threadsafe(self, function: Callable[..., object], *args: Any) -> None:
        """Call *function* in the hub; any thread.

        Raises:
            RuntimeError: The hub was destroyed.
        """
        if self.is_closed():
            raise RuntimeError("the hub was destroyed")
        self._hub.loop.run_callback_threadsafe(function, *args)

    def call_later(self, delay_s: float, function: Callable[..., object], *args: Any) -> Timer:
        """Call *function* in *delay_s* seconds."""
        return Timer(self._hub, delay_s, function, *args)

    def is_running(self) -> bool:
        """Return whether the hub was not destroyed."""
        return not self.is_closed()

    def is_closed(self) -> bool:
        """Return whether the hub was destroyed."""
        return self._hub.loop is None  # pyright: ignore[reportUnnecessaryComparison]  # the stubs forget that


def hub_of(hub: Any) -> _Hub:
    """Return what the sockets of a gevent hub share, which is kept by that."""
    found: _Hub | None = getattr(hub, "_zmq_green", None)
    if found is None:
        found = hub._zmq_green = _Hub(hub)  # noqa: SLF001 (ours)
    return found


class Told:
    """Ends the sleep of a poll, or the wait for a thread."""

    def __init__(self, loop: _Hub, waiter: Waiter[bool]) -> None:
        self.loop = loop
        self._waiter = waiter

    def woken(self) -> None:
        """A message was given back to a socket, or the thread has ended; called in any thread."""
        with suppress(RuntimeError):  # the hub was destroyed
            self.loop.call_soon_threadsafe(self.retry)

    def retry(self) -> None:
        """Have the greenlet look; called in the hub."""
        self._waiter.switch(False)


def _end_waits() -> None:
    """In the child of a fork: wake what waits for sockets and threads, which are the parent's, so that it ends."""
    hub = get_hub_if_exists()
    ours: _Hub | None = getattr(hub, "_zmq_green", None)
    if hub is None or ours is None or ours.is_closed():
        return
    waiting = [*ours.awaited, *(poll for poll in tuple(polls) if isinstance(poll, Told) and poll.loop is ours)]
    if waiting:
        # As gevent.os.fork() does: else what ends would take the parent's descriptors out of the set that both have.
        hub.loop.reinit()
    for each in waiting:
        ours.call_soon(each.retry)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_end_waits)


class GreenletCall(adapter.Call):
    """An operation that a greenlet waits for."""

    def __init__(self) -> None:
        self.hub: GeventHub = get_hub()
        self._waiter: Waiter[None] = Waiter(self.hub)

    def wake(self) -> None:
        """Switch to the greenlet: at once in the hub, else soon."""
        if getcurrent() is self.hub:
            self._waiter.switch(None)
        else:
            self.hub.loop.run_callback(self._waiter.switch, None)

    def wait(self) -> Any:
        """Return the result, or raise the error, when it has ended."""
        hub = hub_of(self.hub)
        hub.begin_wait()
        try:
            if getcurrent() is self.hub:
                # Callbacks of the loop cannot switch, but it may be only their turn that is over.  The retry may switch
                # to greenlets that begin to wait; so this comes after begin_wait().
                self.retry()
                if self.done:
                    return self.result()
            self._waiter.get()
            return self.result()
        except BaseException:
            self.abandon()
            raise
        finally:
            hub.end_wait()
