"""An authenticator in a thread of its own.

from zmq.auth.thread import ThreadAuthenticator

with ThreadAuthenticator(context) as authenticator:
    authenticator.configure_curve(domain="*", location="certificates")
    ...  # bind servers
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import zmq
from zmq.auth._coroutines import Runner, run_through
from zmq.auth._logs import Log
from zmq.auth._seat import give_up
from zmq.auth.base import Authenticator
from zmq.auth.policy import Question
from zmq.auth.zap import ZapReply
from zmq.backend.native import Event, Thread

__all__ = ["AuthenticationThread", "ThreadAuthenticator"]

_PAUSE_S = 0.1
"""Before the next try when receiving has failed, for want of memory or descriptors."""


class AuthenticationThread(Thread):
    """The thread of a ThreadAuthenticator: answers requests until that is stopped, or its context is terminated.

    A native one, also in programs in which gevent has made threads of greenlets.

    Args:
        authenticator: The authenticator, which is bound.
        pipe: Not used: stopping the thread needs no socket any more.
    """

    def __init__(self, authenticator: ThreadAuthenticator, pipe: zmq.Socket[Any] | None = None) -> None:
        super().__init__(name="zmq.auth", daemon=True)
        self.authenticator = authenticator
        self.log: Log = authenticator.log
        self.pipe = pipe
        self.runner = Runner()
        self._stopping = Event()

    def run(self) -> None:
        """Answer requests."""
        socket = self.authenticator.zap_socket
        try:
            while socket is not None and not self._stopping.is_set():
                try:
                    message = self.authenticator._unwrap(socket, socket.recv_wrapped())  # noqa: SLF001
                    if message is not None:
                        self._finish(self.authenticator._answer(message))  # noqa: SLF001
                except BaseException as error:  # noqa: BLE001 (nothing but stop() and the context's end ends it)
                    if socket.closed or isinstance(error, zmq.ContextTerminated):
                        give_up(socket)
                        return
                    self._recover(error)
        finally:
            self.runner.close()

    def _recover(self, error: BaseException) -> None:
        self.authenticator._journal.failure(error)  # noqa: SLF001
        self._stopping.wait(_PAUSE_S)

    def _finish(self, answering: Coroutine[Any, Any, None]) -> None:
        """Answer one request."""
        if type(self.authenticator).handle_zap_message is Authenticator.handle_zap_message:
            run_through(answering)  # it waits for providers alone, and that is done in _ask()
        else:
            self.runner.run(answering)

    def end(self) -> None:
        """Have the thread end; its socket has to be closed, too.  Any thread."""
        self._stopping.set()
        self.runner.cancel()


class ThreadAuthenticator(Authenticator):
    """Answers ZAP requests in a thread, whatever the program does meanwhile.

    Credentials providers are called in that thread.  Those that are coroutines run in an event loop of its own, which
    stands still between requests.

    Attributes:
        pipe: None: stopping the thread needs no socket any more.
        pipe_endpoint: Empty, for the same reason.
        thread: The thread, while the authenticator is started; else None.
    """

    pipe: zmq.Socket[Any] | None = None
    pipe_endpoint: str = ""
    thread: AuthenticationThread | None = None

    def start(self) -> None:
        """Start the thread; when this returns, requests are answered.

        Raises:
            ZMQError: Another authenticator of the context runs, or the context is terminated.
            RuntimeError: There are too many threads.

        libzmq: zmq_bind(3)
        """
        with self._bound() as socket:
            self.thread = thread = AuthenticationThread(self)
            try:
                thread.start()
            except BaseException:
                self.thread = None
                raise
            tenant = socket.tenant()
            if tenant is not None:  # else it was stopped and started again meanwhile
                tenant.answers = thread.is_alive

    def stop(self) -> None:
        """Unbind the ZAP endpoint, end the thread and wait for it: see ``Authenticator.stop``.

        A provider that is at work is waited for; one that is a coroutine is cancelled.
        """
        super().stop()
        thread = self.thread
        if thread is None:
            return
        thread.end()
        if thread.is_current():
            return
        if thread.is_alive():  # else it ends at once when another thread, which is in start(), starts it
            thread.join()
        self.thread = None

    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self.thread is not None and self.thread.is_alive()

    async def _ask(self, question: Question) -> ZapReply:
        thread = self.thread
        if thread is None or thread.runner.is_running():
            return await super()._ask(question)
        return thread.runner.run(super()._ask(question))
