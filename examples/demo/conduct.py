"""One run from start to end, as the supervisor sees it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from time import monotonic

from client import ask_all, is_let_in
from crew import Crew, DemoFailed
from settings import Settings, local_endpoint
from summary import Outcome, Stage
from supervisor import Supervisor
from viewer import Viewer
from wire import Report, pack_json, unpack_counts, unpack_strings

import zmq
from zmq.auth import create_certificates

__all__ = ["conduct"]


def conduct(settings: Settings) -> Outcome:
    """Start the processes, direct the run, and return its summary.

    Raises:
        DemoFailed: There is no text, or a process died or hangs.
    """
    viewer = Viewer()
    with ExitStack() as stack:
        context = stack.enter_context(zmq.Context())
        context.linger = 0  # after a failure, messages to dead processes must not delay the end
        control = stack.enter_context(context.socket(zmq.ROUTER))
        control.bind(local_endpoint(settings.folder, "control"))
        news = stack.enter_context(context.socket(zmq.SUB))
        news.bind(local_endpoint(settings.folder, "news"))
        settings = replace(
            settings, control=control.get_string(zmq.LAST_ENDPOINT), news=news.get_string(zmq.LAST_ENDPOINT)
        )
        client, stranger = _make_certificates(settings) if settings.curve else (Path(), Path())
        crew = stack.enter_context(Crew(settings))
        print(f"started {crew.describe()}", flush=True)
        stack.callback(viewer.end_line)
        supervisor = Supervisor(control, news, crew, viewer)

        book = _introduce(settings, supervisor, viewer)
        source, broker, workers, sink = _count(settings, supervisor)
        viewer.end_line()
        tally = unpack_counts(supervisor.wait_for("tally", ["sink"])["sink"])

        supervisor.wait_for("open", ["service"])
        desk, key = book["service"], book["service_key"].encode()
        stranger_let_in = is_let_in(context, supervisor, desk, key, stranger) if settings.curve else None
        began_s = monotonic()
        asked, wrong = ask_all(context, supervisor, desk, key, client, tally)
        asking_s = monotonic() - began_s
        supervisor.tell(["service"], "finish")
        service = Report.unpack(supervisor.wait_for("report", ["service"])["service"])

        published = sum(report.published for report in (source, broker, *workers, sink))
        supervisor.wait_for_progress(published)
        crew.wait()

    secured = "tcp, CURVE" if settings.curve else "tcp"
    stages = [
        Stage("source -> broker", _transport(book["tasks"]), source.sent, broker.received, source.duration_s),
        Stage("broker -> workers", _transport(book["shares"]), broker.sent, _received(workers), broker.duration_s),
        Stage("workers -> sink", _transport(book["results"]), _sent(workers), sink.received, sink.duration_s),
        Stage("client -> service", secured, asked, service.received, asking_s),
        Stage("service -> client", secured, service.sent, asked, asking_s),
        Stage("all -> viewer", _transport(settings.news), published, supervisor.progress_seen, sink.duration_s),
    ]
    return Outcome(
        source=source,
        broker=broker,
        workers=workers,
        sink=sink,
        service=service,
        tally=tally,
        asked=asked,
        wrong_answers=wrong,
        stranger_let_in=stranger_let_in,
        stages=stages,
    )


def _make_certificates(settings: Settings) -> tuple[Path, Path]:
    """Create two key pairs, give the service one public key, and return the files of the secret keys."""
    private = Path(settings.folder, "private")
    for folder in (private, settings.certificates):
        folder.mkdir(mode=0o700)
    public, client = create_certificates(private, "client")
    Path(public).rename(settings.certificates / "client.key")
    _, stranger = create_certificates(private, "stranger")
    return Path(client), Path(stranger)


def _introduce(settings: Settings, supervisor: Supervisor, viewer: Viewer) -> dict[str, str]:
    """Collect the endpoints of all processes in one address book, and send it to each process."""
    book: dict[str, str] = {}
    for entries in supervisor.wait_for("hello", settings.names).values():
        book.update(unpack_strings(entries))
    viewer.total = int(book["lines"])
    if not viewer.total:
        raise DemoFailed(f"there is no text in {settings.path}")
    print(f"found {viewer.total:,} lines in {int(book['files']):,} files in {settings.path}", flush=True)
    supervisor.tell(settings.names, "start", pack_json(book))
    supervisor.wait_for("ready", settings.worker_names)
    supervisor.tell(["source"], "go")
    return book


def _count(settings: Settings, supervisor: Supervisor) -> tuple[Report, Report, list[Report], Report]:
    """Pass the lines through all stages: the number that the source has sent tells the other stages when to stop."""
    source = Report.unpack(supervisor.wait_for("report", ["source"])["source"])
    supervisor.tell(["broker", "sink"], "expect", str(source.sent).encode())
    supervisor.wait_for("complete", ["sink"])
    supervisor.tell(["broker", *settings.worker_names], "finish")
    bodies = supervisor.wait_for("report", ["broker", *settings.worker_names, "sink"])
    workers = [Report.unpack(bodies[name]) for name in settings.worker_names]
    return source, Report.unpack(bodies["broker"]), workers, Report.unpack(bodies["sink"])


def _transport(endpoint: str) -> str:
    return endpoint.partition(":")[0]


def _received(reports: list[Report]) -> int:
    return sum(report.received for report in reports)


def _sent(reports: list[Report]) -> int:
    return sum(report.sent for report in reports)
