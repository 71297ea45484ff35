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
    "poller_10_ready",
    "poller_50_idle",
    "poller_1000_message",
    "poller_1000_ready",
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
    _allow_descriptors(count + 100)
    poller = zmq.Poller()
    with context(max_sockets=count + 100) as ctx:
        for index in range(count):
            socket = ctx.socket(zmq.PULL)
            socket.bind(f"inproc://{index}")
            poller.register(socket, zmq.POLLIN)
        sender = ctx.socket(zmq.PUSH)
        sender.connect(f"inproc://{count - 1}")
        yield poller, sender


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
