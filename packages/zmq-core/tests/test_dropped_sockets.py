"""The last reference to a socket goes: it is closed before weak references to it are called."""

from __future__ import annotations

import copy
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest

import zmq

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")

pypy_counts_none = pytest.mark.pypy_skip("references are not counted: what another object refers to is dropped later")

Reclaim = Callable[[], object]


class Slots(zmq.Socket[bytes]):
    """Has attributes in slots."""

    __slots__ = ("note",)


class Attributes(zmq.Socket[bytes]):
    """Has attributes in a dict, and a finalizer."""

    note: object = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.note = self.context

    def __del__(self) -> None:
        super().__del__()


def _polled(socket: zmq.Socket[bytes]) -> zmq.Socket[bytes]:
    poller = zmq.Poller()
    poller.register(socket)
    for _ in range(2):
        poller.poll(0)
    return socket


def _monitored(socket: zmq.Socket[bytes]) -> zmq.Socket[bytes]:
    socket.get_monitor_socket()
    return socket


KINDS: dict[str, Callable[[zmq.Context], Any]] = {
    "plain": lambda context: context.socket(zmq.PUSH),
    "slots": lambda context: context.socket(zmq.PUSH, socket_class=Slots),
    "attributes": lambda context: context.socket(zmq.PUSH, socket_class=Attributes),
    "shadowed": lambda context: zmq.Socket.shadow(context.socket(zmq.PUSH)),
    "shadow": lambda context: zmq.Socket.shadow(context.socket(zmq.PUSH)),
    "copy of a copy": lambda context: copy.copy(copy.copy(context.socket(zmq.PUSH))),
    "polled": lambda context: _polled(context.socket(zmq.PUSH)),
    "monitored": lambda context: _monitored(context.socket(zmq.PUSH)),
}


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, marks=pypy_counts_none) if kind in ("shadow", "copy of a copy", "polled") else kind
        for kind in KINDS
    ],
)
@pytest.mark.parametrize("in_thread", [False, True])
def test_a_weak_reference_may_terminate_the_context(kind: str, in_thread: bool, reclaim: Reclaim) -> None:
    context = zmq.Context()
    holder = [KINDS[kind](context)]
    holder[0].connect("tcp://127.0.0.1:1")
    watched = holder[0]._shadow_obj if kind == "shadowed" else holder[0]
    weakref.finalize(watched, context.term)  # waits until all sockets are closed
    del watched
    if in_thread:
        thread = threading.Thread(target=holder.clear)
        thread.start()
        thread.join()
    else:
        holder.clear()
    for _ in range(6):  # PyPy collects the objects of a chain one by one
        reclaim()
    assert context.closed


@pypy_counts_none
@pytest.mark.parametrize("share", [zmq.Socket.shadow, lambda socket: zmq.Socket.shadow(socket.underlying), copy.copy])
@pytest.mark.parametrize("first", [0, 1])
def test_a_c_socket_is_closed_with_the_last_socket_that_shares_it(
    share: Callable[[zmq.Socket[bytes]], zmq.Socket[bytes]], first: int
) -> None:
    context = zmq.Context()
    sockets = [context.socket(zmq.PUSH)]
    sockets.append(share(sockets[0]))
    del sockets[first]
    assert not sockets[0].closed
    sockets[0].bind("inproc://still-open")
    weakref.finalize(sockets[0], context.term)
    sockets.clear()
    assert context.closed
