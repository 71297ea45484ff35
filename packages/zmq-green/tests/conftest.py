"""Fixtures: contexts, sockets and greenlets, which end with the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gevent
import pytest

import zmq.green as zmq
from zmq.green._hubs import hub_of

JOIN_S = 30.0
"""The limit for the end of greenlets and contexts, in seconds."""


@pytest.fixture
def start(deadline: None) -> Iterator[Callable[..., gevent.Greenlet[..., Any]]]:
    """Return a function that starts a greenlet, and returns when it waits."""
    started: list[gevent.Greenlet[..., Any]] = []

    def start(function: Callable[..., Any], *args: Any, **kwargs: Any) -> gevent.Greenlet[..., Any]:
        greenlet = gevent.spawn(function, *args, **kwargs)
        started.append(greenlet)
        gevent.sleep(0)
        return greenlet

    yield start
    gevent.joinall(started, timeout=JOIN_S)
    left = [greenlet for greenlet in started if not greenlet.ready()]
    gevent.killall(left)
    assert not left, f"greenlets that do not end: {left}"


@pytest.fixture
def context(deadline: None) -> Iterator[zmq.Context]:
    """A context; terminated within a deadline."""
    context = zmq.Context()
    yield context
    with gevent.Timeout(JOIN_S):
        context.destroy(linger=0)


@pytest.fixture
def sockets(context: zmq.Context) -> Iterator[Callable[[int], zmq.Socket]]:
    """Return a function that creates a socket: ``sockets(zmq.PUSH)``; closed after the test."""
    made: list[zmq.Socket] = []

    def make(socket_type: int) -> zmq.Socket:
        socket = context.socket(socket_type)
        made.append(socket)
        return socket

    yield make
    for socket in made:
        assert not hub_of(gevent.get_hub()).awaited
        socket.close(linger=0)


@pytest.fixture
def make_pair(sockets: Callable[[int], zmq.Socket]) -> Callable[..., tuple[zmq.Socket, zmq.Socket]]:
    """Return a function that creates two connected sockets: ``make_pair(zmq.PULL, zmq.PUSH, "tcp", hwm=1)``."""
    count = 0

    def make(
        first: int, second: int, transport: str = "inproc", hwm: int | None = None
    ) -> tuple[zmq.Socket, zmq.Socket]:
        nonlocal count
        count += 1
        bound, connected = sockets(first), sockets(second)
        if hwm is not None:
            bound.hwm = connected.hwm = hwm
        bound.bind({"inproc": f"inproc://pair-{count}", "tcp": "tcp://127.0.0.1:*"}[transport])
        connected.connect(bound.last_endpoint.decode())
        return bound, connected

    return make
