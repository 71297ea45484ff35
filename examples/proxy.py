"""Put a broker between clients and servers: a steerable proxy.

Clients and servers both connect to the proxy, so that either can be added at any time. REQ sockets connect to its
ROUTER, REP sockets to its DEALER; XSUB and XPUB, or PULL and PUSH, work the same way.
"""

from __future__ import annotations

import threading

import zmq

FRONTEND, BACKEND, CONTROL = "inproc://frontend", "inproc://backend", "inproc://control"
SERVERS = 2


def broker(frontend: zmq.Socket, backend: zmq.Socket, control: zmq.Socket) -> None:
    """Pass messages in both directions until TERMINATE; the loop runs in libzmq."""
    with frontend, backend, control:
        zmq.proxy_steerable(frontend, backend, None, control)


def serve(server: zmq.Socket, name: str) -> None:
    """Reply until the request is empty."""
    with server:
        while request := server.recv():
            server.send_string(f"{name} has read {request.decode()!r}")
        server.send(b"")


def main() -> None:
    """Send requests through the broker, which distributes them in turn."""
    with zmq.Context() as context, context.socket(zmq.PAIR) as control, context.socket(zmq.REQ) as client:
        sockets = [context.socket(kind) for kind in (zmq.ROUTER, zmq.DEALER, zmq.PAIR)]
        for socket, endpoint in zip(sockets, (FRONTEND, BACKEND, CONTROL), strict=True):
            socket.bind(endpoint)
        threads = [threading.Thread(target=broker, args=sockets)]
        for number in range(1, SERVERS + 1):
            server = context.socket(zmq.REP)
            server.connect(BACKEND)
            threads.append(threading.Thread(target=serve, args=(server, f"server {number}")))
        for thread in threads:
            thread.start()

        control.connect(CONTROL)
        client.connect(FRONTEND)
        for number in range(4):
            client.send_string(f"letter {number}")
            print(client.recv_string())

        for _ in range(SERVERS):
            client.send(b"")  # also distributed in turn: one for each server
            client.recv()
        control.send(b"TERMINATE")  # the other commands are PAUSE, RESUME and STATISTICS
        for thread in threads:
            thread.join()
        print("the broker has ended")


if __name__ == "__main__":
    main()
