"""The topics of log messages: pure functions.

A message has two frames, topic and text.  The topic is ``ROOT.LEVEL.SUBTOPIC``.  Root and subtopic may be missing, and
may contain dots: ``app.worker.ERROR.db.slow`` has the root ``app.worker`` and the subtopic ``db.slow``.  Subscribers
filter by a prefix of the topic.  The subtopic comes from the text of the record: ``"db.slow::it took %d s"``.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final, NamedTuple

__all__ = ["LEVELS", "TOPIC_DELIM", "Topic", "join_topic", "level_number", "split_text", "split_topic"]

TOPIC_DELIM: Final = "::"
"""The delimiter between the subtopic and the rest of a record's text."""

LEVELS: Final = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "WARN": 30, "ERROR": 40, "CRITICAL": 50, "FATAL": 50}
"""The names and numbers of the standard levels."""

_UNNAMED_LEVEL = re.compile(r"Level (-?\d+)")  # logging's name for a level without a name


class Topic(NamedTuple):
    """The parts of a topic; missing parts are empty."""

    root: str
    level: str
    subtopic: str


def join_topic(root: str, level: str, subtopic: str = "") -> str:
    """Return the topic of a message: its parts joined by dots, without the empty ones."""
    return ".".join(filter(None, (root, level, subtopic)))


def split_topic(topic: str, names: Collection[str] = LEVELS) -> Topic:
    """Split a topic at its level.

    Args:
        topic: The topic, without encoding.
        names: The names that count as levels.  ``Level 25``, logging's name for a level without one, always counts.

    Returns:
        The parts.  If several parts are names of levels, the first is the level; if none is, all is the root.
    """
    parts = topic.split(".")
    for at, part in enumerate(parts):
        if part in names or _UNNAMED_LEVEL.fullmatch(part):
            return Topic(".".join(parts[:at]), part, ".".join(parts[at + 1 :]))
    return Topic(topic, "", "")


def split_text(text: str, *, is_template: bool = False) -> tuple[str, str]:
    """Split the text of a record into subtopic and message: ``"db::slow"`` becomes ``("db", "slow")``.

    Args:
        text: The text before its arguments are inserted, so that no argument can change the topic.
        is_template: Whether the record has arguments, so that ``%%`` stands for a percent sign.
    """
    subtopic, delimiter, rest = text.partition(TOPIC_DELIM)
    if not delimiter:
        return "", text
    return (subtopic.replace("%%", "%") if is_template else subtopic), rest


def level_number(name: str) -> int | None:
    """Return the number of a level; *name* may be in any case, ``Level 25`` or ``25``; None if it is unknown."""
    if number := LEVELS.get(name.upper()):
        return number
    unnamed = _UNNAMED_LEVEL.fullmatch(name)
    try:
        return int(unnamed[1] if unnamed else name)
    except ValueError:
        return None
