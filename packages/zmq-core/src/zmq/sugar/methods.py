"""Methods whose bound method is the same object at each lookup, so that ``stream.bind is socket.bind``."""

from __future__ import annotations

from functools import update_wrapper
from types import MethodType
from weakref import WeakValueDictionary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["OneMethod"]


class OneMethod:
    """A method that returns the same bound method while that is referenced.  A lookup is a little slower.

    Args:
        function: The function.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        update_wrapper(self, function)  # for what looks into the class: help(), inspect
        # By the object's id, which is its own while the bound method keeps it; a socket that kept its method would be
        # a cycle.
        self._bound: WeakValueDictionary[int, MethodType] = WeakValueDictionary()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function."""
        return self._function(*args, **kwargs)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        if instance is None:
            return self._function
        bound = self._bound.get(id(instance))
        if bound is None:
            bound = self._bound[id(instance)] = MethodType(self._function, instance)
        return bound
