"""Run coroutines in a thread that creates its event loop when the first coroutine needs it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

__all__ = ["Runner", "run_through"]

_T = TypeVar("_T")


def run_through(coroutine: Coroutine[Any, Any, _T]) -> _T:
    """Return the result of a coroutine that does not wait.

    Raises:
        RuntimeError: The coroutine waits.
    """
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: _T = stop.value
        return result
    coroutine.close()
    raise RuntimeError(f"{coroutine!r} waits outside an event loop")


class Runner:
    """Runs coroutines in an event loop, which runs only while a coroutine does.

    For one thread, except for cancel().  The loop is created by run(), not before: it takes three descriptors, and
    where the process has none left, only that request fails.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None
        self._is_cancelled = False

    def is_running(self) -> bool:
        """Return whether a coroutine is running."""
        return self._task is not None

    def run(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        """Return the result of a coroutine.

        Raises:
            CancelledError: cancel() was called.
        """
        try:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._loop.set_debug(False)  # debug mode warns of every slow provider
            self._task = task = self._loop.create_task(coroutine)
        except BaseException:
            coroutine.close()
            raise
        try:
            if self._is_cancelled:
                task.cancel()
            return self._loop.run_until_complete(task)
        finally:
            self._task = None

    def cancel(self) -> None:
        """Cancel the running coroutine and all later ones.  May be called in any thread."""
        self._is_cancelled = True
        task = self._task
        if task is not None:
            with suppress(RuntimeError):  # the loop is closed
                task.get_loop().call_soon_threadsafe(task.cancel)

    def close(self) -> None:
        """Cancel the tasks that coroutines have left running, and close the loop."""
        loop, self._loop = self._loop, None
        if loop is None:
            return
        try:
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            if left:
                loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            loop.close()
