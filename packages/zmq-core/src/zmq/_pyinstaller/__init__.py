"""The entry point ``pyinstaller40``: PyInstaller asks it for the folder of our hooks."""

from __future__ import annotations

import os


def get_hook_dirs() -> list[str]:
    """Return the folders with hooks."""
    return [os.path.dirname(__file__)]
