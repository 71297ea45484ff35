"""Duplicates of descriptors: what other code may close at any time can be watched all the same."""

from __future__ import annotations

import os
import socket
import sys

__all__ = ["Duplicate"]


class Duplicate:
    """A descriptor of its own of the same file; it is closed with this object at the latest.

    Args:
        fd: The other descriptor; of a socket, on Windows.

    Raises:
        OSError: There is no such descriptor, or none is left.
    """

    __slots__ = ("_file",)

    def __init__(self, fd: int) -> None:
        self._file: socket.socket | int = -1
        if sys.platform == "win32":
            original = socket.socket(fileno=fd)
            try:
                self._file = original.dup()
            finally:
                original.detach()
        else:
            self._file = os.dup(fd)

    def fileno(self) -> int:
        """Return its number; -1 when it is closed."""
        return self._file if isinstance(self._file, int) else self._file.fileno()

    def close(self) -> None:
        """Close it.  Closing twice is harmless."""
        file, self._file = self._file, -1
        if not isinstance(file, int):
            file.close()
        elif file != -1:
            os.close(file)

    def __del__(self) -> None:
        self.close()
