"""A server for many clients, all in one asyncio loop: while one task waits, other tasks run.

The server is a ROUTER: it receives requests at any time, works on many at once, and replies to each when it is done. A
receive can be cancelled at any time without losing a message: the next receive gets it.
"""

from __future__ import annotations

import asyncio
import contextlib

import zmq
import zmq.asyncio

CLIENTS = 50
REQUESTS = 4


async def answer(server: zmq.asyncio.Socket, client: bytes, question: bytes) -> None:
    """Work on one request; the routing id of the client addresses the reply."""
    await asyncio.sleep(int(question) % 5 / 1000)
    await server.send_multipart([client, b"%d" % int(question) ** 2])


async def serve(server: zmq.asyncio.Socket) -> None:
    """Start a task for each request."""
    working = set()  # the loop holds only weak references to tasks
    async for client, question in server:
        task = asyncio.create_task(answer(server, client, question))
        working.add(task)
        task.add_done_callback(working.discard)


async def ask(context: zmq.asyncio.Context, port: int, number: int) -> int:
    """Send some requests at once; return the sum of the replies."""
    with context.socket(zmq.DEALER) as client:
        client.connect(f"tcp://127.0.0.1:{port}")
        for request in range(REQUESTS):
            await client.send(b"%d" % (number + request))
        answers = [int(await client.recv()) for _ in range(REQUESTS)]
        with contextlib.suppress(asyncio.TimeoutError):  # there are no more replies than requests
            await asyncio.wait_for(client.recv(), 0.01)
        return sum(answers)


async def main() -> None:
    """Run the server until all clients have their replies."""
    async with zmq.asyncio.Context() as context, context.socket(zmq.ROUTER) as server:
        port = server.bind_to_random_port("tcp://127.0.0.1")
        serving = asyncio.create_task(serve(server))
        sums = await asyncio.gather(*(ask(context, port, number) for number in range(CLIENTS)))
        serving.cancel()
        await asyncio.wait([serving])
    print(f"{CLIENTS} clients have got {CLIENTS * REQUESTS} answers; their sum is {sum(sums)}")


if __name__ == "__main__":
    asyncio.run(main())
