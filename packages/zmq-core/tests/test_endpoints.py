"""Binding and connecting: endpoints of every transport, random ports, context managers."""

from __future__ import annotations

import errno
import socket as os_socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import zmq
from zmq.backend.hosts import with_addresses
from zmq.utils.monitor import recv_monitor_message

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


def test_a_wildcard_bind_unbinds_the_resolved_endpoint(sockets: Make) -> None:
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
        pull.connect(outer_endpoint.decode())  # still bound: the unbind below does not raise
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


def test_connect_works_before_bind(sockets: Make) -> None:
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


def test_a_send_with_noblock_notices_new_room_at_once(sockets: Make) -> None:
    """libzmq checks for new peers only occasionally if it must not wait."""
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


@pytest.mark.parametrize("transport", ["inproc", "ipc"])
def test_bind_to_random_port_numbers_names(
    sockets: Make, transport: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # paths of sockets are short
    pull = sockets(zmq.PULL)
    port = pull.bind_to_random_port(f"{transport}://name", 5000, 6000)
    assert 5000 <= port < 6000
    assert pull.last_endpoint == f"{transport}://name:{port}".encode()


def test_bind_to_random_port_finds_a_free_number(sockets: Make) -> None:
    taken = {sockets(zmq.PULL).bind_to_random_port("inproc://name", 1, 4) for _ in range(3)}
    assert taken == {1, 2, 3}
    with pytest.raises(zmq.ZMQBindError, match="no free port for inproc://name"):
        sockets(zmq.PULL).bind_to_random_port("inproc://name", 1, 4)


@pytest.mark.parametrize("addr", ["inproc://name", "ipc://name"])
def test_the_system_chooses_no_number_for_a_name(sockets: Make, addr: str) -> None:
    pull = sockets(zmq.PULL)
    with pytest.raises(ValueError, match="give min_port and max_port"):
        pull.bind_to_random_port(addr)
    assert pull.last_endpoint == b""


def test_an_endpoint_ends_at_a_null_character(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    with pull.bind("inproc://a\0b") as bound:
        assert bound.last_endpoint == b"inproc://a"
    pull.bind(b"inproc://a\0")


# Bytes are passed unchanged


NOT_UTF8 = [
    b"inproc://\xff\xfe",
    pytest.param(
        b"ipc://\xff", marks=pytest.mark.skipif(sys.platform != "linux", reason="file names are Unicode here")
    ),
]


@pytest.mark.parametrize("endpoint", NOT_UTF8)
def test_an_endpoint_of_bytes_need_not_be_utf8(
    sockets: Make, endpoint: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    with pull.bind(endpoint), push.connect(endpoint):
        assert pull.last_endpoint == push.last_endpoint == endpoint
        push.send(b"content")
        assert pull.recv() == b"content"
    for undo in (pull.unbind, push.disconnect):
        with pytest.raises(zmq.ZMQError) as caught:  # the with statement has unbound it
            undo(endpoint)
        assert caught.value.errno == errno.ENOENT


def test_the_result_of_bind_names_the_endpoint(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    assert pull.bind(b"inproc://name").addr == "inproc://name"
    assert pull.bind(b"inproc://\xff").addr == b"inproc://\xff"
    assert repr(pull.connect(b"inproc://\xff")) == r"<SocketContext(connect=b'inproc://\xff')>"


@pytest.mark.parametrize("action", ["bind", "connect", "unbind", "disconnect"])
def test_an_error_names_an_endpoint_that_is_not_utf8(sockets: Make, action: str) -> None:
    with pytest.raises(zmq.ZMQError, match=r"foo://\\\\xff") as caught:
        getattr(sockets(zmq.PULL), action)(b"foo://\xff")
    assert caught.value.errno == zmq.EPROTONOSUPPORT


def test_an_error_about_a_bytes_endpoint_names_the_cure(sockets: Make) -> None:
    sockets(zmq.PULL).bind(b"inproc://name")
    with pytest.raises(zmq.ZMQError, match="cannot bind 'inproc://name': .*choose another name"):
        sockets(zmq.PULL).bind(b"inproc://name")


class Text(str):
    __slots__ = ()


class Bytes(bytes):
    pass


@pytest.mark.parametrize("addr", [Text("inproc://name"), Bytes(b"inproc://name")])
def test_an_endpoint_may_be_of_a_subclass_of_text_or_bytes(sockets: Make, addr: str | bytes) -> None:
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    with pull.bind(addr), push.connect(addr):
        push.send(b"content")
        assert pull.recv() == b"content"
    for undo in (pull.unbind, push.disconnect):
        with pytest.raises(zmq.ZMQError, match="inproc://name"):
            undo(addr)


@pytest.mark.parametrize("addr", [None, 5, bytearray(b"inproc://name"), memoryview(b"inproc://name")])
@pytest.mark.parametrize("action", ["bind", "connect", "unbind", "disconnect"])
def test_an_endpoint_is_text_or_bytes(sockets: Make, action: str, addr: Any) -> None:
    with pytest.raises(TypeError, match="endpoints are str"):
        getattr(sockets(zmq.PULL), action)(addr)


# Host names


def test_bind_takes_the_name_of_a_host(sockets: Make) -> None:
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    pull.bind("tcp://localhost:*")
    assert pull.last_endpoint.startswith(b"tcp://127.0.0.1:")
    push.connect(f"tcp://localhost:{pull.last_endpoint.rpartition(b':')[2].decode()}")
    push.send(b"content")
    assert pull.recv() == b"content"


def test_bind_takes_the_name_of_a_host_on_a_monitored_socket(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    with pull.get_monitor_socket(zmq.EVENT_LISTENING) as monitor:
        pull.bind("tcp://localhost:*")
        assert recv_monitor_message(monitor)["endpoint"] == pull.last_endpoint


def test_bind_takes_the_name_of_a_host_with_ipv6(sockets: Make) -> None:
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    pull.ipv6 = push.ipv6 = 1
    try:
        port = pull.bind_to_random_port("tcp://localhost")
    except zmq.ZMQError as error:
        pytest.skip(f"no IPv6 here: {error}")
    push.connect(f"tcp://localhost:{port}")
    push.send(b"content")
    assert pull.recv() == b"content"


def test_unbind_accepts_the_host_name_of_bind(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    port = pull.bind_to_random_port("tcp://127.0.0.1")
    pull.unbind(f"tcp://localhost:{port}")
    with pytest.raises(zmq.ZMQError) as caught:
        pull.unbind(f"tcp://127.0.0.1:{port}")
    assert caught.value.errno == errno.ENOENT


def test_a_port_in_use_is_also_in_use_by_host_name(sockets: Make) -> None:
    port = sockets(zmq.PULL).bind_to_random_port("tcp://127.0.0.1")
    with pytest.raises(zmq.ZMQError, match=f"cannot bind 'tcp://localhost:{port}'") as caught:
        sockets(zmq.PULL).bind(f"tcp://localhost:{port}")
    assert caught.value.errno == zmq.EADDRINUSE


@pytest.mark.parametrize("host", ["unknown.invalid", "[::1]", "", "a b", "192.0.2.1:5", b"\xff"])
def test_bind_to_an_unknown_host_fails_as_libzmq_does(sockets: Make, host: str | bytes) -> None:
    endpoint = b"tcp://%b:*" % (host if isinstance(host, bytes) else host.encode())
    with pytest.raises(zmq.ZMQError, match="no interface of this machine") as caught:
        sockets(zmq.PULL).bind(endpoint)
    assert caught.value.errno == errno.ENODEV


def test_bind_to_a_host_elsewhere_fails(sockets: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is the one that libzmq reports for a name that it does not resolve."""
    monkeypatch.setattr(os_socket, "getaddrinfo", resolver({b"elsewhere.invalid": ["192.0.2.1"]}))
    with pytest.raises(zmq.ZMQError) as caught:
        sockets(zmq.PULL).bind("tcp://elsewhere.invalid:*")
    assert caught.value.errno in (errno.ENODEV, zmq.EADDRNOTAVAIL)


@pytest.mark.parametrize(
    ("endpoint", "ipv6", "expected"),
    [
        (b"tcp://both:5", False, [b"tcp://127.0.0.1:5", b"tcp://127.0.0.2:5"]),
        (b"tcp://both:*", True, [b"tcp://[::1]:*"]),
        (b"tcp://both:0", False, [b"tcp://127.0.0.1:0", b"tcp://127.0.0.2:0"]),
        (b"tcp://[both]:5", False, [b"tcp://127.0.0.1:5", b"tcp://127.0.0.2:5"]),
        (b"ws://both:5/path", True, [b"ws://[::1]:5/path"]),
        (b"tcp://127.0.0.1:5", False, []),
        (b"tcp://none:5", False, []),
        (b"tcp://both", False, []),
        (b"tcp://:5", False, []),
        (b"tcp://both:*;both:5", False, []),
        (b"ipc://both:5", False, []),
        (b"inproc://both:5", False, []),
        (b"udp://both:5", False, []),
    ],
)
def test_host_names_become_addresses(
    endpoint: bytes, ipv6: bool, expected: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {b"both": ["127.0.0.1", "127.0.0.2", "::1"], b"127.0.0.1": ["127.0.0.1"]}
    monkeypatch.setattr(os_socket, "getaddrinfo", resolver(known))
    assert with_addresses(endpoint, ipv6) == expected


def resolver(known: dict[bytes, list[str]]) -> Callable[..., list[tuple[Any, ...]]]:
    """Return a getaddrinfo that knows only these hosts."""

    def getaddrinfo(host: bytes, port: None, family: int, kind: int, flags: int) -> list[tuple[Any, ...]]:
        found = [each for each in known.get(host, ()) if (":" in each) == (family == os_socket.AF_INET6)]
        if not found:
            raise os_socket.gaierror("unknown host")
        return [(family, kind, 6, "", (each, port)) for each in (*found, found[0])]

    return getaddrinfo


# Ports


def test_bind_to_random_port_works_for_websockets(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    try:
        port = pull.bind_to_random_port("ws://127.0.0.1")
    except zmq.ZMQError as error:
        if error.errno != zmq.EPROTONOSUPPORT:
            raise
        pytest.skip("this libzmq has no WebSockets")
    assert pull.last_endpoint == f"ws://127.0.0.1:{port}/".encode()


def test_bind_to_random_port_stays_in_its_range(sockets: Make) -> None:
    port = sockets(zmq.PULL).bind_to_random_port("tcp://127.0.0.1", min_port=20_000, max_port=40_000)
    assert 20_000 <= port < 40_000


def test_bind_to_random_port_raises_after_all_tries(sockets: Make) -> None:
    taken = sockets(zmq.PULL).bind_to_random_port("tcp://127.0.0.1")
    with pytest.raises(zmq.ZMQBindError, match=rf"no free port for tcp://127.0.0.1: .* from {taken} to {taken}"):
        sockets(zmq.PULL).bind_to_random_port("tcp://127.0.0.1", min_port=taken, max_port=taken + 1)


@pytest.mark.skipif(sys.platform == "win32", reason="there the port may be bound exclusively by another program")
def test_bind_to_random_port_raises_at_once_where_no_port_may_be_bound(context: zmq.Context) -> None:
    tried = []

    class Forbidden(zmq.Socket[bytes]):
        def bind(self, addr: str | bytes) -> Any:
            tried.append(addr)
            raise zmq.ZMQError(errno.EACCES)

    with Forbidden(context, zmq.REP) as socket, pytest.raises(zmq.ZMQError) as caught:
        socket.bind_to_random_port("tcp://127.0.0.1")
    assert (caught.value.errno, type(caught.value), len(tried)) == (errno.EACCES, zmq.ZMQError, 1)


def test_bind_to_random_port_raises_at_once_for_an_invalid_address(sockets: Make) -> None:
    with pytest.raises(zmq.ZMQError, match="cannot bind 'nonsense:") as caught:
        sockets(zmq.PULL).bind_to_random_port("nonsense", min_port=20_000, max_port=40_000)
    assert caught.value.errno == zmq.EINVAL


@pytest.mark.parametrize("tries", [0, -1])
def test_bind_to_random_port_raises_with_max_tries_0(sockets: Make, tries: int) -> None:
    with pytest.raises(zmq.ZMQBindError):
        sockets(zmq.PULL).bind_to_random_port("tcp://127.0.0.1", 20_000, 40_000, tries)


@pytest.mark.parametrize(("min_port", "max_port"), [(5, 5), (6, 5)])
def test_bind_to_random_port_needs_ports(sockets: Make, min_port: int, max_port: int) -> None:
    with pytest.raises(ValueError, match="there are no ports"):
        sockets(zmq.PULL).bind_to_random_port("tcp://127.0.0.1", min_port, max_port)


@pytest.mark.parametrize(("min_port", "max_port"), [("a", "b"), (5000.0, 6000), (None, None)])
def test_ports_are_ints(sockets: Make, min_port: Any, max_port: Any) -> None:
    with pytest.raises(TypeError):
        sockets(zmq.PULL).bind_to_random_port("tcp://127.0.0.1", min_port, max_port)


def test_bind_to_random_port_returns_the_port_that_is_bound(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    port = pull.bind_to_random_port("tcp://127.0.0.1", 0, 1)  # any port
    assert port > 0
    assert pull.last_endpoint == b"tcp://127.0.0.1:%d" % port


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
