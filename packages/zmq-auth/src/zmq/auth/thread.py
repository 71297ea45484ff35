"""An authenticator in a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import zmq
from zmq.auth._logs import Log
from zmq.auth._socket import release
from zmq.auth.base import PAUSE_S, Authenticator
from zmq.auth.policy import Question
from zmq.auth.zap import ZapReply
from zmq.backend.native import Event, Thread

__all__ = ["AuthenticationThread", "ThreadAuthenticator"]


_T = TypeVar("_T")


def _run_through(coroutine: Coroutine[Any, Any, _T]) -> _T:
    """Return the result of a coroutine that does not wait.

    Raises:
        RuntimeError: The coroutine waits.
    """
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: _T = stop.value
        return result
    coroutine.close()
    raise RuntimeError(f"{coroutine!r} waits outside an event loop")


class AuthenticationThread(Thread):
    """The thread of a ThreadAuthenticator: answers requests until it is stopped, or its context is terminated.

    It is a native thread, also where gevent has patched threading.

    Args:
        authenticator: The authenticator, whose ZAP socket is bound.
        pipe: Unused; accepted because pyzmq has it.
    """

    def __init__(self, authenticator: ThreadAuthenticator, pipe: zmq.Socket[Any] | None = None) -> None:
        super().__init__(name="zmq.auth", daemon=True)
        self.authenticator = authenticator
        self.log: Log = authenticator.log
        self.pipe = pipe
        self._stopping = Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None

    def run(self) -> None:
        """Answer requests until end() is called or the context is terminated."""
        socket = self.authenticator.zap_socket
        try:
            while socket is not None and not self._stopping.is_set():
                try:
                    message = self.authenticator._unwrap(socket, socket.recv_wrapped())  # noqa: SLF001
                    if message is not None:
                        self._finish(self.authenticator._answer(message))  # noqa: SLF001
                except BaseException as error:  # noqa: BLE001 (only stop() and the end of the context end it)
                    if socket.closed or isinstance(error, zmq.ContextTerminated):
                        release(socket)
                        return
                    self.authenticator._journal.failure(error)  # noqa: SLF001
                    self._stopping.wait(PAUSE_S)
        finally:
            self._close_loop()

    def _finish(self, answering: Coroutine[Any, Any, None]) -> None:
        """Answer one request."""
        if type(self.authenticator).handle_zap_message is Authenticator.handle_zap_message:
            _run_through(answering)  # needs no loop: only providers wait, and _ask() runs those in it
        else:
            self.run_coroutine(answering)

    def is_in_loop(self) -> bool:
        """Return whether a coroutine is running in the thread's event loop, which runs only while a coroutine does."""
        return self._task is not None

    def run_coroutine(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        """Return the result of a coroutine.  In this thread.

        The first call creates the event loop: it takes three descriptors, and where the process has none left, only
        that request fails.

        Raises:
            CancelledError: end() was called.
        """
        try:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._loop.set_debug(False)  # debug mode warns of every slow provider
            self._task = task = self._loop.create_task(coroutine)
        except BaseException:
            coroutine.close()
            raise
        try:
            if self._stopping.is_set():
                task.cancel()
            return self._loop.run_until_complete(task)
        finally:
            self._task = None

    def _close_loop(self) -> None:
        """Cancel the tasks that coroutines have left running, and close the loop."""
        loop, self._loop = self._loop, None
        if loop is None:
            return
        try:
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            if left:
                loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            loop.close()

    def end(self) -> None:
        """Ask the thread to end, and cancel its coroutine; closing its socket ends its wait.  Any thread may do so."""
        self._stopping.set()
        task = self._task
        if task is not None:
            with suppress(RuntimeError):  # the loop is closed
                task.get_loop().call_soon_threadsafe(task.cancel)


class ThreadAuthenticator(Authenticator):
    """Answers ZAP requests in a background thread.

    Credentials providers are called in that thread, one request after the other.  Coroutines run in an event loop of
    that thread, which runs only during a request.

    Attributes:
        pipe: None; exists because pyzmq has it.
        pipe_endpoint: Empty; exists because pyzmq has it.
        thread: The thread; None unless the authenticator is started.

    Example::

        from zmq.auth.thread import ThreadAuthenticator

        with zmq.Context() as context, ThreadAuthenticator(context) as authenticator:
            authenticator.configure_plain(passwords={"anna": "secret"})
            with context.socket(zmq.REP) as server, context.socket(zmq.REQ) as client:
                server.plain_server = 1
                port = server.bind_to_random_port("tcp://127.0.0.1")
                client.plain_username, client.plain_password = b"anna", b"secret"
                client.connect(f"tcp://127.0.0.1:{port}")
                client.send(b"hello")
                print(server.recv())
                client.linger = 0
    """

    pipe: zmq.Socket[Any] | None = None
    pipe_endpoint: str = ""
    thread: AuthenticationThread | None = None

    def start(self) -> None:
        """Bind the ZAP socket and start the thread: when this returns, requests are answered.

        Raises:
            ZMQError: Another authenticator of the context is running, or the context is terminated.
            RuntimeError: The thread cannot be started.

        libzmq: zmq_bind(3)
        """
        with self._bound() as socket:
            self.thread = thread = AuthenticationThread(self)
            try:
                thread.start()
            except BaseException:
                self.thread = None
                raise
            owner = socket.owner()
            if owner is not None:  # else another thread has stopped and restarted the authenticator meanwhile
                owner.answers = thread.is_alive

    def stop(self) -> None:
        """Unbind the ZAP endpoint, end the thread and wait for it: see ``Authenticator.stop``.

        It waits for a running provider; a provider that is a coroutine is cancelled.  It may be called in any thread.
        """
        super().stop()
        thread = self.thread
        if thread is None:
            return
        thread.end()
        if thread.is_current():
            return
        if thread.is_alive():  # else another thread is still in start(): its new thread will end at once
            thread.join()
        self.thread = None

    def is_alive(self) -> bool:
        """Return whether the thread is running."""
        return self.thread is not None and self.thread.is_alive()

    async def _ask(self, question: Question) -> ZapReply:
        thread = self.thread
        if thread is None or thread.is_in_loop():
            return await super()._ask(question)
        return thread.run_coroutine(super()._ask(question))
