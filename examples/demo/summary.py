"""The summary: the messages that passed each stage, and the proof that none was lost."""

from __future__ import annotations

from dataclasses import dataclass

from wire import Report

__all__ = ["Outcome", "Stage", "print_summary"]


@dataclass
class Stage:
    """One stage of the pipeline, and its messages."""

    name: str
    transport: str
    sent: int
    received: int
    duration_s: float

    def row(self) -> str:
        """Return this stage as a row of the table."""
        rate = self.received / self.duration_s if self.duration_s else 0.0
        counts = f"{self.sent:>10,}  {self.received:>10,}  {self.sent - self.received:>5,}"
        return f"  {self.name:<20}{self.transport:<11}{counts}  {self.duration_s:>8.2f}  {rate:>10,.0f}"


@dataclass
class Outcome:
    """The final reports of all processes."""

    source: Report
    broker: Report
    workers: list[Report]
    sink: Report
    service: Report
    tally: dict[str, int]
    asked: int
    wrong_answers: list[str]
    stranger_let_in: bool | None  # None without CURVE: then every client is admitted
    stages: list[Stage]

    def checks(self) -> list[tuple[bool, str]]:
        """Return each condition of success, and whether it holds."""
        workers_received = sum(worker.received for worker in self.workers)
        workers_sent = sum(worker.sent for worker in self.workers)
        checksums = [self.source.checksum, sum(worker.checksum for worker in self.workers), self.sink.checksum]
        words = [sum(worker.words for worker in self.workers), self.sink.words, sum(self.tally.values())]
        faults = [fault for report in (self.source, self.broker, *self.workers, self.sink) for fault in report.faults]
        return [
            (self.broker.received == self.source.sent, f"the broker has copies of all {self.source.sent:,} lines"),
            (workers_received == self.source.sent, f"the workers received all {self.source.sent:,} lines"),
            (self.sink.received == workers_sent, f"the sink received all {workers_sent:,} results"),
            (not faults, "each line came exactly once, all in sequence" + _listed(faults)),
            (len(set(checksums)) == 1, f"source, workers and sink agree on the checksum {_listed(checksums)}"),
            (len(set(words)) == 1, f"workers, sink and the merged tally agree on the words {_listed(words)}"),
            (self.service.received == self.asked, f"the service got all {self.asked:,} questions"),
            (not self.wrong_answers, "and answered each as the sink would" + _listed(self.wrong_answers)),
            *(
                [(not self.stranger_let_in, "and turned away a client whose key it does not know")]
                if self.stranger_let_in is not None
                else []
            ),
            (all(stage.sent == stage.received for stage in self.stages), "no stage has lost a message"),
        ]


def print_summary(outcome: Outcome) -> bool:
    """Print the table and the proof, and return whether nothing was lost."""
    source = outcome.source
    words = f"{outcome.sink.words:,} words, {len(outcome.tally):,} of them distinct"
    print(f"\n{source.files:,} files, {source.text_bytes:,} bytes, {words}")
    print(f"\n  {'stage':<20}{'transport':<11}{'sent':>10}  {'received':>10}   lost   seconds  messages/s")
    for stage in outcome.stages:
        print(stage.row())
    print()
    checks = outcome.checks()
    for passed, text in checks:
        print(f"  {'ok  ' if passed else 'FAIL'}  {text}")
    passed_all = all(passed for passed, _ in checks)
    print("\nNothing was lost." if passed_all else "\nSOMETHING WAS LOST.", flush=True)
    return passed_all


def _listed(values: list[str] | list[int]) -> str:
    """Return the *values* that differ, in brackets."""
    return "(" + ", ".join(str(value) for value in dict.fromkeys(values)) + ")" if values else ""
