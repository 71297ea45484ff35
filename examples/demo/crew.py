"""The processes of a run: started together, watched, and always ended."""

from __future__ import annotations

import multiprocessing
import signal
from multiprocessing.context import SpawnProcess
from typing import final

from roles import play
from settings import Settings

__all__ = ["Crew", "DemoFailed"]

STOP_TIMEOUT_S = 5.0


class DemoFailed(Exception):
    """The run cannot go on."""


@final
class Crew:
    """All processes except the supervisor; the end of the with statement ends those that still run."""

    def __init__(self, settings: Settings) -> None:
        spawn = multiprocessing.get_context("spawn")  # the same on every system, and without shared state
        self._processes = [
            spawn.Process(target=play, args=(name, settings), name=name, daemon=True) for name in settings.names
        ]

    def __enter__(self) -> Crew:
        # A child inherits SIG_IGN, so Ctrl-C cannot interrupt it before it ignores the signal itself.
        handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            for process in self._processes:
                process.start()
        finally:
            signal.signal(signal.SIGINT, handler)
        return self

    def __exit__(self, *_: object) -> None:
        handler = signal.signal(signal.SIGINT, signal.SIG_IGN)  # one Ctrl-C is enough
        try:
            self._stop()
        finally:
            signal.signal(signal.SIGINT, handler)

    def describe(self) -> str:
        """Return the name and pid of each process."""
        return ", ".join(f"{process.name} (pid {process.pid})" for process in self._processes)

    def check(self) -> None:
        """Raise DemoFailed if a process has died."""
        for process in self._processes:
            if process.exitcode:  # neither running nor done
                raise DemoFailed(f"{process.name} (pid {process.pid}) died: {_reason(process.exitcode)}")

    def wait(self) -> None:
        """Wait until all processes have ended by themselves."""
        for process in self._processes:
            process.join(STOP_TIMEOUT_S)
            if process.exitcode is None:
                raise DemoFailed(f"{process.name} (pid {process.pid}) has reported and does not end")
        self.check()

    def _stop(self) -> None:
        started: list[SpawnProcess] = [process for process in self._processes if process.pid is not None]
        for process in started:
            process.terminate()
        for process in started:
            process.join(STOP_TIMEOUT_S)
            if process.exitcode is None:
                process.kill()
                process.join()
            process.close()


def _reason(exitcode: int) -> str:
    if exitcode > 0:
        return f"exit status {exitcode}"
    return f"killed by {signal.Signals(-exitcode).name}"
