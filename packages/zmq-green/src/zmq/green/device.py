"""``device()``, the older name of ``proxy()``."""

from __future__ import annotations

from typing import Any

import zmq
from zmq.green._proxy import proxy
from zmq.green.poll import Poller

__all__ = ["Poller", "device"]


def device(device_type: int, isocket: zmq.Socket[Any], osocket: zmq.Socket[Any] | None = None) -> None:  # noqa: ARG001
    """Run a proxy between two sockets.  New programs should use proxy().

    Args:
        device_type: zmq.QUEUE, zmq.FORWARDER or zmq.STREAMER; ignored.
        isocket: The frontend.
        osocket: The backend; None means *isocket*.

    Raises:
        ContextTerminated: The context was terminated: the regular end.
        ZMQError: A socket was closed.

    libzmq: zmq_proxy(3)
    """
    proxy(isocket, isocket if osocket is None else osocket)
