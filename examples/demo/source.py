"""The source: finds text files and pushes their lines to the broker, one message per line."""

from __future__ import annotations

import logging
from pathlib import Path
from zlib import crc32

from link import Link
from news import News
from settings import Settings
from text import find_text, lines_of
from wire import TASK

import zmq

__all__ = ["run_source"]

logger = logging.getLogger(__name__)


def run_source(context: zmq.Context, link: Link, news: News, settings: Settings) -> None:
    """Send up to ``settings.messages`` lines, when the supervisor reports that all workers are connected."""
    files, lines = find_text(Path(settings.path), settings.messages)
    logger.info("found %d files", len(files))
    with context.socket(zmq.PUSH) as tasks:
        book = link.meet(files=str(len(files)), lines=str(lines))
        tasks.connect(book["tasks"])
        link.hear("go")
        news.start_clock()
        for file in files:
            news.report.files += 1
            _send_file(tasks, file, news, most_lines=lines)
        news.publish()
    logger.info("sent %d lines", news.report.sent)
    link.say("report", news.report.pack())


def _send_file(tasks: zmq.Socket, file: Path, news: News, most_lines: int) -> None:
    report = news.report
    for line in lines_of(file)[: most_lines - report.sent]:
        tasks.send(TASK.pack(report.sent) + line)
        report.sent += 1
        report.text_bytes += len(line)
        report.checksum += crc32(line)
        if report.sent % 1024 == 0:
            news.tick()
