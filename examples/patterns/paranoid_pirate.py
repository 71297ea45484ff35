"""Paranoid pirate: a queue that sends requests only to workers with recent heartbeats.

Workers send READY when they start, and then heartbeats.  The queue removes a worker that was silent for too long, and
sends each request to the worker that has been idle longest.  Here one of two workers dies silently; every request gets
its reply nevertheless.
"""

from __future__ import annotations

import threading
import time

import zmq

READY, HEARTBEAT = b"\x01", b"\x02"
HEARTBEAT_S = 0.05
LIVENESS = 4
"""A worker counts as dead after this number of missed heartbeats."""


class Queue:
    """Passes requests of clients to living workers."""

    def __init__(self, context: zmq.Context) -> None:
        self.frontend, self.backend = context.socket(zmq.ROUTER), context.socket(zmq.ROUTER)
        self.frontend.bind("inproc://clients")
        self.backend.bind("inproc://workers")
        self.idle: dict[bytes, float] = {}  # worker: its expiry time; the worker that has been idle longest comes first

    def run(self, stopped: threading.Event) -> None:
        """Pass messages until *stopped* is set."""
        poller = zmq.Poller()
        poller.register(self.backend, zmq.POLLIN)
        while not stopped.is_set():
            # requests stay in the queue of the socket while no worker is idle
            poller.register(self.frontend, zmq.POLLIN if self.idle else 0)
            ready = dict(poller.poll(HEARTBEAT_S * 1000))
            if self.backend in ready:
                worker, *message = self.backend.recv_multipart()
                # any message shows that it is idle: it handles one request at a time, without heartbeats
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
        """Close the sockets, after the workers have ended: without a peer their sends would wait."""
        self.frontend.close(linger=0)
        self.backend.close(linger=0)


def work(context: zmq.Context, stopped: threading.Event, dies_after: int | None = None) -> None:
    """Reply to requests, and send heartbeats, until *stopped* is set; or stop silently after some replies."""
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
    """Retry until there is a reply, as a lazy pirate."""
    while True:
        with context.socket(zmq.REQ) as client:
            client.linger = 0
            client.connect("inproc://clients")
            client.send(request)
            if client.poll(1000):
                return client.recv()


def main() -> None:
    """Send ten requests; one of the workers dies after two replies."""
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
