"""SocketSpec: reserved ports, endpoints, options."""

from __future__ import annotations

import socket
from typing import Any

import pytest

import zmq
from zmq.devices import ProcessDevice, SocketSpec, ThreadDevice

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")


@pytest.mark.parametrize("factory", [ThreadDevice, ProcessDevice])
def test_a_random_port_is_reserved_from_its_return_on(
    factory: type[Any], start: Any, connect: Any, sockets: Any
) -> None:
    device = factory(zmq.QUEUE, zmq.PULL, zmq.PUSH)
    port_in, port_out = (
        bind("tcp://127.0.0.1") for bind in (device.bind_in_to_random_port, device.bind_out_to_random_port)
    )
    with pytest.raises(zmq.ZMQError, match="in use"):
        sockets(zmq.PULL).bind(f"tcp://127.0.0.1:{port_in}")
    source, sink = connect(zmq.PUSH, f"tcp://127.0.0.1:{port_in}"), connect(zmq.PULL, f"tcp://127.0.0.1:{port_out}")
    source.send(b"early")  # a peer can connect before the device runs; its messages wait
    start(device)
    assert device.frontend.endpoints == [f"tcp://127.0.0.1:{port_in}"]
    assert device.backend.endpoints == [f"tcp://127.0.0.1:{port_out}"]
    assert sink.recv() == b"early"


def test_the_port_of_a_stopped_device_is_free_again(start: Any, sockets: Any, wait_until: Any) -> None:
    device = ThreadDevice(zmq.QUEUE, zmq.PULL, -1)
    port = device.bind_in_to_random_port("tcp://127.0.0.1")
    start(device)
    device.stop()
    device.join(30)
    wait_until(lambda: can_bind(sockets(zmq.PULL), port))  # libzmq closes listeners in its own thread


def can_bind(socket: zmq.Socket, port: int) -> bool:
    """Try to bind to a port."""
    try:
        socket.bind(f"tcp://127.0.0.1:{port}")
    except zmq.ZMQError:
        return False
    return True


def test_the_port_of_a_device_that_could_not_start_is_free_again(context: zmq.Context, sockets: Any) -> None:
    device = ThreadDevice(zmq.QUEUE, zmq.PULL, zmq.PUSH)
    device.context_factory = lambda: context
    device.bind_in("nonsense")
    port = device.bind_out_to_random_port("tcp://127.0.0.1")
    with pytest.raises(zmq.ZMQError, match="nonsense"):
        device.start()
    sockets(zmq.PULL).bind(f"tcp://127.0.0.1:{port}")


def test_a_range_of_ports_can_be_given(dead_endpoint: str) -> None:
    spec = SocketSpec(zmq.PULL)
    port = spec.bind_to_random_port("tcp://127.0.0.1", 30_000, 40_000, max_tries=1000)
    assert 30_000 <= port < 40_000
    spec.release()
    taken = int(dead_endpoint.rpartition(":")[2])
    with pytest.raises(zmq.ZMQBindError, match="none of 3 ports"):
        spec.bind_to_random_port("tcp://127.0.0.1", min_port=taken, max_port=taken + 1, max_tries=3)


@pytest.mark.parametrize("endpoint", ["tcp://*", "tcp://localhost", "tcp://lo"])
def test_wildcards_names_and_interfaces_are_resolved_by_libzmq(
    endpoint: str, start: Any, connect: Any, sockets: Any
) -> None:
    try:
        sockets(zmq.PULL).bind(f"{endpoint}:*")
    except zmq.ZMQError:
        pytest.skip("this machine does not know it")
    device = ThreadDevice(zmq.QUEUE, zmq.REP, -1)
    port = device.bind_in_to_random_port(endpoint)
    start(device)
    client = connect(zmq.REQ, f"tcp://127.0.0.1:{port}")
    client.send(b"hello")
    assert client.recv() == b"hello"


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
@pytest.mark.parametrize(
    ("endpoint", "client_host"), [("tcp://*", "[::1]"), ("tcp://*", "127.0.0.1"), ("tcp://[::1]", "[::1]")]
)
def test_ports_of_ipv6(endpoint: str, client_host: str, start: Any, connect: Any, sockets: Any) -> None:
    probe = sockets(zmq.PULL)
    probe.ipv6 = True
    try:
        probe.bind("tcp://[::1]:*")
    except zmq.ZMQError:
        pytest.skip("no IPv6 here")
    device = ThreadDevice(zmq.QUEUE, zmq.REP, -1)
    device.setsockopt_in(zmq.IPV6, 1)
    port = device.bind_in_to_random_port(endpoint)
    start(device)
    client = connect(zmq.REQ, f"tcp://{client_host}:{port}", ipv6=True)
    client.send(b"hello")
    assert client.recv() == b"hello"


@pytest.mark.parametrize(("first", "beyond"), [(0, 1), (65536, 65537)])
def test_for_port_0_the_system_chooses(first: int, beyond: int) -> None:
    spec = SocketSpec(zmq.PULL)
    assert 0 < spec.bind_to_random_port("tcp://127.0.0.1", first, beyond) < 65536
    spec.release()


@pytest.mark.parametrize("endpoint", ["127.0.0.1", "", "no://name", b"tcp://127.0.0.1", None, 5])
def test_wrong_endpoints_raise_the_error_of_sockets(endpoint: Any, sockets: Any) -> None:
    with pytest.raises(zmq.ZMQError) as of_socket:
        sockets(zmq.PULL).bind_to_random_port(endpoint)
    with pytest.raises(zmq.ZMQError) as of_device:
        SocketSpec(zmq.PULL).bind_to_random_port(endpoint)
    assert of_device.value.errno == of_socket.value.errno


@pytest.mark.parametrize("endpoint", ["inproc://name", "ipc:///tmp/name"])
def test_only_tcp_has_ports(endpoint: str) -> None:
    with pytest.raises(ValueError, match=f"only tcp has ports to choose from: '{endpoint}'"):
        SocketSpec(zmq.PULL).bind_to_random_port(endpoint)


def test_an_address_of_another_machine_is_refused_at_once() -> None:
    with pytest.raises(zmq.ZMQError, match=r"cannot bind 'tcp://1\.2\.3\.4:\*'"):
        SocketSpec(zmq.PULL).bind_to_random_port("tcp://1.2.3.4")


def test_its_repr_shows_type_and_endpoints() -> None:
    spec = SocketSpec(zmq.PULL)
    spec.bind("tcp://127.0.0.1:*")
    spec.connect("inproc://peer")
    assert repr(spec) == "<SocketSpec <SocketType.PULL: 7>, binds ['tcp://127.0.0.1:*'], connects ['inproc://peer']>"
