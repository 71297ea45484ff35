"""The programs of the tutorial work together as its text describes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import zmq
import zmq.auth

TUTORIAL = Path(__file__).parents[3] / "examples" / "tutorial"

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts a program of the tutorial, and waits for its line that it is ready."""
    started: list[subprocess.Popen[str]] = []

    def start(program: str, *arguments: str, ready: bool = True) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(TUTORIAL / program), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
        )
        started.append(process)
        if ready:
            assert process.stdout is not None
            assert "connect" in process.stdout.readline() or program == "hello_server.py"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def output(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


def test_a_client_that_starts_first_is_answered(start: Start, reserve_endpoint: Callable[[], str]) -> None:
    where = reserve_endpoint()
    client = start("hello_client.py", where, ready=False)
    start("hello_server.py", where)
    assert output(client) == "Hello, World!\n"


def test_workers_answer_through_the_broker_and_publish_their_logs(
    start: Start, reserve_endpoint: Callable[[], str]
) -> None:
    clients, workers = reserve_endpoint(), reserve_endpoint()
    with zmq.Context() as context, context.socket(zmq.SUB) as viewer:
        viewer.subscribe("")
        logs = f"tcp://127.0.0.1:{viewer.bind_to_random_port('tcp://127.0.0.1')}"
        start("broker.py", clients, workers)
        start("worker.py", workers, logs)
        # a record may be lost before the connection is made
        assert output(start("client.py", clients, "Ada", "Grace", ready=False)) == "Hello, Ada!\nHello, Grace!\n"
        while not viewer.poll(200):
            output(start("client.py", clients, "Again", ready=False))
        topic, text = viewer.recv_multipart()
        assert topic.startswith(b"worker-")
        assert b"greeting" in text


def test_only_known_clients_get_through_the_secure_broker(
    start: Start, reserve_endpoint: Callable[[], str], tmp_path: Path
) -> None:
    clients, workers = reserve_endpoint(), reserve_endpoint()
    for name in ("broker", "alice"):
        zmq.auth.create_certificates(tmp_path, name)
    (tmp_path / "known-clients").mkdir()
    shutil.copy(tmp_path / "alice.key", tmp_path / "known-clients")
    start("secure_broker.py", clients, workers)
    start("worker.py", workers, reserve_endpoint())
    assert output(start("secure_client.py", clients, ready=False)) == "Hello, Alice!\n"


def test_unknown_clients_are_refused_by_the_secure_broker(
    start: Start, reserve_endpoint: Callable[[], str], tmp_path: Path
) -> None:
    clients = reserve_endpoint()
    zmq.auth.create_certificates(tmp_path, "broker")
    (tmp_path / "known-clients").mkdir()
    start("secure_broker.py", clients, reserve_endpoint())
    with zmq.Context() as context, context.socket(zmq.REQ) as stranger:
        stranger.linger = 0
        stranger.curve_publickey, stranger.curve_secretkey = zmq.curve_keypair()
        stranger.curve_serverkey, _ = zmq.auth.load_certificate(tmp_path / "broker.key")
        with stranger.get_monitor_socket(zmq.EVENT_HANDSHAKE_FAILED_AUTH) as monitor:
            stranger.connect(clients)
            assert monitor.poll(30_000)
