"""The examples run by themselves and end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = (Path(__file__).parent / "../../../examples/eventloop").resolve()

# What an example has to print.
KEY_OUTPUT = {
    "asyncio_server.py": "50 clients have got 200 answers; their sum is 177100",
    "tornado_page.py": "the page says Live messages\nthe browser shows message 1\nthe browser shows message 2\n",
}

pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the examples are in the repository, not in the sdist")


@pytest.mark.parametrize("script", sorted(EXAMPLES.glob("*.py")), ids=lambda script: script.stem)
def test_example_runs_and_ends(script: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", str(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert KEY_OUTPUT.get(script.name, "\n") in done.stdout
