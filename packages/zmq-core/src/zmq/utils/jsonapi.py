"""JSON in UTF-8 bytes."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["dumps", "jsonmod", "loads"]

jsonmod = json


def dumps(o: object, **kwargs: Any) -> bytes:
    """Return *o* as JSON in UTF-8.

    Args:
        o: An object that ``json.dumps`` can serialize.
        kwargs: Passed to ``json.dumps``.

    Raises:
        TypeError, ValueError: ``json.dumps`` cannot serialize *o*.
    """
    return json.dumps(o, **kwargs).encode()


def loads(s: bytes | bytearray | memoryview | str, **kwargs: Any) -> Any:
    """Return the object that the JSON in *s* describes.

    Args:
        s: Text, or bytes in UTF-8.
        kwargs: Passed to ``json.loads``.

    Raises:
        ValueError: *s* is not JSON, or its bytes are not UTF-8.
    """
    # Decoded here: json.loads would detect UTF-16 and UTF-32, too.
    return json.loads(s if isinstance(s, str) else str(s, "utf-8"), **kwargs)
