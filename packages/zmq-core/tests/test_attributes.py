"""Attributes that programs set on sockets, contexts, frames and trackers; for options see test_options."""

from __future__ import annotations

import gc
import unittest.mock
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import zmq

Make = Callable[[int], zmq.Socket]


class TaggedSocket(zmq.Socket):
    """Has an attribute that is only annotated."""

    tag: str


class TaggedContext(zmq.Context):
    """Has an attribute that is only annotated."""

    tag: str


class TaggedFrame(zmq.Frame):
    """Has an attribute that is only annotated."""

    tag: str


class Further(TaggedSocket):
    """Inherits the annotation."""


MAKE: dict[str, Callable[[zmq.Context], Any]] = {
    "Socket": lambda context: TaggedSocket(context, zmq.PUSH),
    "subclass of it": lambda context: Further(context, zmq.PUSH),
    "Context": lambda _: TaggedContext(),
    "Frame": lambda _: TaggedFrame(b"content"),
}

PLAIN: dict[str, Callable[[zmq.Context], Any]] = {
    "Socket": lambda context: context.socket(zmq.PUSH),
    "Context": lambda _: zmq.Context(),
    "Frame": lambda _: zmq.Frame(b"content"),
    "MessageTracker": lambda _: zmq.MessageTracker(),
}


def make_and_end(make: Callable[[zmq.Context], Any], context: zmq.Context) -> Iterator[Any]:
    made = make(context)
    yield made
    if isinstance(made, zmq.Socket):
        made.close()
    elif isinstance(made, zmq.Context):
        made.term()


@pytest.fixture(params=MAKE)
def tagged(request: pytest.FixtureRequest, context: zmq.Context) -> Iterator[Any]:
    """An object of a subclass that annotates ``tag``."""
    yield from make_and_end(MAKE[request.param], context)


@pytest.fixture(params=PLAIN)
def plain(request: pytest.FixtureRequest, context: zmq.Context) -> Iterator[Any]:
    """An object of one of our classes."""
    yield from make_and_end(PLAIN[request.param], context)


# Which attributes can be set


def test_an_annotation_alone_declares_an_attribute(tagged: Any) -> None:
    with pytest.raises(AttributeError):
        tagged.tag  # noqa: B018
    tagged.tag = "x"
    assert tagged.tag == "x"
    assert vars(tagged) == {"tag": "x"} or isinstance(tagged, zmq.Context)
    del tagged.tag
    assert not hasattr(tagged, "tag")


def test_an_undeclared_attribute_cannot_be_set(tagged: Any) -> None:
    with pytest.raises(AttributeError):
        tagged.tga = "x"
    assert not hasattr(tagged, "tga")


def test_only_an_attribute_that_was_set_can_be_deleted(plain: Any) -> None:
    for name in ("nonsense", "linger"):
        with pytest.raises(AttributeError):
            delattr(plain, name)


def test_object_setattr_bypasses_the_check(context: zmq.Context) -> None:
    class Bypassing(zmq.Socket):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            object.__setattr__(self, "undeclared", 1)

    with Bypassing(context, zmq.PUSH) as socket:
        assert socket.undeclared == 1  # type: ignore[attr-defined]  # hidden from checkers
        object.__setattr__(socket, "other", 2)
        assert vars(socket) == {"undeclared": 1, "other": 2}


def test_objects_do_not_share_attributes(context: zmq.Context) -> None:
    with TaggedSocket(context, zmq.PUSH) as one, TaggedSocket(context, zmq.PUSH) as other:
        one.tag = "x"
        assert not hasattr(other, "tag")


@pytest.mark.pypy_skip("the C part of an object keeps the class that it was made of")
def test_a_socket_can_be_turned_into_one_of_a_subclass(context: zmq.Context) -> None:
    with context.socket(zmq.PUSH) as socket:
        socket.__class__ = TaggedSocket
        socket.tag = "x"  # type: ignore[attr-defined]  # it was a Socket
        assert repr(socket).startswith(f"<{__name__}.TaggedSocket(zmq.PUSH)")


# Mocks

METHODS = {"Socket": "send", "Context": "socket", "Frame": "get", "MessageTracker": "wait"}


