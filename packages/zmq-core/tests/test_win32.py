"""Ctrl-C on Windows, with a fake console."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from zmq.utils.win32 import allow_interrupt

CTRL_C, CTRL_BREAK = 0, 1


class Console:
    """The list of handlers."""

    def __init__(self) -> None:
        self.handlers: list[Callable[[int], int]] = []
        self.works = True

    def SetConsoleCtrlHandler(self, handler: Callable[[int], int], add: bool) -> bool:  # noqa: N802  # Windows' name
        if add:
            self.handlers.append(handler)
        else:
            self.handlers.remove(handler)
        return self.works

    def press(self, event: int) -> list[int]:
        """Return the result of each handler."""
        return [handler(event) for handler in self.handlers]


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> Console:
    console = Console()
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE, raising=False)
    monkeypatch.setattr(ctypes, "WinError", lambda: OSError("refused"), raising=False)
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=console), raising=False)
    return console


@pytest.mark.skipif(sys.platform == "win32", reason="for other systems")
def test_elsewhere_it_does_nothing() -> None:
    pressed: list[int] = []
    with allow_interrupt(lambda: pressed.append(1)):
        pass
    assert pressed == []


def test_ctrl_c_calls_the_action_and_is_left_for_python(console: Console) -> None:
    pressed: list[str] = []
    with allow_interrupt(lambda: pressed.append("ctrl-c")):
        assert console.press(CTRL_C) == [0]
    assert pressed == ["ctrl-c"]


def test_other_events_do_not_call_the_action(console: Console) -> None:
    pressed: list[str] = []
    with allow_interrupt(lambda: pressed.append("ctrl-c")):
        assert console.press(CTRL_BREAK) == [0]
    assert pressed == []


def test_the_action_may_be_none(console: Console) -> None:
    with allow_interrupt():
        assert console.press(CTRL_C) == [0]


def test_it_stops_at_the_end_of_the_block(console: Console) -> None:
    with pytest.raises(KeyboardInterrupt), allow_interrupt():
        raise KeyboardInterrupt
    assert console.handlers == []


def test_an_error_of_windows_is_raised(console: Console) -> None:
    console.works = False
    with pytest.raises(OSError, match="refused"), allow_interrupt():
        pass
