"""The example and the README run as they stand."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def test_the_example_asks_and_shows_what_has_passed(run_example: Callable[..., str]) -> None:
    printed = run_example("devices/monitored_queue.py", "-X", "dev")
    assert re.search(r"question 2, answered worker [12]\n", printed)
    assert " in: question 0\nout: question 0, answered worker" in printed
    assert "5 messages have come from the client" in printed


def test_the_readme_tells_the_truth(run_script: Callable[..., str]) -> None:
    code = re.search(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert code is not None
    assert run_script(code[1]) == "b'question!' Traffic(messages=1, bytes=13)\n"
