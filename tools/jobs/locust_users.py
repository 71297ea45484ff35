"""The file that each Locust process of the job locust_workers loads: the users, and the reports of the master.

The master prints two lines of JSON: its port and, at the end, its statistics and those that each worker has reported.
Workers send their reports to the master through sockets of zmq.green.
"""

# Locust is installed only in the environment of the job:
# mypy: disable-error-code="import-not-found, misc, untyped-decorator"

from __future__ import annotations

import json
import os
from typing import Any

import gevent
from locust import HttpUser, events, task
from locust.exception import StopUser
from locust.runners import MasterRunner

import zmq.green

USERS = int(os.environ.get("JOB_USERS", "10"))
VISITS = int(os.environ.get("JOB_VISITS", "50"))  # of each user


class Visitor(HttpUser):
    """Asks for the same page a number of times."""

    def on_start(self) -> None:
        """Begin."""
        self.visits = 0

    @task
    def visit(self) -> None:
        """Request the page, and send the server the process id of the user."""
        if self.visits == VISITS:
            raise StopUser
        self.visits += 1
        self.client.get("/", headers={"X-Worker": str(os.getpid())})


@events.report_to_master.add_listener
def add_zmq(data: dict[str, Any], **_: object) -> None:
    """Add the id of this process, and its zmq, to the report."""
    data["process"] = [os.getpid(), *which_zmq()]


@events.init.add_listener
def watch_workers(environment: Any, runner: object, **_: object) -> None:
    """In the master: print the port, count the reports of each worker, and end the run with the last request."""
    if not isinstance(runner, MasterRunner):
        return
    workers: dict[str, dict[str, Any]] = {}

    def count(client_id: str, data: dict[str, Any], **_: object) -> None:
        worker = workers.setdefault(client_id, {"requests": 0, "failures": 0})
        worker["process"] = data["process"]
        worker["requests"] += data["stats_total"]["num_requests"]
        worker["failures"] += data["stats_total"]["num_failures"]
        if environment.stats.total.num_requests >= USERS * VISITS:
            gevent.spawn(runner.quit)  # quit() ends the greenlet that called this function

    def tell(**_: object) -> None:
        total = environment.stats.total
        say(requests=total.num_requests, failures=total.num_failures, workers=list(workers.values()), zmq=which_zmq())

    # added now: Locust's own listeners, which compute the sums, must run first
    environment.events.worker_report.add_listener(count)
    environment.events.quitting.add_listener(tell)
    say(port=runner.server.port)


def which_zmq() -> list[str]:
    """Return the zmq of this process."""
    return [zmq.__version__, zmq.green.__file__]


def say(**facts: object) -> None:
    """Print a line for the job."""
    print(json.dumps(facts), flush=True)
