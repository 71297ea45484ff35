"""``zmq.asyncio.Poller``: waits for any of several sockets and descriptors.

A poll asks the core's Poller, whose costs do not grow with the sockets that are idle.  Where nothing is ready it has
the loop watch the one descriptor that tells when asking again is worth it.  That goes on after the poll, until there
is news that no poll waits for: for the kernel, to begin costs as much as there are sockets.
"""

from __future__ import annotations

import asyncio
from asyncio import Future
from typing import Any, TypeAlias
from weakref import ref

import zmq
from zmq._loops.hub import InLoop, hub_of, in_thread_of
from zmq.adapter import with_returned
from zmq.backend.engine import TURN
from zmq.backend.returned import polls
from zmq.backend.watch import LOOK_AGAIN_S, Descriptor

__all__ = ["Poller"]

_Ready: TypeAlias = "list[tuple[Any, int]]"


class Poller(InLoop, zmq.Poller):
    """A ``zmq.Poller`` whose ``poll`` returns a future.  Sockets may be asynchronous or not."""

    _polled = 0  # counts polls: every so often one goes through the loop, though it could be done at once
    _waiting: _Waiting | None = None  # in the loop that was used last

    def poll(self, timeout: float | None = -1) -> Future[_Ready]:  # type: ignore[override]  # later
        """Wait until at least one registered socket or descriptor is ready.

        Args:
            timeout: Longest wait in milliseconds; 0 does not wait, None or -1 waits for ever.

        Returns:
            A future of the ready sockets and descriptors, each with its event mask; of an empty list after a timeout.
            It is cancelled when one of the sockets is closed, and fails with ContextTerminated when a context is
            terminated.

        Raises:
            ZMQError: A socket is closed already.
            ValueError: What was registered cannot be polled.
        """
        loop = self._get_loop()
        future: Future[_Ready] = Future(loop=loop)
        self._polled += 1
        turn_is_over = self._polled % TURN == 0
        if timeout == 0:
            if turn_is_over:
                loop.call_soon(self._resolve, future)
            else:
                self._resolve(future)
            return future
        timeout_s = None if timeout is None or timeout < 0 else timeout / 1000
        try:
            ready = None if turn_is_over else self._ready()
        except TypeError as error:
            raise ValueError(*error.args) from None  # the class that loops raise
        if ready:
            future.set_result(ready)
            return future
        waiting = self._waiting
        if waiting is None or waiting.loop is not loop:
            waiting = self._waiting = _Waiting(loop)
        waiting.add(self, future)
        if turn_is_over:
            loop.call_soon(waiting.ready)
        if timeout_s is not None:
            timer = loop.call_later(timeout_s, waiting.expire, future)
            future.add_done_callback(lambda _: timer.cancel())
        return future

    def _resolve(self, future: Future[_Ready]) -> None:
        """Answer a poll that does not wait."""
        if future.done():
            return
        try:
            future.set_result(self._ready())
        except Exception as error:
            future.set_exception(error)

    def _ready(self) -> _Ready:
        """Return what is ready, with what futures have given back."""
        return with_returned(super().poll(0), self)


class _Waiting:
    """The polls of one Poller that wait in one loop.  For the thread of the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._poller: Any = None  # the Poller, while polls wait
        self._futures: list[Future[_Ready]] = []
        self._hub = hub_of(loop)
        self._me: ref[_Waiting] = ref(self)
        self._number = 0  # of the file that is watched
        self._reading: Descriptor | None = None
        self._begun = False
        self._late: asyncio.TimerHandle | None = None

    def __del__(self) -> None:
        reading = self._reading
        if reading is None:
            return
        if in_thread_of(self.loop):
            self._hub.stop(reading)
        elif not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._hub.stop, reading)

    def add(self, poller: Poller, future: Future[_Ready]) -> None:
        """Resolve *future* when something is ready."""
        self._futures.append(future)
        self._poller = poller
        try:
            self._begin()
        except BaseException:
            self._leave(future)
            raise
        future.add_done_callback(self._leave)
        self._hub.awaited.add(self)
        polls.add(self)

    def ready(self) -> None:
        """Something may be ready; called by the Hub."""
        if self._futures:
            self._look()
        else:
            self._unwatch()  # there is news that no poll waits for

    def expire(self, future: Future[_Ready]) -> None:
        """The time of *future* is up: what came while the loop was busy counts all the same."""
        if not future.done():
            self._look()
        if not future.done():
            future.set_result([])

    def woken(self) -> None:
        """A message was given back; called in any thread."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.ready)

    # ---- waiting

    def _begin(self) -> None:
        """Have the loop call ready() when there may be something."""
        if self._begun:
            return
        fd, look_often, number = self._poller._begin_wait()
        self._begun = True
        if number != self._number or self._reading is None:
            self._unwatch()
            if fd is not None:
                self._reading = self._hub.watch(fd, self._me)
            self._number = number
        if look_often and self._late is None:
            self._late = self.loop.call_later(LOOK_AGAIN_S, self._look_again)

    def _look_again(self) -> None:
        self._late = None
        self.ready()

    def _end(self, *, done: bool) -> None:
        if self._begun:
            self._begun = False
            self._poller._end_wait(done)

    def _look(self) -> None:
        """Resolve all futures if something is ready, else wait on."""
        try:
            ready = self._poller._ready()
            self._end(done=bool(ready))
            if not ready:
                self._begin()
        except Exception as error:
            self._fail(error)
            return
        for future in self._unresolved() if ready else ():
            future.set_result(list(ready))

    def _fail(self, error: Exception) -> None:
        closed = any(isinstance(socket, zmq.Socket) and socket.closed for socket, _ in self._poller.sockets)
        self._end(done=True)
        for future in self._unresolved():
            if closed:
                future.cancel("the poll was cancelled: one of its sockets was closed")
            else:
                future.set_exception(error)

    def _unresolved(self) -> list[Future[_Ready]]:
        return [future for future in self._futures if not future.done()]

    def _leave(self, future: Future[_Ready]) -> None:
        """Forget a poll that waits no more."""
        self._futures.remove(future)
        if self._futures:
            return
        self._end(done=True)
        if self._late is not None:
            self._late.cancel()
            self._late = None
        self._poller = None
        self._hub.awaited.discard(self)
        polls.discard(self)

    def _unwatch(self) -> None:
        reading, self._reading = self._reading, None
        if reading is not None:
            self._hub.stop(reading)
