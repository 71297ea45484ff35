"""tornado, for the modules here that need it: loops of any kind, and the asyncio loop underneath."""

from __future__ import annotations

import asyncio
from typing import Any

try:
    from tornado.ioloop import IOLoop, PeriodicCallback
    from tornado.log import app_log, gen_log
except ImportError as error:
    raise ModuleNotFoundError(
        "zmq.eventloop needs tornado: pip install 'zmq-eventloop[tornado]'", name=error.name
    ) from error

__all__ = ["IOLoop", "PeriodicCallback", "app_log", "asyncio_loop", "gen_log"]


def asyncio_loop(io_loop: Any = None) -> asyncio.AbstractEventLoop:
    """Return the asyncio loop that runs *io_loop*.

    Args:
        io_loop: A tornado loop, or an asyncio one; None for the thread's current loop.

    Raises:
        TypeError: It is neither.
    """
    if io_loop is None:
        io_loop = IOLoop.current()
    loop = getattr(io_loop, "asyncio_loop", io_loop)
    if not isinstance(loop, asyncio.AbstractEventLoop):
        raise TypeError(f"a loop is a tornado IOLoop: got {io_loop!r:.60}")
    return loop
