"""An authenticator in an asyncio loop."""

from __future__ import annotations

import asyncio
import warnings
from typing import Any

import zmq
from zmq.auth._logs import Log
from zmq.auth._socket import ZapSocket, answering, release
from zmq.auth.base import PAUSE_S, Authenticator
from zmq_check.core import needs

with needs("zmq.auth.asyncio needs zmq-eventloop", "zmq-auth[asyncio]"):
    import zmq.asyncio

__all__ = ["AsyncioAuthenticator"]

_AT_ONCE = 100
"""The most requests that are answered at a time; further requests wait in libzmq."""


class AsyncioAuthenticator(Authenticator):
    """Answers ZAP requests in a task.

    Call it in the loop's thread only; policies may be changed in any thread.  Credentials providers may be coroutines:
    up to a hundred requests are answered at a time.

    If the task is cancelled or its loop ends without stop(), nothing answers any more, and no peer can connect.

    Args:
        context: The context of the servers, of any class; ``zmq.Context.instance()`` by default.
        loop: The loop; by default the running loop, or else the current one of the thread.  Deprecated, as in pyzmq.
        encoding, log: As for ``Authenticator``.

    Example::

        import asyncio
        import zmq.asyncio
        from zmq.auth.asyncio import AsyncioAuthenticator

        async def main():
            with zmq.asyncio.Context() as context, AsyncioAuthenticator(context) as authenticator:
                authenticator.configure_plain(passwords={"anna": "secret"})
                with context.socket(zmq.REP) as server:
                    server.plain_server = 1
                    server.bind("tcp://127.0.0.1:*")

        asyncio.run(main())
    """

    def __init__(
        self,
        context: zmq.Context[Any] | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
        encoding: str = "utf-8",
        log: Log | None = None,
    ) -> None:
        super().__init__(context, encoding, log)
        warn_of_loop("AsyncioAuthenticator(loop)", loop)
        self._loop = loop
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Bind the ZAP socket, and start the task that answers requests.

        Raises:
            ZMQError: Another authenticator of the context is running, or the context is terminated.
            RuntimeError: The loop is closed.

        libzmq: zmq_bind(3)
        """
        loop = self._event_loop()
        if loop.is_closed():
            raise RuntimeError("cannot start the authenticator: the event loop is closed")
        with self._bound() as socket:
            self._task = task = loop.create_task(self._serve(socket, loop))
            if self._owner is not None:
                self._owner.answers = lambda: not task.done() and not loop.is_closed()
            task.add_done_callback(self._ended)

    def stop(self) -> None:
        """Unbind the ZAP endpoint and end the task: see ``Authenticator.stop``.  Running providers are cancelled."""
        super().stop()
        task, self._task = self._task, None
        if task is not None and not task.get_loop().is_closed():  # a closed loop cannot cancel tasks
            task.cancel()

    def _event_loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_event_loop() if self._loop is None else self._loop

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Log that the task has ended, unless stop() or the end of the context ended it."""
        error = None if task.cancelled() else task.exception()
        if task is self._task and self.zap_socket is not None and not self.zap_socket.closed:
            self._journal.ended(error)

    async def _serve(self, socket: ZapSocket, loop: asyncio.AbstractEventLoop) -> None:
        tasks: set[asyncio.Task[None]] = set()
        requests: zmq.asyncio.Socket | None = None
        try:
            while True:
                try:
                    # Never closed: it shares the C socket, which must stay bound.
                    requests = requests or zmq.asyncio.Socket.from_socket(socket, loop)
                    message = self._unwrap(socket, await requests.recv_multipart())
                except asyncio.CancelledError:
                    if socket.closed:  # closing cancels the receive
                        return
                    raise
                except Exception as error:  # noqa: BLE001 (only stop() and the end of the context end it)
                    if socket.closed or isinstance(error, zmq.ContextTerminated):
                        release(socket)
                        return
                    self._journal.failure(error)
                    await asyncio.sleep(PAUSE_S)
                    continue
                if message is not None:
                    answering.set(socket.last)
                    task = loop.create_task(self._answer(message))
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
                if len(tasks) >= _AT_ONCE:
                    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()


def warn_of_loop(argument: str, loop: object) -> None:
    """Warn the caller of a constructor that the loop which it was given is deprecated; None is no loop."""
    if loop is not None:
        warnings.warn(f"{argument} is deprecated: start() takes the current loop", DeprecationWarning, stacklevel=3)
