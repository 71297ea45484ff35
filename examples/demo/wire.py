"""The layout of the messages on the wire.

Lines and results are one frame each, packed with struct, because there are hundreds of thousands of them. Rare messages
are JSON, compressed if they are long.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

__all__ = ["RESULT", "TASK", "Report", "pack_json", "unpack_counts", "unpack_strings"]

TASK = struct.Struct("<Q")
"""The number of a line; the line itself follows in the same frame."""

RESULT = struct.Struct("<HQQII")
"""Worker number, how many results it sent before, number of the line, words in it, CRC-32 of it."""


@dataclass
class Report:
    """The work of one process so far: published as progress, and sent to the supervisor at the end."""

    name: str
    files: int = 0
    received: int = 0
    sent: int = 0
    text_bytes: int = 0
    words: int = 0
    checksum: int = 0  # the sum of the CRC-32 of all lines: the order of the lines does not change it
    published: int = 0
    duration_s: float = 0.0
    faults: list[str] = field(default_factory=list)

    def pack(self) -> bytes:
        """Return the report as one frame."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def unpack(cls, frame: bytes) -> Report:
        """Return the report that *frame* holds."""
        return cls(**json.loads(frame))


def pack_json(mapping: Mapping[str, int] | Mapping[str, str]) -> bytes:
    """Return *mapping* as one compressed frame."""
    return zlib.compress(json.dumps(mapping).encode(), level=1)


def unpack_counts(frame: bytes) -> dict[str, int]:
    """Return the names and counts that *frame* holds."""
    counts: dict[str, int] = json.loads(zlib.decompress(frame))
    return counts


def unpack_strings(frame: bytes) -> dict[str, str]:
    """Return the names and strings that *frame* holds."""
    strings: dict[str, str] = json.loads(zlib.decompress(frame))
    return strings
