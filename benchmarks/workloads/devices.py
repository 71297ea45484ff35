"""Proxies in C: messages go from another process through a thread of this process to its main thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import repeat

import zmq
from workloads import PAYLOAD, Loop
from workloads.two_processes import echo, push, with_child
from zmq.devices import monitored_queue

__all__ = ["captured_proxy", "proxy", "proxy_ping_pong", "queue"]

Relay = Callable[..., object]


def _run(relay: Relay, sockets: list[zmq.SyncSocket]) -> None:
    with suppress(zmq.ContextTerminated):
        relay(*sockets)
    for socket in sockets:
        socket.close(linger=0)


@contextmanager
def _relayed(
    relay: Relay, frontend: zmq.SyncSocket, types: tuple[int, int], *capture_types: int
) -> Iterator[zmq.SyncSocket]:
    """Run a relay in a thread: from *frontend* to a backend of the first type; yields a socket of the second type."""
    context = frontend.context
    backend, near, *captures = (context.socket(socket_type) for socket_type in (*types, *capture_types))
    for capture in captures:
        capture.bind("inproc://capture")
    near.connect(f"tcp://127.0.0.1:{backend.bind_to_random_port('tcp://127.0.0.1')}")
    thread = threading.Thread(target=_run, args=(relay, [frontend, backend, *captures]))
    thread.start()
    yield near
    near.close(linger=0)
    context.term()
    thread.join()


@contextmanager
def _pulled(relay: Relay, *capture_types: int) -> Iterator[Loop]:
    with (
        with_child(push, zmq.PULL) as (frontend, start),
        _relayed(relay, frontend, (zmq.PUSH, zmq.PULL), *capture_types) as receiver,
    ):

        def loop(count: int) -> None:
            start(count)
            for _ in repeat(None, count):
                receiver.recv()

        yield loop


@contextmanager
def proxy() -> Iterator[Loop]:
    """Through zmq.proxy."""
    with _pulled(zmq.proxy) as loop:
        yield loop


@contextmanager
def captured_proxy() -> Iterator[Loop]:
    """Through zmq.proxy with a capture socket."""
    with _pulled(zmq.proxy, zmq.PUB) as loop:
        yield loop


@contextmanager
def queue() -> Iterator[Loop]:
    """Through monitored_queue."""
    with _pulled(monitored_queue, zmq.PUB) as loop:
        yield loop


@contextmanager
def proxy_ping_pong() -> Iterator[Loop]:
    """Ask the other process through zmq.proxy, and wait for its answer."""
    with (
        with_child(echo, zmq.DEALER) as (frontend, start),
        _relayed(zmq.proxy, frontend, (zmq.ROUTER, zmq.REQ)) as client,
    ):

        def loop(count: int) -> None:
            start(count)
            for _ in repeat(None, count):
                client.send(PAYLOAD)
                client.recv()

        yield loop
