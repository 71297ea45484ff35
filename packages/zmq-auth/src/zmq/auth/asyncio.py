"""An authenticator in an asyncio loop.

from zmq.auth.asyncio import AsyncioAuthenticator

async def main():
    with AsyncioAuthenticator(context) as authenticator:
        authenticator.configure_curve(domain="*", location="certificates")
        ...  # bind servers
"""

from __future__ import annotations

import asyncio
from typing import Any

import zmq
from zmq.auth._logs import Log
from zmq.auth._socket import ZapSocket, answering
from zmq.auth.base import Authenticator

try:
    import zmq.asyncio
except ImportError as error:
    raise ModuleNotFoundError(
        "zmq.auth.asyncio needs zmq-eventloop: pip install 'zmq-auth[asyncio]'", name=error.name
    ) from error

__all__ = ["AsyncioAuthenticator"]

_AT_ONCE = 100
"""Requests that are answered at a time; further ones wait in libzmq."""


class AsyncioAuthenticator(Authenticator):
    """Answers ZAP requests in a task; use it in the loop's thread, except for changing policies.

    Credentials providers may be coroutines: those that wait do not hold up other requests.

    Args:
        context: The context of the servers, of any kind; ``zmq.Context.instance()`` by default.
        loop: The loop; the running one, or the thread's current one, by default.
        encoding, log: As for ``Authenticator``.
    """

    def __init__(
        self,
        context: zmq.Context[Any] | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
        encoding: str = "utf-8",
        log: Log | None = None,
    ) -> None:
        super().__init__(context, encoding, log)
        self._loop = loop
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Bind the ZAP socket, and start to answer requests.

        Raises:
            ZMQError: The context has a handler already, or is terminated.

        libzmq: zmq_bind(3)
        """
        loop = self._event_loop()
        self._task = loop.create_task(self._serve(self._bind(), loop))

    def stop(self) -> None:
        """Close the ZAP socket.  A provider that is at work is cancelled.  Stopping twice is harmless."""
        super().stop()
        task, self._task = self._task, None
        if task is not None and not task.get_loop().is_closed():  # a closed one takes no cancellation
            task.cancel()

    def _event_loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_event_loop() if self._loop is None else self._loop

    async def _serve(self, socket: ZapSocket, loop: asyncio.AbstractEventLoop) -> None:
        tasks: set[asyncio.Task[None]] = set()
        try:
            with zmq.asyncio.Socket.from_socket(socket, loop) as requests, socket:
                while True:
                    message = self._unwrap(socket, await requests.recv_multipart())
                    if message is not None:
                        answering.set(socket.last)
                        task = loop.create_task(self._answer(message))
                        tasks.add(task)
                        task.add_done_callback(tasks.discard)
                    if len(tasks) >= _AT_ONCE:
                        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        except zmq.ZMQError:
            pass  # stopped, or its context terminated
        finally:
            for task in tasks:
                task.cancel()
