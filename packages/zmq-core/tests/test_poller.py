"""Poller: waiting for several sockets and descriptors."""

from __future__ import annotations

import copy
import gc
import os
import socket as os_socket
import sys
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

import zmq

Make = Callable[[int], zmq.Socket]
MakePair = Callable[..., tuple[zmq.Socket, zmq.Socket]]
Background = Callable[..., Future[Any]]
Pair = tuple[zmq.Socket, zmq.Socket]

BOTH = zmq.POLLIN | zmq.POLLOUT
DEADLINE_MS = 30_000

posix = pytest.mark.skipif(sys.platform == "win32", reason="only sockets can be polled there")


@pytest.fixture(params=["never", "once", "often"])
def poller(request: pytest.FixtureRequest, sockets: Make) -> zmq.Poller:
    """A new Poller, one that has polled once, and one that has polled so often that the kernel holds its set."""
    poller = zmq.Poller()
    socket = sockets(zmq.PAIR)
    poller.register(socket, zmq.POLLIN)
    if request.param == "once":
        poller.poll(0)
    elif request.param == "often":
        _ask_often(poller)
    poller.unregister(socket)
    return poller


def _ask_often(poller: zmq.Poller) -> None:
    for _ in range(20):
        poller.poll(0)


@pytest.fixture
def pair(make_pair: MakePair) -> Pair:
    return make_pair(zmq.PAIR, zmq.PAIR)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """The two ends of a pipe; tests may close them."""
    ends = os.pipe()
    yield ends
    for fd in ends:
        try:
            os.close(fd)
        except OSError:
            pass


# Registering


@pytest.mark.parametrize("poll", [zmq.Poller().poll, lambda: zmq.zmq_poll([], -1), lambda: zmq.select([], [], [])])
def test_a_poll_of_nothing_returns_at_once(background: Any, poll: Callable[[], Any]) -> None:
    assert not any(background(poll).result(30))


def test_a_new_poller_is_empty(poller: zmq.Poller) -> None:
    assert poller.sockets == []
    assert poller.poll(0) == []


def test_a_poller_is_true_whatever_is_registered(poller: zmq.Poller) -> None:
    assert bool(poller)


def test_sockets_lists_what_is_registered_in_order(poller: zmq.Poller, pair: Pair, pipe: tuple[int, int]) -> None:
    first, second = pair
    poller.register(second, zmq.POLLIN)
    poller.register(pipe[0], zmq.POLLIN)
    poller.register(first)
    assert poller.sockets == [(second, zmq.POLLIN), (pipe[0], zmq.POLLIN), (first, BOTH)]


def test_contains_tells_what_is_registered(poller: zmq.Poller, pair: Pair) -> None:
    first, second = pair
    poller.register(first)
    assert first in poller
    assert second not in poller
    assert copy.copy(first) not in poller


def test_both_directions_are_the_default(poller: zmq.Poller, pair: Pair) -> None:
    poller.register(pair[0])
    assert poller.poll(0) == [(pair[0], zmq.POLLOUT)]


def test_registering_again_changes_the_flags_and_keeps_the_place(poller: zmq.Poller, pair: Pair) -> None:
    first, second = pair
    poller.register(first, zmq.POLLIN)
    poller.register(second, zmq.POLLIN)
    poller.register(first, zmq.POLLOUT)
    assert poller.sockets == [(first, zmq.POLLOUT), (second, zmq.POLLIN)]
    assert poller.poll(0) == [(first, zmq.POLLOUT)]


def test_modify_changes_the_flags(poller: zmq.Poller, pair: Pair) -> None:
    poller.register(pair[0], zmq.POLLOUT)
    poller.modify(pair[0], zmq.POLLIN)
    assert poller.poll(0) == []
    poller.modify(pair[0])
    assert poller.poll(0) == [(pair[0], zmq.POLLOUT)]


