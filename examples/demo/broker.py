"""The broker: a monitored queue that distributes the lines to the workers, and counts its copies of them."""

from __future__ import annotations

import logging

from link import Link
from news import News
from wire import TASK

import zmq
from zmq.devices import ThreadMonitoredQueue

__all__ = ["run_broker"]

logger = logging.getLogger(__name__)

COPIES = "inproc://copies"


def run_broker(context: zmq.Context, link: Link, news: News) -> None:
    """Run the queue in a new thread, until the supervisor reports that the sink has all results."""
    queue = ThreadMonitoredQueue(zmq.PULL, zmq.PUSH, zmq.PUSH, b"line", b"")
    queue.context_factory = lambda: context
    queue.bind_in("tcp://127.0.0.1:*")
    queue.bind_out("tcp://127.0.0.1:*")
    queue.connect_mon(COPIES)  # PUSH, not PUB: the queue waits for this thread instead of dropping a copy
    with context.socket(zmq.PULL) as copies:
        copies.bind(COPIES)
        with queue:
            link.meet(tasks=queue.frontend.endpoints[0], shares=queue.backend.endpoints[0])
            poller = zmq.Poller()
            poller.register(copies, zmq.POLLIN)
            poller.register(link.socket, zmq.POLLIN)
            expected = -1
            while news.report.received != expected:
                ready = dict(poller.poll())
                if copies in ready:
                    _drain(copies, news)
                if link.socket in ready:
                    expected = int(link.hear("expect"))
                    poller.unregister(link.socket)  # "finish" may come while copies are left
            link.hear("finish")  # a copy comes before its line is passed on
        news.report.sent = queue.statistics().backend_sent.messages
        news.publish()
    logger.info("passed %d lines on", news.report.sent)
    link.say("report", news.report.pack())


def _drain(copies: zmq.Socket, news: News) -> None:
    """Count the copies received so far, and record each that is out of sequence."""
    report = news.report
    while True:
        try:
            _prefix, frame = copies.recv_multipart(zmq.DONTWAIT)
        except zmq.Again:
            return
        (number,) = TASK.unpack_from(frame)
        if number != report.received:
            report.faults.append(f"line {number} passed the broker, not {report.received}")
        if not report.received:
            news.start_clock()
        report.received += 1
        if report.received % 1024 == 0:
            news.tick()
