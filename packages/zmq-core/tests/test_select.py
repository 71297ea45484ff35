"""zmq.select: the interface of select.select."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

import zmq

Make = Callable[[int], zmq.Socket]
MakePair = Callable[..., tuple[zmq.Socket, zmq.Socket]]
Background = Callable[..., Future[Any]]
Pair = tuple[zmq.Socket, zmq.Socket]


@pytest.fixture
def pair(make_pair: MakePair) -> Pair:
    return make_pair(zmq.PAIR, zmq.PAIR)


def test_each_list_holds_the_ready_objects(pair: Pair) -> None:
    first, second = pair
    second.send(b"")
    assert zmq.select([first, second], [first, second], [first, second], 0) == ([first], [first, second], [])


def test_one_socket_can_be_in_several_lists(sockets: Make, pair: Pair) -> None:
    lonely = sockets(zmq.PUSH)
    pair[1].send(b"")
    assert zmq.select([pair[0]], [pair[0], lonely], [], 0) == ([pair[0]], [pair[0]], [])


def test_nothing_is_ready_after_a_timeout(pair: Pair) -> None:
    assert zmq.select(list(pair), [], [], 0.001) == ([], [], [])


@pytest.mark.parametrize("timeout", [None, -1, 10.0])
def test_it_waits_for_a_message(pair: Pair, background: Background, timeout: float | None) -> None:
    selected = background(zmq.select, [pair[0]], [], [], timeout)
    pair[1].send(b"")
    assert selected.result() == ([pair[0]], [], [])


def test_it_waits_for_ever_by_default(pair: Pair, background: Background) -> None:
    selected = background(zmq.select, [pair[0]], [], [])
    pair[1].send(b"")
    assert selected.result() == ([pair[0]], [], [])


@pytest.mark.skipif(sys.platform == "win32", reason="only sockets can be polled there")
def test_descriptors_can_be_selected(pair: Pair) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"x")
    readers: list[Any] = [reader, pair[0]]
    assert zmq.select(readers, [writer], [], 10) == ([reader], [writer], [])
    os.close(reader)
    os.close(writer)


def test_lists_can_be_any_iterables(pair: Pair) -> None:
    assert zmq.select(iter(pair), {pair[0]}, (), 0) == ([], [pair[0]], [])


def test_empty_lists_return_at_once_when_asked_to() -> None:
    assert zmq.select([], [], [], 0) == ([], [], [])


def test_other_objects_are_refused() -> None:
    something: Any = object()
    with pytest.raises(TypeError, match="cannot poll"):
        zmq.select([something], [], [], 0)


def test_a_closed_socket_is_refused(pair: Pair) -> None:
    pair[0].close()
    with pytest.raises(zmq.ZMQError, match="closed"):
        zmq.select([pair[0]], [], [], 0)
