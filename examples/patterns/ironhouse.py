"""Ironhouse: encryption, and only clients whose keys the server knows.

The strongest of the five security patterns of the ZeroMQ Guide.  The monitor of a client reports that its key was
refused.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import zmq
import zmq.auth
from zmq.auth.thread import ThreadAuthenticator
from zmq.utils.monitor import recv_monitor_message


def client_with(context: zmq.Context, keys: tuple[bytes, bytes], server_key: bytes) -> zmq.Socket:
    """Return the socket of a client, with its keys, not yet connected."""
    client = context.socket(zmq.PUSH)
    client.linger = 0
    client.curve_publickey, client.curve_secretkey = keys
    client.curve_serverkey = server_key
    return client


def main() -> None:
    """Admit one client, and refuse another."""
    with tempfile.TemporaryDirectory() as folder, zmq.Context() as context:
        known = Path(folder, "known")
        known.mkdir()
        zmq.auth.create_certificates(folder, "server")
        zmq.auth.create_certificates(known, "alice")
        alice = zmq.auth.load_certificate(known / "alice.key_secret")
        (known / "alice.key_secret").unlink()  # only on Alice's machine
        server_public, server_secret = zmq.auth.load_certificate(Path(folder, "server.key_secret"))
        assert alice[1] is not None

        with ThreadAuthenticator(context) as authenticator, context.socket(zmq.PULL) as server:
            authenticator.configure_curve(domain="*", location=known)
            server.curve_server = True
            server.curve_secretkey = server_secret
            endpoint = f"tcp://127.0.0.1:{server.bind_to_random_port('tcp://127.0.0.1')}"

            with client_with(context, (alice[0], alice[1]), server_public) as client:
                client.connect(endpoint)
                client.send(b"hello from Alice")
                print(server.recv())

            stranger = client_with(context, zmq.curve_keypair(), server_public)
            with stranger, stranger.get_monitor_socket(zmq.EVENT_HANDSHAKE_FAILED_AUTH) as monitor:
                stranger.connect(endpoint)  # after the monitor, which gets no earlier events
                event = recv_monitor_message(monitor)
                print("a stranger:", zmq.Event(event["event"]).name, event["value"])


if __name__ == "__main__":
    main()
