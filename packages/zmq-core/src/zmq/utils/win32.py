"""Ctrl-C on Windows."""

from __future__ import annotations

import sys
from collections.abc import Callable

__all__ = ["allow_interrupt"]


class allow_interrupt:  # noqa: N801  # a contract name
    """Call *action* on Ctrl-C on Windows, even while the main thread waits in C.  No effect on other systems.

    Python handles Ctrl-C only when the C code returns.  *action* must make it return, for example by sending to a
    socket that the program polls.

    Args:
        action: A function without arguments.  Windows calls it in a new thread; it must not raise.

    Raises:
        OSError: Windows refuses the handler (from ``__enter__`` and ``__exit__``).
    """

    def __init__(self, action: Callable[[], object] | None = None) -> None:
        if sys.platform == "win32":
            import ctypes
            from ctypes import wintypes

            def handle(event: int) -> bool:
                ctrl_c = 0
                if event == ctrl_c and action is not None:
                    action()
                return False  # not handled here: Python's handler is called next

            # An attribute keeps it alive: Windows stores only its address
            self._handle = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.DWORD)(handle)

    def __enter__(self) -> None:
        """Install the handler."""
        self._install(True)

    def __exit__(self, *args: object) -> None:
        """Remove the handler."""
        self._install(False)

    def _install(self, add: bool) -> None:
        if sys.platform == "win32":
            import ctypes

            if not ctypes.windll.kernel32.SetConsoleCtrlHandler(self._handle, add):
                raise ctypes.WinError()
