"""PUBHandler with the rest of logging: configuration from a dict, queues."""

from __future__ import annotations

import logging
import logging.config
import logging.handlers
import queue
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import zmq
from zmq.log.handlers import PUBHandler

NAME = "zmq-log-configured"


@pytest.fixture
def configure() -> Iterator[Callable[[dict[str, Any]], logging.Logger]]:
    """Return a function that makes a logger with one handler, as configured."""
    logger = logging.getLogger(NAME)

    def configure(handler: dict[str, Any]) -> logging.Logger:
        logging.config.dictConfig(
            {
                "version": 1,
                "disable_existing_loggers": False,
                "incremental": False,
                "formatters": {"short": {"format": "short %(message)s"}},
                "handlers": {"publish": handler},
                "loggers": {NAME: {"level": "INFO", "handlers": ["publish"], "propagate": False}},
            }
        )
        return logger

    yield configure
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()


def test_dict_config_can_create_a_handler(
    configure: Callable[[dict[str, Any]], logging.Logger], sockets: Callable[[int], zmq.Socket]
) -> None:
    logger = configure(
        {
            "class": "zmq.log.handlers.PUBHandler",
            "interface_or_socket": "tcp://127.0.0.1:*",
            "root_topic": "app",
            "formatter": "short",
            "level": "WARNING",
        }
    )
    (handler,) = logger.handlers
    assert isinstance(handler, PUBHandler)
    subscriber = sockets(zmq.SUB)
    subscriber.subscribe("")
    subscriber.connect(handler.socket.last_endpoint.decode())
    while not subscriber.poll(20):  # until the subscription is there
        logger.warning("text")
    logger.info("not published")
    assert subscriber.recv_multipart() == [b"app.WARNING", b"short text"]


def test_dict_config_can_use_a_factory_and_set_attributes(
    configure: Callable[[dict[str, Any]], logging.Logger], published: tuple[zmq.Socket, zmq.Socket]
) -> None:
    def factory(root: str) -> PUBHandler:
        return PUBHandler(published[0], root_topic=root)

    logger = configure({"()": factory, "root": "made", ".": {"root_topic": "given"}})
    logger.info("text")
    assert published[1].recv_multipart() == [b"given.INFO", b"text\n"]


def test_a_handler_behind_a_queue_publishes_the_same_message(
    logger: logging.Logger, published: tuple[zmq.Socket, zmq.Socket]
) -> None:
    records: queue.Queue[logging.LogRecord] = queue.Queue()
    listener = logging.handlers.QueueListener(records, PUBHandler(published[0]))
    logger.addHandler(logging.handlers.QueueHandler(records))
    listener.start()
    try:
        logger.info("db::it took %d s", 3)
        try:
            int("wrong")
        except ValueError:
            logger.exception("it failed")
        assert published[1].recv_multipart() == [b"INFO.db", b"it took 3 s\n"]
        topic, text = published[1].recv_multipart()
        assert topic == b"ERROR"
        assert b"Traceback (most recent call last):" in text
    finally:
        listener.stop()
