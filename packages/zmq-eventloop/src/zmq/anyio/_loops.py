"""What anyio lacks, for asyncio and for trio: having the loop watch descriptors, and calls from other threads.

Both watch one selector for all sockets: waiting takes no descriptor of its own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import anyio
from zmq._loops.hub import Hub, hub_of

if TYPE_CHECKING:
    import trio

__all__ = ["current_hub", "scheduler"]

_trio_hubs: list[trio.lowlevel.RunVar[Hub | None]] = []
"""The one variable of trio's runs, as soon as trio is there."""


class _TrioLoop:
    """A run of trio, as a Hub expects a loop."""

    def __init__(self) -> None:
        import trio

        self._trio = trio
        self._token = trio.lowlevel.current_trio_token()

    def add_reader(self, fd: int, callback: Callable[[], object]) -> None:
        """Call *callback* whenever *fd* is readable, until the run ends."""
        self._trio.lowlevel.spawn_system_task(self._read, fd, callback)

    async def _read(self, fd: int, callback: Callable[[], object]) -> None:
        while True:
            await self._trio.lowlevel.wait_readable(fd)
            callback()

    def call_soon_threadsafe(self, function: Callable[..., object], *args: object) -> None:
        """Call *function* soon; any thread.

        Raises:
            RuntimeError: The run has ended.
        """
        self._token.run_sync_soon(function, *args)

    def is_closed(self) -> bool:
        """Return False: what waits in a run is cancelled before that ends."""
        return False


def _on_trio() -> bool:
    return anyio.get_cancelled_exc_class().__module__.startswith("trio")


def current_hub() -> Hub:
    """Return the Hub of the running loop."""
    if not _on_trio():
        import asyncio

        return hub_of(asyncio.get_running_loop())
    if not _trio_hubs:
        import trio

        _trio_hubs.append(trio.lowlevel.RunVar("zmq.anyio", None))
    hub = _trio_hubs[0].get()
    if hub is None:
        loop: Any = _TrioLoop()
        hub = Hub(loop)
        _trio_hubs[0].set(hub)
    return hub


def scheduler() -> Callable[[Callable[[], None]], None]:
    """Return what runs a function soon in this event loop, called from any thread."""
    if _on_trio():
        run_soon: Callable[..., object] = _TrioLoop().call_soon_threadsafe
    else:
        import asyncio

        run_soon = asyncio.get_running_loop().call_soon_threadsafe

    def schedule(function: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended, and no task waits any more
            run_soon(function)

    return schedule
