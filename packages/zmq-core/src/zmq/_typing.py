"""``TypeAlias``, under the module name that pyzmq uses."""

from typing import TypeAlias

__all__ = ["TypeAlias"]
