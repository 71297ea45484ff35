"""A job for ipyparallel: a cluster of two engines, used through its direct, load-balanced and broadcast views.

The parts of zmq that it uses: the queues for direct calls, control and output are monitored queues in child processes
of the controller, and the hub is informed by their capture sockets.  An engine is registered when its heartbeat, a
device in a thread, has replied.  With ``--tunnels`` engines and client connect through SSH.  On success it prints one
line; on failure the last line is the reason, and the exit status is 1.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import ipyparallel  # type: ignore[import-not-found]
from job import SKIPPED, children, deadline, end, expect
from loopback_sshd import sshd

NUMBERS = range(1000)
SUM = 332_833_500
DEADLINE_S = 240
WAIT_S = 60  # for one reply
ENDING_S = 30  # for all processes, after the cluster was stopped

# The controller runs its configuration as a program: there it can report its modules.
CONTROLLER_CONFIG = """
import json, pathlib, zmq.devices
pathlib.Path({path!r}).write_text(json.dumps([zmq.__version__, zmq.devices.__file__]))
get_config().IPController.engine_ssh_server = {server!r}
"""
ENGINE_CONFIG = f"get_config().IPEngine.timeout = {WAIT_S}\n"


def main() -> None:
    """Run a cluster, and print the result."""
    with deadline(DEADLINE_S), tempfile.TemporaryDirectory() as folder:
        if "--tunnels" not in sys.argv:
            pids = run_cluster(Path(folder))
            way = ""
        else:
            with sshd(Path(folder)) as server:
                if server is None:
                    print("there is no sshd here")
                    sys.exit(SKIPPED)
                pids = run_cluster(Path(folder), server.name)
                logins = server.logins()
            expect(logins > 2, f"tunnels of client and engines, not {logins}")
            way = f" through {logins} SSH logins"
    print(f"2 engines: map of {len(NUMBERS)} squares, sum {SUM}, {len(pids)} pids{way}")


def run_cluster(folder: Path, server: str = "") -> set[int]:
    """Start a cluster, use it and stop it; return the process ids of its engines."""
    os.environ["IPYTHONDIR"] = str(folder)
    profile = folder / "profile"
    modules = folder / "modules.json"
    profile.mkdir()
    (profile / "ipcontroller_config.py").write_text(CONTROLLER_CONFIG.format(path=str(modules), server=server))
    (profile / "ipengine_config.py").write_text(ENGINE_CONFIG)
    before = children()
    cluster = ipyparallel.Cluster(n=2, profile_dir=str(profile), log_level=logging.WARNING, shutdown_atexit=False)
    try:
        cluster.start_cluster_sync()
        with cluster.connect_client_sync(sshserver=server or None, timeout=WAIT_S) as client:
            client.wait_for_engines(2, timeout=WAIT_S)
            check_modules(client, json.loads(modules.read_text()))
            pids = run_map(client)
            move_objects(client)
            see_errors(client)
            see_output(client)
            ask_hub(client)
            call_everywhere(client, pids)
    except BaseException:
        show_logs(profile)
        raise
    finally:
        started = children() - before
        cluster.stop_cluster_sync()
        end(started, ENDING_S)
    return pids


def check_modules(client: Any, controller: list[str]) -> None:
    """Check that controller, engines and client use the same zmq."""
    here = which_zmq()
    engines = client[:].apply_async(which_zmq).get(timeout=WAIT_S)
    expect(controller == here and engines == [here, here], f"one zmq, not {here}, {controller} and {engines}")


def run_map(client: Any) -> set[int]:
    """Map with and without a scheduler; return the ids of the processes that computed."""
    done = client[:].map_async(square, NUMBERS).get(timeout=WAIT_S)
    expect(sum(value for value, _ in done) == SUM, "the direct view's sum")
    balanced = client.load_balanced_view().map_async(square, NUMBERS, chunksize=20).get(timeout=WAIT_S)
    expect([value for value, _ in balanced] == [n * n for n in NUMBERS], "the load-balanced view's squares, in order")
    pids = {pid for _, pid in done}
    expect(len(pids) == 2, f"two engines at work, not {pids}")
    return pids


def move_objects(client: Any) -> None:
    """Push and pull small and large objects."""
    blob = os.urandom(1 << 20)
    view = client[:]
    view.push({"name": "value", "blob": blob}).get(timeout=WAIT_S)
    pulled = view.pull(["name", "blob"]).get(timeout=WAIT_S)
    expect(pulled == [["value", blob]] * 2, "what was pushed to both engines")


def see_errors(client: Any) -> None:
    """Check that an exception in an engine is raised here."""
    try:
        client[0].apply_async(divide, 1, 0).get(timeout=WAIT_S)
    except ipyparallel.RemoteError as error:
        expect(error.ename == "ZeroDivisionError", f"ZeroDivisionError, not {error.ename}")
    else:
        expect(fact=False, what="an engine's exception")


def see_output(client: Any) -> None:
    """Check the output of the engines."""
    printing = client[:].apply_async(print, "printed")
    printing.get(timeout=WAIT_S)
    expect(printing.wait_for_output(WAIT_S), "the engines' output in time")
    expect(printing.stdout == ["printed\n"] * 2, f"what both have printed, not {printing.stdout}")


def ask_hub(client: Any) -> None:
    """Check that the hub has recorded every call so far: it receives them from the capture sockets of the queues."""
    calls = set(client.history)
    limit = time.monotonic() + WAIT_S
    while missing := calls.difference(record["msg_id"] for record in completed(client)):
        expect(time.monotonic() < limit, f"the hub to know of {missing}")


def completed(client: Any) -> list[dict[str, Any]]:
    """Return the hub's records of completed calls."""
    records: list[dict[str, Any]] = client.db_query({"completed": {"$ne": None}}, keys=["msg_id"])
    return records


def call_everywhere(client: Any, pids: set[int]) -> None:
    """Call through the tree of broadcast schedulers: the hub records that under other ids."""
    called = client.broadcast_view().apply_async(os.getpid).get(timeout=WAIT_S)
    expect(len(called) == 2 and set(called) == pids, f"both engines called, not {called}")


def which_zmq() -> list[str]:
    """Return the zmq of this process."""
    import zmq.devices

    return [zmq.__version__, zmq.devices.__file__]


def square(number: int) -> tuple[int, int]:
    """Return the square, and the id of the process."""
    import os

    return number * number, os.getpid()


def divide(one: int, other: int) -> float:
    """Divide."""
    return one / other


def show_logs(profile: Path) -> None:
    """Print the logs of controller and engines: stopping the cluster removes them."""
    for log in sorted(profile.glob("log/*")):
        print(f"{log.name}:\n{log.read_text(errors='replace')}", file=sys.stderr)


if __name__ == "__main__":
    main()
