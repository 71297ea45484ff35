"""What the viewer shows of one message: pure functions from frames to text for a terminal.

Rules: nothing that was logged can drive the terminal, for control characters are shown as escapes; and nothing can pose
as another record, for every line that continues one is indented.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from zmq.log.topics import LEVELS, level_number, split_topic

__all__ = ["INDENT", "Message", "Style", "Wanted", "parse", "plain", "render"]

INDENT = "    "
"""Before the lines of a message that follow its first."""

_COLORS = {50: "1;31", 40: "31", 30: "33", 20: "32", 0: "2"}
"""Select Graphic Rendition, ECMA-48, from each level up: bold red, red, yellow, green; faint below."""

_JOINERS = "\u200c\u200d"  # scripts and emoji need them


@dataclass(frozen=True)
class Message:
    """One message as received; level is the name in its topic, empty if there is none."""

    topic: str
    level: str
    text: str


class Wanted:
    """Which messages to show.

    Attributes:
        names: What is the name of a level in topics.
    """

    def __init__(self, levels: Collection[str] = (), min_level: int = 0) -> None:
        """Want messages of some levels.

        Args:
            levels: Names; those that programs have given to levels of their own will do.  All if empty.
            min_level: The lowest level.  One whose number nobody knows is not below anything.
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
    """How to show messages: what is between topic and text, whether in colour."""

    separator: str = " | "
    color: bool = False


def parse(frames: Sequence[bytes], names: Collection[str] = LEVELS) -> Message:
    """Return a received message; one of a single frame has no topic, and frames after the second belong to the text.

    Args:
        frames: At least one.
        names: The names of levels.
    """
    topic, *texts = [frame.decode("utf-8", "backslashreplace") for frame in frames]
    if not texts:
        topic, texts = "", [topic]
    return Message(topic, split_topic(topic, names).level, " ".join(text.rstrip("\r\n") for text in texts))


def plain(text: str) -> str:
    r"""Return *text* without anything that a terminal acts on: the escape character becomes ``\x1b``."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one == "\t" or _harmless(one) else _escape(one) for one in text)


def _harmless(one: str) -> bool:
    """Whether a character is only unprintable for Python: wide spaces, private use, newer than its tables."""
    return unicodedata.category(one) in {"Zs", "Co", "Cn"} or one in _JOINERS


def _escape(one: str) -> str:
    return one.encode("unicode_escape").decode("ascii")


def render(message: Message, style: Style, *, time: str = "", width: int = 0) -> str:
    """Return the lines that show *message*, each with its newline.

    Args:
        message: What to show.
        style: How.
        time: What to put in front, if anything.
        width: How many columns the topic takes at least.
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
