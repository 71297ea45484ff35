"""CURVE: keys, and encryption between sockets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import zmq
from zmq.utils import z85
from zmq.utils.monitor import recv_monitor_message

Make = Callable[[int], zmq.Socket]
Keys = tuple[bytes, bytes]

pytestmark = pytest.mark.skipif(not zmq.has("curve"), reason="libzmq was built without CURVE")

# From zmq_curve_keypair(3) and RFC 26.
SECRET = b"D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"
PUBLIC = b"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"


@pytest.fixture
def server_keys() -> Keys:
    return zmq.curve_keypair()


@pytest.fixture
def server(sockets: Make, server_keys: Keys) -> zmq.Socket:
    """A REP socket that requires encryption."""
    rep = sockets(zmq.REP)
    rep.curve_publickey, rep.curve_secretkey = server_keys
    rep.curve_server = 1
    return rep


def connect(client: zmq.Socket, server: zmq.Socket, server_key: bytes) -> None:
    """Connect with new keys of the client."""
    client.curve_publickey, client.curve_secretkey = zmq.curve_keypair()
    client.curve_serverkey = server_key
    client.connect(server.last_endpoint.decode())


def test_a_key_pair_is_two_keys_in_z85() -> None:
    public, secret = zmq.curve_keypair()
    assert (len(public), len(secret)) == (40, 40)
    assert (len(z85.decode(public)), len(z85.decode(secret))) == (32, 32)


def test_each_key_pair_is_new() -> None:
    assert zmq.curve_keypair() != zmq.curve_keypair()


def test_the_public_key_follows_from_the_secret_key() -> None:
    public, secret = zmq.curve_keypair()
    assert zmq.curve_public(secret) == public
    assert zmq.curve_public(SECRET) == PUBLIC


def test_a_secret_key_can_be_text() -> None:
    assert zmq.curve_public(SECRET.decode()) == PUBLIC


@pytest.mark.parametrize("key", [b"", b"short", 41 * b"x", z85.decode(SECRET)])
def test_a_secret_key_of_a_wrong_length_is_refused_and_not_shown(key: bytes) -> None:
    with pytest.raises(ValueError, match=f"40 bytes of Z85: got {len(key)} bytes") as caught:
        zmq.curve_public(key)
    assert not key or repr(key) not in str(caught.value)


def test_a_secret_key_that_is_not_z85_is_refused() -> None:
    with pytest.raises(zmq.ZMQError, match="cannot derive a CURVE public key: .*not Z85") as caught:
        zmq.curve_public(40 * b"\x01")
    assert caught.value.errno == zmq.EINVAL


@pytest.mark.parametrize("key", [None, 3, [b"x"]])
def test_a_secret_key_of_a_wrong_type_is_refused(key: Any) -> None:
    with pytest.raises(TypeError):
        zmq.curve_public(key)


def test_client_and_server_connect_without_an_authenticator(
    server: zmq.Socket, sockets: Make, server_keys: Keys
) -> None:
    server.bind("tcp://127.0.0.1:*")
    client = sockets(zmq.REQ)
    connect(client, server, server_keys[0])
    assert (server.mechanism, client.mechanism) == (zmq.CURVE, zmq.CURVE)
    client.send(b"secret")
    assert server.recv() == b"secret"
    server.send(b"reply")
    assert client.recv() == b"reply"


def test_keys_work_as_raw_bytes(sockets: Make, server_keys: Keys) -> None:
    rep, req = sockets(zmq.REP), sockets(zmq.REQ)
    public, secret = (z85.decode(key) for key in server_keys)
    rep.curve_secretkey = secret
    rep.curve_server = 1
    rep.bind("tcp://127.0.0.1:*")
    connect(req, rep, public)
    req.send(b"secret")
    assert rep.recv() == b"secret"


def test_a_client_with_the_wrong_server_key_is_refused(server: zmq.Socket, sockets: Make) -> None:
    monitor = server.get_monitor_socket(zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL)
    server.bind("tcp://127.0.0.1:*")
    connect(sockets(zmq.REQ), server, zmq.curve_keypair()[0])
    event = recv_monitor_message(monitor)
    assert event["value"] == zmq.PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC


def test_a_client_without_keys_is_refused(server: zmq.Socket, sockets: Make) -> None:
    monitor = server.get_monitor_socket(zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL)
    server.bind("tcp://127.0.0.1:*")
    sockets(zmq.REQ).connect(server.last_endpoint.decode())
    event = recv_monitor_message(monitor)
    assert event["value"] == zmq.PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH
