"""Waiting for news of a socket, on asyncio and on trio."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import zmq
from zmq.backend.watch import Watch
from zmq.eventloop._descriptors import Duplicate

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["News", "scheduler"]

LOOK_AGAIN_S = 0.005
"""How often to look at a socket whose descriptor does not tell everything."""


class News:
    """Waits until a socket may have become ready: its descriptor says so, or its Watch, maybe in another thread.

    For one task.  Use it in a with statement.
    """

    def __init__(self, socket: zmq.Socket[Any], interest: int) -> None:
        self._scope: anyio.CancelScope | None = None
        self._schedule = scheduler()
        self._watch = Watch(socket, self._tell)
        self._watch.interest = interest
        # A descriptor of its own: of one, a loop tells one task only, and libzmq closes its own whenever it likes.
        self._descriptor: Duplicate | None = None
        if self._watch.fd is not None:
            with contextlib.suppress(OSError):  # no descriptor is left for it
                self._descriptor = Duplicate(self._watch.fd)
        self._slice_s = None if self._descriptor is not None and not self._watch.foreign else LOOK_AGAIN_S
        self._refused = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._watch.close()
        del self._watch  # it keeps the C socket, and this object: nothing must be left for the garbage collector
        if self._descriptor is not None:
            self._descriptor.close()

    def _tell(self) -> None:
        self._schedule(self._wake)

    def _wake(self) -> None:
        if self._scope is not None:
            self._scope.cancel()

    async def wait(self) -> None:
        """Return when another try is worth it.

        Raises:
            ContextTerminated: The context was terminated.
            ZMQError: The socket was closed.
        """
        if self._watch.events() & self._watch.interest and not self._refused:
            self._refused = True  # a second refusal in a row would mean that what it says is not true
            await anyio.lowlevel.checkpoint()
            return
        slice_s = LOOK_AGAIN_S if self._refused else self._slice_s
        self._refused = False
        with anyio.move_on_after(slice_s) as self._scope:
            if self._descriptor is None:
                await anyio.sleep_forever()
            else:
                await anyio.wait_readable(self._descriptor)
        self._scope = None
        self._watch.events()


def scheduler() -> Callable[[Callable[[], None]], None]:
    """Return what runs a function soon in this event loop, called from any thread."""
    if anyio.get_cancelled_exc_class().__module__.startswith("trio"):
        import trio

        run_soon: Callable[..., object] = trio.lowlevel.current_trio_token().run_sync_soon
        over: type[Exception] = trio.RunFinishedError
    else:
        import asyncio

        run_soon = asyncio.get_running_loop().call_soon_threadsafe
        over = RuntimeError

    def schedule(function: Callable[[], None]) -> None:
        with contextlib.suppress(over):  # the loop has ended, and nobody waits any more
            run_soon(function)

    return schedule
