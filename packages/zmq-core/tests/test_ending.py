"""Closing a socket, or terminating its context, ends every wait for it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeAlias

import pytest

import zmq
from zmq.constants import Errno

Start: TypeAlias = "Callable[..., Future[Any]]"
MakePair: TypeAlias = "Callable[..., tuple[zmq.Socket, zmq.Socket]]"


# ---- closing while threads wait


def _assert_closed(result: Future[Any]) -> None:
    error = result.exception()
    assert isinstance(error, zmq.ZMQError)
    assert error.errno == Errno.ENOTSOCK


@pytest.mark.parametrize("method", ["recv", "recv_multipart", "recv_string", "poll"])
def test_close_wakes_a_thread_that_waits_to_receive(make_pair: MakePair, waiting: Start, method: str) -> None:
    pull, _ = make_pair(zmq.PULL, zmq.PUSH)
    result = waiting(getattr(pull, method))
    pull.close()
    _assert_closed(result)


def test_close_wakes_a_thread_that_waits_in_recv_into_and_releases_its_buffer(
    make_pair: MakePair, waiting: Start
) -> None:
    pull, _ = make_pair(zmq.PULL, zmq.PUSH)
    buffer = bytearray(10)
    result = waiting(pull.recv_into, buffer)
    with pytest.raises(BufferError):
        buffer.append(0)
    pull.close()
    _assert_closed(result)
    buffer.append(0)


@pytest.mark.parametrize(
    ("method", "argument"), [("send", b"one"), ("send_multipart", [b"one", b"two"]), ("send_string", "one")]
)
def test_close_wakes_a_thread_that_waits_to_send(
    make_pair: MakePair, fill: Callable[[zmq.Socket], None], waiting: Start, method: str, argument: Any
) -> None:
    _pull, push = make_pair(zmq.PULL, zmq.PUSH)
    fill(push)
    result = waiting(getattr(push, method), argument)
    push.close(linger=0)
    _assert_closed(result)


def test_close_wakes_a_poller_in_another_thread(make_pair: MakePair, waiting: Start) -> None:
    pull, _ = make_pair(zmq.PULL, zmq.PUSH)
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
    result = waiting(poller.poll)
    pull.close()
    _assert_closed(result)


def test_a_poller_raises_for_a_closed_socket_until_it_is_unregistered(make_pair: MakePair) -> None:
    pull, _ = make_pair(zmq.PULL, zmq.PUSH)
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
    pull.close()
    for _ in range(3):
        with pytest.raises(zmq.ZMQError):
            poller.poll(0)
    poller.unregister(pull)
    assert poller.poll(0) == []


def test_close_wakes_all_threads_that_wait(make_pair: MakePair, waiting: Start) -> None:
    pull, _ = make_pair(zmq.PULL, zmq.PUSH)
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
    results = [waiting(pull.recv), waiting(pull.recv_multipart), waiting(pull.poll), waiting(poller.poll)]
    pull.close()
    for result in results:
        _assert_closed(result)


def test_closing_one_shadow_wakes_a_thread_that_waits_on_the_other(make_pair: MakePair, waiting: Start) -> None:
    pull, _ = make_pair(zmq.PULL, zmq.PUSH)
    shadow = zmq.Socket.shadow(pull)
    result = waiting(pull.recv)
    shadow.close()
    _assert_closed(result)


def test_many_threads_may_close_one_socket_at_once(context: zmq.Context, background: Start) -> None:
    # close() calls the kernel for each Poller that watches the socket, which lets other threads run
    for _ in range(50):
        socket = context.socket(zmq.PULL)
        pollers = [zmq.Poller() for _ in range(10)]
        for poller in pollers:
            poller.register(socket, zmq.POLLIN)
            poller.poll(0)
        barrier = threading.Barrier(4)

        def close(socket: zmq.Socket = socket, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            socket.close()

        for result in [background(close) for _ in range(4)]:
            result.result()
        assert socket.closed


def test_sockets_closed_and_made_anew_under_waiting_threads(context: zmq.Context, background: Start) -> None:
    ends: Counter[str] = Counter()

    def use(socket: zmq.Socket) -> None:
        with pytest.raises(zmq.ZMQError) as closed:  # until it is closed
            while True:
                ends[socket.recv().decode()] += 1
        assert closed.value.errno == Errno.ENOTSOCK
        ends["closed"] += 1

    for number in range(100):
        pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
        pull.bind(f"inproc://anew-{number}")
        push.connect(f"inproc://anew-{number}")
        users = [background(use, pull) for _ in range(2)]
        push.send(b"message")
        pull.close()
        push.close(linger=0)
        for user in users:
            user.result()
    assert ends["closed"] == 200


# ---- terminating while threads wait


@pytest.mark.parametrize("method", ["recv", "recv_multipart", "poll"])
def test_term_ends_a_receive_that_waits(background: Start, waiting: Start, method: str) -> None:
    context = zmq.Context()
    socket = context.socket(zmq.PULL)
    socket.bind("inproc://term")
    result = waiting(getattr(socket, method))
    terminating = background(context.term)
    assert isinstance(result.exception(), zmq.ContextTerminated)
    socket.close()
    terminating.result()


def test_term_ends_a_send_that_waits(background: Start, waiting: Start) -> None:
    context = zmq.Context()
    socket = context.socket(zmq.PUSH)
    result = waiting(socket.send, b"no receiver")
    terminating = background(context.term)
    assert isinstance(result.exception(), zmq.ContextTerminated)
    socket.close()
    terminating.result()


def test_term_ends_a_poller_that_waits(background: Start, waiting: Start) -> None:
    context = zmq.Context()
    socket = context.socket(zmq.PULL)
    poller = zmq.Poller()
    poller.register(socket, zmq.POLLIN)
    result = waiting(poller.poll)
    terminating = background(context.term)
    assert isinstance(result.exception(), zmq.ContextTerminated)
    for _ in range(2):  # not only once
        with pytest.raises(zmq.ContextTerminated):
            poller.poll(1000)
    socket.close()
    terminating.result()


def test_destroy_ends_all_waits(background: Start, waiting: Start) -> None:
    context = zmq.Context()
    pull, push, polled = context.socket(zmq.PULL), context.socket(zmq.PUSH), context.socket(zmq.PULL)
    poller = zmq.Poller()
    poller.register(polled, zmq.POLLIN)
    results = [waiting(pull.recv), waiting(push.send, b"absent"), waiting(pull.poll), waiting(poller.poll)]
    background(context.destroy, linger=0).result()
    for result in results:
        assert isinstance(result.exception(), zmq.ZMQError)
    assert context.closed


def test_shutdown_ends_all_waits_and_leaves_the_sockets_to_be_closed(waiting: Start) -> None:
    context = zmq.Context()
    socket = context.socket(zmq.PULL)
    result = waiting(socket.recv)
    context.shutdown()
    assert isinstance(result.exception(), zmq.ContextTerminated)
    socket.close()
    context.term()


def test_two_threads_may_terminate_one_context(background: Start) -> None:
    context = zmq.Context()
    socket = context.socket(zmq.PULL)
    first = background(context.term)
    with pytest.raises(zmq.ContextTerminated):
        socket.recv()  # raises: the termination has begun
    second = background(context.term)
    socket.close()
    first.result()
    second.result()
