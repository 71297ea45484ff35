"""Lazy pirate: a client that asks again on a new socket when it has no reply in time.

The server here loses the first request and answers the second.
"""

from __future__ import annotations

import threading

import zmq

TIMEOUT_MS = 300
TRIES = 5


def ask(context: zmq.Context, endpoint: str, request: bytes) -> bytes:
    """Return the reply; raise TimeoutError when no try had one."""
    for _ in range(TRIES):
        with context.socket(zmq.REQ) as client:
            client.linger = 0  # the request of a try that failed is of no use any more
            client.connect(endpoint)
            client.send(request)
            if client.poll(TIMEOUT_MS):
                return client.recv()
        print("no reply: try again")
    raise TimeoutError(f"{endpoint} does not answer")


def serve(server: zmq.Socket) -> None:
    """Lose a request, then answer one.  A ROUTER can do that; a REP has to reply to each."""
    with server:
        server.recv_multipart()
        client, empty, request = server.recv_multipart()
        server.send_multipart([client, empty, request.upper()])


def main() -> None:
    """Ask once."""
    with zmq.Context() as context:
        server = context.socket(zmq.ROUTER)
        port = server.bind_to_random_port("tcp://127.0.0.1")
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        print(ask(context, f"tcp://127.0.0.1:{port}", b"hello"))
        thread.join()


if __name__ == "__main__":
    main()
