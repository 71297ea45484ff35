"""The ZAP endpoint of a context: bound by one authenticator at a time, and never unbound by accident.

While no socket is bound to it, libzmq sends no ZAP requests: it accepts every CURVE peer, whatever its key, and every
NULL peer.  So a bound socket stays open until ``release``, or until its context terminates.  It outlives the thread,
loop and Python object of the authenticator, and all Python objects of a context that was made elsewhere.  As long as
nothing answers, no peer can connect.  The next authenticator of the context that starts takes the socket over, with the
requests that are queued there.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Any

import zmq
from zmq.auth._socket import ZapSocket
from zmq.auth.zap import ENDPOINT

__all__ = ["Owner", "acquire", "release"]

_acquiring = Lock()


class Owner:
    """One start of an authenticator; its ZAP socket refers to it weakly.

    Args:
        answers: Returns whether the authenticator still answers requests.
    """

    def __init__(self, answers: Callable[[], bool] = lambda: True) -> None:
        self.answers = answers


def acquire(context: zmq.Context[Any], owner: Owner) -> tuple[ZapSocket, bool]:
    """Bind the ZAP endpoint of a context, or take over a bound socket whose authenticator has ended.

    Returns:
        The socket, and whether it is new.

    Raises:
        ZMQError: Another authenticator of the context answers, or the context is terminated.
    """
    with _acquiring:
        for kept in list(context._kept_open):  # noqa: SLF001 (of zmq-core, for this)
            if isinstance(kept, ZapSocket) and not kept.closed and not kept.is_answered():
                kept.owner = weakref.ref(owner)
                return kept, False
        socket = context.socket(zmq.ROUTER, socket_class=ZapSocket)
        try:
            # The context may have other defaults.
            socket.linger = 0
            socket.rcvtimeo = socket.sndtimeo = -1
            socket.owner = weakref.ref(owner)
            context._kept_open.add(socket)  # noqa: SLF001
            socket.outlive()
            socket.bind(ENDPOINT)
        except BaseException:
            release(socket)
            raise
        return socket, True


def release(socket: ZapSocket) -> None:
    """Unbind the ZAP endpoint.  libzmq sends no requests from now on, and accepts NULL and CURVE peers."""
    with suppress(zmq.ZMQError):  # closed already, or its context is terminated
        socket.unbind(ENDPOINT)  # close() alone unbinds later, in libzmq's reaper: the next start() could come before
    socket.context._kept_open.discard(socket)  # noqa: SLF001
    socket.close(linger=0)
