"""Waiting for a socket, on asyncio and on trio."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import ref

import anyio
import anyio.lowlevel
import zmq
from zmq.anyio._loops import current_hub, scheduler
from zmq.backend.nested import Descriptor
from zmq.backend.watch import LOOK_AGAIN_S, Watch

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["News", "deadline_after"]

_T = TypeVar("_T")


class News:
    """Waits until a socket does what is wanted: tries when its descriptor says so, or its Watch, maybe in a thread.

    For one task.  Use it in a with statement.
    """

    def __init__(self, socket: zmq.Socket[Any], interest: int) -> None:
        self._rung = anyio.Event()
        self._schedule = scheduler()
        self._watch = Watch(socket, self._tell)
        self._watch.interest = interest
        self._hub = current_hub()
        self._reading: Descriptor | None = None
        if self._watch.fd is not None:
            with contextlib.suppress(OSError):  # no descriptor is left for the selector
                self._reading = self._hub.watch(self._watch.fd, ref(self))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._watch.close()
        del self._watch  # it keeps the C socket, and this object: nothing must be left for the garbage collector
        self._unwatch()

    def _unwatch(self) -> None:
        reading, self._reading = self._reading, None
        if reading is not None:
            self._hub.stop(reading)

    def _tell(self) -> None:
        self._schedule(self.ready)

    def ready(self) -> None:
        """Have the task look at the socket."""
        self._rung.set()

    async def perform(self, attempt: Callable[[], _T], deadline: float) -> _T:
        """Return what *attempt* returns, as soon as it does not raise Again.

        Raises:
            Again: It still did at the deadline, a time of ``anyio.current_time()``.
            ContextTerminated: The context was terminated.
            ZMQError: The socket was closed, or what else *attempt* raises.
        """
        watch = self._watch
        while True:
            self._rung = anyio.Event()
            pause_s = watch.pause()
            if pause_s == 0:
                await anyio.lowlevel.checkpoint()
            else:
                if pause_s is None:
                    pause_s = math.inf if self._reading is not None else LOOK_AGAIN_S
                now = anyio.current_time()
                if now >= deadline:
                    raise zmq.Again
                with anyio.CancelScope(deadline=min(deadline, now + pause_s)):
                    await self._rung.wait()
                if watch.lost:
                    self._unwatch()  # at once: another file may get the number of its descriptor
            watch.trying = True
            try:
                return attempt()
            except zmq.Again:
                pass
            finally:
                watch.trying = False


def deadline_after(timeout_ms: float | None) -> float:
    """Return the time of ``anyio.current_time()`` in *timeout_ms* milliseconds; infinity for None and negative ones."""
    if timeout_ms is None or timeout_ms < 0:
        return math.inf
    return anyio.current_time() + timeout_ms / 1000
