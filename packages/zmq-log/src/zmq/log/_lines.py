"""The lines that the viewer prints for one message: pure functions from frames to text.

Two rules make messages of other programs safe to print.  Control characters are escaped, so a message cannot control
the terminal.  Lines that continue a message are indented, so they cannot be mistaken for another record.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from zmq.log.topics import LEVELS, level_number, split_topic

__all__ = ["INDENT", "Message", "Style", "Wanted", "parse", "plain", "render"]

INDENT = "    "
"""Precedes every line of a message but the first."""

_COLORS = {50: "1;31", 40: "31", 30: "33", 20: "32", 0: "2"}
"""SGR parameters (ECMA-48) from each level on: bold red, red, yellow, green, faint."""

_JOINERS = "\u200c\u200d"  # part of some scripts and emoji


@dataclass(frozen=True)
class Message:
    """A received message; *level* is the name in its topic, empty if there is none."""

    topic: str
    level: str
    text: str


class Wanted:
    """The set of messages to print.

    Attributes:
        names: The names that count as levels in topics.
    """

    def __init__(self, levels: Collection[str] = (), min_level: int = 0) -> None:
        """Select messages by level.

        Args:
            levels: Names of levels, also of levels that a program has added.  Empty selects all.
            min_level: The lowest level.  Levels with an unknown number are always selected.
        """
        self._levels = {*levels}
        self._numbers = {level_number(level) for level in levels}
        self._min_level = min_level
        self.names = {*LEVELS, *levels}

    def __contains__(self, message: Message) -> bool:
        number = level_number(message.level)
        if number is None:
            return not self._levels or message.level in self._levels
        return number >= self._min_level and (not self._levels or number in self._numbers)


@dataclass(frozen=True)
class Style:
    """The format of messages: the separator between topic and text, and whether to use colours."""

    separator: str = " | "
    color: bool = False


def parse(frames: Sequence[bytes], names: Collection[str] = LEVELS) -> Message:
    """Parse a received message.

    A message of one frame has no topic; frames after the second one are part of the text.

    Args:
        frames: The frames, at least one.
        names: The names that count as levels.
    """
    topic, *texts = [frame.decode("utf-8", "backslashreplace") for frame in frames]
    if not texts:
        topic, texts = "", [topic]
    return Message(topic, split_topic(topic, names).level, " ".join(text.rstrip("\r\n") for text in texts))


def plain(text: str) -> str:
    r"""Return *text* with control characters escaped: the escape character becomes ``\x1b``."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one == "\t" or _harmless(one) else _escape(one) for one in text)


def _harmless(one: str) -> bool:
    """Return whether a terminal can print what Python calls unprintable: spaces, private use, newer Unicode."""
    return unicodedata.category(one) in {"Zs", "Co", "Cn"} or one in _JOINERS


def _escape(one: str) -> str:
    return one.encode("unicode_escape").decode("ascii")


def render(message: Message, style: Style, *, time: str = "", width: int = 0) -> str:
    """Return the lines of *message*, each with its newline.

    Args:
        message: The message.
        style: Its format.
        time: Text before the first line; may be empty.
        width: The minimum width of the topic, in columns.
    """
    first, *more = message.text.replace("\r\n", "\n").split("\n")
    topic = plain(message.topic)
    start = topic.ljust(width) + style.separator if topic or width else ""
    lines = [start + plain(first), *(INDENT + plain(line) for line in more)]
    if style.color:
        number = level_number(message.level)
        if number is not None:
            color = next(color for level, color in _COLORS.items() if number >= level or level == 0)
            lines = [f"\x1b[{color}m{line}\x1b[0m" for line in lines]
    if time:
        lines[0] = f"{time} {lines[0]}"
    return "".join(f"{line}\n" for line in lines)
