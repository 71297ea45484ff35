"""The example runs by itself and ends; the README's runs with the manual."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

import zmq

pytestmark = pytest.mark.skipif(not zmq.has("curve"), reason="this libzmq was built without CURVE")


def test_a_client_is_refused_and_then_accepted(run_example: Callable[..., str]) -> None:
    printed = run_example("auth/authenticator.py", "-X", "dev")
    assert re.findall("alice is (.*):", printed) == ["turned away", "let in"]
