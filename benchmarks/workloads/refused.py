"""The processor time that a waiting send takes where libzmq says that the socket is ready, and refuses.

A ROUTER that must route does that while its only peer takes nothing: POLLOUT tells of any peer.  What waits by asking
again and again keeps a core busy.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import process_time
from typing import Any

import zmq

__all__ = ["refused_anyio_asyncio", "refused_anyio_trio", "refused_asyncio", "refused_green", "refused_thread"]

SPAN_S = 0.2
"""How long each sample waits."""


@contextmanager
def _full(socket_type: Callable[..., Any]) -> Iterator[tuple[Any, list[bytes]]]:
    """Yield a ROUTER whose peer's queue is full, and a message for it."""
    context = zmq.Context()
    peer, router = context.socket(zmq.DEALER), socket_type(context, zmq.ROUTER)
    try:
        peer.setsockopt(zmq.ROUTING_ID, b"peer")
        peer.setsockopt(zmq.RCVHWM, 1)
        router.setsockopt(zmq.SNDHWM, 1)
        router.setsockopt(zmq.ROUTER_MANDATORY, 1)
        peer.bind("inproc://peer")
        router.connect("inproc://peer")
        shadow = zmq.Socket.shadow(router.underlying)
        message = [b"peer", b"message"]
        while True:
            try:
                shadow.send_multipart(message, zmq.NOBLOCK)
            except zmq.Again:
                break
        yield router, message
    finally:
        router.close(linger=0)
        peer.close(linger=0)
        context.term()


def _samples(repeats: int, wait: Callable[[], object]) -> list[float]:
    """Return *repeats* samples: seconds of the processor for each second that *wait* waits."""
    samples = []
    for _ in range(repeats):
        start = process_time()
        wait()
        samples.append((process_time() - start) / SPAN_S)
    return samples


def refused_thread(repeats: int) -> list[float]:
    """A thread, with SNDTIMEO."""
    with _full(zmq.Socket) as (router, message):
        router.setsockopt(zmq.SNDTIMEO, round(SPAN_S * 1000))

        def wait() -> None:
            try:
                router.send_multipart(message)
            except zmq.Again:
                return
            raise AssertionError("it was sent")

        return _samples(repeats, wait)


def refused_asyncio(repeats: int) -> list[float]:
    """A task that is cancelled."""
    import zmq.asyncio

    with _full(zmq.asyncio.Socket) as (router, message):
        event_loop = asyncio.new_event_loop()

        async def send() -> None:
            sending = asyncio.ensure_future(router.send_multipart(message))
            await asyncio.wait([sending], timeout=SPAN_S)
            assert sending.cancel()

        samples = _samples(repeats, lambda: event_loop.run_until_complete(send()))
        event_loop.close()
        return samples


def _in_anyio(backend: str, repeats: int) -> list[float]:
    import anyio

    import zmq.anyio

    with _full(zmq.anyio.Socket) as (router, message):

        async def send() -> None:
            with anyio.move_on_after(SPAN_S) as scope:
                await router.send_multipart(message)
            assert scope.cancelled_caught

        return _samples(repeats, lambda: anyio.run(send, backend=backend))


def refused_anyio_asyncio(repeats: int) -> list[float]:
    """A task that is cancelled."""
    return _in_anyio("asyncio", repeats)


def refused_anyio_trio(repeats: int) -> list[float]:
    """A task that is cancelled."""
    return _in_anyio("trio", repeats)


def refused_green(repeats: int) -> list[float]:
    """A greenlet that is killed."""
    import gevent

    import zmq.green

    with _full(zmq.green.Socket) as (router, message):

        def wait() -> None:
            sending = gevent.spawn(router.send_multipart, message)
            assert not gevent.joinall([sending], SPAN_S)
            sending.kill()

        return _samples(repeats, wait)
