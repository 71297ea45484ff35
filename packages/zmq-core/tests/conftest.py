"""Fixtures: sockets in various states."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TypeAlias

import pytest

import zmq

MakePair: TypeAlias = "Callable[..., tuple[zmq.Socket, zmq.Socket]]"


@pytest.fixture
def pair(make_pair: MakePair) -> tuple[zmq.Socket, zmq.Socket]:
    """Two connected PAIR sockets."""
    return make_pair(zmq.PAIR, zmq.PAIR)


@pytest.fixture
def closed(sockets: Callable[[int], zmq.Socket]) -> zmq.Socket:
    """A closed socket."""
    socket = sockets(zmq.PAIR)
    socket.close()
    return socket


@pytest.fixture
def fill() -> Callable[[zmq.Socket], None]:
    """Return a function that sends until the queue is full."""

    def fill(socket: zmq.Socket) -> None:
        with contextlib.suppress(zmq.Again):
            while socket.poll(0, zmq.POLLOUT):
                socket.send(b"fill", zmq.NOBLOCK)

    return fill
