"""Logging handlers: ``PUBHandler`` publishes log records on a ZeroMQ socket.

::

    handler = PUBHandler("tcp://127.0.0.1:5555", root_topic="app")
    logging.getLogger().addHandler(handler)

``python -m zmq.log tcp://127.0.0.1:5555`` shows them.  ``zmq.log.topics`` tells what the frames of a message are.
"""

from __future__ import annotations

import copy
import logging
import os
from typing import Any

import zmq
from zmq.backend.ending import call_at_end_of_child
from zmq.log._topiclogger import TopicLogger
from zmq.log.topics import TOPIC_DELIM, join_topic, split_text

__all__ = ["TOPIC_DELIM", "PUBHandler", "TopicLogger"]

LINGER_MS = 1000
"""How long a handler that is closed keeps records for subscribers that lag behind."""


class PUBHandler(logging.Handler):
    """A logging handler that publishes records, each as the two frames topic and text.

    Logging neither blocks the program nor raises into it.  A record that the socket cannot take at once is dropped and
    counted in `dropped`, as a PUB socket itself drops what nobody has subscribed to; whatever else goes wrong is given
    to `handleError`, which prints it on stderr unless ``logging.raiseExceptions`` is false.  Any number of threads may
    log.  After fork, a handler that connects opens a socket of its own in the child; others give each record
    that is logged there to `handleError`, for the sockets of the parent are not theirs.  Children of multiprocessing
    close the handlers that they have opened when they end, so what they have logged arrives.

    Attributes:
        socket: The socket that records are sent on.
        ctx: Its context.
        formatters: By number of level, the formatter for records of that level and those up to the next one.
        dropped: How many records the socket could not take.
    """

    ctx: zmq.Context[Any]
    socket: zmq.Socket[Any]
    formatters: dict[int, logging.Formatter]
    dropped: int

    def __init__(
        self,
        interface_or_socket: str | zmq.Socket[Any],
        context: zmq.Context[Any] | None = None,
        root_topic: str | bytes = "",
        *,
        connect: bool = False,
    ) -> None:
        """Publish on a socket, or open one.

        Args:
            interface_or_socket: A socket, which remains the caller's: it is not closed with the handler.  Or an
                endpoint, for which a PUB socket is made, and closed with the handler.
            context: Where to make that socket; None for a context of the handler's own, which is terminated with it,
                whatever else was made in it.
            root_topic: What all topics begin with.
            connect: Connect that socket to the endpoint, instead of binding it.

        Raises:
            TypeError: The endpoint or the root topic is no str.
            ZMQError: The endpoint cannot be used.
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
                raise TypeError("connect is for endpoints: connect the socket before, or after")
            self.socket = interface_or_socket
            self.ctx = interface_or_socket.context
        else:
            self._endpoint = interface_or_socket
            self._open(context)

    def _open(self, context: zmq.Context[Any] | None) -> None:
        """Make the socket that the handler owns."""
        self._owns_context = context is None
        self.ctx = zmq.Context() if context is None else context
        self.socket = self.ctx.socket(zmq.PUB)
        try:
            (self.socket.connect if self._connects else self.socket.bind)(self._endpoint)  # type: ignore[arg-type]
        except BaseException:
            self._close_own()
            raise
        call_at_end_of_child(self.close)  # logging.shutdown() is not called there

    def _close_own(self) -> None:
        self.socket.close(LINGER_MS)
        if self._owns_context:
            self.ctx.destroy(LINGER_MS)  # and sockets that others have made in it, which it would wait for

    @property
    def root_topic(self) -> str:
        """What all topics begin with; empty for none."""
        return self._root_topic

    @root_topic.setter
    def root_topic(self, value: str | bytes) -> None:
        self.setRootTopic(value)

    def setRootTopic(self, root_topic: str | bytes) -> None:  # noqa: N802
        """Set what all topics begin with."""
        self._root_topic = _as_str(root_topic)

    def setFormatter(self, fmt: logging.Formatter | None, level: int | str = logging.NOTSET) -> None:  # noqa: N802
        """Set the formatter for one level, or for all.

        Args:
            fmt: The formatter; None for the default one.
            level: Number or name of a level; 0 for all levels.

        Raises:
            ValueError: There is no level of that name.
        """
        number = _level_number(level)
        if isinstance(fmt, str):  # which has a method format(), too
            raise TypeError(f"a formatter is a logging.Formatter, such as logging.Formatter({fmt!r})")
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
        """Return the text of *record*, made by the formatter of its level, or of the next lower level that has one."""
        formatter = self.formatters.get(record.levelno)
        if formatter is None:
            levels = sorted(self.formatters)
            if not levels:
                return super().format(record)
            formatter = self.formatters[max((n for n in levels if n < record.levelno), default=levels[0])]
        return formatter.format(record)

    def emit(self, record: logging.LogRecord) -> None:
        """Publish *record*.  Never blocks, never raises."""
        if self._ended:
            return
        try:
            message = self._message(record)
            if self._connects and self._pid != os.getpid():
                self._pid = os.getpid()
                self._open(None)
            # Whatever its class: the sockets of event loops, too, are sent on at once and from any thread.
            zmq.Socket.send_multipart(self.socket, message, zmq.NOBLOCK)
        except zmq.Again:
            self.dropped += 1
        except Exception:  # noqa: BLE001 (programs do not end because of what they log)
            self.handleError(record)

    def _message(self, record: logging.LogRecord) -> tuple[bytes, bytes]:
        text = record.msg if isinstance(record.msg, str) else str(record.msg)
        subtopic = ""
        if TOPIC_DELIM in text:
            subtopic, text = split_text(text, is_template=bool(record.args))
            record = copy.copy(record)  # other handlers get it as it was logged
            record.msg = text
        topic = join_topic(self.root_topic, record.levelname, subtopic)
        # Names of files, for one, may hold surrogates, which have no UTF-8.
        return topic.encode("utf-8", "backslashreplace"), self.format(record).encode("utf-8", "backslashreplace")

    def close(self) -> None:
        """Close the handler, and what it has made for an endpoint; waits for slow subscribers, but a second at most.

        What is logged to that endpoint later is dropped.  A socket that the caller has made goes on.
        """
        if self._endpoint is not None:
            self.acquire()
            self._ended = True
            self.release()  # before it waits: other threads that log must not
            self._close_own()
        super().close()


def _as_str(root_topic: str | bytes) -> str:
    if isinstance(root_topic, bytes):
        return root_topic.decode()
    if not isinstance(root_topic, str):
        raise TypeError(f"a root topic is a str, empty for none: got {root_topic!r:.60}")
    return root_topic


def _level_number(level: int | str) -> int:
    # It maps names, too; getLevelNamesMapping() came with Python 3.11.
    number = logging.getLevelName(level) if isinstance(level, str) else level  # pyright: ignore[reportDeprecated]
    if not isinstance(number, int):  # a name that logging does not know
        raise ValueError(f"unknown level {level!r}: give its number, or one of the names that logging knows")  # noqa: TRY004
    return number


def _default_formatters() -> dict[int, logging.Formatter]:
    located = logging.Formatter("%(levelname)s %(filename)s:%(lineno)d - %(message)s\n")
    bare = logging.Formatter("%(message)s\n")
    return {
        logging.DEBUG: located,
        logging.INFO: bare,
        logging.WARNING: located,
        logging.ERROR: located,
        logging.CRITICAL: located,
    }
