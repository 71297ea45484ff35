"""A server for many clients, all in one asyncio loop: what waits lets the others run.

The server is a ROUTER: it takes requests as they come, works on many at a time, and answers each when it is done. A
receive may be given up at any time: a message that comes too late for it is there for the next one.
"""

from __future__ import annotations

import asyncio
import contextlib

import zmq
import zmq.asyncio

CLIENTS = 50
REQUESTS = 4


async def answer(server: zmq.asyncio.Socket, client: bytes, question: bytes) -> None:
    """Work on one request; the client's routing id leads the answer back."""
    await asyncio.sleep(int(question) % 5 / 1000)
    await server.send_multipart([client, b"%d" % int(question) ** 2])


async def serve(server: zmq.asyncio.Socket) -> None:
    """Start to work on each request as it comes."""
    working = set()  # a loop does not keep its tasks
    async for client, question in server:
        task = asyncio.create_task(answer(server, client, question))
        working.add(task)
        task.add_done_callback(working.discard)


async def ask(context: zmq.asyncio.Context, port: int, number: int) -> int:
    """Ask some questions at once; return the sum of the answers."""
    with context.socket(zmq.DEALER) as client:
        client.connect(f"tcp://127.0.0.1:{port}")
        for request in range(REQUESTS):
            await client.send(b"%d" % (number + request))
        answers = [int(await client.recv()) for _ in range(REQUESTS)]
        with contextlib.suppress(asyncio.TimeoutError):  # there are no more answers than questions
            await asyncio.wait_for(client.recv(), 0.01)
        return sum(answers)


async def main() -> None:
    """Run the server until all clients have their answers."""
    async with zmq.asyncio.Context() as context, context.socket(zmq.ROUTER) as server:
        port = server.bind_to_random_port("tcp://127.0.0.1")
        serving = asyncio.create_task(serve(server))
        sums = await asyncio.gather(*(ask(context, port, number) for number in range(CLIENTS)))
        serving.cancel()
        await asyncio.wait([serving])
    print(f"{CLIENTS} clients have got {CLIENTS * REQUESTS} answers; their sum is {sum(sums)}")


if __name__ == "__main__":
    asyncio.run(main())
