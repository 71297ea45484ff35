"""``zmq.adapter``: the interface for adapters."""

from __future__ import annotations

from asyncio.events import _get_running_loop
from typing import Any

import zmq
from zmq import adapter


class PlainCall(adapter.Call):
    """A call that no caller waits for."""

    def wake(self) -> None:
        """Do nothing."""


class Socket(adapter.Socket[Any]):
    """A socket of the smallest adapter there is."""

    __slots__ = ()

    _engine: adapter.CallEngine

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._engine = adapter.CallEngine(self, _get_running_loop, PlainCall)


def test_the_options_of_a_socket_tell_of_messages_that_were_given_back(loop: Any, make_pair: Any) -> None:
    bound, push = make_pair(zmq.PULL, zmq.PUSH)
    pull = Socket(shadow=bound)
    call = pull._engine.recv_multipart()
    push.send_multipart([b"a", b"b"])
    loop.until(lambda: call.done)
    assert pull.events == pull.get(zmq.EVENTS) == pull.getsockopt(zmq.EVENTS) == 0
    call.abandon()
    assert pull.events == pull.get(zmq.EVENTS) == pull.getsockopt(zmq.EVENTS) == zmq.POLLIN
    assert isinstance(pull.events, zmq.PollEvent)
    assert [pull._engine.recv(), pull.rcvmore, pull.get(zmq.RCVMORE)] == [b"a", True, 1]
    assert [pull._engine.recv(), pull.rcvmore, pull.get(zmq.RCVMORE)] == [b"b", False, 0]
    assert pull.get(zmq.TYPE) == zmq.PULL


def test_the_names_of_the_interface() -> None:
    names = {"BlockingEngine", "Call", "CallEngine", "Hub", "Socket", "Timer", "calls", "with_returned"}
    assert set(adapter.__all__) == names
    assert all(getattr(adapter, name).__doc__ for name in adapter.__all__)
