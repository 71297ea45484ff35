"""Having an asyncio loop watch a socket, while somebody waits for it.

The descriptor of a socket is edge-triggered, and any operation on the socket, by whomever, may eat the edge; the core's
Watch tells when that has happened.  ``Watch.events()`` arms both again.
"""

from __future__ import annotations

import asyncio
import contextlib
from abc import abstractmethod
from asyncio.events import _get_running_loop
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias
from weakref import ref

import zmq
from zmq.backend.watch import Watch
from zmq.eventloop._hub import Descriptor, Hub, Listener, hub_of, in_thread_of
from zmq.eventloop._waiting import Waiting

__all__ = ["Loop", "Watching"]

Loop: TypeAlias = asyncio.AbstractEventLoop

LOOK_AGAIN_S = 0.005
"""How often to look at a socket whose descriptor does not tell everything."""


class Watching:
    """A socket, the loop that it waits in, and whether that watches it.

    Args:
        socket: The socket, which is not kept.
        default: Returns the loop to use where none is running.

    Attributes:
        loop: The loop it was used in last; None before the first time.
    """

    __slots__ = (
        "__weakref__",
        "_default",
        "_late",
        "_me",
        "_reading",
        "_running",
        "_scheduled",
        "_watch",
        "hub",
        "loop",
        "socket",
    )

    def __init__(self, socket: zmq.Socket[Any], default: Callable[[], Loop]) -> None:
        self.socket = ref(socket)
        self.loop: Loop | None = None
        self.hub: Hub
        self._default = default
        self._me: ref[Listener] = ref(self)
        self._watch: Watch | None = None
        self._reading: Descriptor | None = None  # what the loop watches
        self._running = False  # the Watch tells what happens in a run, too
        self._scheduled = False
        self._late: asyncio.TimerHandle | None = None

    def __del__(self) -> None:
        if self.loop is not None and (self._watch is not None or self._reading is not None):
            self.park()

    @abstractmethod
    def is_waited_for(self) -> bool:
        """Whether a future waits."""

    @abstractmethod
    def waiting(self) -> Sequence[Waiting]:
        """Return all futures that wait."""

    @abstractmethod
    def run(self) -> None:
        """Do what can be done for those who wait, and have the rest watched; stop watching when nobody waits."""

    @abstractmethod
    def run_scheduled(self) -> None:
        """Do the same, when what waits may have waited only for its turn."""

    # ---- the loop

    def enter(self) -> Loop:
        """Return the loop to wait in: the running one.

        Raises:
            RuntimeError: Futures of the socket wait in another one; or there is none.
        """
        loop = _get_running_loop() or self._default()
        if loop is not self.loop:
            self.move(loop)
        return loop

    def move(self, loop: Loop) -> None:
        """Wait in *loop* from now on."""
        if self.loop is not None:
            waiting = self.waiting()
            if waiting and not self.loop.is_closed():
                raise RuntimeError(
                    f"cannot use {self.socket()!r} in {loop!r}: it is in use in {self.loop!r}, where"
                    f" {len(waiting)} of its operations wait"
                )
            for future in waiting:  # of a closed loop: they will never be done
                future.leave()
            self.park()
        self.loop = loop
        self.hub = hub_of(loop)
        self._scheduled = False

    def schedule(self) -> None:
        """Run in the next iteration of the loop."""
        if not self._scheduled:
            assert self.loop is not None
            self.loop.call_soon(self._run_scheduled)  # and keep the object until then
            self._scheduled = True

    def _run_scheduled(self) -> None:
        self._scheduled = False
        self.run_scheduled()

    def _run_again(self) -> None:
        self._late = None
        self.run()

    # ---- watching

    def watch(self, socket: zmq.Socket[Any]) -> Watch:
        """Return the Watch, which a run begins with."""
        watch = self._watch
        if watch is None:
            watch = self._watch = Watch(socket, partial(_wake, ref(self)))
        return watch

    def keep_watching(self, watch: Watch, *, look_again: bool) -> None:
        """End a run: have the loop watch the socket.

        Args:
            watch: What watch() has returned.
            look_again: Whether to look at the socket a little later though there is no news.
        """
        assert self.loop is not None
        if self._reading is None and watch.fd is not None:
            # No news is missed: the descriptor is readable until the events are read.
            with contextlib.suppress(OSError):  # no descriptor is left for it
                self._reading = self.hub.watch(watch.fd, self._me)
        if self._late is None and (look_again or self._reading is None or watch.foreign):
            self._late = self.loop.call_later(LOOK_AGAIN_S, self._run_again)

    def rest(self) -> None:
        """End a run: nobody waits.  What the loop watches it watches until there is news: somebody may come back."""
        if self._reading is None:
            self.park()

    def park(self) -> None:
        """Stop watching the socket.  Any thread."""
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.close()
        if self._late is not None:
            self._late.cancel()
            self._late = None
        reading, self._reading = self._reading, None
        if reading is None or self.loop is None:
            return
        if not in_thread_of(self.loop):
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
                self.loop.call_soon_threadsafe(self.hub.stop, reading)
                return
        self.hub.stop(reading)

    # ---- news

    def ready(self) -> None:
        """The descriptor is readable; called by the Hub."""
        self.run()

    def woken(self) -> None:
        """Something has made the socket ready, or unusable; called in any thread."""
        loop = self.loop
        here = _get_running_loop() is loop
        if loop is None or (here and self._running):  # the run looks again
            return
        if not self.is_waited_for() and in_thread_of(loop):
            self.park()  # the socket is closed, or who waited has given up
        elif here and self._watch is not None and self._watch.lost:
            self.run()  # at once: after close() programs look at what waited
        elif here:
            self.schedule()
        else:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(self.run)


def _wake(watching: ref[Watching]) -> None:
    """What the core keeps: nothing that keeps a socket."""
    target = watching()
    if target is not None:
        target.woken()
