"""TopicLogger: a topic before the message."""

from __future__ import annotations

import io
import logging
import sys
import warnings
from collections.abc import Callable, Iterator

import pytest

from zmq.log.handlers import PUBHandler, TopicLogger

Received = Callable[[], list[bytes]]


@pytest.fixture
def topical(handler: PUBHandler) -> TopicLogger:
    """A logger that publishes level, message, function and line."""
    handler.setFormatter(logging.Formatter("%(message)s %(funcName)s %(lineno)d"))
    topical = TopicLogger("test")
    topical.addHandler(handler)
    return topical


@pytest.mark.parametrize(
    ("method", "level"),
    [
        ("debug", "DEBUG"),
        ("info", "INFO"),
        ("warn", "WARNING"),
        ("warning", "WARNING"),
        ("error", "ERROR"),
        ("critical", "CRITICAL"),
        ("fatal", "CRITICAL"),
    ],
)
def test_each_method_takes_a_topic_and_reports_the_line_of_its_caller(
    topical: TopicLogger, received: Received, method: str, level: str
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        getattr(topical, method)("db.slow", "it took %d s", 3)
    here = f"{sys._getframe().f_code.co_name} {sys._getframe().f_lineno - 1}"
    assert received() == [f"{level}.db.slow".encode(), f"it took 3 s {here}".encode()]


def test_log_takes_a_level_and_a_topic(topical: TopicLogger, received: Received) -> None:
    topical.log(logging.INFO, "db", "text")
    here = f"{sys._getframe().f_code.co_name} {sys._getframe().f_lineno - 1}"
    assert received() == [b"INFO.db", f"text {here}".encode()]


def test_exception_adds_the_traceback(topical: TopicLogger, received: Received) -> None:
    try:
        int("wrong")
    except ValueError:
        topical.exception("db", "it failed: %s", "wrong")
    topic, text = received()
    assert topic == b"ERROR.db"
    assert text.startswith(b"it failed: wrong test_exception_adds_the_traceback ")
    assert text.endswith(b"ValueError: invalid literal for int() with base 10: 'wrong'")


def test_stacklevel_counts_from_the_caller(topical: TopicLogger, received: Received) -> None:
    def helper() -> None:
        topical.info("db", "text", stacklevel=2)

    helper()
    here = f"{sys._getframe().f_code.co_name} {sys._getframe().f_lineno - 1}"
    assert received()[1] == f"text {here}".encode()


@pytest.mark.parametrize(
    ("arguments", "topic", "text"),
    [
        (("db", "a::b"), b"INFO.db", b"a::b"),
        (("", "text"), b"INFO", b"text"),
        (("50%", "text %"), b"INFO.50%", b"text %"),
        (("50%", "%d%%", 50), b"INFO.50%", b"50%"),
        (("100%%", "%d", 50), b"INFO.100%%", b"50"),
        (("db", {"a": 1}), b"INFO.db", b"{'a': 1}"),
        (("db", "%(a)s", {"a": 1}), b"INFO.db", b"1"),
        (("db", None), b"INFO.db", b"None"),
    ],
)
def test_topics_and_messages_of_all_kinds(
    topical: TopicLogger, received: Received, arguments: tuple[str, object], topic: bytes, text: bytes
) -> None:
    topical.info(*arguments)
    message = received()
    assert message[0] == topic
    assert message[1].startswith(text + b" test_topics")


def test_other_handlers_print_the_topic_before_the_message(topical: TopicLogger) -> None:
    shown = io.StringIO()
    topical.addHandler(logging.StreamHandler(shown))
    topical.info("50%", "%d of %d", 1, 2)
    topical.info("db", ValueError("wrong"))
    assert shown.getvalue() == "50%::1 of 2\ndb::wrong\n"


class Unprintable:
    def __str__(self) -> str:
        raise ValueError("no text")


def test_errors_of_str_are_passed_to_handle_error(topical: TopicLogger, errors: list[logging.LogRecord]) -> None:
    topical.info("db", Unprintable())
    assert len(errors) == 1


def test_objects_below_the_level_are_not_converted_to_text(
    topical: TopicLogger, errors: list[logging.LogRecord]
) -> None:
    topical.setLevel(logging.INFO)
    topical.debug("db", Unprintable())
    topical.log(logging.DEBUG, "db", Unprintable())
    assert errors == []


def test_topics_are_converted_to_str(topical: TopicLogger, received: Received) -> None:
    topical.info(7, "%s", "text")  # type: ignore[arg-type]
    assert received()[0] == b"INFO.7"


@pytest.fixture
def logger_class() -> Iterator[None]:
    """All loggers made during the test are TopicLoggers."""
    before = logging.getLoggerClass()
    logging.setLoggerClass(TopicLogger)
    yield
    logging.setLoggerClass(before)


def test_set_logger_class_makes_loggers_take_topics(
    logger_class: None, handler: PUBHandler, received: Received, request: pytest.FixtureRequest
) -> None:
    topical = logging.getLogger(f"{__name__}.{request.node.name}")
    assert isinstance(topical, TopicLogger)
    topical.addHandler(handler)
    topical.propagate = False
    topical.warning("db", "text")
    assert received()[0] == b"WARNING.db"
    topical.removeHandler(handler)
