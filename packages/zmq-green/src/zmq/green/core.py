"""Sockets and contexts for gevent: what would block the thread blocks the greenlet."""

from __future__ import annotations

import os
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any

import gevent
from gevent._hub_local import get_hub_if_exists
from gevent.hub import Waiter, get_hub
from gevent.util import wrap_errors

import zmq
from zmq import adapter
from zmq.adapter import BlockingEngine, calls
from zmq.backend.native import Thread
from zmq.green._hubs import BUDGET, SHORTEST_S, GreenletCall, Told, hub_of

__all__ = ["TIMEOS", "Context", "Socket"]

TIMEOS = (zmq.RCVTIMEO, zmq.SNDTIMEO)
"""The options that limit how long an operation waits; they hold here, too."""

_LONGEST_SLEEP_S = 0.01
"""The longest sleep between two looks at a tracker, in seconds; the first ones are shorter."""


class _Completion:
    """The completion of tracked messages, with the interface of an event, for a MessageTracker."""

    def __init__(self, tracker: zmq.MessageTracker) -> None:
        self._tracker = tracker
        self._pid = os.getpid()

    def is_set(self) -> bool:
        """Return whether libzmq has released the memory."""
        return self._tracker.done

    def wait(self, timeout: float | None = None) -> bool:
        """Let other greenlets run until libzmq has released the memory; return False after *timeout* seconds."""
        if gevent.getcurrent() is get_hub():  # callbacks of the loop cannot switch to greenlets: it blocks
            self._tracker.wait(timeout)
            return True
        end = None if timeout is None or timeout < 0 else monotonic() + timeout
        sleep_s = SHORTEST_S
        while not self._tracker.done:  # polled: a thread of libzmq completes it, and cannot notify the loop
            if self._pid != os.getpid():
                self._tracker.wait(timeout)  # raises in the child of a fork
            left = _LONGEST_SLEEP_S if end is None else end - monotonic()
            if left <= 0:
                return False
            gevent.sleep(max(min(sleep_s, left), SHORTEST_S))
            sleep_s = min(2 * sleep_s, _LONGEST_SLEEP_S)
        self._tracker.wait(0)  # drops the references
        return True


class _Engine(BlockingEngine):
    """An engine for greenlets."""

    def in_callback(self) -> bool:
        """Return whether the caller is a callback of the loop, which cannot switch to greenlets."""
        return gevent.getcurrent() is get_hub_if_exists()

    def tracked(self, tracker: zmq.MessageTracker) -> zmq.MessageTracker:
        """Return a tracker whose wait() lets other greenlets run."""
        return tracker if tracker.done else zmq.MessageTracker(_Completion(tracker))


class Socket(adapter.Socket[bytes]):
    """A socket whose operations block the greenlet, not the thread.

    Greenlets may share a socket, also those of several threads.  Those of one thread that wait for the same are served
    in the order they came, and messages of several frames stay together.  An operation that is killed, or ended by
    ``gevent.Timeout``, while it waits has neither sent nor received anything.
    """

    __slots__ = ()

    _engine: BlockingEngine

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._engine = _Engine(self, get_hub_if_exists, GreenletCall, hub_of, BUDGET, default_loop=get_hub)

    if not TYPE_CHECKING:  # the types are those of the base class
        recv, recv_multipart, recv_into = calls.recv, calls.recv_multipart, calls.recv_into
        send, send_multipart, poll = calls.send, calls.send_multipart, calls.poll

    def get(self, opt: int) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]  # the name is given
        """Return the value of a socket option, as ``zmq.Socket.get`` does; only the parameter's name differs."""
        return super().get(opt)

    def set(self, opt: int, val: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # likewise
        """Set a socket option, as ``zmq.Socket.set`` does; only the parameters' names differ."""
        super().set(opt, val)


for _name in ("recv", "recv_multipart", "recv_into", "send", "send_multipart", "poll"):
    getattr(calls, _name).__doc__ = getattr(zmq.Socket, _name).__doc__


def _call_in_thread(function: Callable[[], object]) -> None:
    """Call *function* in a new thread while other greenlets run; raise its exception.

    The threads of gevent's pool are few, and also needed for DNS lookups.  If the greenlet is killed or times out
    meanwhile, the call continues in its thread.  The child of a fork lacks that thread: there *function* is called
    again.
    """
    waiter: Waiter[bool] = Waiter(get_hub())
    ended = Told(hub_of(get_hub()), waiter)
    results: list[object] = []

    def call() -> None:
        results.append(wrap_errors((BaseException,), function)())
        ended.woken()

    try:
        Thread(target=call, name="zmq.green", daemon=True).start()
    except RuntimeError:  # no threads can be started while the interpreter shuts down
        function()
        return
    ended.loop.awaited.add(ended)
    ended.loop.begin_wait()
    try:
        waiter.get()
    finally:
        ended.loop.awaited.discard(ended)
        ended.loop.end_wait()
    if not results:  # the thread has not come along into the child of a fork
        function()
    elif isinstance(results[0], BaseException):
        raise results[0]


class Context(zmq.Context[Socket]):
    """A context whose sockets are for gevent."""

    __slots__ = ()

    _socket_class = Socket
    _instance = None

    def term(self) -> None:
        """Terminate the context; blocks the greenlet until its sockets are closed and their messages sent.

        Waits in a thread of its own, so that other greenlets can close their sockets; they get ContextTerminated.  When
        it is killed or timed out the termination goes on in the background.

        libzmq: zmq_ctx_term(3)
        """
        if self.closed or gevent.getcurrent() is get_hub():
            super().term()
        else:
            _call_in_thread(super().term)
