"""A stopwatch; ``time.perf_counter`` in new programs."""

import time
import warnings

__all__ = ["Stopwatch"]


class Stopwatch:
    """Measures microseconds; kept for old programs."""

    def __init__(self) -> None:
        warnings.warn(
            "zmq.Stopwatch is deprecated. Use time.perf_counter and friends", DeprecationWarning, stacklevel=2
        )
        self._started: int | None = None

    def start(self) -> None:
        """Start to measure.

        Raises:
            RuntimeError: It runs already.
        """
        if self._started is not None:
            raise RuntimeError("the stopwatch runs already: stop() it first")
        self._started = time.perf_counter_ns()

    def stop(self) -> int:
        """Stop, and return the microseconds since start().

        Raises:
            RuntimeError: It does not run.
        """
        if self._started is None:
            raise RuntimeError("the stopwatch does not run: start() it first")
        elapsed_us = (time.perf_counter_ns() - self._started) // 1000
        self._started = None
        return elapsed_us

    def sleep(self, seconds: float) -> None:
        """Sleep for *seconds*."""
        time.sleep(seconds)
