"""The time that `import zmq` adds to the start of an interpreter."""

from __future__ import annotations

import subprocess
import sys
from time import perf_counter

__all__ = ["import_zmq"]


def import_zmq(repeats: int) -> list[float]:
    """Seconds per import, each the difference between two processes that ran one after the other."""
    _run("import zmq")  # warm up: bytecode files and page cache
    samples = []
    for _ in range(repeats):
        bare = _run("pass")
        samples.append(_run("import zmq") - bare)
    return samples


def _run(code: str) -> float:
    start = perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return perf_counter() - start
