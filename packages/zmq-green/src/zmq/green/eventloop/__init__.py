"""``zmq.eventloop``, for programs that import it from here.

Tornado's loop blocks the thread, and with it all greenlets, unless gevent has patched ``select``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tornado.ioloop import IOLoop

    from zmq.green.eventloop import ioloop, zmqstream

__all__ = ["IOLoop", "ioloop", "zmqstream"]


def __getattr__(name: str) -> Any:
    """Import a module when it is asked for: ``ioloop`` says that it is deprecated, to those who use it."""
    if name == "IOLoop":
        return import_module("tornado.ioloop").IOLoop
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List also what is imported only when it is asked for."""
    return sorted({*globals(), *__all__})
