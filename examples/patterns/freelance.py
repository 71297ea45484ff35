"""Freelance: a client with several servers and no broker.

The client sends each request to one server.  Without a reply before the timeout it asks the next server; it remembers
the server that replied.  A late reply counts, too.  A second reply to a request has an old number and is dropped.
"""

from __future__ import annotations

import threading
from collections import deque

import zmq

TIMEOUT_MS = 300
ROUNDS = 5


class Client:
    """A client of several servers."""

    def __init__(self, context: zmq.Context, endpoints: list[str]) -> None:
        self.socket = context.socket(zmq.ROUTER)
        self.socket.linger = 0
        self.servers = deque(endpoint.encode() for endpoint in endpoints)
        for endpoint in self.servers:
            self.socket.connect_rid = endpoint  # the server's routing id here is its endpoint
            self.socket.connect(endpoint)
        self.number = 0

    def ask(self, request: bytes) -> bytes:
        """Return the reply of the first server that replies; raise TimeoutError if all were asked often enough."""
        self.number += 1
        number = b"%d" % self.number
        for _ in range(ROUNDS * len(self.servers)):
            self.socket.send_multipart([self.servers[0], b"", number, request])
            while self.socket.poll(TIMEOUT_MS):
                server, _, answered, reply = self.socket.recv_multipart()
                if answered == number:
                    self.servers.rotate(-self.servers.index(server))
                    return reply
            print("no reply: ask the next server")
            self.servers.rotate(-1)
        raise TimeoutError("no server answers")


def serve(server: zmq.Socket) -> None:
    """Reply until a request is empty."""
    with server:
        while True:
            client, empty, number, request = server.recv_multipart()
            server.send_multipart([client, empty, number, request.upper()])
            if not request:
                return


def main() -> None:
    """Ask two servers, the first of which is dead."""
    with zmq.Context() as context, context.socket(zmq.ROUTER) as dead:  # bound, but never read
        endpoints = [f"tcp://127.0.0.1:{dead.bind_to_random_port('tcp://127.0.0.1')}"]
        alive = context.socket(zmq.ROUTER)  # a REP takes no requests of a ROUTER
        endpoints.append(f"tcp://127.0.0.1:{alive.bind_to_random_port('tcp://127.0.0.1')}")
        thread = threading.Thread(target=serve, args=(alive,))
        thread.start()
        client = Client(context, endpoints)
        with client.socket:
            print(client.ask(b"one"))
            print(client.ask(b"two"))  # goes to the server that replied
            client.ask(b"")
        thread.join()


if __name__ == "__main__":
    main()
