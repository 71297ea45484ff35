"""The example runs by itself and ends."""

from __future__ import annotations

from collections.abc import Callable


def test_live_logs_shows_all_workers_and_ends(run_example: Callable[..., str]) -> None:
    printed = run_example("log/live_logs.py", "-X", "dev")
    for name in ("anna", "berta", "clara"):
        assert f"{name}.INFO.job.1 | it was easy\n" in printed
        assert f"{name}.ERROR.job.2 | ERROR live_logs.py:" in printed
        assert f" - {name} has nothing more to do\n" in printed
    assert "    ValueError: invalid literal" in printed
    assert "DEBUG" not in printed
