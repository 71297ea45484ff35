"""``TypeAlias`` under the address where pyzmq has it."""

from typing import TypeAlias

__all__ = ["TypeAlias"]
