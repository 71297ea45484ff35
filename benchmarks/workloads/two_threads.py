"""Two threads at full speed: one pushes what the other pulls, or each sends to itself.

Where one pushes and one pulls, queues become full and empty, so both threads wait at times.  Where each sends to itself
they have nothing in common but the context, so without a GIL an operation takes half as long as in one thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import repeat
from threading import Thread

import zmq
from workloads import PAYLOAD, Loop, context

__all__ = ["threads_apart", "threads_inproc", "threads_tcp"]


@contextmanager
def _stream(transport: str) -> Iterator[Loop]:
    with context() as ctx:
        sender, receiver = ctx.socket(zmq.PUSH), ctx.socket(zmq.PULL)
        if transport == "tcp":
            endpoint = f"tcp://127.0.0.1:{receiver.bind_to_random_port('tcp://127.0.0.1')}"
        else:
            receiver.bind(endpoint := "inproc://stream")
        sender.connect(endpoint)

        def push(count: int) -> None:
            for _ in repeat(None, count):
                sender.send(PAYLOAD)

        def loop(count: int) -> None:
            thread = Thread(target=push, args=(count,))
            thread.start()
            for _ in repeat(None, count):
                receiver.recv()
            thread.join()

        yield loop


threads_inproc = partial(_stream, "inproc")
threads_tcp = partial(_stream, "tcp")


@contextmanager
def threads_apart() -> Iterator[Loop]:
    """Each thread has a pair of sockets; half of the messages go through each."""
    with context() as ctx:
        pairs = [(ctx.socket(zmq.PAIR), ctx.socket(zmq.PAIR)) for _ in range(2)]
        for number, (left, right) in enumerate(pairs):
            left.bind(f"inproc://pair-{number}")
            right.connect(f"inproc://pair-{number}")

        def exchange(left: zmq.SyncSocket, right: zmq.SyncSocket, count: int) -> None:
            for _ in repeat(None, count):
                left.send(PAYLOAD)
                right.recv()

        def loop(count: int) -> None:
            thread = Thread(target=exchange, args=(*pairs[0], count // 2))
            thread.start()
            exchange(*pairs[1], count - count // 2)
            thread.join()

        yield loop
