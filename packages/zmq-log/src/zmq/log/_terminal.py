"""Properties of standard output: colours, width, and whether poll can report that its reader closed it."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping
from typing import TextIO

__all__ = ["columns", "is_pipe", "prepare", "wants_color"]


def wants_color(when: str, environ: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Return whether to use colours.

    Args:
        when: "always", "never" or "auto": in a terminal, unless the environment forbids colours.
        environ: NO_COLOR (not empty, https://no-color.org) and TERM=dumb forbid colours.
        is_terminal: Whether the output is a terminal.
    """
    if when != "auto":
        return when == "always"
    return is_terminal and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def prepare(out: TextIO) -> None:
    """Make *out* flush each line and escape what its encoding lacks; on Windows enable colours in the console."""
    reconfigure = getattr(out, "reconfigure", None)  # missing where the program has replaced sys.stdout
    if reconfigure is not None:
        reconfigure(line_buffering=True, errors="backslashreplace")
    if sys.platform == "win32" and out.isatty():
        import ctypes
        import msvcrt

        kernel32 = ctypes.windll.kernel32
        console = ctypes.c_void_p(msvcrt.get_osfhandle(out.fileno()))
        mode = ctypes.c_ulong()
        if kernel32.GetConsoleMode(console, ctypes.byref(mode)):
            kernel32.SetConsoleMode(console, mode.value | 4)  # ENABLE_VIRTUAL_TERMINAL_PROCESSING


def columns(out: TextIO) -> int | None:
    """Return the current width of the terminal; None if *out* is not a terminal."""
    try:
        return os.get_terminal_size(out.fileno()).columns or None
    except (OSError, ValueError):
        return None


def is_pipe(out: TextIO) -> bool:
    """Return whether poll can report that the reader of *out* closed it: for pipes and sockets, not on Windows."""
    if sys.platform == "win32":
        return False
    try:
        mode = os.fstat(out.fileno()).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
