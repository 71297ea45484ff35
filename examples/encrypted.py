"""Encrypt with CURVE, and verify the server.

The client knows the public key of the server in advance: it refuses every other server, and no third party can read the
messages. The server admits every client that encrypts; an authenticator (ZAP) would distinguish clients.
"""

from __future__ import annotations

import threading

import zmq
from zmq.utils.monitor import recv_monitor_message


def serve(server: zmq.Socket) -> None:
    """Answer one request."""
    with server:
        server.send_string(f"you said {server.recv_string()!r}")


def ask(context: zmq.Context, endpoint: str, server_key: bytes) -> str:
    """Return the reply of the server, or a text if the handshake failed."""
    with context.socket(zmq.REQ) as client:
        client.linger = 0  # an undelivered request must not delay the end of the program
        client.curve_serverkey = server_key
        client.curve_publickey, client.curve_secretkey = zmq.curve_keypair()
        handshakes = zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL | zmq.EVENT_DISCONNECTED
        with client.get_monitor_socket(handshakes) as monitor:
            client.connect(endpoint)
            client.send_string("a secret")
            event = recv_monitor_message(monitor)["event"]
            client.disable_monitor()
        return client.recv_string() if event == zmq.EVENT_HANDSHAKE_SUCCEEDED else "no answer: the handshake failed"


def main() -> None:
    """Send a request with the key of the server, and one with another key."""
    public, secret = zmq.curve_keypair()  # to create keys for files: python -m zmq.curve_keygen
    with zmq.Context() as context:
        server = context.socket(zmq.REP)
        server.curve_secretkey = secret
        server.curve_server = True
        server.bind("tcp://127.0.0.1:*")
        endpoint = server.get_string(zmq.LAST_ENDPOINT)
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()

        stranger, _ = zmq.curve_keypair()
        print(f"expecting another server: {ask(context, endpoint, stranger)}")
        print(f"expecting this server: {ask(context, endpoint, public)}")
        thread.join()


if __name__ == "__main__":
    if zmq.has("curve"):
        main()
    else:
        print("this libzmq was built without CURVE")
