"""``python -m zmq.auth``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import zmq
from zmq.auth import load_certificate
from zmq.auth.__main__ import main

pytestmark = pytest.mark.skipif(not zmq.has("curve"), reason="this libzmq was built without CURVE")


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_certificates_are_created_and_their_paths_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["alice", "-d", str(tmp_path), "-m", "name=Alice", "--metadata", "organization = A = B"])
    out = capsys.readouterr().out
    assert f"{tmp_path / 'alice.key'}: give it" in out
    assert f"{tmp_path / 'alice.key_secret'}: keep it" in out
    secret_file = tmp_path / "alice.key_secret"
    assert "\n    name = Alice\n    organization = A = B\n" in secret_file.read_text()
    secret = load_certificate(secret_file)[1]
    assert secret is not None
    assert secret.decode() not in out


def test_the_public_key_of_either_certificate_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["alice", "-d", str(tmp_path)])
    capsys.readouterr()
    for name in ("alice.key", "alice.key_secret"):
        main(["--show", str(tmp_path / name)])
        assert capsys.readouterr().out == load_certificate(tmp_path / "alice.key")[0].decode() + "\n"


@pytest.mark.parametrize("left", ["alice.key", "alice.key_secret"])
def test_certificates_are_not_replaced_unless_forced(tmp_path: Path, left: str) -> None:
    (tmp_path / left).write_text("mine")
    with pytest.raises(SystemExit, match=f"{left}' exists: --force"):
        main(["alice", "-d", str(tmp_path)])
    assert names(tmp_path) == [left]
    assert (tmp_path / left).read_text() == "mine"
    main(["alice", "-d", str(tmp_path), "--force"])
    load_certificate(tmp_path / left)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["alice", "-d", "no/such/directory"], "No such file or directory: 'no/such/directory"),
        (["a/"], "must be a file name"),
        (["alice", "-m", "novalue"], "metadata is NAME=VALUE: got 'novalue'"),
        (["--show", "no-such.key"], "No such file or directory: 'no-such.key'"),
    ],
)
def test_errors_say_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], complaint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=complaint):
        main(arguments)
    assert not names(tmp_path)


def test_it_runs_as_a_module(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-m", "zmq.auth", "alice", "-d", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert names(tmp_path) == ["alice.key", "alice.key_secret"]
    nothing = subprocess.run(command[:5], capture_output=True, text=True, timeout=60, check=False)
    assert nothing.returncode == 2
    assert "usage: python -m zmq.auth" in nothing.stderr
