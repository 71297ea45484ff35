"""Ctrl-C on Windows."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType

__all__ = ["allow_interrupt"]


class allow_interrupt:  # noqa: N801  # a contract name
    """Call an action as soon as Ctrl-C is pressed, even while the program waits in C.  Does nothing off Windows.

    Python notes Ctrl-C at once, but acts on it when C code returns.  The action is to make that happen, for instance by
    sending to a socket that the program polls.

    Args:
        action: Takes no arguments, runs in a thread of its own, and must not raise.
    """

    def __init__(self, action: Callable[[], object] | None = None) -> None:
        if sys.platform == "win32":
            import ctypes
            from ctypes import wintypes

            def handle(event: int) -> bool:
                ctrl_c = 0
                if event == ctrl_c and action is not None:
                    action()
                return False  # not handled: the next handler is Python's

            # An attribute, because Windows only borrows it
            self._handle = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.DWORD)(handle)

    def __enter__(self) -> None:
        """Begin to watch for Ctrl-C."""
        self._install(True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop watching for Ctrl-C."""
        self._install(False)

    def _install(self, add: bool) -> None:
        if sys.platform == "win32":
            import ctypes

            if not ctypes.windll.kernel32.SetConsoleCtrlHandler(self._handle, add):
                raise ctypes.WinError()
