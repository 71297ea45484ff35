"""asyncio: both ends in one loop.  Operations that cannot complete at once wait in the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from itertools import cycle, islice, repeat

import zmq
import zmq.asyncio
from workloads import PAYLOAD, Loop

__all__ = [
    "asyncio_1000",
    "asyncio_multipart_3",
    "asyncio_pair_10",
    "asyncio_ping_pong",
    "asyncio_poller_10",
    "asyncio_poller_500",
    "asyncio_poller_now_10",
    "asyncio_poller_now_1000",
    "asyncio_tcp",
    "in_loop",
]

Work = Callable[[int], Awaitable[None]]


@contextmanager
def _context() -> Iterator[zmq.asyncio.Context]:
    context = zmq.asyncio.Context()
    try:
        yield context
    finally:
        context.destroy(linger=0)


def _connected(
    context: zmq.asyncio.Context, first: int, second: int, endpoint: str = "inproc://pair"
) -> tuple[zmq.asyncio.Socket, zmq.asyncio.Socket]:
    bound, connected = context.socket(first), context.socket(second)
    bound.bind(endpoint)
    connected.connect(bound.getsockopt_string(zmq.LAST_ENDPOINT))
    return bound, connected


@contextmanager
def in_loop(work: Work) -> Iterator[Loop]:
    """Yield a function that runs *work* in a loop of asyncio."""
    event_loop = asyncio.new_event_loop()

    async def run(count: int) -> None:
        await work(count)

    yield lambda count: event_loop.run_until_complete(run(count))
    event_loop.close()


@contextmanager
def asyncio_pair_10() -> Iterator[Loop]:
    """Send and receive one small message."""
    with _context() as context:
        sender, receiver = _connected(context, zmq.PAIR, zmq.PAIR)

        async def work(count: int) -> None:
            for _ in repeat(None, count):
                await sender.send(PAYLOAD)
                await receiver.recv()

        with in_loop(work) as loop:
            yield loop


@contextmanager
def asyncio_multipart_3() -> Iterator[Loop]:
    """Send and receive a message of three frames."""
    message = [PAYLOAD] * 3
    with _context() as context:
        sender, receiver = _connected(context, zmq.PAIR, zmq.PAIR)

        async def work(count: int) -> None:
            for _ in repeat(None, count):
                await sender.send_multipart(message)
                await receiver.recv_multipart()

        with in_loop(work) as loop:
            yield loop


@contextmanager
def asyncio_tcp() -> Iterator[Loop]:
    """One task sends, one receives, over tcp."""
    with _context() as context:
        receiver, sender = _connected(context, zmq.PULL, zmq.PUSH, "tcp://127.0.0.1:*")

        async def send(count: int) -> None:
            for _ in repeat(None, count):
                await sender.send(PAYLOAD)

        async def work(count: int) -> None:
            sending = asyncio.ensure_future(send(count))
            for _ in repeat(None, count):
                await receiver.recv()
            await sending

        with in_loop(work) as loop:
            yield loop


@contextmanager
def asyncio_ping_pong() -> Iterator[Loop]:
    """A request and its reply between two tasks, which wait for each other in the loop."""
    with _context() as context:
        server, client = _connected(context, zmq.REP, zmq.REQ)

        async def serve(count: int) -> None:
            for _ in repeat(None, count):
                await server.send(await server.recv())

        async def work(count: int) -> None:
            serving = asyncio.ensure_future(serve(count))
            for _ in repeat(None, count):
                await client.send(PAYLOAD)
                await client.recv()
            await serving

        with in_loop(work) as loop:
            yield loop


@contextmanager
def asyncio_1000() -> Iterator[Loop]:
    """A thousand sockets, each with a waiting task; messages arrive on ten of them."""
    with _context() as context:
        context.set(zmq.MAX_SOCKETS, 2048)
        receivers = [context.socket(zmq.PULL) for _ in range(1000)]
        for number, receiver in enumerate(receivers):
            receiver.bind(f"inproc://{number}")
        senders = [context.socket(zmq.PUSH) for _ in range(10)]
        for number, sender in enumerate(senders):
            sender.connect(f"inproc://{number * 100}")
        event_loop = asyncio.new_event_loop()
        came = asyncio.Queue[bytes]()

        async def listen(receiver: zmq.asyncio.Socket) -> None:
            while True:
                came.put_nowait(await receiver.recv())

        async def work(count: int) -> None:
            for sender in islice(cycle(senders), count):
                await sender.send(PAYLOAD)
                await came.get()

        listening = [event_loop.create_task(listen(receiver)) for receiver in receivers]
        yield lambda count: event_loop.run_until_complete(work(count))
        for task in listening:
            task.cancel()
        event_loop.run_until_complete(asyncio.wait(listening))
        event_loop.close()


@contextmanager
def _polled(number: int) -> Iterator[tuple[zmq.asyncio.Poller, zmq.asyncio.Socket, zmq.asyncio.Socket]]:
    """Yield a Poller with *number* sockets, the last of them, and its peer."""
    with _context() as context:
        context.set(zmq.MAX_SOCKETS, 2048)
        poller = zmq.asyncio.Poller()
        for index in range(number - 1):
            socket = context.socket(zmq.PULL)
            socket.bind(f"inproc://{index}")
            poller.register(socket, zmq.POLLIN)
        receiver, sender = _connected(context, zmq.PULL, zmq.PUSH)
        poller.register(receiver, zmq.POLLIN)
        yield poller, receiver, sender


@contextmanager
def _poller(number: int) -> Iterator[Loop]:
    """A task waits for *number* sockets by a Poller; then another sends to one of them."""
    with _polled(number) as (poller, receiver, sender):

        async def work(count: int) -> None:
            for _ in repeat(None, count):
                polling = asyncio.ensure_future(poller.poll())
                await asyncio.sleep(0)  # it waits from here on
                await sender.send(PAYLOAD)
                await polling
                await receiver.recv()

        with in_loop(work) as loop:
            yield loop


@contextmanager
def asyncio_poller_10() -> Iterator[Loop]:
    """A Poller waits for ten sockets."""
    with _poller(10) as loop:
        yield loop


@contextmanager
def asyncio_poller_500() -> Iterator[Loop]:
    """A Poller waits for 500 sockets."""
    with _poller(500) as loop:
        yield loop


@contextmanager
def _poller_now(number: int) -> Iterator[Loop]:
    """A Poller looks at *number* sockets, of which one is ready, without waiting."""
    with _polled(number) as (poller, _, sender):

        async def work(count: int) -> None:
            await sender.send(PAYLOAD, zmq.NOBLOCK)
            for _ in repeat(None, count):
                await poller.poll(0)

        with in_loop(work) as loop:
            yield loop


@contextmanager
def asyncio_poller_now_10() -> Iterator[Loop]:
    """A Poller looks at ten sockets."""
    with _poller_now(10) as loop:
        yield loop


@contextmanager
def asyncio_poller_now_1000() -> Iterator[Loop]:
    """A Poller looks at a thousand sockets."""
    with _poller_now(1000) as loop:
        yield loop
