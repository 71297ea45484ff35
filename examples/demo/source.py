"""The source: finds text files and pushes their lines to the workers, one message per line."""

from __future__ import annotations

from pathlib import Path
from zlib import crc32

from link import Link
from progress import Progress
from settings import Settings
from text import find_text, lines_of
from wire import TASK, Report

import zmq
from zmq.utils.monitor import recv_monitor_message

__all__ = ["run_source"]


def run_source(context: zmq.Context, link: Link, settings: Settings) -> None:
    """Send up to ``settings.messages`` lines; PUSH deals them out to whichever worker has room in its queue."""
    files, lines = find_text(Path(settings.path), settings.messages)
    report = Report("source")
    with context.socket(zmq.PUSH) as tasks:
        with tasks.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED) as arrivals:
            tasks.bind("tcp://127.0.0.1:*")
            book = link.meet(tasks=tasks.get_string(zmq.LAST_ENDPOINT), files=str(len(files)), lines=str(lines))
            # Without this the first worker to connect would get all the lines until the others are there.
            for _ in range(settings.workers):
                recv_monitor_message(arrivals)
            tasks.disable_monitor()
        with Progress(context, book["progress"], report) as progress:
            progress.start_clock()
            for file in files:
                report.files += 1
                _send_file(tasks, file, report, progress, most_lines=lines)
            progress.publish()
        link.say("report", report.pack())


def _send_file(tasks: zmq.Socket, file: Path, report: Report, progress: Progress, most_lines: int) -> None:
    for line in lines_of(file)[: most_lines - report.sent]:
        tasks.send(TASK.pack(report.sent) + line)
        report.sent += 1
        report.text_bytes += len(line)
        report.checksum += crc32(line)
        if report.sent % 1024 == 0:
            progress.tick()
