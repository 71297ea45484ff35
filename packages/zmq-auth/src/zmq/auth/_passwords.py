"""Passwords in a file that may change at any time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from zmq.auth._files import WatchedFile
from zmq.auth._logs import Log

__all__ = ["PasswordFile"]

_MAX_BYTES = 1 << 24


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
        self._file = WatchedFile(path, self._parse, log, _MAX_BYTES)

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
