"""Polling with a timeout of 0, over few and many sockets."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import repeat

import zmq
from workloads import PAYLOAD, Loop, context, pair

__all__ = [
    "fresh_poller_1",
    "fresh_poller_100",
    "poller_10_ready",
    "poller_50_idle",
    "poller_1000_message",
    "poller_1000_ready",
    "select_10",
    "select_100",
    "socket_poll",
]


@contextmanager
def socket_poll() -> Iterator[Loop]:
    """Poll one idle socket."""
    with pair() as (_, receiver):

        def loop(count: int) -> None:
            for _ in repeat(None, count):
                receiver.poll(0)

        yield loop


@contextmanager
def _sockets(count: int) -> Iterator[tuple[zmq.Poller, zmq.SyncSocket]]:
    """A poller over *count* PULL sockets, and a PUSH socket connected to the last of them."""
    with _pull_sockets(count) as (sockets, sender):
        poller = zmq.Poller()
        for socket in sockets:
            poller.register(socket, zmq.POLLIN)
        yield poller, sender


@contextmanager
def _pull_sockets(count: int) -> Iterator[tuple[list[zmq.SyncSocket], zmq.SyncSocket]]:
    """*count* PULL sockets, and a PUSH socket connected to the last of them."""
    _allow_descriptors(count + 100)
    with context(max_sockets=count + 100) as ctx:
        sockets = [ctx.socket(zmq.PULL) for _ in range(count)]
        for index, socket in enumerate(sockets):
            socket.bind(f"inproc://{index}")
        sender = ctx.socket(zmq.PUSH)
        sender.connect(f"inproc://{count - 1}")
        yield sockets, sender


def _allow_descriptors(count: int) -> None:
    """Raise the soft limit of open files: libzmq opens one or two per socket."""
    if sys.platform == "win32":  # has no limit
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < 2 * count:
        wanted = 2 * count if hard == resource.RLIM_INFINITY else min(2 * count, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@contextmanager
def _poll(sockets: int, *, ready: bool) -> Iterator[Loop]:
    with _sockets(sockets) as (poller, sender):
        if ready:
            sender.send(PAYLOAD)

        def loop(count: int) -> None:
            for _ in repeat(None, count):
                poller.poll(0)

        yield loop


poller_50_idle = partial(_poll, 50, ready=False)
poller_10_ready = partial(_poll, 10, ready=True)
poller_1000_ready = partial(_poll, 1000, ready=True)


@contextmanager
def poller_1000_message() -> Iterator[Loop]:
    """A poll whose result changes, so that a cached result does not help."""
    with _sockets(1000) as (poller, sender):

        def loop(count: int) -> None:
            for _ in repeat(None, count):
                sender.send(PAYLOAD)
                [(receiver, _event)] = poller.poll(0)
                receiver.recv()

        yield loop


@contextmanager
def _fresh_poller(count: int) -> Iterator[Loop]:
    """A Poller that is made, filled and asked once, as in a function that waits for an answer."""
    with _pull_sockets(count) as (sockets, _):

        def loop(count: int) -> None:
            for _ in repeat(None, count):
                poller = zmq.Poller()
                for socket in sockets:
                    poller.register(socket, zmq.POLLIN)
                poller.poll(0)

        yield loop


fresh_poller_1, fresh_poller_100 = partial(_fresh_poller, 1), partial(_fresh_poller, 100)


@contextmanager
def _select(count: int) -> Iterator[Loop]:
    """Ask for all sockets anew each time."""
    with _pull_sockets(count) as (sockets, _):

        def loop(count: int) -> None:
            for _ in repeat(None, count):
                zmq.select(sockets, [], [], 0)

        yield loop


select_10, select_100 = partial(_select, 10), partial(_select, 100)
