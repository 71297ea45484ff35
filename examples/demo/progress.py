"""Publishing progress: each process tells now and then how far it is."""

from __future__ import annotations

from time import monotonic
from typing import final

from wire import Report

import zmq

__all__ = ["TOPIC", "Progress"]

TOPIC = b"progress"
INTERVAL_S = 0.1


@final
class Progress:
    """Publishes one process's report, at most ten times a second.

    The socket is XPUB, which is PUB that also receives the subscriptions. Nothing is published before the viewer's has
    come: PUB drops what nobody has subscribed to, so a publisher that does not wait loses its first messages.
    """

    def __init__(self, context: zmq.Context, endpoint: str, report: Report) -> None:
        self._report = report
        self._started_s = self._next_s = monotonic()
        self._socket = context.socket(zmq.XPUB)
        self._socket.connect(endpoint)
        self._socket.recv()  # b"\x01" and the topic: the viewer listens

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def start_clock(self) -> None:
        """Count the duration from now on."""
        self._started_s = monotonic()

    def tick(self) -> None:
        """Publish the report, unless that was done a moment ago; cheap enough to call often."""
        if monotonic() >= self._next_s:
            self.publish()

    def publish(self) -> None:
        """Publish the report now."""
        now_s = monotonic()
        self._next_s = now_s + INTERVAL_S
        self._report.duration_s = now_s - self._started_s
        self._report.published += 1
        self._socket.send_multipart([TOPIC, self._report.pack()])
