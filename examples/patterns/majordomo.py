"""Majordomo: a broker for services by name.

Workers register for a service; clients name the service in their requests.  The broker keeps a queue of requests and a
queue of idle workers for each service.  The protocol follows RFC 7, without heartbeats: see paranoid_pirate.py for
those.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque

import zmq

CLIENT, WORKER = b"MDPC01", b"MDPW01"
READY, REQUEST, REPLY, DISCONNECT = b"\x01", b"\x02", b"\x03", b"\x05"


class Broker:
    """Sends the requests for each service to its idle workers."""

    def __init__(self, context: zmq.Context) -> None:
        self.socket = context.socket(zmq.ROUTER)
        self.socket.bind("inproc://broker")
        self.requests: dict[bytes, deque[list[bytes]]] = defaultdict(deque)
        self.idle: dict[bytes, deque[bytes]] = defaultdict(deque)
        self.services: dict[bytes, bytes] = {}  # of each worker

    def run(self) -> None:
        """Serve until the context is terminated."""
        try:
            while True:
                sender, _, kind, *rest = self.socket.recv_multipart()
                if kind == CLIENT:
                    service, *body = rest
                    self.requests[service].append([sender, *body])
                    self.dispatch(service)
                elif kind == WORKER:
                    self.from_worker(sender, *rest)
        except zmq.ContextTerminated:
            self.socket.close(linger=0)

    def from_worker(self, worker: bytes, command: bytes, *rest: bytes) -> None:
        """Handle a message of a worker."""
        if command == READY:
            self.services[worker] = rest[0]
        elif command == REPLY:
            client, _, *body = rest
            self.socket.send_multipart([client, b"", CLIENT, self.services[worker], *body])
        elif command == DISCONNECT:
            self.idle[self.services.pop(worker)].remove(worker)
            return
        service = self.services[worker]
        self.idle[service].append(worker)
        self.dispatch(service)

    def dispatch(self, service: bytes) -> None:
        """Send requests to idle workers while both queues have entries."""
        while self.requests[service] and self.idle[service]:
            client, *body = self.requests[service].popleft()
            worker = self.idle[service].popleft()
            self.socket.send_multipart([worker, b"", WORKER, REQUEST, client, b"", *body])


def work(worker: zmq.Socket, service: bytes) -> None:
    """Reply to requests for *service* until the context is terminated."""
    try:
        worker.connect("inproc://broker")
        worker.send_multipart([b"", WORKER, READY, service])
        while True:
            _, _, _, client, _, *body = worker.recv_multipart()
            worker.send_multipart([b"", WORKER, REPLY, client, b"", service, *body])
    except zmq.ContextTerminated:
        worker.close(linger=0)


def ask(context: zmq.Context, service: bytes, *body: bytes) -> list[bytes]:
    """Return the reply of a service."""
    with context.socket(zmq.REQ) as client:
        client.connect("inproc://broker")
        client.send_multipart([CLIENT, service, *body])
        return client.recv_multipart()[2:]


def main() -> None:
    """Call two services; requests may arrive before the workers of the service."""
    context = zmq.Context()
    threads = [threading.Thread(target=Broker(context).run)]
    # The sockets are made here: a thread that starts late may find the context terminated.
    workers = [(context.socket(zmq.DEALER), service) for service in (b"echo", b"echo", b"resize")]
    threads += [threading.Thread(target=work, args=worker) for worker in workers]
    for thread in threads:
        thread.start()
    print(ask(context, b"resize", b"picture"))
    print(ask(context, b"echo", b"hello"))
    context.term()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
