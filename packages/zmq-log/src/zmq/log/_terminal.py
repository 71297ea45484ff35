"""Standard output as it is: whether it shows colours, how wide it is, whether its reader has gone."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping
from typing import TextIO

__all__ = ["columns", "is_pipe", "prepare", "wants_color"]


def wants_color(when: str, environ: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Decide about colours.

    Args:
        when: "always", "never" or "auto": in a terminal, unless the environment is against it.
        environ: NO_COLOR (any value, https://no-color.org) and TERM=dumb are against it.
        is_terminal: Whether what is written goes to a terminal.
    """
    if when != "auto":
        return when == "always"
    return is_terminal and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def prepare(out: TextIO) -> None:
    """Have *out* pass on each line at once, escape what its encoding lacks, and understand colours on Windows."""
    reconfigure = getattr(out, "reconfigure", None)  # not there if somebody has replaced standard output
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
    """Return how wide the terminal is now; None if *out* is none."""
    try:
        return os.get_terminal_size(out.fileno()).columns or None
    except (OSError, ValueError):
        return None


def is_pipe(out: TextIO) -> bool:
    """Tell whether poll can say that the reader of *out* has gone: pipes and sockets, not on Windows."""
    if sys.platform == "win32":
        return False
    try:
        mode = os.fstat(out.fileno()).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
