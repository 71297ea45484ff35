"""gevent: greenlets of one thread, with ``zmq.green``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat

import gevent

import zmq.green as zmq
from workloads import PAYLOAD, Loop

__all__ = ["green_multipart_3", "green_pair_10", "green_ping_pong", "green_tcp"]


@contextmanager
def _connected(first: int, second: int, endpoint: str) -> Iterator[tuple[zmq.Socket, zmq.Socket]]:
    context = zmq.Context()
    bound, connected = context.socket(first), context.socket(second)
    try:
        bound.bind(endpoint)
        connected.connect(bound.get(zmq.LAST_ENDPOINT).decode())
        yield bound, connected
    finally:
        bound.close(linger=0)
        connected.close(linger=0)
        context.term()


@contextmanager
def green_pair_10() -> Iterator[Loop]:
    """Send and receive one small message; no greenlet waits."""
    with _connected(zmq.PAIR, zmq.PAIR, "inproc://pair") as (receiver, sender):

        def loop(count: int) -> None:
            for _ in repeat(None, count):
                sender.send(PAYLOAD)
                receiver.recv()

        yield loop


@contextmanager
def green_multipart_3() -> Iterator[Loop]:
    """Send and receive a message of three frames; no greenlet waits."""
    message = [PAYLOAD] * 3
    with _connected(zmq.PAIR, zmq.PAIR, "inproc://pair") as (receiver, sender):

        def loop(count: int) -> None:
            for _ in repeat(None, count):
                sender.send_multipart(message)
                receiver.recv_multipart()

        yield loop


@contextmanager
def green_tcp() -> Iterator[Loop]:
    """One greenlet pushes at full speed, another pulls."""
    with _connected(zmq.PULL, zmq.PUSH, "tcp://127.0.0.1:*") as (receiver, sender):

        def push(count: int) -> None:
            for _ in repeat(None, count):
                sender.send(PAYLOAD)

        def loop(count: int) -> None:
            pushing = gevent.spawn(push, count)
            for _ in repeat(None, count):
                receiver.recv()
            pushing.join()

        yield loop


@contextmanager
def green_ping_pong() -> Iterator[Loop]:
    """One greenlet sends requests, another replies: every receive waits."""
    with _connected(zmq.REP, zmq.REQ, "inproc://service") as (server, client):

        def serve(count: int) -> None:
            for _ in repeat(None, count):
                server.send(server.recv())

        def loop(count: int) -> None:
            serving = gevent.spawn(serve, count)
            for _ in repeat(None, count):
                client.send(PAYLOAD)
                client.recv()
            serving.join()

        yield loop
