"""The sink: collects the results and checks that each line comes exactly once."""

from __future__ import annotations

import logging
from collections import Counter

from link import Link
from news import News
from settings import Settings, local_endpoint
from wire import RESULT, pack_json, unpack_counts

import zmq

__all__ = ["run_sink"]

logger = logging.getLogger(__name__)

MOST_FAULTS = 10


def run_sink(context: zmq.Context, link: Link, news: News, settings: Settings) -> None:
    """Pull as many results as the source has sent lines, then the tally of each worker."""
    with context.socket(zmq.PULL) as results, context.socket(zmq.PUSH) as tallies:
        results.bind(local_endpoint(settings.folder, "results"))
        book = link.meet(results=results.get_string(zmq.LAST_ENDPOINT))
        sink = Sink(results, news, workers=settings.workers, lines=int(book["lines"]))
        poller = zmq.Poller()
        poller.register(results, zmq.POLLIN)
        poller.register(link.socket, zmq.POLLIN)
        expected = -1
        while news.report.received != expected:
            ready = dict(poller.poll())
            if results in ready:
                sink.drain()
            if link.socket in ready:
                expected = int(link.hear("expect"))
        news.publish()
        link.say("complete")
        total: Counter[str] = Counter()
        for _ in range(settings.workers):
            total.update(unpack_counts(results.recv()))
        tallies.connect(book["tallies"])
        tallies.send(pack_json(total))
    logger.info("merged the tallies: %d distinct words", len(total))
    link.say("tally", pack_json(total))
    link.say("report", news.report.pack())


class Sink:
    """Adds up results, and records each that is missing, duplicate or out of sequence."""

    def __init__(self, results: zmq.Socket, news: News, workers: int, lines: int) -> None:
        self._results = results
        self._news = news
        self._seen = bytearray(lines)  # one byte per line
        self._next_of = [0] * (workers + 1)  # workers are numbered from 1

    def drain(self) -> None:
        """Receive results until the queue is empty."""
        while True:
            try:
                frame = self._results.recv(zmq.DONTWAIT)
            except zmq.Again:
                return
            self._take(frame)

    def _take(self, frame: bytes) -> None:
        worker, sent_before, line, words, checksum = RESULT.unpack(frame)
        report = self._news.report
        if report.received == 0:
            self._news.start_clock()
        if self._seen[line]:
            self._fault(f"line {line} came twice")
        if self._next_of[worker] != sent_before:
            self._fault(f"result {sent_before} of worker-{worker} came, not {self._next_of[worker]}")
        self._seen[line] = 1
        self._next_of[worker] = sent_before + 1
        report.received += 1
        report.words += words
        report.checksum += checksum
        if report.received % 1024 == 0:
            self._news.tick()

    def _fault(self, fault: str) -> None:
        faults = self._news.report.faults
        if len(faults) < MOST_FAULTS:
            faults.append(fault)
