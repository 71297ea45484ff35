"""Small tools: JSON, Z85, monitor messages, and what old programs import."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    from zmq.utils import interop, jsonapi, monitor, strtypes, win32, z85

__all__ = ["interop", "jsonapi", "monitor", "strtypes", "win32", "z85"]


def __getattr__(name: str) -> ModuleType:
    """Import a tool when it is first used: programs write ``zmq.utils.jsonapi`` after no more than ``import zmq``."""
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
