"""Distribute work among workers: PUSH and PULL.

PUSH distributes its messages to the connected workers that have room in their queues, and waits if none has. The
results come back on a second pair of sockets.
"""

from __future__ import annotations

import threading
from collections import Counter

import zmq

WORKERS = 3
TASKS = 30


def work(context: zmq.Context, name: bytes) -> None:
    """Square numbers until the stop message."""
    with context.socket(zmq.PULL) as tasks, context.socket(zmq.PUSH) as results, context.socket(zmq.SUB) as stop:
        tasks.connect("inproc://tasks")
        results.connect("inproc://results")
        stop.connect("inproc://stop")
        stop.subscribe(b"")
        poller = zmq.Poller()
        poller.register(tasks, zmq.POLLIN)
        poller.register(stop, zmq.POLLIN)
        while stop not in (ready := dict(poller.poll())):
            if tasks in ready:
                number = int(tasks.recv())
                results.send_multipart([name, b"%d" % (number * number)])


def main() -> None:
    """Let threads square some numbers; for processes and machines only the endpoints differ."""
    with (
        zmq.Context() as context,
        context.socket(zmq.PUSH) as tasks,
        context.socket(zmq.PULL) as results,
        context.socket(zmq.XPUB) as stop,
    ):
        tasks.bind("inproc://tasks")
        results.bind("inproc://results")
        stop.setsockopt(zmq.XPUB_VERBOSE, 1)  # receive every subscription, not only the first
        stop.bind("inproc://stop")
        threads = [threading.Thread(target=work, args=(context, b"worker-%d" % n)) for n in range(1, WORKERS + 1)]
        for thread in threads:
            thread.start()
        for _ in threads:
            stop.recv()  # a subscription: one more worker is connected, and will get the stop message

        for number in range(TASKS):
            tasks.send(b"%d" % number)
        done = [results.recv_multipart() for _ in range(TASKS)]
        stop.send(b"")
        for thread in threads:
            thread.join()
        print(f"{len(done)} results, the sum of all squares is {sum(int(square) for _, square in done)}")
        for name, tasks_done in sorted(Counter(name.decode() for name, _ in done).items()):
            print(f"{name} did {tasks_done}")


if __name__ == "__main__":
    main()
