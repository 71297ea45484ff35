"""MessageTracker: reports that libzmq has released the memory of messages."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

import zmq

MakePair = Callable[..., tuple[zmq.Socket, zmq.Socket]]
Background = Callable[..., Future[Any]]


@pytest.fixture
def event() -> threading.Event:
    return threading.Event()


def test_a_tracker_over_nothing_is_done() -> None:
    tracker = zmq.MessageTracker()
    assert tracker.done is True
    tracker.wait()
    tracker.wait(0)


def test_a_tracker_is_done_when_its_event_is_set(event: threading.Event) -> None:
    tracker = zmq.MessageTracker(event)
    assert tracker.done is False
    event.set()
    assert tracker.done is True


def test_a_tracker_is_done_when_all_it_watches_is(event: threading.Event) -> None:
    other = threading.Event()
    tracker = zmq.MessageTracker(event, zmq.MessageTracker(other))
    event.set()
    assert not tracker.done
    other.set()
    assert tracker.done


@pytest.mark.pypy_skip("references are not counted")
def test_a_tracker_watches_tracked_frames(make_pair: MakePair) -> None:
    frame = zmq.Frame(b"content", track=True, copy=False)
    tracker = zmq.MessageTracker(frame)
    assert not tracker.done
    del frame
    tracker.wait(30)
    assert tracker.done


def test_an_untracked_frame_cannot_be_watched() -> None:
    with pytest.raises(ValueError, match="make the Frame with track=True"):
        zmq.MessageTracker(zmq.Frame(b"content"))


@pytest.mark.parametrize("item", [None, 3, b"content"])
def test_other_objects_cannot_be_watched(item: Any) -> None:
    with pytest.raises(TypeError, match="expected a Frame, a MessageTracker or an event"):
        zmq.MessageTracker(item)


@pytest.mark.parametrize("timeout", [0, 0.001])
def test_wait_raises_not_done_after_a_timeout(event: threading.Event, timeout: float) -> None:
    with pytest.raises(zmq.NotDone, match=f"after {timeout} s"):
        zmq.MessageTracker(event).wait(timeout)


@pytest.mark.parametrize("arguments", [(), (None,), (-1,), (60.0,)])
def test_wait_returns_when_libzmq_is_done(
    make_pair: MakePair, background: Background, arguments: tuple[float | None, ...]
) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    tracker = push.send(100_000 * b"x", copy=False, track=True)
    waiting = background(tracker.wait, *arguments)
    pull.recv()
    assert waiting.result() is None


def test_several_threads_can_wait(make_pair: MakePair, background: Background) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    tracker = push.send(100_000 * b"x", copy=False, track=True)
    waiting = [background(tracker.wait) for _ in range(3)]
    pull.recv()
    for each in waiting:
        each.result()


def test_a_message_over_tcp_is_done_when_it_was_sent(make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH, "tcp")
    tracker = push.send(100_000 * b"x", copy=False, track=True)
    tracker.wait(30)
    assert pull.recv() == 100_000 * b"x"


def test_a_message_that_was_never_sent_is_done_when_its_socket_is_closed(
    context: zmq.Context, dead_endpoint: str
) -> None:
    with context.socket(zmq.PUSH) as push:
        push.connect(dead_endpoint)
        tracker = push.send(100_000 * b"x", copy=False, track=True)
        assert not tracker.done
        push.linger = 0
    tracker.wait(30)
    assert tracker.done
