"""Wait for several sockets at once: a Poller with zmq sockets and an ordinary one.

``poll`` takes a timeout in milliseconds and returns the ready sockets. Every object with ``fileno()`` can be
registered; on Windows it must be a socket.
"""

from __future__ import annotations

import socket

import zmq


def main() -> None:
    """Receive from a PULL, a REP and a plain socket, in the order in which messages arrive."""
    plain, plain_peer = socket.socketpair()
    with (
        plain,
        plain_peer,
        zmq.Context() as context,
        context.socket(zmq.PULL) as pull,
        context.socket(zmq.PUSH) as push,
        context.socket(zmq.REP) as rep,
        context.socket(zmq.REQ) as req,
    ):
        for server, client, endpoint in ((pull, push, "inproc://push"), (rep, req, "inproc://req")):
            server.bind(endpoint)
            client.connect(endpoint)

        poller = zmq.Poller()
        poller.register(pull, zmq.POLLIN)
        poller.register(rep, zmq.POLLIN)
        poller.register(plain, zmq.POLLIN)
        print(f"nothing is ready: {poller.poll(timeout=10)}")

        push.send(b"work")
        req.send(b"request")
        plain_peer.sendall(b"bytes")
        waiting = 3
        while waiting:
            ready = dict(poller.poll(timeout=10_000))
            if pull in ready:
                print(f"pull: {pull.recv()!r}")
                waiting -= 1
            if rep in ready:
                print(f"rep: {rep.recv()!r}")
                rep.send(b"reply")
                waiting -= 1
            if plain.fileno() in ready:  # ordinary objects are returned as their descriptors
                print(f"plain socket: {plain.recv(100)!r}")
                waiting -= 1

        # A single socket needs no Poller.
        if req.poll(10_000):
            print(f"req: {req.recv()!r}")


if __name__ == "__main__":
    main()
