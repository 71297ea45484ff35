"""The example runs by itself and ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = (Path(__file__).parent / "../../../examples/log").resolve()

pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the examples are in the repository, not in the sdist")


def test_live_logs_shows_all_workers_and_ends() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", str(EXAMPLES / "live_logs.py")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("anna", "berta", "clara"):
        assert f"{name}.INFO.job.1 | it was easy\n" in done.stdout
        assert f"{name}.ERROR.job.2 | ERROR live_logs.py:" in done.stdout
        assert f" - {name} has nothing more to do\n" in done.stdout
    assert "    ValueError: invalid literal" in done.stdout
    assert "DEBUG" not in done.stdout
