"""The example runs by itself and ends, and so does the one in the README."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import zmq
from zmq.auth import create_certificates

README = Path(__file__).parents[1] / "README.md"

pytestmark = pytest.mark.skipif(not zmq.has("curve"), reason="this libzmq was built without CURVE")


def test_a_client_is_turned_away_and_then_let_in(run_example: Callable[..., str]) -> None:
    printed = run_example("auth/authenticator.py", "-X", "dev")
    assert re.findall("alice is (.*):", printed) == ["turned away", "let in"]


def test_the_example_of_the_readme_works(tmp_path: Path, run_script: Callable[..., str]) -> None:
    (example,) = re.findall("```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    (tmp_path / "known-clients").mkdir()
    create_certificates(tmp_path, "server")
    create_certificates(tmp_path / "known-clients", "alice")
    client = """
    client = context.socket(zmq.PUSH)
    client.curve_serverkey, _ = load_certificate("server.key")
    client.curve_publickey, client.curve_secretkey = load_certificate("known-clients/alice.key_secret")
    client.connect(server.last_endpoint.decode())
    client.send(b"hello")
    """
    example = example.replace("tcp://*:5555", "tcp://127.0.0.1:*").replace("    frame =", client + "frame =")
    end = "    context.destroy(linger=0)\n"
    output = run_script(f"import os\nos.chdir({str(tmp_path)!r})\n{example}{end}")
    assert output.endswith(" says b'hello'\n")
