"""Authentication: a ThreadAuthenticator with a directory of certificates."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path
from tempfile import TemporaryDirectory

import zmq
from workloads import Loop, context
from zmq.auth import create_certificates, load_certificate
from zmq.auth.thread import ThreadAuthenticator
from zmq.utils import z85

__all__ = ["handshake", "zap_request"]

CERTIFICATES = 100


@contextmanager
def _authenticated() -> Iterator[tuple[zmq.SyncContext, bytes, bytes]]:
    """A context with an authenticator, and the keys of a client that it accepts."""
    with TemporaryDirectory() as directory, context() as ctx:
        files = [create_certificates(directory, f"client-{number}")[1] for number in range(CERTIFICATES)]
        public, secret = load_certificate(files[0])
        assert secret is not None
        authenticator = ThreadAuthenticator(ctx)
        authenticator.start()
        authenticator.configure_curve(domain="*", location=Path(directory))
        yield ctx, public, secret
        authenticator.stop()


@contextmanager
def handshake() -> Iterator[Loop]:
    """A client connects over tcp, is accepted, sends a message and disconnects."""
    with _authenticated() as (ctx, public, secret):
        server_public, server_secret = zmq.curve_keypair()
        server = ctx.socket(zmq.PULL)
        server.curve_server = True
        server.curve_secretkey = server_secret
        endpoint = f"tcp://127.0.0.1:{server.bind_to_random_port('tcp://127.0.0.1')}"

        def loop(count: int) -> None:
            for _ in repeat(None, count):
                with ctx.socket(zmq.PUSH) as client:
                    client.linger = 0
                    client.curve_serverkey = server_public
                    client.curve_publickey = public
                    client.curve_secretkey = secret
                    client.connect(endpoint)
                    client.send(b"")
                    server.recv()

        yield loop


@contextmanager
def zap_request() -> Iterator[Loop]:
    """Only the authenticator: a ZAP request, as libzmq sends it, and the reply."""
    with _authenticated() as (ctx, public, _):
        client = ctx.socket(zmq.REQ)
        client.connect("inproc://zeromq.zap.01")
        request = [b"1.0", b"1", b"", b"127.0.0.1", b"", b"CURVE", z85.decode(public)]

        def loop(count: int) -> None:
            for _ in repeat(None, count):
                client.send_multipart(request)
                if client.recv_multipart()[2] != b"200":
                    raise RuntimeError("the client was turned away")

        yield loop
