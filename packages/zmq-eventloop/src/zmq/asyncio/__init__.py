"""Sockets for asyncio: operations that may wait return futures.

Example::

    import asyncio
    import zmq, zmq.asyncio

    async def echo(server):
        async for message in server:
            await server.send_multipart(message)

    async def main():
        async with zmq.asyncio.Context() as context, context.socket(zmq.REP) as server:
            port = server.bind_to_random_port("tcp://127.0.0.1")
            echoing = asyncio.create_task(echo(server))
            with context.socket(zmq.REQ) as client:
                client.connect(f"tcp://127.0.0.1:{port}")
                await client.send(b"hello")
                print(await client.recv())
        await echoing  # closing the socket has ended it

    asyncio.run(main())
"""

from __future__ import annotations

from asyncio import Future as Future
from asyncio import SelectorEventLoop as SelectorEventLoop

import zmq_check.core as _core  # noqa: F401 (first: it raises where pyzmq has written over zmq-core)
from zmq import _future as _future  # programs use it as zmq._future
from zmq.asyncio._loop import ProactorSelectorThreadWarning as ProactorSelectorThreadWarning
from zmq.asyncio._loop import ZMQEventLoop, install
from zmq.asyncio._poller import Poller
from zmq.asyncio._socket import Context, Socket

__all__ = ["Context", "Poller", "Socket", "ZMQEventLoop", "install"]

for _public in (Context, Poller, Socket, ZMQEventLoop, install):
    _public.__module__ = __name__  # the name in messages and tracebacks
