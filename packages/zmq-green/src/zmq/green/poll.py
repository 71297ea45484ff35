"""Polling many sockets and descriptors from a greenlet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import gevent
from gevent.hub import Waiter, get_hub

import zmq
from zmq.adapter import with_returned
from zmq.backend.returned import polls
from zmq.backend.watch import LOOK_AGAIN_S
from zmq.green._hubs import BUDGET, READ, Timer, Told, hub_of
from zmq.sugar.poll import select_by

__all__ = ["Poller", "select", "zmq_poll"]


class Poller(zmq.Poller):
    """Waits for any of many sockets and descriptors, gevent's sockets among them; other greenlets run meanwhile."""

    _polled = 0  # counts polls: every so often the other greenlets run

    def poll(self, timeout: float | None = None) -> list[tuple[Any, int]]:
        """Wait until at least one registered socket or descriptor is ready.

        Args:
            timeout: Longest wait in milliseconds; 0 returns at once, None or -1 waits for ever.

        Returns:
            The ready sockets and descriptors, each with its event mask; empty after a timeout.

        Raises:
            ContextTerminated: The context of a registered socket was terminated.
            ZMQError: A registered socket was closed: unregister it first.

        libzmq: zmq_poll(3)
        """
        self._polled += 1
        if self._polled % BUDGET == 0 and timeout != 0 and gevent.getcurrent() is not get_hub():
            gevent.sleep(0)  # callbacks of the loop cannot switch
        ready = self._ready()
        if ready or timeout == 0:
            return ready
        return self._wait(None if timeout is None or timeout < 0 else timeout)

    def _ready(self) -> list[tuple[Any, int]]:
        return with_returned(super().poll(0), self)

    def _wait(self, timeout_ms: float | None) -> list[tuple[Any, int]]:
        # The kernel's set of descriptors is a descriptor itself, so one watcher does for any number of sockets.
        hub = get_hub()
        waiter: Waiter[bool] = Waiter(hub)
        timer = Timer(hub, timeout_ms / 1000, waiter.switch, True) if timeout_ms is not None else None
        told = Told(hub_of(hub), waiter)
        watchers: list[Any] = []
        watched: tuple[int | None, bool, int] | None = None
        polls.add(told)
        try:
            while True:
                fd, look_often, _ = wanted = self._begin_wait()
                done = True
                try:
                    if wanted != watched:  # for the first time, or after a fork, or foreign sockets have come or gone
                        watched = wanted
                        _close(watchers)
                        if fd is not None:
                            watchers.append(hub.loop.io(fd, READ))
                        if look_often:
                            watchers.append(hub.loop.timer(LOOK_AGAIN_S, LOOK_AGAIN_S))
                        for watcher in watchers:
                            watcher.start(waiter.switch, False)
                    timed_out = waiter.get()
                    ready = self._ready()
                    done = bool(ready) or timed_out
                finally:
                    self._end_wait(done)
                if done:
                    return ready
        finally:
            polls.discard(told)
            _close(watchers)
            if timer is not None:
                timer.cancel()


def _close(watchers: list[Any]) -> None:
    while watchers:
        watcher = watchers.pop()
        watcher.stop()
        watcher.close()


def select(
    rlist: Iterable[Any], wlist: Iterable[Any], xlist: Iterable[Any], timeout: float | None = None
) -> tuple[list[Any], list[Any], list[Any]]:
    """Wait until sockets or descriptors are ready; arguments and result as those of ``zmq.select``."""
    return select_by(zmq_poll, rlist, wlist, xlist, timeout)


def zmq_poll(sockets: Iterable[tuple[Any, int]], timeout: float | None = -1) -> list[tuple[Any, int]]:
    """Poll once: ``Poller`` for a list of (socket, flags).

    Args:
        sockets: Pairs of a Socket or descriptor, and flags.
        timeout: Longest wait in milliseconds; -1 waits for ever.

    Returns:
        The ready ones, as Poller.poll() returns them; none, at once, where there is nothing to wait for.

    libzmq: zmq_poll(3)
    """
    poller = Poller()
    for socket, flags in sockets:
        poller.register(socket, flags)
    return poller.poll(timeout if poller.sockets else 0)