def test_modify_registers_an_unregistered_socket(poller: zmq.Poller, pair: Pair) -> None:
    poller.modify(pair[0], zmq.POLLOUT)
    assert poller.sockets == [(pair[0], zmq.POLLOUT)]


@pytest.mark.parametrize("method", ["register", "modify"])
def test_flags_of_zero_unregister(poller: zmq.Poller, pair: Pair, method: str) -> None:
    poller.register(pair[0])
    getattr(poller, method)(pair[0], 0)
    assert pair[0] not in poller
    getattr(poller, method)(pair[0], 0)
    assert poller.poll(0) == []


def test_unregister_ends_it(poller: zmq.Poller, pair: Pair) -> None:
    first, second = pair
    poller.register(first)
    poller.register(second)
    poller.unregister(first)
    assert first not in poller
    assert poller.poll(0) == [(second, zmq.POLLOUT)]


def test_unregister_of_an_unregistered_socket_raises(poller: zmq.Poller, pair: Pair) -> None:
    with pytest.raises(KeyError):
        poller.unregister(pair[0])


def test_register_after_unregister_finds_messages_that_arrived_meanwhile(poller: zmq.Poller, pair: Pair) -> None:
    first, second = pair
    poller.register(first, zmq.POLLIN)
    assert poller.poll(0) == []
    poller.unregister(first)
    second.send(b"")
    poller.register(first, zmq.POLLIN)
    assert poller.poll(0) == [(first, zmq.POLLIN)]


class File:
    """An object with ``fileno()``."""

    def __init__(self, fd: Any) -> None:
        self._fd = fd

    def fileno(self) -> Any:
        if isinstance(self._fd, Exception):
            raise self._fd
        return self._fd


@pytest.mark.parametrize(
    ("item", "error"),
    [
        ("x", TypeError),
        (b"x", TypeError),
        (None, TypeError),
        (1.5, TypeError),
        ((), TypeError),
        (2**40, OverflowError),
        (-(2**40), OverflowError),
        (File(None), ValueError),
        (File("x"), ValueError),
        (File(2**40), ValueError),
        (File(OSError(9, "closed")), ValueError),
    ],
)
def test_anything_can_be_registered_and_poll_raises(poller: zmq.Poller, item: Any, error: type[Exception]) -> None:
    poller.register(item, zmq.POLLIN)
    assert item in poller
    assert poller.sockets == [(item, zmq.POLLIN)]
    for _ in range(2):
        with pytest.raises(error, match="cannot poll"):
            poller.poll(0)
    poller.unregister(item)
    assert poller.poll(0) == poller.sockets == []


@pytest.mark.parametrize("flags", ["POLLIN", b"1", [1], object()])
def test_poll_raises_for_flags_that_are_not_ints(poller: zmq.Poller, pair: Pair, flags: Any) -> None:
    poller.register(pair[0], flags)
    assert poller.sockets == [(pair[0], flags)]
    with pytest.raises(TypeError):
        poller.poll(0)
    poller.modify(pair[0], zmq.POLLOUT)
    assert poller.poll(0) == [(pair[0], zmq.POLLOUT)]


def test_flags_fit_into_an_int(poller: zmq.Poller, pair: Pair) -> None:
    poller.register(pair[0], 2**31)
    with pytest.raises(OverflowError):
        poller.poll(0)


@pytest.mark.parametrize("flags", [None, 0, (), ""])
def test_flags_that_are_false_unregister(poller: zmq.Poller, pair: Pair, flags: Any) -> None:
    poller.register(pair[0])
    poller.register(pair[0], flags)
    assert poller.sockets == []


@pytest.mark.parametrize("fd", [-1, File(-1)])
def test_a_negative_descriptor_is_ignored(poller: zmq.Poller, pair: Pair, fd: Any) -> None:
    poller.register(fd)
    poller.register(pair[0], zmq.POLLOUT)
    assert poller.poll(0) == [(pair[0], zmq.POLLOUT)]


