"""``Stopwatch``, for old programs; new programs use ``time.perf_counter``."""

import time
import warnings

__all__ = ["Stopwatch"]


class Stopwatch:
    """Measures elapsed time in microseconds.  Deprecated: use ``time.perf_counter``.

    One thread at a time may use a stopwatch.
    """

    def __init__(self) -> None:
        warnings.warn(
            "zmq.Stopwatch is deprecated. Use time.perf_counter and friends", DeprecationWarning, stacklevel=2
        )
        self._started: int | None = None

    def start(self) -> None:
        """Start the stopwatch.

        Raises:
            RuntimeError: The stopwatch is running.
        """
        if self._started is not None:
            raise RuntimeError("the stopwatch runs already: stop() it first")
        self._started = time.perf_counter_ns()

    def stop(self) -> int:
        """Stop the stopwatch.

        Returns:
            The time since start(), in microseconds.

        Raises:
            RuntimeError: The stopwatch is not running.
        """
        if self._started is None:
            raise RuntimeError("the stopwatch does not run: start() it first")
        elapsed_us = (time.perf_counter_ns() - self._started) // 1000
        self._started = None
        return elapsed_us

    def sleep(self, seconds: float) -> None:
        """Block the calling thread for *seconds*."""
        time.sleep(seconds)
