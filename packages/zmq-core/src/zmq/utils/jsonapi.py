"""JSON, from and to UTF-8 bytes."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["dumps", "jsonmod", "loads"]

jsonmod = json


def dumps(o: object, **kwargs: Any) -> bytes:
    """Return *o* as JSON in UTF-8.

    Args:
        o: What ``json.dumps`` takes.
        kwargs: Passed on to ``json.dumps``.
    """
    return json.dumps(o, **kwargs).encode()


def loads(s: bytes | bytearray | memoryview | str, **kwargs: Any) -> Any:
    """Return what the JSON in *s* says.

    Args:
        s: Text, or bytes in UTF-8.
        kwargs: Passed on to ``json.loads``.

    Raises:
        ValueError: *s* is not JSON, or its bytes are not UTF-8.
    """
    # Decoded here, not by json: it would guess at other encodings.
    return json.loads(s if isinstance(s, str) else str(s, "utf-8"), **kwargs)
