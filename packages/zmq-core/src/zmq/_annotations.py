"""``Final``, for modules whose public names star imports pass on, without the import of ``typing``."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final
else:
    Final = None

__all__ = ["Final"]
