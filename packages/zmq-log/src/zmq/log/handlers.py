"""Logging handlers: ``PUBHandler`` publishes log records on a ZeroMQ socket; ``TopicLogger`` gives them topics.

``python -m zmq.log tcp://127.0.0.1:5555`` prints them.  ``zmq.log.topics`` describes the frames of a message.
"""

from __future__ import annotations

import copy
import logging
import os
from typing import TYPE_CHECKING, Any, TypedDict

import zmq
from zmq.backend.ending import call_at_end_of_child
from zmq.log.topics import TOPIC_DELIM, join_topic, split_text

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


__all__ = ["TOPIC_DELIM", "PUBHandler", "TopicLogger"]

LINGER_MS = 1000
"""How long close() waits until slow subscribers have received all records, in milliseconds."""


class PUBHandler(logging.Handler):
    """A logging handler that publishes each record as two frames, topic and text.

    Logging never blocks and never raises.  A PUB socket drops records without a subscriber.  Records that another
    socket cannot send at once are dropped, too, and counted in `dropped`.  Other errors are passed to `handleError`,
    which prints them on stderr unless ``logging.raiseExceptions`` is false.

    Any number of threads may log.  After fork, a handler that connects opens a new socket in the child; all other
    handlers pass each record of the child to `handleError`, because sockets cannot be used after fork.  A child of
    multiprocessing closes its handlers when it ends, so its last records arrive.

    Attributes:
        socket: The socket that sends the records.
        ctx: Its context.
        formatters: By number of a level: the formatter for records from that level up to the next one in this dict.
        dropped: The number of records that the socket could not send at once.

    Example::

        import logging
        from zmq.log.handlers import PUBHandler

        handler = PUBHandler("tcp://127.0.0.1:*", root_topic="app")
        logging.getLogger().addHandler(handler)
        logging.getLogger("app").error("something went wrong")
        print("published on", handler.socket.last_endpoint.decode())
    """

    ctx: zmq.Context[Any]
    socket: zmq.Socket[Any]

    def __init__(
        self,
        interface_or_socket: str | zmq.Socket[Any],
        context: zmq.Context[Any] | None = None,
        root_topic: str | bytes = "",
        *,
        connect: bool = False,
    ) -> None:
        """Publish on a given socket, or on a new PUB socket.

        Args:
            interface_or_socket: A socket, which stays open when the handler is closed.  Or an endpoint: then the
                handler creates a PUB socket, and closes it when it is closed.
            context: The context of the new socket; None creates a context, which is destroyed, with all its sockets,
                when the handler is closed.
            root_topic: The first part of all topics.
            connect: Connect the new socket to the endpoint instead of binding it.

        Raises:
            TypeError: The endpoint or the root topic is not a str, or *connect* is given with a socket.
            ZMQError: The endpoint cannot be used.

        libzmq: zmq_bind(3), zmq_connect(3)
        """
        super().__init__()
        self._root_topic = _as_str(root_topic)
        self.formatters = _default_formatters()
        self.dropped = 0
        self._endpoint: str | None = None
        self._connects = connect
        self._pid = os.getpid()
        self._owns_context = self._ended = False
        if isinstance(interface_or_socket, zmq.Socket):
            if connect:
                raise TypeError("connect=True needs an endpoint: got a socket, which you can connect yourself")
            self.socket = interface_or_socket
            self.ctx = interface_or_socket.context
        else:
            self._endpoint = interface_or_socket
            self._open(context)

    def _open(self, context: zmq.Context[Any] | None) -> None:
        """Create the socket that the handler owns."""
        self._owns_context = context is None
        self.ctx = zmq.Context() if context is None else context
        self.socket = self.ctx.socket(zmq.PUB)
        try:
            (self.socket.connect if self._connects else self.socket.bind)(self._endpoint)  # type: ignore[arg-type]
        except BaseException:
            self._close_own()
            raise
        call_at_end_of_child(self.close)  # children of multiprocessing do not call logging.shutdown()

    def _close_own(self) -> None:
        self.socket.close(LINGER_MS)
        if self._owns_context:
            self.ctx.destroy(LINGER_MS)  # term() would wait for sockets that the program has created in it

    @property
    def root_topic(self) -> str:
        """The first part of all topics; may be empty."""
        return self._root_topic

    @root_topic.setter
    def root_topic(self, value: str | bytes) -> None:
        self.setRootTopic(value)

    def setRootTopic(self, root_topic: str | bytes) -> None:  # noqa: N802
        """Set the first part of all topics.

        Raises:
            TypeError: *root_topic* is neither str nor bytes.
        """
        self._root_topic = _as_str(root_topic)

    def setFormatter(self, fmt: logging.Formatter | None, level: int | str = logging.NOTSET) -> None:  # noqa: N802
        """Set the formatter of one level or of all levels.

        Args:
            fmt: The formatter; None restores the default.
            level: Number or name of a level; 0 (NOTSET) means all levels.

        Raises:
            TypeError: *fmt* is a str.
            ValueError: *level* is an unknown name.
        """
        number = _level_number(level)
        if isinstance(fmt, str):  # a str has a method format(), too, so the mistake would show only later
            raise TypeError(f"a formatter must be a logging.Formatter, such as logging.Formatter({fmt!r})")
        default = _default_formatters()
        if number == logging.NOTSET:
            self.formatters = default if fmt is None else dict.fromkeys({**default, **self.formatters}, fmt)
        elif fmt is not None:
            self.formatters[number] = fmt
        elif number in default:
            self.formatters[number] = default[number]
        else:
            self.formatters.pop(number, None)

    def format(self, record: logging.LogRecord) -> str:
        """Format *record* with the formatter of its level, or else of the next lower level that has one."""
        formatter = self.formatters.get(record.levelno)
        if formatter is None:
            levels = sorted(self.formatters)
            if not levels:
                return super().format(record)
            formatter = self.formatters[max((n for n in levels if n < record.levelno), default=levels[0])]
        return formatter.format(record)

    def emit(self, record: logging.LogRecord) -> None:
        """Publish *record*.  May be called in any thread; never blocks, never raises.

        libzmq: zmq_send(3)
        """
        if self._ended:
            return
        try:
            message = self._message(record)
            if self._connects and self._pid != os.getpid():
                self._pid = os.getpid()
                self._open(None)
            # The method of the base class, because those of event loop sockets return futures, and need their loop.
            zmq.Socket.send_multipart(self.socket, message, zmq.NOBLOCK)
        except zmq.Again:
            self.dropped += 1
        except Exception:  # noqa: BLE001 (logging must not raise)
            self.handleError(record)

    def _message(self, record: logging.LogRecord) -> tuple[bytes, bytes]:
        text = record.msg if isinstance(record.msg, str) else str(record.msg)
        subtopic = ""
        if TOPIC_DELIM in text:
            subtopic, text = split_text(text, is_template=bool(record.args))
            record = copy.copy(record)  # other handlers must get the unchanged record
            record.msg = text
        topic = join_topic(self.root_topic, record.levelname, subtopic)
        # File names, for example, may contain surrogates, which UTF-8 cannot encode.
        return topic.encode("utf-8", "backslashreplace"), self.format(record).encode("utf-8", "backslashreplace")

    def close(self) -> None:
        """Close the handler, and the socket and context that it has created; a given socket stays open.

        It waits up to one second until slow subscribers have received all records.  Later records are dropped.
        """
        if self._endpoint is not None:
            self.acquire()
            self._ended = True
            self.release()  # before closing, which may wait: threads that log must not wait with it
            self._close_own()
        super().close()


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


def _as_str(root_topic: str | bytes) -> str:
    if isinstance(root_topic, bytes):
        return root_topic.decode()
    if not isinstance(root_topic, str):
        raise TypeError(f"a root topic must be a str (empty for none): got {root_topic!r:.60}")
    return root_topic


def _level_number(level: int | str) -> int:
    # getLevelName() also maps names to numbers; getLevelNamesMapping() needs Python 3.11.
    number = logging.getLevelName(level) if isinstance(level, str) else level  # pyright: ignore[reportDeprecated]
    if not isinstance(number, int):
        raise ValueError(f"unknown level {level!r}: use its number, or register the name with logging.addLevelName()")  # noqa: TRY004
    return number


def _default_formatters() -> dict[int, logging.Formatter]:
    levels = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL)
    located = logging.Formatter("%(levelname)s %(filename)s:%(lineno)d - %(message)s\n")
    return {**dict.fromkeys(levels, located), logging.INFO: logging.Formatter("%(message)s\n")}
