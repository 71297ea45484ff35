"""Put a queue between clients and workers, and watch everything that passes.

A ThreadMonitoredQueue is a broker in a thread of its own. What passes is shown to its capture socket, with a first
frame that tells which way it goes: "in" for questions, "out" for answers. Needs zmq-devices.
"""

from __future__ import annotations

import threading

import zmq
from zmq.devices import ThreadMonitoredQueue

QUESTIONS = 3


def work(worker: zmq.Socket, number: int) -> None:
    """Answer until the empty question."""
    with worker:
        while question := worker.recv_string():
            worker.send_string(f"{question}, answered worker {number}")
        worker.send(b"")


def main() -> None:
    """Ask, and print what the queue has shown."""
    queue = ThreadMonitoredQueue(zmq.ROUTER, zmq.DEALER, zmq.PUSH)
    port = queue.bind_in_to_random_port("tcp://127.0.0.1")  # taken from now on: clients may be told
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
                client.send(b"")  # dealt out in turn as well: one for each worker
                client.recv()
        for thread in threads:
            thread.join()
    print(f"{queue.statistics().frontend_received.messages} messages have come from the client")


if __name__ == "__main__":
    main()
