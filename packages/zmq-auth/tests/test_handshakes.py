"""Peers are accepted or refused: real sockets over tcp."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import zmq
from zmq.auth import CURVE_ALLOW_ANY, Authenticator
from zmq.auth.thread import ThreadAuthenticator

MakeServer = Callable[..., Any]  # the class is in conftest.py
Certificate = Callable[[str], tuple[bytes, bytes]]

ENDPOINT = "inproc://zeromq.zap.01"


# ---- every kind of authenticator


def test_null_with_addresses(any_authenticator: Authenticator, make_server: MakeServer) -> None:
    server = make_server("domain")
    assert server.handshake() == 200
    any_authenticator.deny("127.0.0.1")
    assert server.handshake() == 400
    assert make_server().handshake() == 200  # libzmq sends no request without a domain


def test_allowed_networks(any_authenticator: Authenticator, make_server: MakeServer) -> None:
    server = make_server("domain")
    any_authenticator.allow("192.0.2.0/24")
    assert server.handshake() == 400
    any_authenticator.allow("127.0.0.0/8")
    assert server.handshake() == 200


def test_plain_with_a_dict(any_authenticator: Authenticator, make_server: MakeServer) -> None:
    server = make_server(plain=True)
    assert server.handshake(plain_username=b"alice", plain_password=b"secret") == 400
    any_authenticator.configure_plain(passwords={"alice": "secret"})
    assert server.handshake(plain_username=b"alice", plain_password=b"guess") == 400
    assert server.handshake(plain_username=b"bob", plain_password=b"secret") == 400
    assert server.user_id(plain_username=b"alice", plain_password=b"secret") == "alice"


def test_curve_with_a_directory(
    any_authenticator: Authenticator, make_server: MakeServer, certificate: Certificate, tmp_path: Path
) -> None:
    server = make_server(curve=True)
    assert server.handshake() == 400
    alice = certificate("alice")
    any_authenticator.configure_curve(location=tmp_path)
    assert server.user_id(alice) == alice[0].decode()
    assert server.handshake() == 400


def test_curve_with_a_coroutine(any_authenticator: Authenticator, make_server: MakeServer) -> None:
    server = make_server("domain", curve=True)
    alice = zmq.curve_keypair()

    async def callback(domain: str, key: bytes) -> bool:
        await asyncio.sleep(0)
        return (domain, key) == ("domain", alice[0])

    any_authenticator.configure_curve_callback("*", callback)
    assert server.handshake(alice) == 200
    assert server.handshake() == 400


def test_a_provider_that_fails_refuses_one_peer(any_authenticator: Authenticator, make_server: MakeServer) -> None:
    server = make_server(curve=True)
    alice = zmq.curve_keypair()

    def callback(domain: str, key: bytes) -> bool:
        if key != alice[0]:
            raise RuntimeError("the database is down")
        return True

    any_authenticator.configure_curve_callback("*", callback)
    for _ in range(3):
        assert server.handshake() == 500
        assert server.handshake(alice) == 200


# ---- policies that change while peers connect


def test_certificates_can_be_added_and_removed(
    authenticator: ThreadAuthenticator, make_server: MakeServer, certificate: Certificate, tmp_path: Path
) -> None:
    server = make_server(curve=True)
    authenticator.configure_curve(location=tmp_path)
    alice = certificate("alice")
    assert server.handshake(alice) == 200
    bob = certificate("bob")
    assert server.handshake(bob) == 200
    (tmp_path / "alice.key").unlink()
    assert server.handshake(alice) == 400
    assert server.handshake(bob) == 200
    (tmp_path / "bob.key").write_text((tmp_path / "alice.key_secret").read_text())
    assert server.handshake(bob) == 400
    assert server.handshake(alice) == 200


def test_a_certificate_that_is_being_written_does_no_harm(
    authenticator: ThreadAuthenticator, make_server: MakeServer, certificate: Certificate, tmp_path: Path
) -> None:
    server = make_server(curve=True)
    alice, bob = certificate("alice"), certificate("bob")
    authenticator.configure_curve(location=tmp_path)
    whole = (tmp_path / "bob.key").read_text()
    (tmp_path / "bob.key").write_text(whole[:-20])
    assert server.handshake(bob) == 400
    assert server.handshake(alice) == 200
    (tmp_path / "bob.key").write_text(whole)
    assert server.handshake(bob) == 200


def test_a_password_file_can_change(
    authenticator: ThreadAuthenticator, make_server: MakeServer, tmp_path: Path
) -> None:
    server = make_server(plain=True)
    authenticator.configure_plain(passwords=str(tmp_path / "passwords"))
    old = {"plain_username": b"alice", "plain_password": b"old"}
    new = {"plain_username": b"alice", "plain_password": b"new"}
    assert server.handshake(**old) == 400
    (tmp_path / "passwords").write_text("alice=old\n")
    assert server.handshake(**old) == 200
    (tmp_path / "passwords").write_text("alice=new\n")
    assert server.handshake(**old) == 400
    assert server.handshake(**new) == 200


def test_policies_change_in_other_threads_while_requests_are_answered(
    authenticator: ThreadAuthenticator, make_server: MakeServer, background: Callable[..., Any]
) -> None:
    server = make_server("domain", curve=True)
    alice = zmq.curve_keypair()
    done = threading.Event()

    def change() -> None:
        number = 0
        while not done.is_set():
            number += 1
            authenticator.deny(f"192.0.2.{number % 256}")
            authenticator.configure_plain(f"domain-{number % 10}", {})
            authenticator.configure_curve("domain", {alice[0]})

    authenticator.configure_curve("domain", {alice[0]})
    changing = [background(change) for _ in range(2)]
    try:
        assert [server.handshake(alice) for _ in range(20)] == [200] * 20
        assert server.handshake() == 400
    finally:
        done.set()
    for change_done in changing:
        change_done.result()


# ---- domains


def test_servers_of_several_domains_have_a_policy_each(
    authenticator: ThreadAuthenticator, make_server: MakeServer
) -> None:
    alice, bob, eve = (zmq.curve_keypair() for _ in range(3))
    servers = [make_server(domain, curve=True) for domain in ("open", "staff", "else", "")]
    authenticator.configure_curve("open", CURVE_ALLOW_ANY)
    authenticator.configure_curve("staff", {alice[0]})
    authenticator.configure_curve("*", {bob[0].decode()})
    outcomes = [[server.handshake(keys) for server in servers] for keys in (alice, bob, eve)]
    assert outcomes == [[200, 200, 400, 400], [200, 400, 200, 200], [200, 400, 400, 400]]


def test_mechanisms_side_by_side(authenticator: ThreadAuthenticator, make_server: MakeServer) -> None:
    null, plain, curve = make_server("a"), make_server("a", plain=True), make_server("a", curve=True)
    authenticator.configure_plain("a", {"alice": "secret"})
    authenticator.configure_curve("a", CURVE_ALLOW_ANY)
    assert null.user_id() == "anonymous"
    assert plain.user_id(plain_username=b"alice", plain_password=b"secret") == "alice"
    assert len(curve.user_id()) == 40


def test_curve_user_id_can_be_overridden(context: zmq.Context, make_server: MakeServer) -> None:
    alice = zmq.curve_keypair()

    class Named(ThreadAuthenticator):
        def curve_user_id(self, client_public_key: bytes) -> str:
            return "älice"

    server = make_server(curve=True)
    with Named(context) as authenticator:
        authenticator.configure_curve("*", {alice[0]})
        assert server.user_id(alice) == "älice"


# ---- attacks


def test_a_flood_of_invalid_requests_does_not_delay_other_peers(
    context: zmq.Context,
    any_authenticator: Authenticator,
    make_server: MakeServer,
    certificate: Certificate,
    tmp_path: Path,
    background: Callable[..., Any],
    wait_until: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    server, target = make_server("domain", curve=True), make_server("domain", curve=True)
    alice = certificate("alice")
    any_authenticator.configure_curve(location=tmp_path)
    done = threading.Event()
    request = [b"1.0", b"7", b"domain", b"192.0.2.1", b"", b"CURVE", bytes(32)]
    junk: list[list[bytes]] = [
        [b""],
        [b"no envelope"],
        [b"", b""],
        [b"", b"1.0"],
        [b"", b"9.9", *request[1:]],
        [b"", *request[:-1]],
        [b"", *request, b"more"],
        [b"", *request[:-1], b"short"],
        [b"", *request[:-1], bytes(100_000)],
        [b"id", b"", *request],
        [b"\xff"] * 20,
    ]

    sent = {"handler": 0, "server": 0}

    def flood_the_handler() -> None:
        with context.socket(zmq.DEALER) as dealer:
            dealer.linger = 0
            dealer.connect(ENDPOINT)
            while not done.is_set():
                for message in junk:
                    if dealer.poll(100, zmq.POLLOUT):  # replies are never read
                        dealer.send_multipart(message)
                        sent["handler"] += 1

    def flood_the_server() -> None:
        while not done.is_set():
            with target.client():  # with an unknown key
                target.outcome()
            sent["server"] += 1

    floods = [background(flood_the_handler), background(flood_the_server)]
    try:
        wait_until(lambda: all(sent.values()))
        for _ in range(20):
            assert server.user_id(alice) == alice[0].decode()
    finally:
        done.set()
    for flood in floods:
        flood.result()
    assert len(caplog.messages) < 100
