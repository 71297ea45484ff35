"""``TYPE_CHECKING``, for modules whose public names star imports pass on, without the import of ``typing``."""

from __future__ import annotations

__all__ = ["TYPE_CHECKING"]

TYPE_CHECKING = False
