"""AttributeSetter: classes of programs with options as attributes."""

from __future__ import annotations

from typing import Any

import pytest

import zmq
from zmq.sugar.attrsettr import AttributeSetter


class Recorder(AttributeSetter):
    """Stores options by number."""

    values: dict[int, Any]
    label = "none"

    def __init__(self) -> None:
        self.values = {}

    def get(self, option: int) -> Any:
        try:
            return self.values[option]
        except KeyError:
            raise zmq.ZMQError(zmq.EINVAL) from None

    def set(self, option: int, value: Any) -> None:
        self.values[option] = value


@pytest.mark.parametrize("name", ["linger", "LINGER", "Linger"])
def test_an_attribute_named_like_an_option_is_that_option(name: str) -> None:
    recorder = Recorder()
    setattr(recorder, name, 5)
    assert recorder.values == {zmq.LINGER: 5}
    assert getattr(recorder, name) == 5


@pytest.mark.parametrize("name", ["io_threads", "MORE", "SUBSCRIBE"])
def test_any_constant_can_be_an_option(name: str) -> None:
    recorder = Recorder()
    setattr(recorder, name, 5)
    assert recorder.values == {getattr(zmq, name.upper()): 5}


def test_attributes_that_the_class_declares_are_kept() -> None:
    recorder = Recorder()
    recorder.label = "mine"
    assert recorder.label == "mine"
    assert recorder.values == {}


@pytest.mark.parametrize("name", ["lingr", "_private", "__all__", "SocketType"])
def test_a_typo_raises(name: str) -> None:
    with pytest.raises(AttributeError, match=f"Recorder has no such option: {name.upper()}"):
        setattr(Recorder(), name, 5)
    with pytest.raises(AttributeError, match=f"Recorder has no such option: {name.upper()}"):
        getattr(Recorder(), name)


def test_a_write_only_option_raises_attribute_error() -> None:
    assert not hasattr(Recorder(), "linger")


def test_other_errors_are_passed_on() -> None:
    class Closed(AttributeSetter):
        def get(self, option: int) -> Any:
            raise zmq.ZMQError(zmq.ENOTSOCK)

    with pytest.raises(zmq.ZMQError):
        hasattr(Closed(), "linger")


def test_a_subclass_may_override_the_access_by_name() -> None:
    class Named(AttributeSetter):
        def _get_attr_opt(self, name: str, opt: int) -> Any:
            return name, opt

        def _set_attr_opt(self, name: str, opt: int, value: Any) -> None:
            raise LookupError(name, opt, value)

    named: Any = Named()
    assert named.linger == ("LINGER", zmq.LINGER)
    with pytest.raises(LookupError, match="LINGER"):
        named.linger = 5


def test_a_subclass_must_override_get_and_set() -> None:
    setter: Any = AttributeSetter()
    with pytest.raises(NotImplementedError):
        _ = setter.linger
    with pytest.raises(NotImplementedError):
        setter.linger = 5
