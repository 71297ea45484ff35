"""Sockets for anyio, and so for trio: operations that may wait are coroutines.

import anyio
import zmq, zmq.anyio

async def main():
    async with zmq.anyio.Context() as context, context.socket(zmq.REP) as server:
        server.bind("tcp://127.0.0.1:5555")
        async for message in server:
            await server.send_multipart(message)

anyio.run(main, backend="trio")
"""

from __future__ import annotations

import zmq_check.core as _core  # noqa: F401 (first: it raises where pyzmq has written over zmq-core)

try:
    from zmq.anyio._socket import Context, Socket
except ModuleNotFoundError as error:
    if error.name != "anyio":
        raise
    raise ModuleNotFoundError(
        "zmq.anyio needs anyio: pip install --find-links dist 'zmq-eventloop[anyio]'", name=error.name
    ) from error

__all__ = ["Context", "Socket"]

for _public in (Context, Socket):
    _public.__module__ = __name__  # the name in messages and tracebacks
