"""Sockets for anyio, and so for trio: operations that may wait are coroutines.

Example::

    import anyio
    import zmq, zmq.anyio

    async def echo(server):
        async for message in server:
            await server.send_multipart(message)

    async def main():
        with zmq.anyio.Context() as context, context.socket(zmq.REP) as server, context.socket(zmq.REQ) as client:
            port = server.bind_to_random_port("tcp://127.0.0.1")
            client.connect(f"tcp://127.0.0.1:{port}")
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(echo, server)
                await client.send(b"hello")
                print(await client.recv())
                tasks.cancel_scope.cancel()

    anyio.run(main, backend="trio")
"""

from __future__ import annotations

from zmq_check.core import needs

with needs("zmq.anyio needs anyio", "zmq-eventloop[anyio]"):
    import anyio as _anyio  # noqa: F401

from zmq.anyio._socket import Context, Socket

__all__ = ["Context", "Socket"]

for _public in (Context, Socket):
    _public.__module__ = __name__  # the name in messages and tracebacks
