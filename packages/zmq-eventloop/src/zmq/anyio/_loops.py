"""The event loops that anyio runs on, asyncio's and trio's: their hubs, and how a task waits for a Call.

Both watch one selector for all sockets: waiting takes no descriptor of its own.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.events import _get_running_loop
from collections import deque
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from zmq import adapter
from zmq._loops.hub import hub_of
from zmq.adapter import Call

if TYPE_CHECKING:
    import trio

__all__ = ["AsyncioCall", "TrioCall", "call_maker", "loops_hub", "running_loop"]


class AsyncioCall(Call):
    """An operation that a task of asyncio waits for."""

    def __init__(self) -> None:
        self._woken: asyncio.Future[None] | None = None

    def wake(self) -> None:
        """Have the task go on, unless it was cancelled."""
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)

    async def wait(self) -> Any:
        """Return the result, or raise the error."""
        self._woken = asyncio.get_running_loop().create_future()
        try:
            await self._woken
            return self.result()
        except BaseException:
            self.abandon()  # in case the task was cancelled
            raise


class TrioCall(Call):
    """An operation that a task of trio waits for.

    Args:
        line: The calls of the socket that have ended.  trio runs tasks in any order: one goes on after the other.
    """

    def __init__(self, line: deque[TrioCall]) -> None:
        self._line = line
        self._task: trio.lowlevel.Task | None = None

    def wake(self) -> None:
        """Have the task go on after those that were woken before."""
        self._line.append(self)
        if len(self._line) == 1:
            self._go_on()

    def _go_on(self) -> None:
        """Have the task go on.  It cannot be cancelled any more."""
        trio_of_program()[0].lowlevel.reschedule(self._task)

    async def wait(self) -> Any:
        """Return the result, or raise the error."""
        lowlevel = trio_of_program()[0].lowlevel
        succeeded: trio.lowlevel.Abort = lowlevel.Abort.SUCCEEDED

        def abort(_: object) -> trio.lowlevel.Abort:
            if self.done:
                self._line.remove(self)
            self.abandon()
            return succeeded

        self._task = lowlevel.current_task()
        await lowlevel.wait_task_rescheduled(abort)
        self._line.popleft()
        if self._line:
            self._line[0]._go_on()
        return self.result()


class _TrioHub(adapter.Hub):
    """The hub of one run of trio."""

    __slots__ = ("_lowlevel", "_token")

    def __init__(self, token: trio.lowlevel.TrioToken) -> None:
        super().__init__()
        self._lowlevel = trio_of_program()[0].lowlevel
        self._token = token

    def add_reader(self, fd: int, callback: Callable[[], object]) -> None:
        """Call *callback* whenever *fd* is readable, until the run ends."""
        self._lowlevel.spawn_system_task(self._read, fd, callback)

    async def _read(self, fd: int, callback: Callable[[], object]) -> None:
        while True:
            await self._lowlevel.wait_readable(fd)
            callback()

    def call_soon_threadsafe(self, function: Callable[..., object], *args: object) -> None:
        """Call *function* soon; any thread.

        Raises:
            RuntimeError: The run has ended.
        """
        self._token.run_sync_soon(function, *args)

    call_soon = call_soon_threadsafe

    def call_later(self, delay_s: float, function: Callable[..., object], *args: object) -> trio.CancelScope:
        """Call *function* in *delay_s* seconds."""
        scope: trio.CancelScope = trio_of_program()[0].CancelScope()
        self._lowlevel.spawn_system_task(self._sleep, scope, delay_s, function, *args)
        return scope

    async def _sleep(
        self, scope: trio.CancelScope, delay_s: float, function: Callable[..., object], *args: object
    ) -> None:
        with scope:
            await trio_of_program()[0].sleep(delay_s)
            function(*args)

    def is_running(self) -> bool:
        """Return True: after the end of the run no operation waits, and other calls fail."""
        return True

    def is_closed(self) -> bool:
        """Return False: what waits in a run is cancelled before that ends."""
        return False


@cache
def trio_of_program() -> tuple[Any, Any]:
    """Return trio, and what tells in which threads it runs."""
    import sniffio
    import trio

    return trio, sniffio.thread_local


@cache
def _trio_hub() -> trio.lowlevel.RunVar[adapter.Hub | None]:
    """Return the one variable of trio's runs."""
    hub: trio.lowlevel.RunVar[adapter.Hub | None] = trio_of_program()[0].lowlevel.RunVar("zmq.anyio", None)
    return hub


def _in_trio() -> bool:
    return "trio" in sys.modules and trio_of_program()[1].name == "trio"


def running_loop() -> Any:
    """Return the loop of asyncio, or the token of trio's run, that runs in this thread; None if none does."""
    return trio_of_program()[0].lowlevel.current_trio_token() if _in_trio() else _get_running_loop()


def loops_hub(loop: Any) -> adapter.Hub:
    """Return the Hub of what ``running_loop()`` has just returned."""
    if isinstance(loop, asyncio.AbstractEventLoop):
        return hub_of(loop)
    hub = _trio_hub().get()
    if hub is None:
        hub = _TrioHub(loop)
        _trio_hub().set(hub)
    return hub


def call_maker() -> Callable[[], AsyncioCall | TrioCall]:
    """Return what makes the Calls of one socket, for the loop that runs."""
    line: deque[TrioCall] = deque()
    return lambda: TrioCall(line) if _in_trio() else AsyncioCall()
