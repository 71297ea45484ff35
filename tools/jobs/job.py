"""Functions that the jobs share: checks, a deadline, and the end of their processes."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import sys
import threading
from collections.abc import Iterator

import psutil

SKIPPED = 77
"""The exit status of a job that cannot run here."""


def expect(fact: object, what: str) -> None:
    """End the job with a message unless *fact* is true."""
    if not fact:
        raise SystemExit(f"expected {what}")


@contextlib.contextmanager
def deadline(limit_s: float) -> Iterator[None]:
    """Limit the time of a with block; after it end this process and all its descendants.

    The job must end them itself, because they run in sessions of their own, in which its parent cannot find them.
    """
    watchdog = threading.Timer(limit_s, _give_up, [limit_s])
    watchdog.daemon = True
    watchdog.start()
    try:
        yield
    finally:
        watchdog.cancel()
        watchdog.join()  # where this ends if the watchdog is at work


def children() -> set[psutil.Process]:
    """Return the processes below this one."""
    return set(psutil.Process().children(recursive=True))


def end(processes: set[psutil.Process], wait_s: float = 0) -> None:
    """Wait until *processes* have ended; with a limit, kill the rest after it and fail the job."""
    alive = psutil.wait_procs(processes, timeout=wait_s)[1]
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive)
    expect(not (wait_s and alive), f"every process to end by itself, not {alive}")


def _give_up(limit_s: float) -> None:
    faulthandler.dump_traceback()
    end(children())
    print(f"not done after {limit_s:.0f} s", file=sys.stderr, flush=True)
    os._exit(1)
