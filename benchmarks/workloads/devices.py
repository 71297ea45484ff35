"""Proxies in C: messages go from another process through a thread of this process to its main thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import repeat

import zmq
from workloads import Loop
from workloads.two_processes import push, with_child
from zmq.devices import monitored_queue

__all__ = ["captured_proxy", "queue"]

Relay = Callable[[zmq.SyncSocket, zmq.SyncSocket, zmq.SyncSocket], None]


def _run(relay: Relay, sockets: list[zmq.SyncSocket]) -> None:
    with suppress(zmq.ContextTerminated):
        relay(*sockets)
    for socket in sockets:
        socket.close(linger=0)


@contextmanager
def _relayed(relay: Relay) -> Iterator[Loop]:
    with with_child(push, zmq.PULL) as (frontend, start):
        context = frontend.context
        backend, capture, receiver = context.socket(zmq.PUSH), context.socket(zmq.PUB), context.socket(zmq.PULL)
        capture.bind("inproc://capture")
        receiver.connect(f"tcp://127.0.0.1:{backend.bind_to_random_port('tcp://127.0.0.1')}")
        thread = threading.Thread(target=_run, args=(relay, [frontend, backend, capture]))
        thread.start()

        def loop(count: int) -> None:
            start(count)
            for _ in repeat(None, count):
                receiver.recv()

        yield loop
        receiver.close(linger=0)
        context.term()
        thread.join()


@contextmanager
def captured_proxy() -> Iterator[Loop]:
    """Through zmq.proxy with a capture socket."""
    with _relayed(zmq.proxy) as loop:
        yield loop


@contextmanager
def queue() -> Iterator[Loop]:
    """Through monitored_queue."""
    with _relayed(monitored_queue) as loop:
        yield loop
