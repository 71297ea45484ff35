"""Replacing a method of one socket, as tests do.

The socket gets a class of its own then: a ``__dict__`` in every socket would slow down all method calls.
"""

from __future__ import annotations

from typing import Any

__all__ = ["is_replaced", "replace_method"]


def is_replaced(cls: type[Any]) -> bool:
    """Return whether *cls* is of one socket with replaced methods."""
    return getattr(cls, "_for_one_socket", False)


def replace_method(socket: Any, name: str, value: Any) -> None:
    """Let *value* be called for the method *name* of *socket*."""
    cls: Any = socket.__class__
    if not is_replaced(cls):
        cls = type(cls.__name__, (cls,), {"__slots__": (), "__module__": cls.__module__, "_for_one_socket": True})
        socket.__class__ = cls
    setattr(cls, name, staticmethod(value))
