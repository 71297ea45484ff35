"""Fixtures: loggers, and sockets that publish to a subscriber that is known to be there."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest

import zmq
from zmq.log.handlers import PUBHandler


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """A logger of the test's own, that takes every level and passes nothing on; its handlers are closed."""
    logger = logging.Logger("test")  # noqa: LOG001 (not in the hierarchy, so nobody else gets it)
    yield logger
    for handler in logger.handlers:
        handler.close()


@pytest.fixture
def published(sockets: Callable[[int], zmq.Socket]) -> tuple[zmq.Socket, zmq.Socket]:
    """A socket to publish on, and one that receives all of it."""
    publisher, subscriber = sockets(zmq.XPUB), sockets(zmq.SUB)
    publisher.bind("inproc://log")
    subscriber.subscribe("")
    subscriber.connect("inproc://log")
    assert publisher.recv() == b"\x01"
    return publisher, subscriber


@pytest.fixture
def handler(published: tuple[zmq.Socket, zmq.Socket], logger: logging.Logger) -> PUBHandler:
    """A handler of the logger."""
    handler = PUBHandler(published[0])
    logger.addHandler(handler)
    return handler


@pytest.fixture
def received(handler: PUBHandler, published: tuple[zmq.Socket, zmq.Socket]) -> Callable[[], list[bytes]]:
    """Return a function that returns the next message that the handler has published."""
    return published[1].recv_multipart


@pytest.fixture
def errors(monkeypatch: pytest.MonkeyPatch) -> list[logging.LogRecord]:
    """The records that were given to handleError."""
    records: list[logging.LogRecord] = []
    monkeypatch.setattr(logging.Handler, "handleError", lambda _, record: records.append(record))
    return records
