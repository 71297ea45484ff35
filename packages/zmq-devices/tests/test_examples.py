"""The example and the code of the README run unchanged."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def test_the_example_prints_the_copies_of_the_queue(run_example: Callable[..., str]) -> None:
    printed = run_example("devices/monitored_queue.py", "-X", "dev")
    assert re.search(r"question 2, answered worker [12]\n", printed)
    assert " in: question 0\nout: question 0, answered worker" in printed
    assert "5 messages have come from the client" in printed


def test_the_code_of_the_readme_runs(run_script: Callable[..., str]) -> None:
    code = re.search(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert code is not None
    assert run_script(code[1]) == "b'question!' Traffic(messages=1, bytes=13)\n"
