"""Several Python sockets on one C socket: shadows, copies, sockets of other libraries."""

from __future__ import annotations

import copy
import ctypes
import gc
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

import zmq

Make = Callable[[int], zmq.Socket]
MakePair = Callable[..., tuple[zmq.Socket, zmq.Socket]]
Background = Callable[..., Future[Any]]
Pair = tuple[zmq.Socket, zmq.Socket]


# Shadows and copies


@pytest.mark.parametrize(
    "how", [copy.copy, copy.deepcopy, zmq.Socket.shadow, zmq.Socket, lambda s: zmq.Socket.shadow(s.underlying)]
)
def test_a_shadow_shares_the_c_socket(pair: Pair, how: Callable[[zmq.Socket], zmq.Socket]) -> None:
    first, second = pair
    shadow = how(first)
    assert shadow is not first
    assert shadow.underlying == first.underlying != 0
    assert shadow.type is zmq.PAIR
    second.send(b"content")
    assert shadow.recv() == b"content"


def test_a_shadow_of_a_socket_has_its_context(sockets: Make, context: zmq.Context) -> None:
    assert zmq.Socket.shadow(sockets(zmq.PULL)).context is context


def test_a_shadow_is_closed_with_its_original(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    shadow = copy.copy(pull)
    pull.close()
    assert shadow.closed
    with pytest.raises(zmq.ZMQError):
        shadow.recv()


def test_closing_a_shadow_closes_the_original(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    copy.copy(pull).close()
    assert pull.closed


def test_collecting_a_shadow_leaves_the_socket_open(pair: Pair) -> None:
    shadow = copy.copy(pair[0])
    del shadow
    gc.collect()
    pair[0].send(b"content")
    assert pair[1].recv() == b"content"


def test_a_shadow_of_a_subclass_is_of_that_class(sockets: Make) -> None:
    class Named(zmq.Socket):
        pass

    assert type(Named.shadow(sockets(zmq.PULL))) is Named


def test_a_thread_that_waits_on_a_shadow_is_woken_by_the_original(pair: Pair, background: Background) -> None:
    first, second = pair
    polled = background(copy.copy(first).poll)
    second.send(b"content")
    assert polled.result() == zmq.POLLIN
    assert first.recv() == b"content"


@pytest.fixture
def foreign(context: zmq.Context, system_libzmq: ctypes.CDLL) -> Any:
    """The functions of libzmq for sockets."""
    system_libzmq.zmq_socket.restype = ctypes.c_void_p
    system_libzmq.zmq_socket.argtypes = [ctypes.c_void_p, ctypes.c_int]
    system_libzmq.zmq_close.argtypes = [ctypes.c_void_p]
    return system_libzmq


def test_a_foreign_socket_can_be_used_and_is_left_open(foreign: Any, context: zmq.Context, sockets: Make) -> None:
    address = foreign.zmq_socket(context.underlying, int(zmq.PULL))
    shadow = zmq.Socket.shadow(address)
    push = sockets(zmq.PUSH)
    push.bind("inproc://foreign")
    shadow.connect("inproc://foreign")
    push.send(b"content")
    assert shadow.recv() == b"content"
    assert (shadow.type, shadow.underlying) == (zmq.PULL, address)
    del shadow
    gc.collect()
    assert foreign.zmq_close(address) == 0


def test_waiting_for_a_foreign_socket_ends_when_a_message_arrives(
    foreign: Any, context: zmq.Context, sockets: Make, background: Background
) -> None:
    address = foreign.zmq_socket(context.underlying, int(zmq.PULL))
    shadow = zmq.Socket.shadow(address)
    push = sockets(zmq.PUSH)
    push.bind("inproc://foreign")
    shadow.connect("inproc://foreign")
    received = background(shadow.recv)
    push.send(b"content")
    assert received.result() == b"content"
    assert foreign.zmq_close(address) == 0
