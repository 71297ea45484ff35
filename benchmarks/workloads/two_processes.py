"""Two processes on one machine, over tcp."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import repeat
from multiprocessing.connection import Connection

import zmq
from workloads import PAYLOAD, Loop, context

__all__ = ["echo", "ping_pong", "processes_10", "processes_multipart_3", "push", "with_child"]

MESSAGE = [PAYLOAD] * 3

# The other process: it connects to an endpoint, and sends or answers the number of messages read from the pipe.
_Child = Callable[["Connection[int, int]", str], None]


def _counts(commands: Connection[int, int]) -> Iterator[int]:
    while count := commands.recv():
        yield count


def push(commands: Connection[int, int], endpoint: str) -> None:
    """Connect to *endpoint*, and send small messages."""
    with context() as ctx:
        sender = ctx.socket(zmq.PUSH)
        sender.connect(endpoint)
        for count in _counts(commands):
            for _ in repeat(None, count):
                sender.send(PAYLOAD)


def _push_multipart(commands: Connection[int, int], endpoint: str) -> None:
    with context() as ctx:
        sender = ctx.socket(zmq.PUSH)
        sender.connect(endpoint)
        for count in _counts(commands):
            for _ in repeat(None, count):
                sender.send_multipart(MESSAGE)


def echo(commands: Connection[int, int], endpoint: str) -> None:
    """Connect to *endpoint*, and answer requests with what they hold."""
    with context() as ctx:
        server = ctx.socket(zmq.REP)
        server.connect(endpoint)
        for count in _counts(commands):
            for _ in repeat(None, count):
                server.send(server.recv())


@contextmanager
def with_child(child: _Child, socket_type: int) -> Iterator[tuple[zmq.SyncSocket, Callable[[int], None]]]:
    """A socket that the other process is connected to, and a function that makes it handle a number of messages."""
    spawn = multiprocessing.get_context("spawn")  # after a fork contexts must not be used
    commands, theirs = spawn.Pipe()
    with context() as ctx, commands:
        socket = ctx.socket(socket_type)
        endpoint = f"tcp://127.0.0.1:{socket.bind_to_random_port('tcp://127.0.0.1')}"
        process = spawn.Process(target=child, args=(theirs, endpoint), daemon=True)
        process.start()
        theirs.close()
        yield socket, commands.send
        commands.send(0)
        process.join()


@contextmanager
def processes_10() -> Iterator[Loop]:
    """Receive small messages from the other process."""
    with with_child(push, zmq.PULL) as (receiver, start):

        def loop(count: int) -> None:
            start(count)
            for _ in repeat(None, count):
                receiver.recv()

        yield loop


@contextmanager
def processes_multipart_3() -> Iterator[Loop]:
    """Receive messages of three frames from the other process."""
    with with_child(_push_multipart, zmq.PULL) as (receiver, start):

        def loop(count: int) -> None:
            start(count)
            for _ in repeat(None, count):
                receiver.recv_multipart()

        yield loop


@contextmanager
def ping_pong() -> Iterator[Loop]:
    """Ask the other process, and wait for its answer."""
    with with_child(echo, zmq.REQ) as (client, start):

        def loop(count: int) -> None:
            start(count)
            for _ in repeat(None, count):
                client.send(PAYLOAD)
                client.recv()

        yield loop
