"""An alias of ``zmq.eventloop``, as in pyzmq.

Tornado's loop blocks the thread with all its greenlets, unless gevent has patched ``select``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tornado.ioloop import IOLoop

    from zmq.green.eventloop import ioloop, zmqstream

__all__ = ["IOLoop", "ioloop", "zmqstream"]


def __getattr__(name: str) -> Any:
    """Import a module on first access, because importing ``ioloop`` warns of its deprecation."""
    if name == "IOLoop":
        return import_module("tornado.ioloop").IOLoop
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Include the modules that are imported on first access."""
    return sorted({*globals(), *__all__})
