"""Files that are read again after they have changed: any, and those of passwords."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Generic, TypeVar

from zmq.auth._logs import Log

__all__ = ["PasswordFile", "WatchedFile"]

_T = TypeVar("_T")

_Stamp = tuple[int, int, int, int]

_CLOCK_TICK_NS = 2_000_000_000
"""The resolution of FAT's time stamps, the coarsest: two changes within it may have the same time stamp."""


class WatchedFile(Generic[_T]):
    """The parsed content of a file.  Loading an unchanged file costs one stat(2).

    After a change the file is read on every load, until its time stamps are old enough to show the next change.

    Args:
        path: The file.
        parse: Parses the content; raises ValueError if it is invalid.
        log: Gets one warning when the file cannot be read or parsed.
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

    def load(self) -> _T | None:
        """Return the parsed content; None while the file cannot be read or parsed."""
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
            raise ValueError("not a regular file")
        if status.st_size > self._max_bytes:
            raise ValueError(f"too large: {status.st_size} bytes, the limit is {self._max_bytes}")
        with self.path.open("rb") as file:
            return file.read(self._max_bytes)

    def _complain(self, error: OSError | ValueError) -> None:
        complaint = (error.strerror if isinstance(error, OSError) else None) or str(error)
        if complaint != self._complaint:
            self._complaint = complaint
            self._log.warning("%r accepts no peer: %s", str(self.path), complaint)


class PasswordFile(Mapping[str, str]):
    """The passwords of a file, by user name; empty while the file cannot be read.

    Each line is ``user=password``.  Spaces around the user name are removed; the password extends to the end of the
    line.  Empty lines and lines that start with ``#`` are ignored.

    Args:
        path: The file.
        encoding: Its encoding.
        log: Gets a warning when the file cannot be read, or has other lines.  It quotes line numbers, not lines.
    """

    def __init__(self, path: Path, encoding: str, log: Log) -> None:
        self._encoding = encoding
        self._log = log
        self._file = WatchedFile(path, self._parse, log, 1 << 24)

    def __repr__(self) -> str:
        return f"PasswordFile({str(self._file.path)!r})"

    def __getitem__(self, user: str) -> str:
        return self._passwords()[user]

    def __iter__(self) -> Iterator[str]:
        return iter(self._passwords())

    def __len__(self) -> int:
        return len(self._passwords())

    def _passwords(self) -> dict[str, str]:
        return self._file.load() or {}

    def _parse(self, content: bytes) -> dict[str, str]:
        try:
            text = content.decode(self._encoding)
        except UnicodeDecodeError:
            raise ValueError(f"not encoded in {self._encoding}") from None
        passwords: dict[str, str] = {}
        invalid: list[str] = []
        for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            user, equals, password = line.removesuffix("\r").partition("=")
            if equals and user.strip():
                passwords[user.strip()] = password
            else:
                invalid.append(str(number))
        if invalid:
            self._log.warning("%r has lines that are not user=password: %s", str(self._file.path), ", ".join(invalid))
        return passwords
