"""The viewer in a pseudo-terminal, which is its controlling terminal."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

import zmq

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals of this kind", allow_module_level=True)

import fcntl
import struct
import termios

DEADLINE_S = 30.0

# The pseudo-terminal becomes the controlling terminal of a new session, so that Ctrl-C interrupts the viewer.
LOGIN = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-W", "error", "-m", "zmq.log", *sys.argv[1:]])
"""


class Terminal:
    """A pseudo-terminal with a viewer in it."""

    def __init__(self, arguments: list[str], columns: int, environment: dict[str, str]) -> None:
        self.screen = ""
        self._fd, inside = os.openpty()
        self.resize(columns)
        without = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLUMNS"}}
        self.process = subprocess.Popen(
            [sys.executable, "-c", LOGIN, *arguments],
            stdin=inside,
            stdout=inside,
            stderr=inside,
            start_new_session=True,
            env={**without, "TERM": "xterm", "PYTHONIOENCODING": "utf-8", **environment},
        )
        os.close(inside)

    def resize(self, columns: int) -> None:
        """Set the size of the window."""
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def type(self, keys: str) -> None:
        """Type on the keyboard."""
        os.write(self._fd, keys.encode())

    def show(self, end: str) -> list[str]:
        """Wait until *end* is on the screen, and return the lines that are new, up to there."""
        finish = time.monotonic() + DEADLINE_S
        while end not in self.screen:
            left = finish - time.monotonic()
            if not select.select([self._fd], [], [], max(left, 0))[0]:
                pytest.fail(f"{end!r} does not appear: {self.screen!r}")
            try:
                self.screen += os.read(self._fd, 4096).decode()
            except OSError:  # Linux reports so that the last process has closed the terminal
                pytest.fail(f"{end!r} has not appeared: {self.screen!r}")
        before, _, self.screen = self.screen.partition(end)
        return before.split("\r\n")

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._fd)


@pytest.fixture
def publisher(sockets: Callable[[int], zmq.Socket]) -> zmq.Socket:
    publisher = sockets(zmq.XPUB)
    publisher.bind("tcp://127.0.0.1:*")
    return publisher


@pytest.fixture
def view(publisher: zmq.Socket) -> Iterator[Callable[..., Terminal]]:
    """Return a function that opens a terminal with a viewer in it; returns when that has subscribed."""
    opened: list[Terminal] = []

    def view(*options: str, columns: int = 80, **environment: str) -> Terminal:
        terminal = Terminal([*options, publisher.last_endpoint.decode()], columns, environment)
        opened.append(terminal)
        assert publisher.recv()[:1] == b"\x01"
        return terminal

    yield view
    for terminal in opened:
        with suppress(OSError):
            terminal.close()


END = "end | "


def publish(publisher: zmq.Socket, *messages: tuple[str, str]) -> None:
    for topic, text in (*messages, ("end", "")):
        publisher.send_multipart([topic.encode(), text.encode()])


def test_levels_are_colored(publisher: zmq.Socket, view: Callable[..., Terminal]) -> None:
    terminal = view()
    publish(publisher, ("app.DEBUG", "a"), ("INFO.db", "b"), ("WARNING", "c"), ("ERROR", "d"), ("CRITICAL", "e"))
    assert terminal.show(END) == [
        "\x1b[2mapp.DEBUG | a\x1b[0m",
        "\x1b[32mINFO.db | b\x1b[0m",
        "\x1b[33mWARNING | c\x1b[0m",
        "\x1b[31mERROR | d\x1b[0m",
        "\x1b[1;31mCRITICAL | e\x1b[0m",
        "",
    ]


@pytest.mark.parametrize(
    ("options", "environment"), [(["--color=never"], {}), ([], {"NO_COLOR": "1"}), ([], {"TERM": "dumb"})]
)
def test_colors_can_be_turned_off(
    publisher: zmq.Socket, view: Callable[..., Terminal], options: list[str], environment: dict[str, str]
) -> None:
    terminal = view(*options, **environment)
    publish(publisher, ("ERROR", "text"))
    assert terminal.show(END) == ["ERROR | text", ""]


def test_filters_are_options(publisher: zmq.Socket, view: Callable[..., Terminal]) -> None:
    terminal = view("-t", "app", "-t", "", "-m", "ERROR", "--color=never")
    publish(publisher, ("app.INFO", "no"), ("app.ERROR.db", "yes"), ("other.CRITICAL", "yes"))
    assert terminal.show(END) == ["app.ERROR.db | yes", "other.CRITICAL | yes", ""]


def test_topics_are_aligned_in_a_third_of_the_window(publisher: zmq.Socket, view: Callable[..., Terminal]) -> None:
    terminal = view("--align", "--color=never", columns=30)
    publish(publisher, ("INFO", "a"), ("app.INFO", "b"), ("much.longer.topic.INFO", "c"), ("INFO", "d"))
    assert terminal.show("end        | ")[:-1] == [
        "INFO | a",
        "app.INFO | b",
        "much.longer.topic.INFO | c",
        "INFO       | d",
    ]
    terminal.resize(9)
    publish(publisher, ("INFO", "e"))
    assert "INFO | e" in terminal.show(END)


def test_messages_cannot_control_the_terminal(publisher: zmq.Socket, view: Callable[..., Terminal]) -> None:
    terminal = view("--color=never")
    publish(publisher, ("INFO", "\x1b]0;title\x07\x1b[2Jtext\rERROR | forged\nERROR | forged"))
    assert terminal.show(END) == [
        r"INFO | \x1b]0;title\x07\x1b[2Jtext\rERROR | forged",
        "    ERROR | forged",
        "",
    ]


def test_ctrl_c_ends_it(publisher: zmq.Socket, view: Callable[..., Terminal]) -> None:
    terminal = view()
    publish(publisher)
    terminal.show(END)
    terminal.type("\x03")
    assert terminal.show("^C\r\n") == ["", ""]  # only the end of the last line
    assert terminal.process.wait(DEADLINE_S) == 130
