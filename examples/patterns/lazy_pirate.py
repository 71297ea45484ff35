"""Lazy pirate: a client that retries on a new socket if there is no reply before a timeout.

The server here loses the first request and answers the others.
"""

from __future__ import annotations

import threading

import zmq

TIMEOUT_MS = 300
TRIES = 5


def ask(context: zmq.Context, endpoint: str, request: bytes) -> bytes:
    """Return the reply; raise TimeoutError if no attempt got one."""
    for _ in range(TRIES):
        with context.socket(zmq.REQ) as client:
            client.linger = 0  # discard the request of a failed attempt
            client.connect(endpoint)
            client.send(request)
            if client.poll(TIMEOUT_MS):
                return client.recv()
        print("no reply: try again")
    raise TimeoutError(f"{endpoint} does not answer")


def serve(server: zmq.Socket) -> None:
    """Lose a request, then reply to all until the context is terminated.

    A ROUTER can do that; a REP must reply to each request.
    """
    try:
        server.recv_multipart()
        while True:
            client, empty, request = server.recv_multipart()
            server.send_multipart([client, empty, request.upper()])
    except zmq.ContextTerminated:
        server.close(linger=0)


def main() -> None:
    """Send a request."""
    context = zmq.Context()
    server = context.socket(zmq.ROUTER)
    port = server.bind_to_random_port("tcp://127.0.0.1")
    thread = threading.Thread(target=serve, args=(server,))
    thread.start()
    try:
        print(ask(context, f"tcp://127.0.0.1:{port}", b"hello"))
    finally:
        context.term()  # ends the server, too
        thread.join()


if __name__ == "__main__":
    main()
