"""The ZAP endpoint of a context: bound by one authenticator at a time, and never unbound by accident.

While nothing is bound to it libzmq asks nobody: peers with CURVE come in, whatever their key, and so do those without a
mechanism.  So a socket that was bound stays open until ``give_up``, or until its context terminates; not even the end
of the authenticator's thread, loop or Python object closes it, nor that of all Python objects on a context that was
made elsewhere.  As long as nothing answers, no peer comes in.  The next authenticator of the context that starts takes
the socket over, with the requests that wait in it.
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

__all__ = ["Tenant", "give_up", "take"]

_taking = Lock()


class Tenant:
    """What answers the requests of a ZAP socket, or did; kept by the authenticator, and gone when that is gone.

    Args:
        answers: Tells whether it still answers.
    """

    def __init__(self, answers: Callable[[], bool] = lambda: True) -> None:
        self.answers = answers


def take(context: zmq.Context[Any], tenant: Tenant) -> tuple[ZapSocket, bool]:
    """Bind the ZAP endpoint of a context, or take over a socket that is bound to it and that nothing answers.

    Returns:
        The socket, and whether it is a new one.

    Raises:
        ZMQError: Another authenticator of the context answers; or the context is terminated.
    """
    with _taking:
        for kept in list(context._kept_open):  # noqa: SLF001 (of zmq-core, for this)
            if isinstance(kept, ZapSocket) and not kept.closed and not kept.is_answered():
                kept.tenant = weakref.ref(tenant)
                return kept, False
        socket = context.socket(zmq.ROUTER, socket_class=ZapSocket)
        try:
            # The context may have other defaults.
            socket.linger = 0
            socket.rcvtimeo = socket.sndtimeo = -1
            socket.tenant = weakref.ref(tenant)
            context._kept_open.add(socket)  # noqa: SLF001
            socket.outlive()
            socket.bind(ENDPOINT)
        except BaseException:
            give_up(socket)
            raise
        return socket, True


def give_up(socket: ZapSocket) -> None:
    """Unbind the ZAP endpoint.  libzmq asks nobody from now on, and lets peers in."""
    with suppress(zmq.ZMQError):  # closed already, or its context is terminated
        socket.unbind(ENDPOINT)  # now, and not some time later in libzmq's reaper: another one may follow
    socket.context._kept_open.discard(socket)  # noqa: SLF001
    socket.close(linger=0)
