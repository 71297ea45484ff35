"""Larger messages in one thread over inproc: copied when sent and received, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import repeat

from workloads import Loop, pair

__all__ = [
    "copy_1k",
    "copy_1m",
    "copy_100k",
    "copy_300k",
    "zero_copy_1k",
    "zero_copy_1k_tracked",
    "zero_copy_1m",
    "zero_copy_100k",
]


@contextmanager
def _copy(size: int) -> Iterator[Loop]:
    payload = bytes(size)
    with pair() as (sender, receiver):

        def loop(count: int) -> None:
            for _ in repeat(None, count):
                sender.send(payload)
                receiver.recv()

        yield loop


@contextmanager
def _zero_copy(size: int) -> Iterator[Loop]:
    payload = bytes(size)
    with pair() as (sender, receiver):
        sender.copy_threshold = 0  # without this small messages are copied even with copy=False

        def loop(count: int) -> None:
            for _ in repeat(None, count):
                sender.send(payload, copy=False)
                receiver.recv(copy=False)

        yield loop


copy_1k, zero_copy_1k = partial(_copy, 1_000), partial(_zero_copy, 1_000)
copy_100k, zero_copy_100k = partial(_copy, 100_000), partial(_zero_copy, 100_000)
copy_300k = partial(_copy, 300_000)
copy_1m, zero_copy_1m = partial(_copy, 1_000_000), partial(_zero_copy, 1_000_000)


@contextmanager
def zero_copy_1k_tracked() -> Iterator[Loop]:
    """Send without copying, with a MessageTracker for each message."""
    payload = bytes(1_000)
    with pair() as (sender, receiver):
        sender.copy_threshold = 0

        def loop(count: int) -> None:
            for _ in repeat(None, count):
                sender.send(payload, copy=False, track=True)
                receiver.recv(copy=False)

        yield loop
