"""How greenlets wait for a socket.

Theory of operation.  A greenlet that libzmq has refused joins the ``Waiters`` of its socket in its hub.  They watch the
socket: its descriptor, which is edge-triggered, through the hub's loop, and what other greenlets and threads do to the
socket through ``Watch``, since any operation may eat the edge.  Both end in ``_look()``, in the hub, which reads the
events and switches to the greenlets that can go on; those try again.

1. Nothing happens between the switch and the try, so no message is taken for a greenlet that was killed meanwhile.
2. Greenlets that wait for the same stand in line; only the first tries.  When one leaves, for whatever reason, the
   socket is looked at for the rest.  Out of line stand those that wait for something of their own: a poll, a peer, a
   last frame.
3. A greenlet's own failed try is no news to it.  Where a socket says ready and refuses (an XPUB with NODROP at its
   limit, a mandatory ROUTER) the greenlet sleeps all the same, as ``Watch.pause()`` says.
4. A greenlet whose time is up gets what is there, also if other greenlets have kept the thread busy meanwhile.
5. While no greenlet waits nothing is watched, and the socket keeps the ``Waiters`` for the next.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar
from weakref import ref

from gevent.hub import Hub, Waiter
from gevent.monkey import get_original

import zmq
from zmq.backend.watch import LOOK_AGAIN_S, Watch

__all__ = ["SHORTEST_S", "Waiters", "deadline"]

_T = TypeVar("_T")

POLLIN, POLLOUT = int(zmq.POLLIN), int(zmq.POLLOUT)  # enum members would cost a microsecond in each operation
EVERYTHING = -1
READ = 1
READY, LOOK, EXPIRED = 0, 1, 2  # what a waiter is switched to with: the socket looks ready; find out; the time is up
SHORTEST_S = 0.001
"""The shortest time that all of gevent's loops can wait; libuv warns of those that are shorter."""

_get_ident = get_original("_thread", "get_ident")  # of the thread, also when monkey patching has made it the greenlet's


def deadline(hub: Hub, waiter: Waiter[int], timeout_ms: float) -> Callable[[], None]:
    """Have *waiter* switched to with EXPIRED after *timeout_ms*; returns a function that cancels this."""
    timer = hub.loop.timer(max(timeout_ms / 1000, SHORTEST_S))
    timer.start(waiter.switch, EXPIRED, update=True)  # the loop's idea of now may be old
    return timer.close


def _wake(waiters: ref[Waiters]) -> None:
    """What the Watch keeps: nothing that keeps a socket."""
    target = waiters()
    if target is not None:
        target.notify()


class Waiters:
    """The greenlets of one hub that wait for one socket.

    While none waits the socket keeps this object: to begin anew would take longer than to receive.

    Attributes:
        hub: The hub.
    """

    def __init__(self, socket: zmq.Socket[bytes], hub: Hub) -> None:
        self.hub = hub
        self._lines: dict[int, deque[Waiter[int]]] = {POLLIN: deque(), POLLOUT: deque()}
        self._aside: dict[Waiter[int], int] = {}
        self._scheduled = False
        self._watch = Watch(socket, partial(_wake, ref(self)))
        self._timer: Any = None
        self._io: Any = None if self._watch.fd is None else hub.loop.io(self._watch.fd, READ)

    def __del__(self) -> None:
        if hasattr(self, "_watch"):
            self._watch.close()

    def begin(self) -> None:
        """Watch the socket: a greenlet is about to wait."""
        if self._io is not None:
            self._io.start(self._look)
        if self._io is None or self._watch.foreign:
            self._look_often()

    def rest(self) -> bool:
        """Stop watching: no greenlet waits.  Return whether this can be used again."""
        if self._watch.lost or self._io is None:
            self._stop()
            self._watch.close()
            return False
        self._io.stop()
        self._stop_timer()
        self._watch.interest = 0
        return True

    def __bool__(self) -> bool:
        """Return whether a greenlet waits."""
        return bool(self._aside or self._lines[POLLIN] or self._lines[POLLOUT])

    def has_line(self, interest: int) -> bool:
        """Return whether a greenlet stands in line for *interest*."""
        return bool(self._lines[interest])

    def wait(self, interest: int, attempt: Callable[[], _T], timeout_ms: float | None, *, in_line: bool) -> _T:
        """Let the current greenlet wait until *attempt* no longer raises Again; returns what it returns.

        Args:
            interest: The events it takes.
            attempt: What to try, and libzmq has just refused; must not switch to other greenlets.
            timeout_ms: Longest wait; None or a negative number for ever.
            in_line: Whether to let those that came earlier go first.

        Raises:
            Again: The time is up.
        """
        waiter: Waiter[int] = Waiter(self.hub)
        line = self._lines[interest] if in_line else None
        if line is None:
            self._aside[waiter] = interest
        else:
            line.append(waiter)
        self._watch.interest |= interest
        cancel = None
        try:
            if timeout_ms is not None and timeout_ms >= 0:
                cancel = deadline(self.hub, waiter, timeout_ms)
            news = LOOK
            while True:
                if line is None or line[0] is waiter:
                    try:
                        return self._try(attempt, news == READY)
                    except zmq.Again:
                        pass
                if news == EXPIRED:
                    raise zmq.Again
                news = waiter.get()
        finally:
            if cancel is not None:
                cancel()
            if line is None:
                del self._aside[waiter]
            else:
                line.remove(waiter)
            if self:
                self._watch.interest = self._interest()
                self.notify()

    def _try(self, attempt: Callable[[], _T], ready: bool) -> _T:
        """Return what *attempt* returns; if that raises Again, as often as the socket looks ready, raise Again.

        Args:
            attempt: What to try.
            ready: Whether the socket has just looked ready.
        """
        watch = self._watch
        looked_ready = False
        while ready or (pause_s := watch.pause()) == 0:
            ready = False
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

    def notify(self) -> None:
        """The socket has changed: look at it.  Called from any thread."""
        here = _get_ident() == self.hub.thread_ident
        if here and self._watch.lost:
            self._stop()
        destroyed = self.hub.loop is None  # pyright: ignore[reportUnnecessaryComparison]  # the stubs forget that
        if self._scheduled or destroyed:
            return
        self._scheduled = True
        if here:
            self.hub.loop.run_callback(self._look)
        else:
            self.hub.loop.run_callback_threadsafe(self._look)

    def _look(self) -> None:
        """Switch to the greenlets that can go on.  Runs in the hub."""
        self._scheduled = False
        if not self:
            return
        news = READY
        try:
            events = self._watch.events()
        except zmq.ZMQError:
            events, news = EVERYTHING, LOOK  # that will tell what is wrong
        for interest, line in self._lines.items():
            if line and events & interest:
                line[0].switch(news)
                news = LOOK  # an operation may have changed that
        for waiter, interest in list(self._aside.items()):
            if events & interest and waiter in self._aside:
                waiter.switch(news)
                news = LOOK

    def _look_often(self) -> None:
        """Look from time to time, for what neither the descriptor nor the Watch tells."""
        if self._timer is None:
            self._timer = self.hub.loop.timer(LOOK_AGAIN_S, LOOK_AGAIN_S)
            self._timer.start(self._look)

    def _stop(self) -> None:
        """Stop watching for good."""
        io, self._io = self._io, None
        if io is not None:
            io.stop()
            io.close()
        self._stop_timer()

    def _stop_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.stop()
            timer.close()
