"""Which loop a socket or a Poller waits in: the one that runs, else one that its class chooses."""

from __future__ import annotations

import asyncio
from asyncio.events import _get_running_loop
from typing import Any

__all__ = ["InLoop", "asyncio_loop"]


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