def test_a_method_of_one_object_can_be_mocked_temporarily(plain: Any) -> None:
    method = next(name for cls, name in METHODS.items() if isinstance(plain, getattr(zmq, cls)))
    before = getattr(plain, method)
    with unittest.mock.patch.object(plain, method, return_value="mocked") as mock:
        assert getattr(plain, method)() == "mocked"
    mock.assert_called_once_with()
    assert getattr(plain, method) == before


# Lifetime


def test_a_frame_or_tracker_can_be_weakly_referenced(reclaim: Any) -> None:
    frame, tracker = zmq.Frame(b"content"), zmq.MessageTracker()
    references: list[weakref.ref[Any]] = [weakref.ref(frame), weakref.ref(tracker)]
    assert [reference() for reference in references] == [frame, tracker]
    del frame, tracker
    reclaim()
    assert [reference() for reference in references] == [None, None]


def test_an_object_that_refers_to_itself_is_collected(context: zmq.Context) -> None:
    with TaggedSocket(context, zmq.PUSH) as socket:
        socket.tag = [socket]  # type: ignore[assignment]  # so that it refers to itself
    frame, tracker = TaggedFrame(b"content"), zmq.MessageTracker()
    frame.tag = [frame]  # type: ignore[assignment]  # as above
    tracker.itself = tracker  # type: ignore[attr-defined]  # trackers take any attribute
    references: list[weakref.ref[Any]] = [weakref.ref(made) for made in (socket, frame, tracker)]
    del socket, frame, tracker
    gc.collect()
    assert [reference() for reference in references] == [None, None, None]


def test_the_finalizer_of_a_garbage_cycle_still_finds_the_attributes(context: zmq.Context) -> None:
    found: list[object] = []

    class Late:
        def __init__(self, socket: TaggedSocket) -> None:
            self.socket = socket

        def __del__(self) -> None:
            found.append(self.socket.tag)
            found.append(self.socket.closed)

    with TaggedSocket(context, zmq.PUSH) as socket:
        socket.tag = "x"
        object.__setattr__(socket, "late", Late(socket))
    del socket
    gc.collect()
    assert found == ["x", True]


def test_del_of_a_context_can_be_called() -> None:
    with zmq.Context() as context:
        context.__del__()
        assert not context.closed


def test_del_of_a_socket_closes_it_unless_it_is_shared(context: zmq.Context) -> None:
    with context.socket(zmq.PUSH) as socket:
        shadow = zmq.Socket.shadow(socket.underlying)
        socket.__del__()
        assert not shadow.closed
        with pytest.warns(ResourceWarning, match="Unclosed"):
            shadow.__del__()
        assert socket.closed


def test_del_can_be_overridden_and_calls_its_base(context: zmq.Context) -> None:
    deleted: list[str] = []

    class DeletedSocket(zmq.Socket):
        def __del__(self) -> None:
            super().__del__()
            deleted.append("socket")

    class DeletedContext(zmq.Context):
        def __del__(self) -> None:
            super().__del__()
            deleted.append("context")

    with DeletedContext() as own, DeletedSocket(own, zmq.PUSH):
        pass
    del own
    gc.collect()
    assert sorted(deleted) == ["context", "socket"]


# What sockets share


def test_a_shadow_keeps_what_it_shadows(context: zmq.Context) -> None:
    with context.socket(zmq.PUSH) as socket:
        for shadow in (zmq.Socket(socket), zmq.Socket.shadow(socket)):
            assert (shadow._shadow, shadow._shadow_obj, shadow.context) == (True, socket, context)
        shadow = zmq.Socket.shadow(socket.underlying)
        assert (shadow._shadow, shadow._shadow_obj) == (True, socket.underlying)
        assert (socket._shadow, socket._shadow_obj) == (False, None)


def test_a_shadow_of_a_context_keeps_what_it_shadows(context: zmq.Context) -> None:
    for shadow in (zmq.Context(context), zmq.Context.shadow(context)):
        assert (shadow._shadow, shadow._shadow_obj) == (True, context)
    shadow = zmq.Context.shadow(context.underlying)
    assert (shadow._shadow, shadow._shadow_obj) == (True, context.underlying)
    assert (context._shadow, context._shadow_obj) == (False, None)