@pytest.mark.parametrize(
    ("timeout", "error"),
    [
        ("1", TypeError),
        ([], TypeError),
        (float("nan"), ValueError),
        (float("inf"), OverflowError),
        (2**31, OverflowError),
        (10**400, OverflowError),
    ],
)
def test_a_timeout_is_a_number_of_milliseconds(
    poller: zmq.Poller, pair: Pair, timeout: Any, error: type[Exception]
) -> None:
    poller.register(pair[0])
    with pytest.raises(error):
        poller.poll(timeout)
    with pytest.raises(error):
        zmq.zmq_poll([(pair[0], zmq.POLLIN)], timeout)
    with pytest.raises(error):
        pair[0].poll(timeout)


# The attribute ``sockets``


def test_a_list_assigned_to_sockets_is_polled_until_that_is_undone(poller: zmq.Poller, pair: Pair) -> None:
    first, second = pair
    poller.register(first, zmq.POLLIN)
    with mock.patch.object(poller, "sockets", [(second, zmq.POLLOUT)]):
        assert poller.sockets == [(second, zmq.POLLOUT)]
        assert poller.poll(0) == [(second, zmq.POLLOUT)]
    assert poller.sockets == [(first, zmq.POLLIN)]
    assert poller.poll(0) == []


def test_register_adds_to_a_list_assigned_to_sockets(poller: zmq.Poller, pair: Pair) -> None:
    first, second = pair
    poller.register(first, zmq.POLLIN)
    poller.sockets = [(second, zmq.POLLOUT)]
    poller.register(first, zmq.POLLOUT)
    assert poller.sockets == [(second, zmq.POLLOUT), (first, zmq.POLLOUT)]
    poller.unregister(second)
    assert poller.poll(0) == [(first, zmq.POLLOUT)]


# Sockets


def test_poll_returns_ready_objects_in_the_order_of_registration(poller: zmq.Poller, sockets: Make) -> None:
    pulls = [sockets(zmq.PULL) for _ in range(5)]
    for number in (3, 1, 4, 0, 2):
        pulls[number].bind(f"inproc://{number}")
        poller.register(pulls[number], zmq.POLLIN)
    push = sockets(zmq.PUSH)
    for number in range(4):
        push.connect(f"inproc://{number}")
    for _ in range(4):
        push.send(b"")
    assert poller.poll(DEADLINE_MS) == [(pulls[number], zmq.POLLIN) for number in (3, 1, 0, 2)]


def test_events_make_a_dict(poller: zmq.Poller, pair: Pair) -> None:
    first, second = pair
    poller.register(first, zmq.POLLIN)
    poller.register(second)
    first.send(b"")
    assert dict(poller.poll(0)) == {second: BOTH}


def test_a_socket_stays_ready_until_it_is_drained(poller: zmq.Poller, pair: Pair) -> None:
    first, second = pair
    poller.register(first, zmq.POLLIN)
    for _ in range(2):
        second.send(b"")
    for _ in range(2):
        assert poller.poll(0) == poller.poll(0) == [(first, zmq.POLLIN)]
        first.recv()
    assert poller.poll(0) == []


@pytest.mark.parametrize("transport", ["inproc", "tcp"])
def test_no_message_is_missed_with_any_way_of_reading(poller: zmq.Poller, make_pair: MakePair, transport: str) -> None:
    first, second = make_pair(zmq.PAIR, zmq.PAIR, transport)
    poller.register(first, zmq.POLLIN)
    for number in range(50):
        second.send(b"%d" % number)
        if number % 3 == 0:
            first.get(zmq.EVENTS)  # consumes the edge
        elif number % 3 == 1:
            first.send(b"")  # consumes it, too
        assert poller.poll(DEADLINE_MS) == [(first, zmq.POLLIN)]
        assert first.recv(zmq.NOBLOCK) == b"%d" % number


