"""Every example that needs only zmq-core runs alone and ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import zmq

EXAMPLES = Path(__file__).parents[3] / "examples"

# The expected output of examples. An example that is not listed must print something.
KEY_OUTPUT = {
    "encrypted.py": ["another server: no answer", "this server: you said 'a secret'"]
    if zmq.has("curve")
    else ["built without CURVE"],
    "monitor.py": ["LISTENING", "ACCEPTED", "HANDSHAKE_SUCCEEDED", "DISCONNECTED"],
    "pipeline.py": ["30 results", "sum of all squares is 8555"],
    "polling.py": ["nothing is ready: []", "pull: b'work'", "plain socket: b'bytes'", "req: b'reply'"],
    "proxy.py": ["server 1 has read", "server 2 has read", "the broker has ended"],
    "publish_subscribe.py": ["all_weather got weather.oslo: snow", "only_rome got weather.rome: sunny"],
    "request_reply.py": ["'hello' -> 'HELLO'"],
    "router_dealer.py": ["anna got answer to question 2, answer to question 1", "cannot send to dora"],
    "serialization.py": ["21.5", "datetime.date(2016, 1, 12)", "the same object came back: True"],
    "zero_copy.py": ["begin with b'first'", "begin with b'second'", "and now? True"],
}


@pytest.mark.parametrize("script", sorted(path.name for path in EXAMPLES.glob("*.py")))
def test_example_runs_and_ends(script: str, run_example: Callable[..., str]) -> None:
    printed = run_example(script, "-X", "dev")
    for text in KEY_OUTPUT.get(script, ["\n"]):
        assert text in printed
