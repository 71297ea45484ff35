"""Time one row with the `zmq` of this interpreter, and print the samples as JSON.

The arguments are KEY SECONDS REPEATS, or --describe to print the versions; KEY.floor times the floor of a row. `--as
NAME` before them imports the module NAME as `zmq`.
"""

from __future__ import annotations

import importlib
import json
import platform
import sys
from contextlib import AbstractContextManager
from time import perf_counter
from typing import TYPE_CHECKING

from rows import ROWS, Row

if TYPE_CHECKING:  # late: they import zmq, which --as may replace
    from workloads import Loop

__all__ = ["describe", "measure"]


def measure(row: Row, seconds: float, repeats: int, *, floor: bool = False) -> list[float]:
    """Return *repeats* samples in microseconds per operation, each taken over about *seconds*."""
    work = getattr(importlib.import_module(f"workloads.{'floors' if floor else row.group}"), row.key)
    if row.once:
        return [sample * 1e6 for sample in work(repeats)]
    manager: AbstractContextManager[Loop] = work()
    with manager as loop:
        count = calibrate(loop, seconds)
        return [_time(loop, count) / count * 1e6 for _ in range(repeats)]


def calibrate(loop: Loop, seconds: float) -> int:
    """Return how many operations take about *seconds*."""
    loop(1)  # not timed: the first run may start a process and connect to it
    count = 1
    while True:
        elapsed = min(_time(loop, count), _time(loop, count))  # twice: one run may have been delayed
        if elapsed >= seconds / 4:
            return max(1, round(count * seconds / elapsed))
        # At most tenfold: many operations fill queues and wait, so few operations do not predict their time.
        count = min(count * 10, max(count + 1, round(count * seconds / elapsed)))


def _time(loop: Loop, count: int) -> float:
    start = perf_counter()
    loop(count)
    return perf_counter() - start


def describe() -> dict[str, str]:
    """Print the versions of the measured modules."""
    import zmq

    return {"python": platform.python_version(), "zmq": zmq.__version__, "libzmq": zmq.zmq_version()}


def stand_in(name: str) -> None:
    """Make `import zmq` and `import zmq.asyncio` import the module *name* and its submodule."""
    for module in ("", ".asyncio"):
        sys.modules[f"zmq{module}"] = importlib.import_module(f"{name}{module}")


def main(arguments: list[str]) -> None:
    if arguments[0] == "--as":
        stand_in(arguments[1])
        arguments = arguments[2:]
    if arguments == ["--describe"]:
        print(json.dumps(describe()))
        return
    key, seconds, repeats = arguments
    key, _, variant = key.partition(".")
    row = next(row for row in ROWS if row.key == key)
    print(json.dumps(measure(row, float(seconds), int(repeats), floor=variant == "floor")))


if __name__ == "__main__":
    main(sys.argv[1:])
