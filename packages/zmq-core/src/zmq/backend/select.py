"""What pyzmq chooses its backend with; here there is one."""

from __future__ import annotations

from importlib import import_module

from zmq.backend import public_api

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["public_api", "select_backend"]


def select_backend(name: str) -> dict[str, Any]:
    """Return the public names of a backend.

    Args:
        name: Its module, such as "zmq.backend.cython".

    Raises:
        ImportError: There is no such module.
        AttributeError: It lacks one of the names.
    """
    module = import_module(name)
    return {each: getattr(module, each) for each in public_api}
