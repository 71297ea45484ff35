"""Tools: JSON, Z85, monitor messages, and modules that old programs import."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zmq.utils import interop, jsonapi, monitor, strtypes, win32, z85

__all__ = ["interop", "jsonapi", "monitor", "strtypes", "win32", "z85"]


def __getattr__(name: str) -> ModuleType:
    """Import a module at its first use: programs use ``zmq.utils.jsonapi`` after ``import zmq`` alone."""
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
