"""Binding and connecting: endpoints of every transport, random ports, context managers."""

from __future__ import annotations

import errno
import socket as os_socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import zmq

Make = Callable[[int], zmq.Socket]


@pytest.fixture
def closed(sockets: Make) -> zmq.Socket:
    socket = sockets(zmq.PAIR)
    socket.close()
    return socket


def has_ipv6() -> bool:
    if not os_socket.has_ipv6:
        return False
    with os_socket.socket(os_socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            return False
    return True


# Endpoints


def test_bind_returns_a_context_manager_that_unbinds(sockets: Make) -> None:
    first, second = sockets(zmq.PULL), sockets(zmq.PULL)
    with first.bind("inproc://here") as bound:
        assert bound is first
        with pytest.raises(zmq.ZMQError):
            second.bind("inproc://here")
    second.bind("inproc://here")


def test_a_wildcard_unbinds_what_it_became(sockets: Make) -> None:
    first, second = sockets(zmq.PULL), sockets(zmq.PULL)
    with first.bind("tcp://127.0.0.1:*") as bound:
        endpoint = bound.last_endpoint.decode()
        assert not endpoint.endswith("*")
    with pytest.raises(zmq.ZMQError) as caught:
        first.unbind(endpoint)
    assert caught.value.errno == errno.ENOENT
    assert not second.closed


def test_each_bind_unbinds_its_own_endpoint(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    outer = pull.bind("tcp://127.0.0.1:*")
    outer_endpoint = pull.last_endpoint
    with outer:
        with pull.bind("tcp://127.0.0.1:*"):
            inner_endpoint = pull.last_endpoint
        pull.connect(outer_endpoint.decode())  # still bound: unbinding it below does not raise
    for endpoint in (outer_endpoint, inner_endpoint):
        with pytest.raises(zmq.ZMQError):
            pull.unbind(endpoint)


def test_connect_returns_a_context_manager_that_disconnects(sockets: Make) -> None:
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    pull.bind("inproc://here")
    with push.connect("inproc://here") as connected:
        assert connected is push
        push.send(b"while connected")
    assert pull.recv() == b"while connected"
    with pytest.raises(zmq.ZMQError) as caught:
        push.disconnect("inproc://here")
    assert caught.value.errno == errno.ENOENT


def test_the_context_manager_of_a_closed_socket_does_nothing(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    with pull.bind("inproc://here"):
        pull.close()


def test_bind_shows_its_endpoint(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    assert repr(pull.bind("inproc://here")) == "<SocketContext(bind='inproc://here')>"
    assert repr(pull.connect("inproc://there")) == "<SocketContext(connect='inproc://there')>"


def test_endpoints_can_be_bytes(sockets: Make) -> None:
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    pull.bind(b"inproc://bytes")
    push.connect(pull.last_endpoint)
    push.send(b"content")
    assert pull.recv() == b"content"


@pytest.mark.parametrize("endpoint", [None, 5, ["inproc://x"]])
@pytest.mark.parametrize("action", ["bind", "connect", "unbind", "disconnect"])
def test_endpoints_of_a_wrong_type_are_refused(sockets: Make, action: str, endpoint: Any) -> None:
    with pytest.raises(TypeError, match="endpoints are str"):
        getattr(sockets(zmq.PULL), action)(endpoint)


def test_connect_comes_before_bind(sockets: Make) -> None:
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    push.connect("inproc://later")
    push.send(b"early")
    pull.bind("inproc://later")
    assert pull.recv() == b"early"


def test_bind_to_random_port_returns_the_port(sockets: Make) -> None:
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    port = pull.bind_to_random_port("tcp://127.0.0.1")
    assert pull.last_endpoint == b"tcp://127.0.0.1:%d" % port
    push.connect(f"tcp://127.0.0.1:{port}")
    push.send(b"content")
    assert pull.recv() == b"content"


def test_a_send_that_does_not_wait_sees_the_room_that_was_just_made(sockets: Make) -> None:
    """libzmq itself looks only now and then when it must not wait."""
    push, pull = sockets(zmq.PUSH), sockets(zmq.PULL)
    push.sndhwm = pull.rcvhwm = 1
    pull.bind("inproc://room")
    push.connect("inproc://room")
    for _ in range(100):
        sent = 0
        with pytest.raises(zmq.Again):
            for sent in range(10):  # noqa: B007 (it is looked at when the loop ends early)
                push.send(b"full", zmq.NOBLOCK)
        for _ in range(sent):
            pull.recv()
        push.send(b"fits", zmq.NOBLOCK)
        assert pull.recv() == b"fits"


def test_bind_to_random_port_refuses_transports_without_ports(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    with pytest.raises(ValueError, match="'inproc://name' has no ports"):
        pull.bind_to_random_port("inproc://name")
    assert pull.last_endpoint == b""


def test_endpoints_have_no_null_characters(sockets: Make) -> None:
    with pytest.raises(ValueError, match=r"'inproc://a\\x00b'"):
        sockets(zmq.PULL).bind("inproc://a\0b")


def test_bind_to_random_port_works_for_websockets(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    try:
        port = pull.bind_to_random_port("ws://127.0.0.1")
    except zmq.ZMQError as error:
        if error.errno != zmq.EPROTONOSUPPORT:
            raise
        pytest.skip("this libzmq has no WebSockets")
    assert pull.last_endpoint == f"ws://127.0.0.1:{port}/".encode()


def test_bind_to_random_port_takes_text(sockets: Make) -> None:
    with pytest.raises(TypeError, match="takes a str"):
        sockets(zmq.PULL).bind_to_random_port(b"tcp://127.0.0.1")  # type: ignore[arg-type]  # that is the point


def test_bind_to_random_port_stays_in_its_range(sockets: Make) -> None:
    port = sockets(zmq.PULL).bind_to_random_port("tcp://127.0.0.1", min_port=20_000, max_port=40_000)
    assert 20_000 <= port < 40_000


def test_bind_to_random_port_gives_up(sockets: Make) -> None:
    taken = sockets(zmq.PULL).bind_to_random_port("tcp://127.0.0.1")
    with pytest.raises(zmq.ZMQBindError, match=rf"no free port for tcp://127.0.0.1: tried 1 from {taken} to {taken}"):
        sockets(zmq.PULL).bind_to_random_port("tcp://127.0.0.1", min_port=taken, max_port=taken + 1)


def test_bind_to_random_port_raises_at_once_where_no_port_would_help(sockets: Make) -> None:
    with pytest.raises(zmq.ZMQError, match="cannot bind 'nonsense:") as caught:
        sockets(zmq.PULL).bind_to_random_port("nonsense", min_port=20_000, max_port=40_000)
    assert caught.value.errno == zmq.EINVAL


@pytest.mark.parametrize(("min_port", "max_port"), [(5, 5), (0, 10), (10, 70_000), (-5, 5)])
def test_bind_to_random_port_needs_ports(sockets: Make, min_port: int, max_port: int) -> None:
    with pytest.raises(ValueError, match="1 to 65535"):
        sockets(zmq.PULL).bind_to_random_port("tcp://127.0.0.1", min_port, max_port)


@pytest.mark.skipif(not zmq.has("ipc"), reason="libzmq was built without ipc")
def test_ipc_connects_over_a_path(sockets: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # paths of sockets are short
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    pull.bind("ipc://feed")
    push.connect("ipc://feed")
    push.send(b"content")
    assert pull.recv() == b"content"


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6")
def test_tcp_connects_over_ipv6(sockets: Make) -> None:
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    pull.ipv6 = push.ipv6 = 1
    pull.bind("tcp://[::1]:*")
    push.connect(pull.last_endpoint.decode())
    push.send(b"content")
    assert pull.recv() == b"content"
