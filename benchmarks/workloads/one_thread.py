"""One thread, inproc: no operation waits, so this is the cost of the binding itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import repeat

import zmq
from workloads import PAYLOAD, Loop, pair

__all__ = ["get_events", "get_linger", "json", "multipart_3", "multipart_20", "pair_10", "recv_again", "string"]


@contextmanager
def pair_10() -> Iterator[Loop]:
    """Send and receive one small message."""
    with pair() as (sender, receiver):

        def loop(count: int) -> None:
            for _ in repeat(None, count):
                sender.send(PAYLOAD)
                receiver.recv()

        yield loop


@contextmanager
def _multipart(parts: int) -> Iterator[Loop]:
    message = [PAYLOAD] * parts
    with pair() as (sender, receiver):

        def loop(count: int) -> None:
            for _ in repeat(None, count):
                sender.send_multipart(message)
                receiver.recv_multipart()

        yield loop


multipart_3 = partial(_multipart, 3)
multipart_20 = partial(_multipart, 20)


@contextmanager
def recv_again() -> Iterator[Loop]:
    """Try to receive from an empty socket."""
    flags = zmq.NOBLOCK
    with pair() as (_, receiver):

        def loop(count: int) -> None:
            for _ in repeat(None, count):
                try:
                    receiver.recv(flags)
                except zmq.Again:
                    continue

        yield loop


@contextmanager
def get_events() -> Iterator[Loop]:
    """Read the EVENTS option of an idle socket."""
    option = zmq.EVENTS
    with pair() as (sender, _):

        def loop(count: int) -> None:
            for _ in repeat(None, count):
                sender.getsockopt(option)

        yield loop


@contextmanager
def get_linger() -> Iterator[Loop]:
    """Read an option as an attribute."""
    with pair() as (sender, _):

        def loop(count: int) -> None:
            for _ in repeat(None, count):
                _linger = sender.linger

        yield loop


@contextmanager
def json() -> Iterator[Loop]:
    """Send and receive a small dict as JSON."""
    message = {"id": 17, "method": "add", "params": [1, 2.5, "three"], "ok": True}
    with pair() as (sender, receiver):

        def loop(count: int) -> None:
            for _ in repeat(None, count):
                sender.send_json(message)
                receiver.recv_json()

        yield loop


@contextmanager
def string() -> Iterator[Loop]:
    """Send and receive a short text."""
    text = PAYLOAD.decode()
    with pair() as (sender, receiver):

        def loop(count: int) -> None:
            for _ in repeat(None, count):
                sender.send_string(text)
                receiver.recv_string()

        yield loop
