"""Methods of compiled classes that are called on the class, with an object: it has to be one of the class."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import zmq
import zmq.adapter
from zmq.backend.relay import Relay
from zmq.backend.watch import Descriptor

pytestmark = pytest.mark.pypy_skip("PyPy's layer for C does not check it")

CLASSES: list[type] = [
    zmq.Context,
    zmq.Frame,
    zmq.MessageTracker,
    zmq.Poller,
    zmq.Socket,
    zmq.adapter.BlockingEngine,
    zmq.adapter.Call,
    zmq.adapter.CallEngine,
    Relay,
    Descriptor,
]


def _compiled_methods() -> dict[str, Any]:
    found = {}
    for cls in {base for each in CLASSES for base in each.__mro__}:
        for name, method in vars(cls).items():
            if type(method).__name__ in {"cython_function_or_method", "function"} and not hasattr(
                method, "__wrapped__"
            ):
                found[f"{cls.__module__}.{cls.__qualname__}.{name}"] = method
    return {name: method for name, method in found.items() if ".backend." in name}


METHODS = _compiled_methods()


def test_the_methods_were_found() -> None:
    assert {"zmq.backend.socket.Socket.recv", "zmq.backend.frame.Frame.__copy__"} <= set(METHODS)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("other", [3, b"data", zmq.ZMQError()])
def test_a_method_refuses_objects_of_other_classes(name: str, other: object) -> None:
    method = METHODS[name]
    required = [each for each in inspect.signature(method).parameters.values() if each.default is each.empty]
    arguments = [0 for each in required[1:] if each.kind is each.POSITIONAL_OR_KEYWORD]
    with pytest.raises(TypeError, match=r"is for 'zmq\.backend\..* objects, and was called on a '"):
        method(other, *arguments)


def test_a_method_that_is_called_without_an_object_says_so() -> None:
    method: Any = zmq.Socket.close
    with pytest.raises(TypeError, match="needs an argument"):
        method()


def test_methods_take_objects_of_subclasses(context: zmq.Context) -> None:
    class Mine(zmq.Socket[bytes]):
        pass

    with Mine(context, zmq.PAIR) as socket:
        zmq.Socket.set(socket, zmq.LINGER, 0)
        assert zmq.Socket.get(socket, zmq.LINGER) == 0
