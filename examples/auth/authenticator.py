"""Admit only known clients: an authenticator, and certificates.

The server and each client have a certificate. The authenticator runs in a thread and admits the clients whose public
certificates are in a directory; certificates can be added and removed while it runs. Needs zmq-auth.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import zmq
from zmq.auth import create_certificates, load_certificate
from zmq.auth.thread import ThreadAuthenticator
from zmq.utils.monitor import recv_monitor_message

HANDSHAKES = zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_HANDSHAKE_FAILED_AUTH


def knock(context: zmq.Context, endpoint: str, server_certificate: Path, own_certificate: Path) -> str:
    """Send a message to the server, and return whether the server admitted the client."""
    with context.socket(zmq.PUSH) as client:
        client.linger = 0  # the message of a refused client must not delay the end of the program
        client.curve_serverkey, _ = load_certificate(server_certificate)
        client.curve_publickey, client.curve_secretkey = load_certificate(own_certificate)
        with client.get_monitor_socket(HANDSHAKES) as monitor:
            client.connect(endpoint)
            client.send(b"hello")
            event = recv_monitor_message(monitor)["event"]
            client.disable_monitor()
        return "let in" if event == zmq.EVENT_HANDSHAKE_SUCCEEDED else "turned away"


def main() -> None:
    """Connect the same client before and after its certificate is added."""
    with TemporaryDirectory() as home, zmq.Context() as context, ThreadAuthenticator(context) as authenticator:
        own, known = Path(home), Path(home, "known")
        known.mkdir()
        # On the command line: python -m zmq.auth server
        for name in ("server", "alice"):
            create_certificates(own, name)
        authenticator.configure_curve(domain="*", location=known)

        with context.socket(zmq.PULL) as server:
            _, server.curve_secretkey = load_certificate(own / "server.key_secret")
            server.curve_server = True
            server.bind("tcp://127.0.0.1:*")
            endpoint = server.get_string(zmq.LAST_ENDPOINT)

            outcome = knock(context, endpoint, own / "server.key", own / "alice.key_secret")
            print(f"alice is {outcome}: the server has no certificate of hers")

            (known / "alice.key").write_bytes((own / "alice.key").read_bytes())
            outcome = knock(context, endpoint, own / "server.key", own / "alice.key_secret")
            print(f"alice is {outcome}: her public certificate is there now")


if __name__ == "__main__":
    if zmq.has("curve"):
        main()
    else:
        print("this libzmq was built without CURVE")
