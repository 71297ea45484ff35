"""A job for Locust: a master and two workers, which send requests to a web server in the job.

The master and the workers communicate through zmq.green.  The figures of server, workers and master must agree.  On
success it prints one line; on failure the last line is the reason, and the exit status is 1.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TextIO

from job import children, deadline, end, expect

import zmq.green

WORKERS = 2
USERS = 10
VISITS = 50
DEADLINE_S = 180
LOCUST = [sys.executable, "-m", "locust", "-f", str(Path(__file__).with_name("locust_users.py")), "--headless"]

Process = subprocess.Popen[str]


class Server(ThreadingHTTPServer):
    """Counts the requests of each worker."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Page)
        self.counts: Counter[int] = Counter()
        self.counting = threading.Lock()


class Page(BaseHTTPRequestHandler):
    """The handler of the page."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        """Count the request, and reply."""
        with self.server.counting:
            self.server.counts[int(self.headers["X-Worker"])] += 1
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: object) -> None:
        """Print no log."""


def main() -> None:
    """Run master and workers to their end, compare the figures, and print the result."""
    with deadline(DEADLINE_S), Server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            told = run(f"http://127.0.0.1:{server.server_port}")
        finally:
            end(children())
            server.shutdown()
        compare(told, server.counts)
    print(f"{WORKERS} workers: {told['requests']} requests, {told['failures']} failures, both took part")


def run(host: str) -> dict[str, Any]:
    """Run a master and its workers; return the final statistics of the master."""
    bind = ["--master-bind-host", "127.0.0.1", "--master-bind-port", "0", "--expect-workers", str(WORKERS)]
    master = start(subprocess.PIPE, "--master", *bind, "-u", str(USERS), "-r", str(USERS), "--host", host)
    connect = ["--master-host", "127.0.0.1", "--master-port", str(hear(master)["port"])]
    workers = [start(sys.stderr, "--worker", *connect) for _ in range(WORKERS)]
    told = hear(master)
    codes = [process.wait() for process in (master, *workers)]
    expect(not any(codes), f"master and workers to end with 0, not {codes}: {told}")
    return told


def start(stdout: int | TextIO, *options: str) -> Process:
    """Start one of Locust's processes."""
    env = {**os.environ, "JOB_USERS": str(USERS), "JOB_VISITS": str(VISITS)}
    return subprocess.Popen([*LOCUST, *options], stdin=subprocess.DEVNULL, stdout=stdout, text=True, env=env)


def hear(master: Process) -> dict[str, Any]:
    """Return the next line of the master."""
    assert master.stdout
    for line in master.stdout:
        if line.startswith("{"):
            told: dict[str, Any] = json.loads(line)
            return told
    raise SystemExit(f"the master has ended with {master.wait()} and told nothing more")


def compare(told: dict[str, Any], counts: Counter[int]) -> None:
    """Compare the figures of master, workers and server, and check that all use the same zmq."""
    here = [zmq.__version__, zmq.green.__file__]
    reported = {worker["process"][0]: worker["requests"] for worker in told["workers"]}
    expect(told["requests"] == USERS * VISITS, f"{USERS * VISITS} requests, not {told['requests']}")
    expect(not told["failures"] and not any(worker["failures"] for worker in told["workers"]), f"no failure: {told}")
    expect(len(reported) == WORKERS and all(reported.values()), f"{WORKERS} workers at work: {reported}")
    expect(reported == dict(counts), f"the same figures from workers and server: {reported}, {dict(counts)}")
    zmqs = [told["zmq"], *(worker["process"][1:] for worker in told["workers"])]
    expect(all(found == here for found in zmqs), f"one zmq, not {here} and {zmqs}")


if __name__ == "__main__":
    main()
