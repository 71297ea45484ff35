"""Fixtures: servers that report the outcome of a handshake, certificates, running authenticators of every kind."""

from __future__ import annotations

import asyncio
import importlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

import zmq
import zmq.auth
from zmq.auth import Authenticator
from zmq.auth.thread import ThreadAuthenticator
from zmq.utils.monitor import recv_monitor_message

WAIT_MS = 30_000
"""The limit of each wait, in milliseconds."""

OUTCOMES = zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL


class Server:
    """A server socket; ``handshake`` connects a client to it and returns the outcome."""

    def __init__(self, context: zmq.Context, stack: ExitStack, domain: str, *, plain: bool, curve: bool) -> None:
        self._context = context
        self._curve = curve
        self.public_key, secret_key = zmq.curve_keypair()
        self.socket = stack.enter_context(context.socket(zmq.PULL))
        self.socket.rcvtimeo = WAIT_MS
        self.socket.plain_server = plain
        if curve:
            self.socket.curve_secretkey = secret_key
            self.socket.curve_server = True
        if domain:
            self.socket.zap_domain = domain.encode()
        self.socket.bind("tcp://127.0.0.1:*")
        self.endpoint = self.socket.last_endpoint.decode()
        self._monitor = stack.enter_context(self.socket.get_monitor_socket(OUTCOMES))
        self._monitor.rcvtimeo = WAIT_MS

    @contextmanager
    def client(self, keys: tuple[bytes, bytes] | None = None, **options: Any) -> Iterator[zmq.Socket]:
        """A client that connects once; *keys* are its own, *options* are socket options."""
        with self._context.socket(zmq.PUSH) as client:
            client.linger = 0
            client.reconnect_ivl = -1
            if self._curve:
                client.curve_serverkey = self.public_key
                client.curve_publickey, client.curve_secretkey = keys or zmq.curve_keypair()
            for option, value in options.items():
                setattr(client, option, value)
            client.connect(self.endpoint)
            yield client

    def outcome(self) -> int:
        """Wait for the end of the next handshake; return 200 if the peer was accepted, else the status of the reply."""
        message = recv_monitor_message(self._monitor)
        return 200 if message["event"] == zmq.EVENT_HANDSHAKE_SUCCEEDED else message["value"]

    def handshake(self, keys: tuple[bytes, bytes] | None = None, **options: Any) -> int:
        """Connect a client, and return the outcome."""
        with self.client(keys, **options):
            return self.outcome()

    def user_id(self, keys: tuple[bytes, bytes] | None = None, **options: Any) -> str:
        """Send a message from a client, and return the user id that the server reads from it."""
        with self.client(keys, **options) as client:
            client.send(b"")
            frame = self.socket.recv(copy=False)
            self.outcome()
            assert frame["User-Id"] == frame.get("User-Id")
            return frame["User-Id"]


MakeServer = Callable[..., Server]


@pytest.fixture
def make_server(context: zmq.Context) -> Iterator[MakeServer]:
    """Return a function that makes a server: ``make_server("domain", plain=True)``."""
    with ExitStack() as stack:

        def make(domain: str = "", *, plain: bool = False, curve: bool = False) -> Server:
            if curve and not zmq.has("curve"):
                pytest.skip("this libzmq was built without CURVE")
            return Server(context, stack, domain, plain=plain, curve=curve)

        yield make


@pytest.fixture
def certificate(tmp_path: Path) -> Callable[[str], tuple[bytes, bytes]]:
    """Return a function that makes a certificate in ``tmp_path``, and returns its two keys."""
    if not zmq.has("curve"):
        pytest.skip("this libzmq was built without CURVE")

    def make(name: str) -> tuple[bytes, bytes]:
        public, secret = zmq.auth.load_certificate(zmq.auth.create_certificates(tmp_path, name)[1])
        assert secret is not None
        return public, secret

    return make


@pytest.fixture
def authenticator(context: zmq.Context, make_server: MakeServer) -> Iterator[ThreadAuthenticator]:
    """A running authenticator in a thread."""
    with ThreadAuthenticator(context) as authenticator:
        yield authenticator


@contextmanager
def _in_a_loop(module: str, name: str, context: zmq.Context) -> Iterator[Authenticator]:
    """A running authenticator of an event loop, which runs in a thread."""
    try:
        authenticator: Authenticator = getattr(importlib.import_module(module), name)(context)
    except ImportError as error:
        pytest.skip(str(error))
    running: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def main() -> None:
        with authenticator:
            stopping = asyncio.Event()
            running.set_result((asyncio.get_running_loop(), stopping))
            await stopping.wait()

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    try:
        loop, stopping = running.result(WAIT_MS / 1000)
        yield authenticator
        loop.call_soon_threadsafe(stopping.set)
    finally:
        thread.join(WAIT_MS / 1000)


@pytest.fixture(params=["thread", "asyncio", "ioloop"])
def any_authenticator(
    request: pytest.FixtureRequest, context: zmq.Context, make_server: MakeServer
) -> Iterator[Authenticator]:
    """A running authenticator of each kind."""
    if request.param == "thread":
        with ThreadAuthenticator(context) as authenticator:
            yield authenticator
    else:
        name = {"asyncio": "AsyncioAuthenticator", "ioloop": "IOLoopAuthenticator"}[request.param]
        with _in_a_loop(f"zmq.auth.{request.param}", name, context) as in_a_loop:
            yield in_a_loop
