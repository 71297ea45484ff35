"""One thread pushes at full speed, another pulls: queues become full and empty, so both threads wait at times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import repeat
from threading import Thread

import zmq
from workloads import PAYLOAD, Loop, context

__all__ = ["threads_inproc", "threads_tcp"]


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
