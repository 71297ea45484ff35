"""Methods of compiled classes in programs' tests: mocks and inspect take them for functions."""

from __future__ import annotations

import functools
import inspect
from typing import Any
from unittest import mock

import pytest

import zmq

FUNCTIONS = {
    zmq.Socket: ["send", "send_multipart", "recv_multipart", "poll", "bind", "connect", "close"],
    zmq.Poller: ["register", "modify", "unregister", "poll"],
    zmq.MessageTracker: ["wait"],
}
METHODS = [(cls, name) for cls, names in FUNCTIONS.items() for name in names]

pytestmark = pytest.mark.pypy_skip("compiled methods have a class of PyPy's own")


@pytest.mark.parametrize(("cls", "name"), METHODS)
def test_methods_that_are_functions_in_pyzmq_are_taken_for_functions(cls: type, name: str) -> None:
    method = getattr(cls, name)
    assert inspect.isfunction(method)
    assert next(iter(inspect.signature(method).parameters)) == "self"
    assert isinstance(mock.create_autospec(method), type(lambda: None))
    assert method.__module__.startswith("zmq.backend.")
    assert method.__name__ == name
    assert method.__doc__


@pytest.mark.parametrize(("cls", "name"), METHODS)
def test_methods_can_be_wrapped_and_have_attributes(cls: type, name: str) -> None:
    method = getattr(cls, name)

    @functools.wraps(method)
    def wrapper() -> None:
        pass

    assert vars(wrapper) == {**vars(method), "__wrapped__": method}
    method.note = wrapper
    try:
        assert vars(method)["note"] is method.note is wrapper
    finally:
        del method.note
    assert not hasattr(method, "note")


def test_a_patched_method_gets_the_socket(context: zmq.Context) -> None:
    with context.socket(zmq.PUSH) as socket, mock.patch.object(zmq.Socket, "send", autospec=True) as send:
        socket.send(b"message", copy=False)
        send.assert_called_once_with(socket, b"message", copy=False)
        with pytest.raises(TypeError):
            send(socket)


def test_the_mock_of_a_socket_checks_the_arguments_of_its_methods() -> None:
    socket: Any = mock.create_autospec(zmq.Socket, instance=True)
    socket.send(b"message", zmq.NOBLOCK)
    with pytest.raises(TypeError):
        socket.send()
    with pytest.raises(TypeError):
        socket.send(b"", unknown=1)


def test_what_takes_a_method_for_a_function_can_still_call_it(context: zmq.Context) -> None:
    with context.socket(zmq.PAIR) as socket:
        zmq.Socket.bind(socket, "inproc://mocks")
        with mock.patch.object(zmq.Socket, "poll", autospec=True, side_effect=zmq.Socket.poll) as poll:
            assert socket.poll(0, flags=zmq.POLLIN) == 0
        poll.assert_called_once_with(socket, 0, flags=zmq.POLLIN)
