"""A file that is read again when it has changed."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Generic, TypeVar

from zmq.auth._logs import Log

__all__ = ["WatchedFile"]

_T = TypeVar("_T")

_Stamp = tuple[int, int, int, int]

_CLOCK_TICK_NS = 2_000_000_000
"""The coarsest clock of a file system: FAT's.  Two changes within one tick cannot be told apart."""


class WatchedFile(Generic[_T]):
    """What a file says now; a look at an unchanged file costs one stat(2).

    A file that has just been changed is read at every look, until its next change is sure to show in its times.

    Args:
        path: The file.
        parse: Makes something of its bytes, or raises ValueError.
        log: Gets a warning, once, when the file cannot be read or makes no sense.
        max_bytes: Larger files are not read.
    """

    def __init__(self, path: Path, parse: Callable[[bytes], _T], log: Log, max_bytes: int) -> None:
        self.path = path
        self._parse = parse
        self._log = log
        self._max_bytes = max_bytes
        self._stamp: _Stamp | None = None
        self._digest = b""
        self._value: _T | None = None
        self._complaint = ""

    def look(self) -> _T | None:
        """Return what the file says; None while it cannot be read or makes no sense."""
        try:
            status = self.path.stat()
            stamp = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            if stamp == self._stamp:
                return self._value
            now = time.time_ns()
            content = self._read(status)
        except (OSError, ValueError) as error:
            self._value, self._stamp, self._digest = None, None, b""
            self._complain(error)
            return None
        digest = sha256(content).digest()
        if digest != self._digest:
            self._digest = digest
            try:
                self._value = self._parse(content)
                self._complaint = ""
            except ValueError as error:
                self._value = None
                self._complain(error)
        settled = abs(now - max(status.st_mtime_ns, status.st_ctime_ns)) > _CLOCK_TICK_NS
        self._stamp = stamp if settled else None
        return self._value

    def _read(self, status: os.stat_result) -> bytes:
        if not stat.S_ISREG(status.st_mode):  # opening a named pipe would block
            raise ValueError("it is no regular file")
        if status.st_size > self._max_bytes:
            raise ValueError(f"it has {status.st_size} bytes, and may have {self._max_bytes}")
        with self.path.open("rb") as file:
            return file.read(self._max_bytes)

    def _complain(self, error: OSError | ValueError) -> None:
        complaint = (error.strerror if isinstance(error, OSError) else None) or str(error)
        if complaint != self._complaint:
            self._complaint = complaint
            self._log.warning("nobody gets in by %r: %s", str(self.path), complaint)
