"""Paranoid pirate: a queue that gives requests only to workers that have shown a sign of life lately.

Workers say READY when they start, and send heartbeats.  The queue forgets a worker that was silent for too long, and
gives each request to the one that has waited longest.  Here one of two workers dies without a word; every request is
answered all the same.
"""

from __future__ import annotations

import threading
import time

import zmq

READY, HEARTBEAT = b"\x01", b"\x02"
HEARTBEAT_S = 0.05
LIVENESS = 4
"""A worker that was silent for so many heartbeats is dead."""


class Queue:
    """Passes requests of clients to living workers."""

    def __init__(self, context: zmq.Context) -> None:
        self.frontend, self.backend = context.socket(zmq.ROUTER), context.socket(zmq.ROUTER)
        self.frontend.bind("inproc://clients")
        self.backend.bind("inproc://workers")
        self.idle: dict[bytes, float] = {}  # worker: when it expires; the one that has waited longest first

    def run(self, stopped: threading.Event) -> None:
        """Pass messages until *stopped* is set."""
        poller = zmq.Poller()
        poller.register(self.backend, zmq.POLLIN)
        while not stopped.is_set():
            # requests stay in the socket's queue while there is no worker for them
            poller.register(self.frontend, zmq.POLLIN if self.idle else 0)
            ready = dict(poller.poll(HEARTBEAT_S * 1000))
            if self.backend in ready:
                worker, *message = self.backend.recv_multipart()
                # whatever it says, it is idle: it works on one request at a time, and sends no heartbeats meanwhile
                self.idle[worker] = time.monotonic() + HEARTBEAT_S * LIVENESS
                if message not in ([READY], [HEARTBEAT]):
                    self.frontend.send_multipart(message)
            for worker in [worker for worker, expiry in self.idle.items() if expiry < time.monotonic()]:
                print("a worker is gone")
                del self.idle[worker]
            if self.frontend in ready and self.idle:
                worker = next(iter(self.idle))
                del self.idle[worker]
                self.backend.send_multipart([worker, *self.frontend.recv_multipart()])

    def close(self) -> None:
        """Close the sockets: after the workers have ended, because a send of theirs waits where it has no peer."""
        self.frontend.close(linger=0)
        self.backend.close(linger=0)


def work(context: zmq.Context, stopped: threading.Event, dies_after: int | None = None) -> None:
    """Answer requests, and send heartbeats, until *stopped* is set; or fall silent after some replies."""
    with context.socket(zmq.DEALER) as worker:
        worker.linger = 0
        worker.connect("inproc://workers")
        worker.send(READY)
        done = 0
        while not stopped.is_set():
            if worker.poll(HEARTBEAT_S * 1000):
                client, empty, request = worker.recv_multipart()
                worker.send_multipart([client, empty, request.upper()])
                done += 1
                if done == dies_after:
                    return
            else:
                worker.send(HEARTBEAT)


def ask(context: zmq.Context, request: bytes) -> bytes:
    """Ask until there is a reply, as a lazy pirate."""
    while True:
        with context.socket(zmq.REQ) as client:
            client.linger = 0
            client.connect("inproc://clients")
            client.send(request)
            if client.poll(1000):
                return client.recv()


def main() -> None:
    """Ask ten times; one of the workers dies after two replies."""
    stopped = threading.Event()
    with zmq.Context() as context:
        queue = Queue(context)
        threads = [
            threading.Thread(target=queue.run, args=(stopped,)),
            threading.Thread(target=work, args=(context, stopped)),
            threading.Thread(target=work, args=(context, stopped, 2)),
        ]
        for thread in threads:
            thread.start()
        replies = [ask(context, b"request %d" % number) for number in range(10)]
        print(len(replies), "replies, the last one", replies[-1])
        stopped.set()
        for thread in threads:
            thread.join()
        queue.close()


if __name__ == "__main__":
    main()
