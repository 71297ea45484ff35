"""Topics: what a log message is published under, as pure functions.

A message has two frames, topic and text.  The topic is ``ROOT.LEVEL.SUBTOPIC``, where root and subtopic may be missing,
and may have dots of their own: ``app.worker.ERROR.db.slow`` has the root ``app.worker`` and the subtopic ``db.slow``.
Subscribers filter on a prefix of it.  The subtopic comes from the text of the record, ``"db.slow::it took %d s"``.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final, NamedTuple

__all__ = ["LEVELS", "TOPIC_DELIM", "Topic", "join_topic", "level_number", "split_text", "split_topic"]

TOPIC_DELIM: Final = "::"
"""Between the subtopic and the rest of a record's text."""

LEVELS: Final = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "WARN": 30, "ERROR": 40, "CRITICAL": 50, "FATAL": 50}
"""The names of levels that every program has."""

_UNNAMED_LEVEL = re.compile(r"Level (-?\d+)")  # what logging calls a level that addLevelName() does not know


class Topic(NamedTuple):
    """The parts of a topic; those that are missing are empty."""

    root: str
    level: str
    subtopic: str


def join_topic(root: str, level: str, subtopic: str = "") -> str:
    """Return the topic of a message: its parts, joined by dots, without the empty ones."""
    return ".".join(filter(None, (root, level, subtopic)))


def split_topic(topic: str, names: Collection[str] = LEVELS) -> Topic:
    """Find the level in a topic, and what is before and after it.

    Args:
        topic: The first frame of a message.
        names: The names that are levels.  ``Level 25``, as logging calls those without a name, always is one.

    Returns:
        The parts; the first that is a level is the level.  Without any, all is the root.
    """
    parts = topic.split(".")
    for at, part in enumerate(parts):
        if part in names or _UNNAMED_LEVEL.fullmatch(part):
            return Topic(".".join(parts[:at]), part, ".".join(parts[at + 1 :]))
    return Topic(topic, "", "")


def split_text(text: str, *, is_template: bool = False) -> tuple[str, str]:
    """Take the subtopic off the text of a record: ``"db::slow"`` becomes ``("db", "slow")``.

    Args:
        text: What was logged, before its arguments are put in, so that no argument can choose the topic.
        is_template: Whether there are arguments, so that ``%%`` stands for a percent sign.
    """
    subtopic, delimiter, rest = text.partition(TOPIC_DELIM)
    if not delimiter:
        return "", text
    return (subtopic.replace("%%", "%") if is_template else subtopic), rest


def level_number(name: str) -> int | None:
    """Return the number of a level by its name, in any case; of ``Level 25`` and ``25``, too; None if unknown."""
    if number := LEVELS.get(name.upper()):
        return number
    unnamed = _UNNAMED_LEVEL.fullmatch(name)
    try:
        return int(unnamed[1] if unnamed else name)
    except ValueError:
        return None
