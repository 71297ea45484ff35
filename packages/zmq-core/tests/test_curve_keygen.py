"""`python -m zmq.curve_keygen`."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest

import zmq
from zmq.curve_keygen import main

pytestmark = pytest.mark.skipif(not zmq.has("curve"), reason="libzmq was built without CURVE")

Capture = pytest.CaptureFixture[str]


def belong_together(public: str, secret: str) -> bool:
    return zmq.curve_public(secret.encode()) == public.encode()


def test_prints_a_new_key_pair(capsys: Capture) -> None:
    main([])
    public_title, public, blank, secret_title, secret = capsys.readouterr().out.splitlines()
    assert (public_title, blank, secret_title) == ("== CURVE PUBLIC KEY ==", "", "== CURVE SECRET KEY ==")
    assert belong_together(public, secret)


def test_prints_another_one_each_time(capsys: Capture) -> None:
    main([])
    first = capsys.readouterr().out
    main([])
    assert capsys.readouterr().out != first


def test_prints_json(capsys: Capture) -> None:
    main(["--json"])
    keys = json.loads(capsys.readouterr().out)
    assert keys.keys() == {"public", "secret"}
    assert belong_together(**keys)


def test_prints_the_public_key_of_a_secret_one(capsys: Capture) -> None:
    public, secret = zmq.curve_keypair()
    main(["--json", f"--secret={secret.decode()}"])
    assert json.loads(capsys.readouterr().out) == {"public": public.decode(), "secret": secret.decode()}


def test_reads_the_secret_key_from_standard_input(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    public, secret = zmq.curve_keypair()
    monkeypatch.setattr(sys, "stdin", io.StringIO(secret.decode() + "\n"))
    main(["--json", "--secret", "-"])
    assert json.loads(capsys.readouterr().out)["public"] == public.decode()


@pytest.mark.parametrize("wrong", ["short", 40 * "~"])
def test_refuses_an_invalid_secret_key_without_quoting_it(capsys: Capture, wrong: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--secret", wrong])
    assert caught.value.code != 0
    out, err = capsys.readouterr()
    assert wrong not in out + err + str(caught.value.code)


def test_runs_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "zmq.curve_keygen"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("== CURVE PUBLIC KEY ==\n")
