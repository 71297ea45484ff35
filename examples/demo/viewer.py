"""The viewer: shows logs and live progress, as a redrawn line on a terminal, as plain lines in a pipe."""

from __future__ import annotations

import shutil
import sys
from time import monotonic

from wire import Report

__all__ = ["Viewer"]

BAR_WIDTH = 20
LINE_INTERVAL_S = 1.0


class Viewer:
    """Keeps the last report of each process, and prints all of them in one line."""

    def __init__(self) -> None:
        self.total = 0
        self._live = sys.stdout.isatty()
        self._reports: dict[str, Report] = {}
        self._next_s = 0.0
        self._drawn = False

    def show(self, report: Report) -> None:
        """Record *report*; in a pipe, print only if some time has passed since the last line."""
        self._reports[report.name] = report
        if self._live:
            columns = shutil.get_terminal_size().columns
            print("\r" + self.describe()[: columns - 1].ljust(columns - 1), end="", flush=True)
            self._drawn = True
        elif report.name == "sink" and (monotonic() >= self._next_s or report.received == self.total):
            self._next_s = monotonic() + LINE_INTERVAL_S
            print(self.describe(), flush=True)

    def log(self, name: str, level: str, text: str) -> None:
        """Show a log record of a process above the line of progress."""
        self.end_line()
        print(f"  {name:<9} {level.lower():<8} {text.rstrip()}", flush=True)

    def end_line(self) -> None:
        """Keep the redrawn line, and continue below it."""
        if self._drawn:
            print(flush=True)
            self._drawn = False

    def describe(self) -> str:
        """Return the state of all processes in one line."""
        sink = self._reports.get("sink", Report("sink"))
        done = sink.received / self.total if self.total else 0.0
        bar = "#" * round(done * BAR_WIDTH)
        rate = sink.received / sink.duration_s if sink.duration_s else 0.0
        counts = "  ".join(f"{name} {max(r.sent, r.received):,}" for name, r in sorted(self._reports.items()))
        return f"[{bar:.<{BAR_WIDTH}}] {done:4.0%}  {rate:,.0f}/s  {counts}"
