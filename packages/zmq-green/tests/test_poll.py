"""Polling: waits for sockets and descriptors while other greenlets run."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import gevent
import gevent.socket
import pytest

import zmq as plain
import zmq.green as zmq

Start = Callable[..., "gevent.Greenlet[..., Any]"]
Sockets = Callable[[int], zmq.Socket]
MakePair = Callable[..., tuple[zmq.Socket, zmq.Socket]]
GeventPair = tuple[gevent.socket.socket, gevent.socket.socket]


@pytest.fixture
def gevent_pair() -> Iterator[GeventPair]:
    """Two connected sockets of gevent."""
    left, right = gevent.socket.socketpair()
    yield left, right
    left.close()
    right.close()


def test_socket_poll_waits_while_other_greenlets_run(make_pair: MakePair, start: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH, "tcp")
    polling = [start(pull.poll), start(pull.poll, 10_000, zmq.POLLIN | zmq.POLLOUT)]
    assert not any(greenlet.ready() for greenlet in polling)
    push.send(b"message")
    assert [greenlet.get() for greenlet in polling] == [zmq.POLLIN] * 2
    assert pull.poll(0) == pull.poll(-1) == zmq.POLLIN


def test_socket_poll_waits_for_room(sockets: Sockets, start: Start) -> None:
    push, pull = sockets(zmq.PUSH), sockets(zmq.PULL)
    push.bind("inproc://room")
    polling = start(push.poll, None, zmq.POLLOUT)
    pull.connect("inproc://room")
    assert polling.get() == zmq.POLLOUT


@pytest.mark.parametrize("timeout", [0, 20, 20.5])
def test_polls_end_after_their_timeout(timeout: float, make_pair: MakePair) -> None:
    pull, _ = make_pair(zmq.PULL, zmq.PUSH)
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
    for poll, nothing in ((pull.poll, 0), (poller.poll, [])):
        begin = time.monotonic()
        assert poll(timeout) == nothing
        assert time.monotonic() - begin >= timeout / 1000 - 0.001
    assert zmq.select([pull], [], [], timeout / 1000) == ([], [], [])


def test_poller_waits_for_sockets(make_pair: MakePair, start: Start) -> None:
    first, to_first = make_pair(zmq.PULL, zmq.PUSH)
    second, to_second = make_pair(zmq.PULL, zmq.PUSH, "tcp")
    poller = zmq.Poller()
    poller.register(first, zmq.POLLIN)
    poller.register(second, zmq.POLLIN)
    for pull, push in ((first, to_first), (second, to_second)):
        polling = start(poller.poll)
        assert not polling.ready()
        push.send(b"message")
        assert polling.get() == [(pull, zmq.POLLIN)]
        pull.recv()


def test_greenlets_share_a_poller(make_pair: MakePair, start: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
    polling = [start(poller.poll) for _ in range(3)]
    push.send(b"message")
    assert [greenlet.get() for greenlet in polling] == [[(pull, zmq.POLLIN)]] * 3


def test_a_closed_file_with_a_duplicate_descriptor_ends_no_poll(make_pair: MakePair, start: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    reader, writer = os.pipe()
    elsewhere = os.dup(reader)
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
    poller.register(reader, zmq.POLLIN)
    polling = [start(poller.poll) for _ in range(3)]
    assert poller.poll(1) == []
    os.close(reader)
    poller.unregister(reader)
    os.write(writer, b"x")  # the kernel was asked about that, and cannot be told otherwise
    assert poller.poll(1) == []
    assert not any(greenlet.ready() for greenlet in polling)
    push.send(b"message")
    assert [greenlet.get() for greenlet in polling] == [[(pull, zmq.POLLIN)]] * 3
    os.close(elsewhere)
    os.close(writer)


def test_polling_a_closed_file_raises(gevent_pair: GeventPair) -> None:
    left, _ = gevent_pair
    poller = zmq.Poller()
    poller.register(left, zmq.POLLIN)
    left.close()
    assert poller.poll(0) == []
    with pytest.raises(ValueError, match="closed"):
        poller.poll()


def test_a_poll_continues_when_the_set_of_descriptors_is_rebuilt(make_pair: MakePair, start: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    reader, writer = os.pipe()
    elsewhere = os.dup(reader)
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
    poller.register(reader, zmq.POLLIN)
    polling = start(poller.poll)
    os.close(reader)
    poller.unregister(reader)
    os.write(writer, b"x")  # the kernel was asked about that, so it is asked anew: by a descriptor of the same number
    gevent.sleep(0.01)
    assert not polling.ready()
    push.send(b"message")
    assert polling.get() == [(pull, zmq.POLLIN)]
    os.close(elsewhere)
    os.close(writer)


def test_poller_waits_for_gevents_sockets_and_descriptors(gevent_pair: GeventPair, start: Start) -> None:
    left, right = gevent_pair
    reader, writer = os.pipe()
    poller = zmq.Poller()
    poller.register(left, zmq.POLLIN)
    poller.register(reader, zmq.POLLIN)
    polling = start(poller.poll)
    right.sendall(b"bytes")
    assert polling.get() == [(left.fileno(), zmq.POLLIN)]
    left.recv(5)
    polling = start(poller.poll)
    os.write(writer, b"bytes")
    assert polling.get() == [(reader, zmq.POLLIN)]
    os.close(reader)
    os.close(writer)


def test_events_that_were_not_requested_do_not_end_a_poll_or_make_it_spin(
    gevent_pair: GeventPair, start: Start
) -> None:
    left, right = gevent_pair
    right.sendall(b"bytes")
    poller = zmq.Poller()
    poller.register(left, zmq.POLLERR)
    begin = time.process_time()
    assert poller.poll(100) == []
    assert time.process_time() - begin < 0.05


def test_select_waits_for_all_kinds(make_pair: MakePair, gevent_pair: GeventPair, start: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    left, right = gevent_pair
    selecting = start(zmq.select, [pull, left], [], [pull, left])
    right.sendall(b"bytes")
    number = left.fileno()  # that is what zmq.select returns, too
    assert selecting.get() == ([number], [], [])
    push.send(b"message")
    assert zmq.select([pull, left], [left, push], [], 1) == ([pull, number], [number, push], [])
    assert zmq.select([pull], [push], [], 1) == plain.select([pull], [push], [], 1)


def test_zmq_poll_waits(make_pair: MakePair, start: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    polling = start(zmq.zmq_poll, [(pull, zmq.POLLIN)])
    push.send(b"message")
    assert polling.get() == [(pull, zmq.POLLIN)]


def test_a_poll_of_nothing_returns_at_once(start: Start) -> None:
    assert start(zmq.zmq_poll, []).get(timeout=30) == []
    assert start(zmq.select, [], [], []).get(timeout=30) == ([], [], [])


def test_poller_reports_messages_whose_edge_another_thread_has_consumed(make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH, "tcp")
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
    stop = threading.Event()

    def meddle() -> None:
        while not stop.is_set():
            pull.get(zmq.EVENTS)

    thread = threading.Thread(target=meddle)
    thread.start()
    try:
        for _ in range(100):
            push.send(b"message")
            assert poller.poll(10_000) == [(pull, zmq.POLLIN)]
            pull.recv()
    finally:
        stop.set()
        thread.join()


def test_closing_a_socket_ends_polls(make_pair: MakePair, start: Start) -> None:
    pull, _ = make_pair(zmq.PULL, zmq.PUSH)
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)

    def poll() -> int | None:
        with pytest.raises(zmq.ZMQError) as caught:
            poller.poll()
        return caught.value.errno

    polling = start(poll)
    pull.close()
    assert polling.get() == zmq.ENOTSOCK


def test_gevent_timeouts_and_kills_end_polls(make_pair: MakePair, start: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
    with pytest.raises(gevent.Timeout), gevent.Timeout(0.01):
        poller.poll()
    start(poller.poll).kill()
    push.send(b"message")
    assert poller.poll() == [(pull, zmq.POLLIN)]


def test_a_flood_of_polls_lets_other_greenlets_run(make_pair: MakePair, start: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    push.send(b"message")
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
    done = False

    def flood() -> None:
        while not done:
            poller.poll()

    flooding = gevent.spawn(flood)
    for _ in range(10):
        gevent.sleep(0)
    done = True
    flooding.get()
