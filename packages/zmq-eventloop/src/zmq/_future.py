"""What bindings to further event loops derive from, under the names that pyzmq has for it.

``_AsyncSocket`` and ``_AsyncPoller`` are those of ``zmq.asyncio``.  A binding overrides ``_default_loop()`` of
``_Async``, which returns the loop to wait in where none is running: an asyncio loop, or what has one as its
``asyncio_loop``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zmq._loops.hub import InLoop as _Async

if TYPE_CHECKING:
    from zmq.asyncio import Poller as _AsyncPoller
    from zmq.asyncio import Socket as _AsyncSocket

__all__ = ["_Async", "_AsyncPoller", "_AsyncSocket"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import zmq.asyncio  # late: zmq.asyncio imports this module, which programs use as zmq._future then

    return getattr(zmq.asyncio, name.removeprefix("_Async"))
