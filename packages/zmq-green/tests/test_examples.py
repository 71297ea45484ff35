"""The example for gevent runs by itself and ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = (Path(__file__).parent / "../../../examples/green").resolve()

pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the examples are in the repository, not in the sdist")


def test_worker_pool_answers_and_ends() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / "worker_pool.py")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "20 answers; their sum is 120" in done.stdout
    assert "worker-1, worker-2, worker-3" in done.stdout
