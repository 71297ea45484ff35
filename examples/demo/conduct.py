"""One run from start to end, as the supervisor sees it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from time import monotonic

from client import ask_all
from crew import Crew, DemoFailed
from settings import Settings, local_endpoint
from summary import Outcome, Stage
from supervisor import Supervisor
from viewer import Viewer
from wire import Report, pack_json, unpack_counts, unpack_strings

import zmq

__all__ = ["conduct"]


def conduct(settings: Settings) -> Outcome:
    """Start the processes, lead them through the run, and return what has come of it.

    Raises:
        DemoFailed: There is nothing to do, or a process died or hangs.
    """
    viewer = Viewer()
    with ExitStack() as stack:
        context = stack.enter_context(zmq.Context())
        context.linger = 0  # when the run fails, messages to processes that are gone must not hold us up
        control = stack.enter_context(context.socket(zmq.ROUTER))
        control.bind(local_endpoint(settings.folder, "control"))
        progress = stack.enter_context(context.socket(zmq.SUB))
        progress.bind(local_endpoint(settings.folder, "progress"))
        settings = replace(settings, control=control.get_string(zmq.LAST_ENDPOINT))
        crew = stack.enter_context(Crew(settings))
        print(f"started {crew.describe()}", flush=True)
        stack.callback(viewer.end_line)
        supervisor = Supervisor(control, progress, crew, viewer)

        book = _introduce(settings, supervisor, progress.get_string(zmq.LAST_ENDPOINT), viewer)
        source, workers, sink = _count(settings, supervisor)
        viewer.end_line()
        tally = unpack_counts(supervisor.wait_for("tally", ["sink"])["sink"])

        supervisor.wait_for("open", ["service"])
        began_s = monotonic()
        asked, wrong = ask_all(context, supervisor, book["service"], book["service_key"].encode(), tally)
        asking_s = monotonic() - began_s
        supervisor.tell(["service"], "finish")
        service = Report.unpack(supervisor.wait_for("report", ["service"])["service"])

        published = sum(report.published for report in (source, *workers, sink))
        supervisor.wait_for_progress(published)
        crew.wait()

    desk = "tcp, CURVE" if settings.curve else "tcp"
    stages = [
        Stage("source -> workers", _transport(book["tasks"]), source.sent, _received(workers), source.duration_s),
        Stage("workers -> sink", _transport(book["results"]), _sent(workers), sink.received, sink.duration_s),
        Stage("client -> service", desk, asked, service.received, asking_s),
        Stage("service -> client", desk, service.sent, asked, asking_s),
        Stage("all -> viewer", _transport(book["progress"]), published, supervisor.progress_seen, sink.duration_s),
    ]
    return Outcome(source, workers, sink, service, tally, asked, wrong, stages)


def _introduce(settings: Settings, supervisor: Supervisor, progress: str, viewer: Viewer) -> dict[str, str]:
    """Collect what the processes have bound and found in one address book, and give it to everyone."""
    book = {"progress": progress}
    for entries in supervisor.wait_for("hello", settings.names).values():
        book.update(unpack_strings(entries))
    viewer.total = int(book["lines"])
    if not viewer.total:
        raise DemoFailed(f"there is no text in {settings.path}")
    print(f"found {viewer.total:,} lines in {int(book['files']):,} files in {settings.path}", flush=True)
    supervisor.tell(settings.names, "start", pack_json(book))
    return book


def _count(settings: Settings, supervisor: Supervisor) -> tuple[Report, list[Report], Report]:
    """Let the lines run through: once the source knows how many it sent, the sink knows how many to wait for."""
    source = Report.unpack(supervisor.wait_for("report", ["source"])["source"])
    supervisor.tell(["sink"], "expect", str(source.sent).encode())
    supervisor.wait_for("complete", ["sink"])
    supervisor.tell(settings.worker_names, "finish")
    bodies = supervisor.wait_for("report", [*settings.worker_names, "sink"])
    workers = [Report.unpack(bodies[name]) for name in settings.worker_names]
    return source, workers, Report.unpack(bodies["sink"])


def _transport(endpoint: str) -> str:
    return endpoint.partition(":")[0]


def _received(reports: list[Report]) -> int:
    return sum(report.received for report in reports)


def _sent(reports: list[Report]) -> int:
    return sum(report.sent for report in reports)
