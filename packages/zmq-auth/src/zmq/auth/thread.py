"""An authenticator in a thread of its own."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import zmq
from zmq.auth._coroutines import Runner, run_through
from zmq.auth._logs import Log
from zmq.auth._socket import release
from zmq.auth.base import Authenticator
from zmq.auth.policy import Question
from zmq.auth.zap import ZapReply
from zmq.backend.native import Event, Thread

__all__ = ["AuthenticationThread", "ThreadAuthenticator"]

_PAUSE_S = 0.1
"""Seconds before the next attempt when receiving has failed, for want of memory or descriptors."""


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
        self.runner = Runner()
        self._stopping = Event()

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
                    self._stopping.wait(_PAUSE_S)
        finally:
            self.runner.close()

    def _finish(self, answering: Coroutine[Any, Any, None]) -> None:
        """Answer one request."""
        if type(self.authenticator).handle_zap_message is Authenticator.handle_zap_message:
            run_through(answering)  # needs no loop: only providers wait, and _ask() runs those in the Runner
        else:
            self.runner.run(answering)

    def end(self) -> None:
        """Ask the thread to end; closing its socket ends its wait.  May be called in any thread."""
        self._stopping.set()
        self.runner.cancel()


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
        if thread is None or thread.runner.is_running():
            return await super()._ask(question)
        return thread.runner.run(super()._ask(question))
