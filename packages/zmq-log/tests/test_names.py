"""Public names and parameters, and what the import needs."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable

import pytest

from zmq.log import handlers, topics


def test_public_names_of_handlers() -> None:
    assert handlers.TOPIC_DELIM == topics.TOPIC_DELIM == "::"
    assert issubclass(handlers.PUBHandler, logging.Handler)
    assert issubclass(handlers.TopicLogger, logging.Logger)


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (handlers.PUBHandler, ["interface_or_socket", "context", "root_topic"]),
        (handlers.PUBHandler.setFormatter, ["self", "fmt", "level"]),
        (handlers.PUBHandler.setRootTopic, ["self", "root_topic"]),
        (handlers.TopicLogger, ["name", "level"]),
        (handlers.TopicLogger.log, ["self", "level", "topic", "msg", "args", "kwargs"]),
        (handlers.TopicLogger.warn, ["self", "topic", "msg", "args", "kwargs"]),
        (handlers.TopicLogger.exception, ["self", "topic", "msg", "args", "kwargs"]),
    ],
)
def test_parameters_have_pyzmqs_names(function: Callable[..., object], names: list[str]) -> None:
    assert list(inspect.signature(function).parameters)[: len(names)] == names


def test_old_names_are_aliases() -> None:
    assert handlers.TopicLogger.warn is handlers.TopicLogger.warning
    assert handlers.TopicLogger.fatal is handlers.TopicLogger.critical


def test_import_needs_no_other_distribution_than_zmq_core(run_script: Callable[..., str]) -> None:
    loaded = run_script(
        """
        import sys
        import zmq.log.handlers
        print(*(name for name in sys.modules if name.startswith("zmq.")))
        """
    ).split()
    assert "zmq.log.handlers" in loaded
    assert not [name for name in loaded if name.split(".")[1] in {"asyncio", "eventloop", "green", "auth", "devices"}]
