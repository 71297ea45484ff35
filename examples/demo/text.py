"""Finding text: which files of a folder are text, and their lines."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["find_text", "lines_of"]

SKIPPED_FOLDERS = {"__pycache__", "site-packages", "dist-packages"}


def find_text(path: Path, most_lines: int) -> tuple[list[Path], int]:
    """Return the text files under *path* up to *most_lines* lines in total, and the number of lines to expect."""
    files: list[Path] = []
    lines = 0
    for file in _walk(path):
        if lines >= most_lines:
            break
        try:
            data = file.read_bytes()
        except OSError:  # unreadable, or removed since the folder was listed
            continue
        if data and b"\0" not in data[:1024]:
            files.append(file)
            lines += len(data.splitlines())
    return files, min(lines, most_lines)


def lines_of(file: Path) -> list[bytes]:
    """Return the lines of *file* with their line ends, so that their lengths add up to the size of the file."""
    return file.read_bytes().splitlines(keepends=True)


def _walk(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for folder, subfolders, names in os.walk(path):
        subfolders[:] = sorted(name for name in subfolders if name not in SKIPPED_FOLDERS and name[0] != ".")
        for name in sorted(names):
            yield Path(folder, name)
