"""Fixtures: loggers, and sockets with a subscriber that has subscribed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest

import zmq
from zmq.log.handlers import PUBHandler


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """A logger without parent, for all levels; its handlers are closed at the end."""
    logger = logging.Logger("test")  # noqa: LOG001 (not in the hierarchy)
    yield logger
    for handler in logger.handlers:
        handler.close()


@pytest.fixture
def published(sockets: Callable[[int], zmq.Socket]) -> tuple[zmq.Socket, zmq.Socket]:
    """A socket that publishes, and one that receives all its messages."""
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
    """Return a function that receives the next message of the handler."""
    return published[1].recv_multipart


@pytest.fixture
def errors(monkeypatch: pytest.MonkeyPatch) -> list[logging.LogRecord]:
    """The records that were passed to handleError."""
    records: list[logging.LogRecord] = []
    monkeypatch.setattr(logging.Handler, "handleError", lambda _, record: records.append(record))
    return records
