"""ZeroMQ in tornado loops: ``zmqstream``, ``future`` and ``ioloop``.  ``IOLoop`` is tornado's class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import zmq_check.core as _core  # noqa: F401 (first: it raises where pyzmq has written over zmq-core)

if TYPE_CHECKING:
    from zmq.eventloop._tornado import IOLoop

__all__ = ["IOLoop"]


def __getattr__(name: str) -> Any:
    if name != "IOLoop":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from zmq.eventloop._tornado import IOLoop  # late: this package can be imported without tornado

    return IOLoop


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
