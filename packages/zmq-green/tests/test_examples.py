"""The example for gevent runs by itself and ends."""

from __future__ import annotations

from collections.abc import Callable


def test_worker_pool_answers_and_ends(run_example: Callable[..., str]) -> None:
    printed = run_example("green/worker_pool.py")
    assert "20 answers; their sum is 120" in printed
    assert "worker-1, worker-2, worker-3" in printed
