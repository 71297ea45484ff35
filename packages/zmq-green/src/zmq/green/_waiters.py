"""How greenlets wait for a socket.

Theory of operation.  A greenlet that libzmq has refused joins the ``Waiters`` of its socket in its hub.  They watch the
socket: its descriptor, which is edge-triggered, through the hub's loop, and what other greenlets and threads do to the
socket through ``Watch``, since any operation may eat the edge.  Both end in ``_look()``, in the hub, which reads the
events and switches to whoever can go on; that greenlet tries again.

1. Nothing happens between the switch and the try, so no message is taken for a greenlet that was killed meanwhile.
2. Those who wait for the same stand in line; only the first tries.  Who leaves, for whatever reason, has the socket
   looked at for the rest.  Out of line stand those who wait for something of their own: a poll, a peer, a last frame.
3. A greenlet's own failed try is no news to it.  Where a socket says ready and refuses (an XPUB with NODROP at its
   limit, a mandatory ROUTER) the greenlet sleeps all the same, as ``Watch.pause()`` says.
4. What is there when the time of a greenlet is up it gets, also if others have kept the thread busy meanwhile.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from gevent.hub import Hub, Waiter, get_hub
from gevent.monkey import get_original

import zmq
from zmq.backend.watch import Watch

__all__ = ["SHORTEST_S", "Waiters", "deadline", "wait"]

_T = TypeVar("_T")

POLLIN, POLLOUT = int(zmq.POLLIN), int(zmq.POLLOUT)  # enum members would cost a microsecond in each operation
EVERYTHING = -1
READ = 1
SLICE_S = 0.005
SHORTEST_S = 0.001
"""The shortest time that all of gevent's loops can wait; libuv warns of those that are shorter."""

_get_ident = get_original("_thread", "get_ident")  # of the thread, also when monkey patching has made it the greenlet's


def deadline(hub: Hub, waiter: Waiter[bool], timeout_ms: float) -> Callable[[], None]:
    """Have *waiter* switched to with True after *timeout_ms*; returns a function that cancels this."""
    timer = hub.loop.timer(max(timeout_ms / 1000, SHORTEST_S))
    timer.start(waiter.switch, True, update=True)  # the loop's idea of now may be old
    return timer.close


def wait(
    by_hub: dict[Hub, Waiters],
    socket: zmq.Socket[bytes],
    interest: int,
    attempt: Callable[[], _T],
    timeout_ms: float | None,
    *,
    in_line: bool = True,
) -> _T:
    """Let the current greenlet wait until *attempt* no longer raises Again; returns what it returns.

    Args:
        by_hub: The Waiters of the socket; empty while nobody waits.
        socket: The socket.
        interest: The events it takes.
        attempt: What to try; must not switch to other greenlets.
        timeout_ms: Longest wait; None or a negative number for ever.
        in_line: Whether to let those who came earlier go first.

    Raises:
        Again: The time is up.
    """
    hub = get_hub()
    waiters = by_hub.get(hub)
    if waiters is None:
        waiters = by_hub[hub] = Waiters(socket, hub)
    try:
        return waiters.wait(interest, attempt, timeout_ms, in_line=in_line)
    finally:
        if not waiters:
            del by_hub[hub]
            waiters.close()


class Waiters:
    """The greenlets of one hub that wait for one socket."""

    def __init__(self, socket: zmq.Socket[bytes], hub: Hub) -> None:
        self._hub = hub
        self._lines: dict[int, deque[Waiter[bool]]] = {POLLIN: deque(), POLLOUT: deque()}
        self._aside: dict[Waiter[bool], int] = {}
        self._scheduled = False
        self._watch = Watch(socket, self._news)
        self._watchers: list[Any] = []
        fd = self._watch.fd
        if fd is not None:
            io = hub.loop.io(fd, READ)
            io.start(self._look)
            self._watchers.append(io)
        self._slicing = False
        if fd is None or self._watch.foreign:
            self._look_often()

    def __bool__(self) -> bool:
        """Whether anybody waits."""
        return bool(self._aside or self._lines[POLLIN] or self._lines[POLLOUT])

    def has_line(self, interest: int) -> bool:
        """Whether somebody stands in line for *interest*."""
        return bool(self._lines[interest])

    def wait(self, interest: int, attempt: Callable[[], _T], timeout_ms: float | None, *, in_line: bool) -> _T:
        """See the function of that name."""
        waiter: Waiter[bool] = Waiter(self._hub)
        line = self._lines[interest] if in_line else None
        if line is None:
            self._aside[waiter] = interest
        else:
            line.append(waiter)
        self._watch.interest |= interest
        cancel = None
        try:
            if timeout_ms is not None and timeout_ms >= 0:
                cancel = deadline(self._hub, waiter, timeout_ms)
            expired = False
            while True:
                if line is None or line[0] is waiter:
                    try:
                        return self._try(attempt)
                    except zmq.Again:
                        pass
                if expired:
                    raise zmq.Again
                expired = waiter.get()
        finally:
            if cancel is not None:
                cancel()
            if line is None:
                del self._aside[waiter]
            else:
                line.remove(waiter)
            if self:
                self._watch.interest = self._interest()
                self._news()

    def _try(self, attempt: Callable[[], _T]) -> _T:
        watch = self._watch
        looked_ready = False
        while (pause_s := watch.pause()) == 0:
            looked_ready = watch.trying = True
            try:
                return attempt()
            except zmq.Again:
                pass
            finally:
                watch.trying = False
        # The try of one may eat the edge of another that is refused, too.
        if pause_s is not None or (looked_ready and self._several_try()):
            self._look_often()
        raise zmq.Again

    def _several_try(self) -> bool:
        """Return whether several greenlets try at news: those aside, and the first of each line."""
        return len(self._aside) + sum(1 for line in self._lines.values() if line) > 1

    def _interest(self) -> int:
        interest = 0
        for events in (*(events for events, line in self._lines.items() if line), *self._aside.values()):
            interest |= events
        return interest

    def _news(self) -> None:
        """The socket has changed: look at it.  Called from any thread."""
        here = _get_ident() == self._hub.thread_ident
        if here and self._watch.lost:
            self._stop()
        destroyed = self._hub.loop is None  # pyright: ignore[reportUnnecessaryComparison]  # the stubs forget that
        if self._scheduled or destroyed:
            return
        self._scheduled = True
        if here:
            self._hub.loop.run_callback(self._look)
        else:
            self._hub.loop.run_callback_threadsafe(self._look)

    def _look(self) -> None:
        """Switch to the greenlets that can go on.  Runs in the hub."""
        self._scheduled = False
        if not self:
            return
        try:
            events = self._watch.events()
        except zmq.ZMQError:
            events = EVERYTHING  # trying will tell what is wrong
        for interest, line in self._lines.items():
            if line and events & interest:
                line[0].switch(False)
        for waiter, interest in list(self._aside.items()):
            if events & interest and waiter in self._aside:
                waiter.switch(False)

    def _look_often(self) -> None:
        """Look from time to time, for what neither the descriptor nor the Watch tells."""
        if not self._slicing:
            self._slicing = True
            timer = self._hub.loop.timer(SLICE_S, SLICE_S)
            timer.start(self._look)
            self._watchers.append(timer)

    def _stop(self) -> None:
        while self._watchers:
            watcher = self._watchers.pop()
            watcher.stop()
            watcher.close()

    def close(self) -> None:
        """Stop watching; nobody waits any more."""
        self._stop()
        self._watch.close()