@pytest.mark.parametrize("timeout", [None, -1, DEADLINE_MS, float(DEADLINE_MS)])
@pytest.mark.parametrize("transport", ["inproc", "tcp"])
def test_poll_wakes_up_when_a_message_comes(
    poller: zmq.Poller, make_pair: MakePair, background: Background, transport: str, timeout: float | None
) -> None:
    first, second = make_pair(zmq.PAIR, zmq.PAIR, transport)
    poller.register(first, zmq.POLLIN)
    polled = background(poller.poll, timeout)
    second.send(b"")
    assert polled.result() == [(first, zmq.POLLIN)]


@pytest.mark.parametrize("timeout", [0, 1, 0.5, 0.0])
def test_poll_returns_nothing_after_a_timeout(poller: zmq.Poller, pair: Pair, timeout: float) -> None:
    poller.register(pair[0], zmq.POLLIN)
    assert poller.poll(timeout) == []


def test_a_socket_that_can_be_written_to_again_is_ready(poller: zmq.Poller, sockets: Make) -> None:
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    pull.rcvhwm = push.sndhwm = 1
    pull.bind("inproc://full")
    push.connect("inproc://full")
    poller.register(push, zmq.POLLOUT)
    push.send(b"1")
    push.send(b"2")
    assert poller.poll(0) == []
    pull.recv()
    pull.recv()
    assert poller.poll(DEADLINE_MS) == [(push, zmq.POLLOUT)]


def test_a_shadow_is_ready_with_its_original(poller: zmq.Poller, pair: Pair) -> None:
    first, second = pair
    shadow = copy.copy(first)
    poller.register(first, zmq.POLLIN)
    poller.register(shadow, BOTH)
    assert poller.poll(0) == [(shadow, zmq.POLLOUT)]
    second.send(b"")
    assert poller.poll(0) == [(first, zmq.POLLIN), (shadow, BOTH)]
    shadow.recv()
    assert poller.poll(0) == [(shadow, zmq.POLLOUT)]
    poller.unregister(first)
    second.send(b"")
    assert poller.poll(0) == [(shadow, BOTH)]


def test_reading_a_shadow_is_noticed(poller: zmq.Poller, pair: Pair) -> None:
    first, second = pair
    poller.register(first, zmq.POLLIN)
    second.send(b"")
    assert poller.poll(0) == [(first, zmq.POLLIN)]
    copy.copy(first).recv()
    assert poller.poll(0) == []


def test_two_pollers_see_the_same_socket(pair: Pair) -> None:
    first, second = pair
    pollers = zmq.Poller(), zmq.Poller()
    for poller in pollers:
        poller.register(first, zmq.POLLIN)
    for _ in range(3):
        second.send(b"")
        assert [poller.poll(DEADLINE_MS) for poller in pollers] == 2 * [[(first, zmq.POLLIN)]]
        first.recv()
        assert [poller.poll(0) for poller in pollers] == [[], []]


def test_two_pollers_in_threads_wake_up_for_the_same_socket(pair: Pair, background: Background) -> None:
    first, second = pair
    polled = []
    for _ in range(2):
        poller = zmq.Poller()
        poller.register(first, zmq.POLLIN)
        polled.append(background(poller.poll, DEADLINE_MS))
    second.send(b"")
    assert [each.result() for each in polled] == 2 * [[(first, zmq.POLLIN)]]


def test_a_closed_socket_can_be_registered_and_poll_raises(poller: zmq.Poller, pair: Pair) -> None:
    pair[0].close()
    poller.register(pair[0])
    with pytest.raises(zmq.ZMQError, match="closed") as caught:
        poller.poll(0)
    assert caught.value.errno == zmq.ENOTSOCK


def test_a_socket_registered_before_its_init_raises_until_that_has_run(
    poller: zmq.Poller, context: zmq.Context
) -> None:
    socket = zmq.Socket.__new__(zmq.Socket)
    poller.register(socket, zmq.POLLIN)
    with pytest.raises(zmq.ZMQError):
        poller.poll(0)
    socket.__init__(context, zmq.PULL)  # type: ignore[misc]  # on purpose
    assert poller.poll(0) == []
    socket.close()


