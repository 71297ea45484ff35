"""Watch: how event loops are notified of a socket; an error in one loop does not affect other threads."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeAlias

import pytest

import zmq
from zmq.backend.watch import Watch

Start: TypeAlias = "Callable[..., Future[Any]]"
MakePair: TypeAlias = "Callable[..., tuple[zmq.Socket, zmq.Socket]]"


class LoopIsClosed(Exception):
    """The exception of the callbacks."""


def _fail() -> None:
    raise LoopIsClosed


@pytest.fixture
def unraisable(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The arguments of sys.unraisablehook."""
    seen: list[Any] = []
    monkeypatch.setattr("sys.unraisablehook", lambda args: seen.append(args.exc_type))
    return seen


def test_it_is_notified_once_when_another_thread_makes_the_socket_ready(make_pair: MakePair, background: Start) -> None:
    left, right = make_pair(zmq.PAIR, zmq.PAIR)
    told: list[int] = []
    watch = Watch(left, lambda: told.append(1))
    watch.interest = zmq.POLLIN
    assert not watch.events() & zmq.POLLIN
    right.send_multipart([b"a", b"message"])
    background(left.recv).result()
    background(lambda: left.getsockopt(zmq.EVENTS)).result()
    assert told == [1]
    assert watch.events() & zmq.POLLIN
    watch.close()


def test_its_callback_lets_no_other_thread_into_the_middle_of_a_message(make_pair: MakePair, background: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    watch = Watch(pull, lambda: time.sleep(0))  # lets other threads run

    def receive() -> list[list[bytes]]:
        return list(iter(pull.recv_multipart, [b"end"]))

    receiving = [background(receive) for _ in range(4)]
    for _ in range(1000):
        watch.interest = zmq.POLLIN
        watch.events()
        for _ in range(3):
            push.send_multipart([b"of", b"four", b"frames", b"each"])
        time.sleep(0)
    for _ in receiving:
        push.send(b"end")
    received = [message for result in receiving for message in result.result()]
    assert received == [[b"of", b"four", b"frames", b"each"]] * 3000
    watch.close()


def test_an_error_in_its_callback_takes_no_message_from_a_thread_that_receives(
    make_pair: MakePair, waiting: Start, unraisable: list[Any]
) -> None:
    left, right = make_pair(zmq.PAIR, zmq.PAIR)
    watch = Watch(left, _fail)
    watch.interest = zmq.POLLIN
    watch.events()
    received = waiting(lambda: [left.recv_multipart(), left.recv()])
    right.send_multipart([b"a", b"message"])
    right.send(b"another")
    assert received.result() == [[b"a", b"message"], b"another"]
    watch.close()
    assert set(unraisable) <= {LoopIsClosed}


def test_an_error_in_its_callback_does_not_keep_other_watches_from_being_notified_of_the_end(
    make_pair: MakePair, waiting: Start, background: Start, unraisable: list[Any]
) -> None:
    left, _ = make_pair(zmq.PAIR, zmq.PAIR)
    watch = Watch(left, _fail)
    received = waiting(left.recv)
    background(left.close).result()
    error = received.exception()
    assert isinstance(error, zmq.ZMQError)
    assert error.errno == zmq.ENOTSOCK
    assert watch.lost
    assert unraisable == [LoopIsClosed]


@pytest.mark.pypy_skip("its C API has no pending calls")
@pytest.mark.skipif(not hasattr(signal, "raise_signal"), reason="no signals")
def test_what_a_signal_handler_raises_in_its_callback_is_raised_after_the_operation(make_pair: MakePair) -> None:
    left, right = make_pair(zmq.PAIR, zmq.PAIR)
    watch = Watch(left, lambda: signal.raise_signal(signal.SIGINT))
    watch.interest = zmq.POLLIN
    watch.events()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            left.send(b"x")
            right.send(b"y")
            left.getsockopt(zmq.EVENTS)
            threading.Event().wait(10)
    finally:
        signal.signal(signal.SIGINT, before)
    assert right.recv() == b"x"
    assert left.recv() == b"y"
    watch.close()


@pytest.fixture
def full(sockets: Callable[..., Any]) -> tuple[Any, Any]:
    """An XPUB that reports POLLOUT but refuses, because its SUB is full; and the SUB."""
    xpub, sub = sockets(zmq.XPUB), sockets(zmq.SUB)
    xpub.xpub_nodrop = 1
    xpub.sndhwm = sub.rcvhwm = 1
    xpub.bind("inproc://full")
    sub.subscribe(b"")
    sub.connect("inproc://full")
    xpub.recv()
    while try_to_send(xpub):
        pass
    return xpub, sub


def try_to_send(xpub: Any, watch: Watch | None = None) -> bool:
    """Send if there is room; return whether there was."""
    if watch is not None:
        watch.begin_try()
    try:
        xpub.send(b"x", zmq.DONTWAIT)
    except zmq.Again:
        return False
    finally:
        if watch is not None:
            watch.end_try()
    return True


def test_a_lone_refused_waiter_sleeps_until_it_is_notified(full: tuple[Any, Any]) -> None:
    xpub, sub = full
    told: list[int] = []
    watch = Watch(xpub, lambda: told.append(1))
    watch.interest = zmq.POLLOUT
    for _ in range(3):
        assert watch.pause() == 0
        assert not try_to_send(xpub, watch)
        assert watch.pause() is None
    assert not told
    while sub.poll(0):
        sub.recv()
    poller = zmq.Poller()
    poller.register(watch.fd, zmq.POLLIN)
    assert poller.poll(10_000)
    assert watch.pause() == 0
    assert try_to_send(xpub, watch)
    watch.close()


def test_a_refused_waiter_that_is_not_alone_retries_soon(full: tuple[Any, Any]) -> None:
    xpub, _ = full
    watch, other = Watch(xpub, lambda: None), Watch(xpub, lambda: None)
    watch.interest = zmq.POLLOUT
    assert watch.pause() == 0
    assert not try_to_send(xpub, watch)
    pause_s = watch.pause()
    assert pause_s is not None
    assert 0 < pause_s < 0.1
    other.close()
    watch.close()


def test_a_waiter_for_both_directions_is_not_alone(full: tuple[Any, Any]) -> None:
    xpub, _ = full
    watch = Watch(xpub, lambda: None)
    watch.interest = zmq.POLLIN | zmq.POLLOUT
    assert watch.pause() == 0
    assert not try_to_send(xpub, watch)
    assert watch.pause()
    watch.close()


def test_an_operation_of_another_thread_ends_the_pause(full: tuple[Any, Any], background: Start) -> None:
    xpub, _ = full
    told: list[int] = []
    watch = Watch(xpub, lambda: told.append(1))
    watch.interest = zmq.POLLOUT
    assert watch.pause() == 0
    assert not try_to_send(xpub, watch)
    assert watch.pause() is None
    assert not background(try_to_send, xpub).result()
    assert told == [1]
    assert watch.pause() == 0
    watch.close()
