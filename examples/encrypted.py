"""Encrypt with CURVE, and check the identity of the server.

The client has the server's public key: it refuses other servers, and the messages cannot be read on their way.
The server accepts all clients that use CURVE; an authenticator (ZAP) tells clients apart.
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
    """Return the server's answer, or say what went wrong with the handshake."""
    with context.socket(zmq.REQ) as client:
        client.linger = 0  # a request that cannot be delivered must not keep us from ending
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
    """Ask once with the server's key and once with another."""
    public, secret = zmq.curve_keypair()  # to keep a pair for longer: python -m zmq.curve_keygen
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
