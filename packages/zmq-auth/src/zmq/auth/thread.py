"""An authenticator in a thread of its own.

from zmq.auth.thread import ThreadAuthenticator

with ThreadAuthenticator(context) as authenticator:
    authenticator.configure_curve(domain="*", location="certificates")
    ...  # bind servers
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

import zmq
from zmq.auth._socket import ZapSocket
from zmq.auth.base import Authenticator

__all__ = ["ThreadAuthenticator"]


class ThreadAuthenticator(Authenticator):
    """Answers ZAP requests in a thread, whatever the program does meanwhile.

    Credentials providers are called in that thread.  Those that are coroutines run in an event loop of its own, which
    stands still between requests.

    Attributes:
        pipe_endpoint: Empty: stopping the thread needs no socket any more.
        thread: The thread that was started last.
    """

    pipe_endpoint: str = ""
    thread: threading.Thread | None = None
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the thread; when this returns, requests are answered.

        Raises:
            ZMQError: The context has a handler already, or is terminated.

        libzmq: zmq_bind(3)
        """
        thread = threading.Thread(target=self._run, args=(self._bind(),), name="zmq.auth", daemon=True)
        try:
            thread.start()
        except BaseException:  # too many threads, say: nobody would answer
            super().stop()
            raise
        self.thread = thread

    def stop(self) -> None:
        """End the thread and wait for it.  Stopping twice is harmless.

        A provider that is at work is waited for; one that is a coroutine is cancelled.
        """
        super().stop()
        task, thread = self._task, self.thread
        if task is not None:
            with suppress(RuntimeError):  # its loop has ended
                task.get_loop().call_soon_threadsafe(task.cancel)
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self.thread is not None and self.thread.is_alive()

    def _run(self, socket: ZapSocket) -> None:
        with suppress(asyncio.CancelledError):
            asyncio.run(self._serve(socket), debug=False)  # which would complain that we block this loop

    async def _serve(self, socket: ZapSocket) -> None:
        self._task = asyncio.current_task()
        with socket, suppress(zmq.ZMQError):  # stopped, or its context terminated
            while True:
                message = self._unwrap(socket, socket.recv_wrapped())  # blocks the loop: nothing else runs in it
                if message is not None:
                    await self._answer(message)
