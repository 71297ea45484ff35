"""The stopwatch, kept for old programs."""

from __future__ import annotations

import time

import pytest

import zmq


@pytest.fixture
def stopwatch() -> zmq.Stopwatch:
    with pytest.warns(DeprecationWarning, match="perf_counter"):
        return zmq.Stopwatch()


def test_stop_returns_microseconds(stopwatch: zmq.Stopwatch, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([1_000_000, 3_500_999])
    monkeypatch.setattr(time, "perf_counter_ns", lambda: next(times))
    stopwatch.start()
    assert stopwatch.stop() == 2500


def test_it_can_be_started_again(stopwatch: zmq.Stopwatch) -> None:
    for _ in range(2):
        stopwatch.start()
        assert stopwatch.stop() >= 0


def test_starting_twice_is_refused(stopwatch: zmq.Stopwatch) -> None:
    stopwatch.start()
    with pytest.raises(RuntimeError, match=r"stop\(\) it first"):
        stopwatch.start()


def test_stopping_a_stopwatch_that_does_not_run_is_refused(stopwatch: zmq.Stopwatch) -> None:
    with pytest.raises(RuntimeError, match=r"start\(\) it first"):
        stopwatch.stop()


def test_sleep_takes_seconds(stopwatch: zmq.Stopwatch, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    stopwatch.sleep(2)
    assert slept == [2]