def test_a_socket_closed_while_registered_raises_until_it_is_unregistered(poller: zmq.Poller, pair: Pair) -> None:
    first, second = pair
    poller.register(first, zmq.POLLIN)
    poller.register(second, zmq.POLLIN)
    assert poller.poll(0) == []
    first.close()
    for _ in range(2):
        with pytest.raises(zmq.ZMQError, match="closed") as caught:
            poller.poll(0)
        assert caught.value.errno == zmq.ENOTSOCK
    poller.unregister(first)
    assert poller.poll(0) == []


def test_closing_a_socket_wakes_its_pollers(poller: zmq.Poller, pair: Pair, background: Background) -> None:
    poller.register(pair[0], zmq.POLLIN)
    polled = background(poller.poll)
    pair[0].close()
    error = polled.exception()
    assert isinstance(error, zmq.ZMQError)
    assert error.errno == zmq.ENOTSOCK


def test_terminating_the_context_wakes_pollers(
    poller: zmq.Poller, pair: Pair, context: zmq.Context, background: Background
) -> None:
    poller.register(pair[0], zmq.POLLIN)
    polled = background(poller.poll)
    context.shutdown()
    assert isinstance(polled.exception(), zmq.ContextTerminated)


def test_a_poller_dropped_without_unregister_is_collected(pair: Pair) -> None:
    poller = zmq.Poller()
    poller.register(pair[0], zmq.POLLIN)
    assert poller.poll(0) == []
    reference = weakref.ref(poller)
    del poller
    gc.collect()
    assert reference() is None
    pair[1].send(b"after it")
    assert pair[0].recv() == b"after it"


def test_a_poller_keeps_its_sockets(context: zmq.Context, poller: zmq.Poller) -> None:
    poller.register(context.socket(zmq.PUSH), zmq.POLLIN)
    gc.collect()
    assert poller.poll(0) == []
    poller.sockets[0][0].close()


def test_one_ready_socket_in_a_thousand_is_found(poller: zmq.Poller) -> None:
    with zmq.Context() as context:
        context.max_sockets = 1100
        pulls = []
        try:
            for number in range(1000):
                pull = context.socket(zmq.PULL)
                pulls.append(pull)
                pull.bind(f"inproc://{number}")
                poller.register(pull, zmq.POLLIN)
        except zmq.ZMQError as error:
            context.destroy()
            pytest.skip(f"this machine has not enough descriptors: {error}")
        assert poller.poll(0) == []
        with context.socket(zmq.PUSH) as push:
            for number in (0, 777, 999):
                with push.connect(f"inproc://{number}"):
                    push.send(b"")
                assert poller.poll(DEADLINE_MS) == [(pulls[number], zmq.POLLIN)]
                pulls[number].recv()
        assert poller.poll(0) == []
        context.destroy()


# Descriptors


