"""Sockets and contexts for gevent: what would block the thread blocks the greenlet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gevent
from gevent._hub_local import get_hub_if_exists
from gevent.hub import get_hub

import zmq
from zmq import adapter
from zmq.adapter import BlockingEngine, calls
from zmq.green._hubs import BUDGET, GreenletCall, hub_of
from zmq.green._threads import call_in_thread
from zmq.green._trackers import ours

__all__ = ["TIMEOS", "Context", "Socket"]

TIMEOS = (zmq.RCVTIMEO, zmq.SNDTIMEO)
"""The options that limit how long an operation waits; they hold here, too."""


class _Engine(BlockingEngine):
    """An engine for greenlets."""

    def in_callback(self) -> bool:
        """Return whether the caller is a callback of the loop, which cannot switch to greenlets."""
        return gevent.getcurrent() is get_hub_if_exists()

    def tracked(self, tracker: zmq.MessageTracker) -> zmq.MessageTracker:
        """Return a tracker whose wait() lets other greenlets run."""
        return ours(tracker)


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
            call_in_thread(super().term)
