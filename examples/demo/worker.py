"""A worker: counts the words of each line that it receives, and pushes a result to the sink."""

from __future__ import annotations

import logging
import re
from collections import Counter
from zlib import crc32

from link import Link
from news import News
from wire import RESULT, TASK, pack_json

import zmq
from zmq.utils.monitor import recv_monitor_message

__all__ = ["run_worker"]

logger = logging.getLogger(__name__)

find_words = re.compile(rb"[a-z]+").findall


def run_worker(context: zmq.Context, link: Link, news: News, number: int) -> None:
    """Work until the supervisor reports that the sink has all results, then send the tally to the sink."""
    book = link.meet()
    with context.socket(zmq.PULL) as tasks, context.socket(zmq.PUSH) as results:
        results.connect(book["results"])
        with tasks.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED) as arrival:
            tasks.connect(book["shares"])
            recv_monitor_message(arrival)  # else the first worker would get all lines at first
            tasks.disable_monitor()
        link.say("ready")
        worker = Worker(number, tasks, results, news)
        poller = zmq.Poller()
        poller.register(tasks, zmq.POLLIN)
        poller.register(link.socket, zmq.POLLIN)
        news.start_clock()
        while link.socket not in dict(poller.poll()):
            worker.drain()
        link.hear("finish")
        results.send(pack_json({word.decode(): count for word, count in worker.tally.items()}))
        news.publish()
    logger.info("counted the words of %d lines", news.report.received)
    link.say("report", news.report.pack())


class Worker:
    """Counts the words of lines, and keeps the tally until it is requested."""

    def __init__(self, number: int, tasks: zmq.Socket, results: zmq.Socket, news: News) -> None:
        self.tally: Counter[bytes] = Counter()
        self._number = number
        self._tasks = tasks
        self._results = results
        self._news = news
        self._last_line = -1

    def drain(self) -> None:
        """Work until the queue is empty: polling before each of many small messages would cost more."""
        while True:
            try:
                frame = self._tasks.recv(zmq.DONTWAIT)
            except zmq.Again:
                return
            self._work(frame)

    def _work(self, frame: bytes) -> None:
        report = self._news.report
        (number,) = TASK.unpack_from(frame)
        if number <= self._last_line:  # one source, one broker: a worker gets only some of the lines, but in order
            report.faults.append(f"line {number} came after line {self._last_line}")
        self._last_line = number
        line = frame[TASK.size :]
        words = find_words(line.lower())
        checksum = crc32(line)
        self.tally.update(words)
        self._results.send(RESULT.pack(self._number, report.sent, number, len(words), checksum))
        report.received += 1
        report.sent += 1
        report.text_bytes += len(line)
        report.words += len(words)
        report.checksum += checksum
        if report.received % 1024 == 0:
            self._news.tick()