@posix
def test_a_descriptor_is_ready_when_it_can_be_read(poller: zmq.Poller, pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    poller.register(reader, zmq.POLLIN)
    assert poller.poll(0) == []
    os.write(writer, b"x")
    assert poller.poll(DEADLINE_MS) == poller.poll(0) == [(reader, zmq.POLLIN)]
    os.read(reader, 1)
    assert poller.poll(0) == []


@posix
def test_a_descriptor_is_ready_when_it_can_be_written_to(poller: zmq.Poller, pipe: tuple[int, int]) -> None:
    poller.register(pipe[1], zmq.POLLOUT)
    assert poller.poll(0) == [(pipe[1], zmq.POLLOUT)]


@posix
def test_a_descriptor_wakes_a_poller(poller: zmq.Poller, pipe: tuple[int, int], background: Background) -> None:
    poller.register(pipe[0], zmq.POLLIN)
    polled = background(poller.poll)
    os.write(pipe[1], b"x")
    assert polled.result() == [(pipe[0], zmq.POLLIN)]


@posix
def test_a_pipe_that_hangs_up_reports_an_error(poller: zmq.Poller, pipe: tuple[int, int]) -> None:
    poller.register(pipe[0], zmq.POLLIN)
    os.close(pipe[1])
    ((fd, events),) = poller.poll(DEADLINE_MS)
    assert fd == pipe[0]
    assert events & (zmq.POLLERR | zmq.POLLIN)


def test_a_plain_socket_is_reported_by_its_descriptor(poller: zmq.Poller) -> None:
    first, second = os_socket.socketpair()
    with first, second:
        poller.register(first, zmq.POLLIN)
        assert first in poller
        second.send(b"x")
        assert poller.poll(DEADLINE_MS) == [(first.fileno(), zmq.POLLIN)]


@posix
def test_a_file_is_always_ready(poller: zmq.Poller, tmp_path: Path) -> None:
    with (tmp_path / "file").open("w+") as file:
        poller.register(file)
        assert poller.poll() == poller.poll(0) == [(file.fileno(), BOTH)]
        poller.modify(file, zmq.POLLIN)
        assert poller.poll(0) == [(file.fileno(), zmq.POLLIN)]
        poller.modify(file, zmq.POLLERR)
        assert poller.poll(0) == []
        poller.unregister(file)
        assert poller.sockets == poller.poll(0) == []


@posix
def test_a_file_does_not_hide_sockets(poller: zmq.Poller, pair: Pair, tmp_path: Path) -> None:
    first, second = pair
    with (tmp_path / "file").open("w+") as file:
        poller.register(first, zmq.POLLIN)
        poller.register(file, zmq.POLLIN)
        assert poller.poll() == [(file.fileno(), zmq.POLLIN)]
        second.send(b"")
        assert poller.poll() == [(first, zmq.POLLIN), (file.fileno(), zmq.POLLIN)]


@posix
def test_one_descriptor_can_be_registered_by_two_objects(poller: zmq.Poller, pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    with os.fdopen(reader, "rb", closefd=False) as file:
        poller.register(reader, zmq.POLLIN)
        poller.register(file, zmq.POLLIN)
        os.write(writer, b"x")
        assert poller.poll(DEADLINE_MS) == 2 * [(reader, zmq.POLLIN)]
        poller.unregister(reader)
        assert poller.poll(DEADLINE_MS) == [(reader, zmq.POLLIN)]
        poller.unregister(file)
        assert poller.poll(0) == []


@posix
def test_a_descriptor_that_was_closed_can_be_unregistered(poller: zmq.Poller) -> None:
    reader, writer = os.pipe()
    poller.register(reader, zmq.POLLIN)
    assert poller.poll(0) == []
    os.close(reader)
    os.close(writer)
    poller.unregister(reader)
    assert poller.poll(0) == []


@posix
def test_a_closed_descriptor_reports_an_error(poller: zmq.Poller) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    os.close(writer)
    poller.register(reader, zmq.POLLIN)
    assert poller.poll(0) == poller.poll() == [(reader, zmq.POLLERR)]


@posix
def test_an_object_is_asked_for_its_descriptor_each_time(poller: zmq.Poller, pipe: tuple[int, int]) -> None:
    first, second = os_socket.socketpair()
    poller.register(first, zmq.POLLOUT)
    fd = first.fileno()
    assert poller.poll(0) == [(fd, zmq.POLLOUT)]
    first.close()
    os.dup2(pipe[1], fd)  # the descriptor now refers to another file
    assert poller.poll(0) == []
    os.close(fd)
    second.close()


@posix
def test_poll_returns_all_ready_objects(poller: zmq.Poller) -> None:
    ends = [os.pipe() for _ in range(100)]
    try:
        for reader, writer in ends:
            os.write(writer, b"x")
            poller.register(reader, zmq.POLLIN)
        assert poller.poll(0) == [(reader, zmq.POLLIN) for reader, _ in ends]
    finally:
        for end in ends:
            os.close(end[0])
            os.close(end[1])


@posix
def test_a_closed_and_reused_descriptor_is_polled_after_registering_again(poller: zmq.Poller) -> None:
    reader, writer = os.pipe()
    poller.register(reader, zmq.POLLIN)
    assert poller.poll(0) == []
    os.close(reader)
    os.close(writer)
    poller.unregister(reader)
    again, writer = os.pipe()
    poller.register(again, zmq.POLLIN)
    os.write(writer, b"x")
    assert poller.poll(DEADLINE_MS) == [(again, zmq.POLLIN)]
    os.close(again)
    os.close(writer)


@posix
def test_sockets_and_descriptors_are_polled_together(poller: zmq.Poller, pair: Pair, pipe: tuple[int, int]) -> None:
    first, second = pair
    poller.register(pipe[0], zmq.POLLIN)
    poller.register(first, zmq.POLLIN)
    second.send(b"")
    assert poller.poll(0) == [(first, zmq.POLLIN)]
    os.write(pipe[1], b"x")
    assert poller.poll(DEADLINE_MS) == [(pipe[0], zmq.POLLIN), (first, zmq.POLLIN)]


# zmq_poll


def test_zmq_poll_polls_once(pair: Pair) -> None:
    first, second = pair
    assert zmq.zmq_poll([(first, zmq.POLLIN), (second, BOTH)], 0) == [(second, zmq.POLLOUT)]
    second.send(b"")
    assert zmq.zmq_poll([(first, zmq.POLLIN)]) == [(first, zmq.POLLIN)]
    assert zmq.zmq_poll([], 0) == []


def test_zmq_poll_may_be_asked_of_one_socket_twice(pair: Pair) -> None:
    twice = [(pair[0], zmq.POLLIN), (pair[0], zmq.POLLOUT), (pair[0], BOTH)]
    assert zmq.zmq_poll(twice, 0) == [(pair[0], zmq.POLLOUT), (pair[0], zmq.POLLOUT)]


@posix
def test_zmq_poll_returns_sockets_and_descriptors_in_their_order(pair: Pair, pipe: tuple[int, int]) -> None:
    asked: list[tuple[Any, int]] = [(pair[0], BOTH), (pipe[0], zmq.POLLIN), (pair[1], zmq.POLLIN), (pipe[1], BOTH)]
    assert zmq.zmq_poll(asked, 0) == [(pair[0], zmq.POLLOUT), (pipe[1], zmq.POLLOUT)]
    os.write(pipe[1], b"x")
    pair[0].send(b"")
    ready = [(pipe[0], zmq.POLLIN), (pair[1], zmq.POLLIN), (pipe[1], zmq.POLLOUT)]
    assert zmq.zmq_poll(asked[1:], 0) == zmq.zmq_poll(asked[1:], DEADLINE_MS) == ready


@pytest.mark.parametrize("sockets", [None, 5, [5], {1: 1}.items(), iter([])])
def test_zmq_poll_takes_a_list_of_pairs(sockets: Any) -> None:
    with pytest.raises(TypeError):
        zmq.zmq_poll(sockets, 0)


def test_zmq_poll_takes_no_none_as_timeout(pair: Pair) -> None:
    nothing: Any = None
    with pytest.raises(TypeError):
        zmq.zmq_poll([(pair[0], zmq.POLLOUT)], nothing)


def test_zmq_poll_refuses_other_objects() -> None:
    something: Any = "x"
    with pytest.raises(TypeError, match="cannot poll 'x'"):
        zmq.zmq_poll([(something, zmq.POLLIN)], 0)


def test_programs_may_set_attributes_of_a_poller(monkeypatch: pytest.MonkeyPatch) -> None:
    poller = zmq.Poller()
    poller.name = "mine"  # type: ignore[attr-defined]
    assert poller.name == "mine"  # type: ignore[attr-defined]
    with monkeypatch.context() as patch:
        patch.setattr(poller, "poll", lambda: [("made up", zmq.POLLIN)])
        assert poller.poll() == [("made up", zmq.POLLIN)]
    assert poller.poll(0) == []


# Pollers that poll often, and many of them


def test_more_pollers_than_the_kernel_keeps_sets_for_miss_nothing(pair: Pair) -> None:
    first, second = pair
    pollers = [zmq.Poller() for _ in range(100)]
    for poller in pollers:
        poller.register(first, zmq.POLLIN)
        _ask_often(poller)
    for _ in range(3):
        second.send(b"")
        assert all(poller.poll(DEADLINE_MS) == [(first, zmq.POLLIN)] for poller in pollers)
        first.recv()
        assert all(poller.poll(0) == [] for poller in pollers)


def test_a_poller_that_waits_keeps_its_set(pair: Pair, background: Background) -> None:
    first, second = pair
    waiting = zmq.Poller()
    waiting.register(first, zmq.POLLIN)
    _ask_often(waiting)
    polled = background(waiting.poll, DEADLINE_MS)
    for _ in range(100):
        poller = zmq.Poller()
        poller.register(second, zmq.POLLIN)
        _ask_often(poller)
    second.send(b"")
    assert polled.result() == [(first, zmq.POLLIN)]


# Pollers and the garbage collector


def test_a_poller_of_a_subclass_with_del_in_a_cycle_is_collected(run_script: Callable[..., str]) -> None:
    run_script("""
        import gc, zmq

        class Poller(zmq.Poller):
            def __del__(self):
                pass

        context = zmq.Context()
        first, second = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
        first.bind("inproc://pair")
        second.connect("inproc://pair")
        memory = []
        for number in range(200):
            poller = Poller()
            poller.register(first, zmq.POLLIN)
            for _ in range(1 + number % 2 * 20):
                poller.poll(0)
            poller.itself = poller
            del poller
            gc.collect()
            memory.append([bytes([65]) * size for size in range(100, 300, 3)])
            second.send(b"x")
            assert first.recv() == b"x"
        first.close()
        second.close()
        context.term()
    """)


def test_a_poller_that_the_collector_has_finalized_and_lives_on_misses_nothing(
    pair: Pair, background: Background
) -> None:
    first, second = pair
    kept: list[zmq.Poller] = []

    class Keeper:
        def __init__(self) -> None:
            self.itself = self
            self.poller = zmq.Poller()
            self.poller.register(first, zmq.POLLIN)
            self.poller.poll(0)

        def __del__(self) -> None:
            kept.append(self.poller)

    Keeper()
    gc.collect()
    (poller,) = kept
    second.send(b"")
    assert poller.poll(0) == [(first, zmq.POLLIN)]
    first.recv()
    polled = background(poller.poll, DEADLINE_MS)
    second.send(b"")
    assert polled.result() == [(first, zmq.POLLIN)]


def test_a_poller_whose_del_was_called_misses_nothing(poller: zmq.Poller, pair: Pair, background: Background) -> None:
    first, second = pair
    poller.register(first, zmq.POLLIN)
    assert poller.poll(0) == []
    poller.__del__()
    polled = background(poller.poll, DEADLINE_MS)
    second.send(b"")
    assert polled.result() == [(first, zmq.POLLIN)]


def test_methods_can_be_patched_on_the_class() -> None:
    with mock.patch("zmq.Poller.poll", return_value=[("patched", 1)]):
        assert zmq.Poller().poll(0) == [("patched", 1)]
    assert zmq.Poller().poll(0) == []


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_polls_the_same_sockets(sockets: Make, copied: Callable[[zmq.Poller], zmq.Poller]) -> None:
    push = sockets(zmq.PUSH)
    push.bind("inproc://copied")
    poller = zmq.Poller()
    poller.register(push, zmq.POLLOUT)
    pull = sockets(zmq.PULL)
    pull.connect("inproc://copied")
    assert copied(poller).poll(1000) == [(push, zmq.POLLOUT)]
