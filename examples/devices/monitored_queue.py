"""Put a queue between clients and workers, and watch all messages.

A ThreadMonitoredQueue is a broker that runs in its own thread. Its capture socket sends a copy of each message, with a
first frame that names the direction: "in" for requests, "out" for replies. Needs zmq-devices.
"""

from __future__ import annotations

import threading

import zmq
from zmq.devices import ThreadMonitoredQueue

QUESTIONS = 3


def work(worker: zmq.Socket, number: int) -> None:
    """Reply until the request is empty."""
    with worker:
        while question := worker.recv_string():
            worker.send_string(f"{question}, answered worker {number}")
        worker.send(b"")


def main() -> None:
    """Send requests, and print the copies of the queue."""
    queue = ThreadMonitoredQueue(zmq.ROUTER, zmq.DEALER, zmq.PUSH)
    port = queue.bind_in_to_random_port("tcp://127.0.0.1")  # reserved from now on: it can be given to clients
    queue.bind_out("tcp://127.0.0.1:*")
    queue.bind_mon("tcp://127.0.0.1:*")
    with queue, zmq.Context() as context:
        threads = []
        for number in (1, 2):
            worker = context.socket(zmq.REP)
            worker.connect(queue.backend.endpoints[0])
            threads.append(threading.Thread(target=work, args=(worker, number)))
            threads[-1].start()
        with context.socket(zmq.REQ) as client, context.socket(zmq.PULL) as watcher:
            client.connect(f"tcp://127.0.0.1:{port}")
            watcher.connect(queue.capture.endpoints[0])
            for number in range(QUESTIONS):
                client.send_string(f"question {number}")
                print(client.recv_string())
            for _ in range(2 * QUESTIONS):
                direction, _sender, _empty, body = watcher.recv_multipart()
                print(f"{direction.decode():>3}: {body.decode()}")
            for _ in threads:
                client.send(b"")  # also distributed in turn: one for each worker
                client.recv()
        for thread in threads:
            thread.join()
    print(f"{queue.statistics().frontend_received.messages} messages have come from the client")


if __name__ == "__main__":
    main()
