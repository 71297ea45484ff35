"""Forwarding: many connections at once, both directions, and half-closed connections."""

from __future__ import annotations

import contextlib
import hashlib
import random
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from zmq import ssh
from zmq.ssh import forward

Tunnels = Callable[[ssh.Tunnel], ssh.Tunnel]
WAIT_S = 30.0


class Echo:
    """A server that echoes all bytes as they arrive, or sends their digest when the sender has finished."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port: int = self.listener.getsockname()[1]
        self.digest = False
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

    def answer(self, connection: socket.socket) -> None:
        digest = hashlib.sha256()
        with connection, contextlib.suppress(ConnectionError):
            while data := connection.recv(1 << 16):
                digest.update(data)
                if not self.digest:
                    connection.sendall(data)
            if self.digest:
                connection.sendall(digest.digest())

    def close(self) -> None:
        try:
            self.listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        except OSError:  # not on every system
            pass
        self.listener.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.close()


@pytest.fixture
def connect(paramiko: bool, known: Any, echo: Echo, tunnels: Tunnels) -> Callable[[], socket.socket]:
    """Return a function that connects to the echo server through a tunnel."""
    _, tunnel = ssh.open_tunnel(f"tcp://127.0.0.1:{echo.port}", known.name, known.key, paramiko=paramiko)
    tunnels(tunnel)
    return lambda: socket.create_connection(("127.0.0.1", tunnel.lport), WAIT_S)


def read_all(connection: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size and (chunk := connection.recv(1 << 16)):
        data += chunk
    return bytes(data)


def there_and_back(connect: Callable[[], socket.socket], background: Any, seed: int, size: int) -> bool:
    sent = random.Random(seed).randbytes(size)
    with connect() as connection:
        sending = background(connection.sendall, sent)
        received = read_all(connection, size)
        sending.result(WAIT_S)
    return received == sent


def test_megabytes_pass_in_both_directions_at_once(connect: Callable[[], socket.socket], background: Any) -> None:
    assert there_and_back(connect, background, 0, 8_000_000)


def test_many_connections_at_once(connect: Callable[[], socket.socket], background: Any) -> None:
    going = [background(there_and_back, connect, background, seed, 100_000) for seed in range(40)]
    assert all(each.result(WAIT_S) for each in going)


def test_a_slow_reader_does_not_delay_other_connections(connect: Callable[[], socket.socket], background: Any) -> None:
    with connect() as stuck:
        stuck.setblocking(False)
        while select.select([], [stuck], [], 0.5)[1]:  # the echo server cannot send it back, and stops reading
            stuck.send(bytes(1 << 16))
        assert there_and_back(connect, background, 0, 100_000)


def test_one_direction_may_end_before_the_other(connect: Callable[[], socket.socket], echo: Echo) -> None:
    echo.digest = True
    sent = bytes(1_000_000)
    with connect() as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        assert read_all(connection, 32) == hashlib.sha256(sent).digest()
        assert connection.recv(1) == b""


def test_a_refused_connection_ends_and_the_tunnel_stays(
    paramiko: bool, known: Any, dead_endpoint: str, tunnels: Tunnels
) -> None:
    _, tunnel = ssh.open_tunnel(dead_endpoint, known.name, known.key, paramiko=paramiko)
    tunnels(tunnel)
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", tunnel.lport), WAIT_S) as connection:
            try:
                assert connection.recv(1) == b""
            except ConnectionResetError:
                pass
    assert tunnel.is_alive()


def test_a_connection_that_breaks_together_with_its_tunnel_ends_silently(
    known: Any, echo: Echo, tunnels: Tunnels, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = pytest.importorskip("paramiko").Channel
    asked = threading.Event()

    def close(_: object) -> None:
        asked.set()
        raise EOFError  # like paramiko when the transport is closed

    _, tunnel = ssh.open_tunnel(f"tcp://127.0.0.1:{echo.port}", known.name, known.key, paramiko=True)
    tunnels(tunnel)
    with socket.create_connection(("127.0.0.1", tunnel.lport), WAIT_S) as connection:
        connection.sendall(b"x")
        assert connection.recv(1) == b"x"
        monkeypatch.setattr(channel, "close", close)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # resets the connection
    assert asked.wait(WAIT_S)
    tunnel.close()


def test_closing_a_tunnel_ends_its_connections(
    paramiko: bool, known: Any, echo: Echo, tunnels: Tunnels, background: Any
) -> None:
    _, tunnel = ssh.open_tunnel(f"tcp://127.0.0.1:{echo.port}", known.name, known.key, paramiko=paramiko)
    with socket.create_connection(("127.0.0.1", tunnel.lport), WAIT_S) as connection:
        connection.sendall(b"x")
        assert connection.recv(1) == b"x"
        reading = background(connection.recv, 1)
        tunnel.close()
        try:
            assert reading.result(WAIT_S) == b""
        except ConnectionResetError:
            pass


# ---- zmq.ssh.forward, with a given transport


@pytest.fixture
def transport(known: Any) -> Iterator[Any]:
    paramiko = pytest.importorskip("paramiko")
    with paramiko.SSHClient() as client:
        client.load_system_host_keys()
        client.connect("127.0.0.1", known.port, known.user, key_filename=known.key)
        yield client.get_transport()


def test_a_connection_keeps_a_server_that_has_a_timeout(transport: Any, echo: Echo, background: Any) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    with socket.create_connection(listener.getsockname(), WAIT_S) as connection:  # before serve() runs
        server = forward.ForwardServer(listener, ("127.0.0.1", echo.port), transport, timeout_s=0.001)
        serving = background(server.serve)
        for _ in range(20):
            connection.sendall(b"x")
            assert connection.recv(1) == b"x"
        assert not serving.done()
    assert serving.result(WAIT_S) == "no connection for 0.001 s"


def test_an_idle_connection_lasts_whatever_the_default_timeout_of_sockets_is(
    transport: Any, echo: Echo, background: Any
) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    server = forward.ForwardServer(listener, ("127.0.0.1", echo.port), transport)
    socket.setdefaulttimeout(WAIT_S)
    try:
        serving = background(server.serve)
        with socket.create_connection(listener.getsockname()) as connection:
            connection.sendall(b"x")
            assert connection.recv(1) == b"x"
            assert [each.local.gettimeout() for each in server._connections] == [None]
            server.close()
            serving.result(WAIT_S)
    finally:
        socket.setdefaulttimeout(None)


def test_forward_tunnel_forwards_until_the_transport_ends(
    transport: Any, echo: Echo, background: Any, wait_until: Any
) -> None:
    port = ssh.select_random_ports(1)[0]
    forwarding = background(forward.forward_tunnel, port, "127.0.0.1", echo.port, transport)

    connections: list[socket.socket] = []

    def connected() -> bool:
        with contextlib.suppress(ConnectionRefusedError):
            connections.append(socket.create_connection(("127.0.0.1", port), WAIT_S))
        return bool(connections)

    wait_until(connected)
    with connections[0] as connection:
        connection.sendall(b"x")
        assert connection.recv(1) == b"x"
        transport.close()
        forwarding.result(WAIT_S)
