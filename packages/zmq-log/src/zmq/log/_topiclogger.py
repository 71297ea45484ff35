"""``TopicLogger``: a logger whose methods take a topic before the message."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypedDict

from zmq.log.topics import TOPIC_DELIM

if TYPE_CHECKING:
    from collections.abc import Mapping
    from logging import _ExcInfoType

    from typing_extensions import Unpack

    class _More(TypedDict, total=False):
        """The keyword arguments of the methods of logging.Logger."""

        exc_info: _ExcInfoType
        stack_info: bool
        stacklevel: int
        extra: Mapping[str, object] | None


__all__ = ["TopicLogger"]


# The additional parameter makes the overrides incompatible for type checkers.
class TopicLogger(logging.Logger):
    """A logger whose methods take a topic before the message: ``logger.info("db.slow", "it took %d s", 3)``.

    This equals ``logger.info("db.slow::it took %d s", 3)`` of other loggers: PUBHandler publishes it under
    ``INFO.db.slow``; other handlers print the topic in front.

    After ``logging.setLoggerClass(TopicLogger)``, ``logging.getLogger`` creates loggers of this class.  A logger that
    is created directly is not in the hierarchy, and needs its own handler.
    """

    def log(self, level: int, topic: str, msg: object, *args: object, **kwargs: Unpack[_More]) -> None:  # type: ignore[override]
        """Log ``msg % args`` with *level* under *topic*."""
        self._log_topic(level, topic, msg, args, kwargs)

    def debug(self, topic: str, msg: object, *args: object, **kwargs: Unpack[_More]) -> None:  # type: ignore[override]
        """Log ``msg % args`` with level DEBUG under *topic*."""
        self._log_topic(logging.DEBUG, topic, msg, args, kwargs)

    def info(self, topic: str, msg: object, *args: object, **kwargs: Unpack[_More]) -> None:  # type: ignore[override]
        """Log ``msg % args`` with level INFO under *topic*."""
        self._log_topic(logging.INFO, topic, msg, args, kwargs)

    def warning(self, topic: str, msg: object, *args: object, **kwargs: Unpack[_More]) -> None:  # type: ignore[override]
        """Log ``msg % args`` with level WARNING under *topic*."""
        self._log_topic(logging.WARNING, topic, msg, args, kwargs)

    def error(self, topic: str, msg: object, *args: object, **kwargs: Unpack[_More]) -> None:  # type: ignore[override]
        """Log ``msg % args`` with level ERROR under *topic*."""
        self._log_topic(logging.ERROR, topic, msg, args, kwargs)

    def critical(self, topic: str, msg: object, *args: object, **kwargs: Unpack[_More]) -> None:  # type: ignore[override]
        """Log ``msg % args`` with level CRITICAL under *topic*."""
        self._log_topic(logging.CRITICAL, topic, msg, args, kwargs)

    def exception(self, topic: str, msg: object, *args: object, **kwargs: Unpack[_More]) -> None:  # type: ignore[override]
        """Log ``msg % args`` with level ERROR under *topic*, and the exception that is being handled."""
        kwargs.setdefault("exc_info", True)
        self._log_topic(logging.ERROR, topic, msg, args, kwargs)

    warn = warning  # type: ignore[assignment]
    fatal = critical  # type: ignore[assignment]

    def _log_topic(self, level: int, topic: str, msg: object, args: tuple[object, ...], more: _More) -> None:
        if not self.isEnabledFor(level):
            return
        topic = str(topic)
        if args:  # the topic becomes part of the template that the arguments are put into
            topic = topic.replace("%", "%%")
        more["stacklevel"] = more.get("stacklevel", 1) + 2  # skips this method and the one that called it
        text = f"{topic}{TOPIC_DELIM}{msg}" if isinstance(msg, str) else _Later(topic, msg)
        super().log(level, text, *args, **more)


class _Later:
    """An object to log.  The handlers convert it to text, so that they catch the errors of its ``__str__``."""

    def __init__(self, topic: str, msg: object) -> None:
        self._topic, self._msg = topic, msg

    def __str__(self) -> str:
        return f"{self._topic}{TOPIC_DELIM}{self._msg}"
