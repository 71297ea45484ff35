"""Waiting for news of a socket, on asyncio and on trio."""

from __future__ import annotations

import contextlib
import os
import socket as os_socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import zmq
from zmq.backend.watch import Watch

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["News"]

LOOK_AGAIN_S = 0.005
"""How often to look at a socket whose descriptor does not tell everything."""


class News:
    """Waits until a socket may have become ready: its descriptor says so, or its Watch, maybe in another thread.

    For one task.  Use it in a with statement.
    """

    def __init__(self, socket: zmq.Socket[Any], interest: int) -> None:
        self._scope: anyio.CancelScope | None = None
        self._told = False
        self._schedule = _scheduler()
        self._watch = Watch(socket, self._tell)
        self._watch.interest = interest
        # A descriptor of its own: of one, a loop tells one task only, and libzmq closes its own whenever it likes.
        self._descriptor = _Descriptor(self._watch.fd)
        self._slice_s = None if self._watch.fd is not None and not self._watch.foreign else LOOK_AGAIN_S
        self._refused = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._watch.close()
        del self._watch  # it keeps the C socket, and this object: nothing must be left for the garbage collector
        self._descriptor.close()

    def _tell(self) -> None:
        self._schedule(self._wake)

    def _wake(self) -> None:
        self._told = True
        if self._scope is not None:
            self._scope.cancel()

    async def wait(self) -> None:
        """Return when another try is worth it.

        Raises:
            ContextTerminated: The context was terminated.
            ZMQError: The socket was closed.
        """
        self._told = False
        if self._watch.events() & self._watch.interest and not self._refused:
            self._refused = True  # a second refusal in a row would mean that what it says is not true
            await anyio.lowlevel.checkpoint()
            return
        slice_s = LOOK_AGAIN_S if self._refused else self._slice_s
        self._refused = False
        with anyio.move_on_after(slice_s) as self._scope:
            if not self._told:
                await self._descriptor.readable()
        self._scope = None
        self._watch.events()


class _Descriptor:
    """A duplicate of a descriptor, or of none."""

    def __init__(self, fd: int | None) -> None:
        self._fd: Any = None if fd is None else _duplicate(fd)

    async def readable(self) -> None:
        """Return when it is readable; never, for none."""
        if self._fd is None:
            await anyio.sleep_forever()
        else:
            await anyio.wait_readable(self._fd)

    def close(self) -> None:
        """Give the duplicate back."""
        if self._fd is None:
            return
        if sys.platform == "win32":
            self._fd.close()
        else:
            os.close(self._fd)


def _scheduler() -> Callable[[Callable[[], None]], None]:
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


def _duplicate(fd: int) -> Any:
    """Return a descriptor, or on Windows a socket, of the same file."""
    if sys.platform == "win32":
        original = os_socket.socket(fileno=fd)
        duplicate = original.dup()
        original.detach()
        return duplicate
    else:  # noqa: RET505 (what checkers make of the platform)
        return os.dup(fd)
