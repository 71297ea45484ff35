"""News: each process publishes its progress from time to time, and its log."""

from __future__ import annotations

import logging
from time import monotonic
from typing import final

from wire import Report

import zmq
from zmq.log.handlers import PUBHandler

__all__ = ["LOG", "PROGRESS", "News"]

PROGRESS = b"progress"
LOG = b"log"
INTERVAL_S = 0.1


@final
class News:
    """Publishes the progress of one process, at most ten times a second, and its log.

    The socket is an XPUB: a PUB that also receives the subscriptions. It publishes nothing before the viewer has
    subscribed: a PUB drops messages without a subscriber, so the first messages would be lost.
    """

    def __init__(self, context: zmq.Context, endpoint: str, name: str) -> None:
        self.report = Report(name)
        self._started_s = self._next_s = monotonic()
        self._socket = context.socket(zmq.XPUB)
        self._socket.connect(endpoint)
        for _ in (PROGRESS, LOG):
            self._socket.recv()  # b"\x01" and the topic: the viewer has subscribed
        self._handler = PUBHandler(self._socket, root_topic=f"{LOG.decode()}.{name}")
        self._handler.setFormatter(logging.Formatter("%(message)s"))
        logging.getLogger().addHandler(self._handler)
        logging.getLogger().setLevel(logging.INFO)

    def __enter__(self) -> News:
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self._handler)
        self._handler.close()
        self._socket.close()

    def start_clock(self) -> None:
        """Start to measure the duration."""
        self._started_s = monotonic()

    def tick(self) -> None:
        """Publish the report, unless it was published in the last tenth of a second; cheap enough to call often."""
        if monotonic() >= self._next_s:
            self.publish()

    def publish(self) -> None:
        """Publish the report now."""
        now_s = monotonic()
        self._next_s = now_s + INTERVAL_S
        self.report.duration_s = now_s - self._started_s
        self.report.published += 1
        self._socket.send_multipart([PROGRESS, self.report.pack()])
