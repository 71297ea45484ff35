"""What bindings to further event loops derive from, under the names that pyzmq has for it.

``_AsyncSocket`` and ``_AsyncPoller`` are those of ``zmq.asyncio``.  A binding overrides ``_default_loop()`` of
``_Async``, which returns the loop to wait in where none is running: an asyncio loop, or what has one as its
``asyncio_loop``.
"""

from __future__ import annotations

from zmq.asyncio._poller import Poller as _AsyncPoller
from zmq.asyncio._socket import Socket as _AsyncSocket
from zmq.eventloop._loops import InLoop as _Async

__all__ = ["_Async", "_AsyncPoller", "_AsyncSocket"]
