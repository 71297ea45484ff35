"""What programs of old expect to need: an event loop for zmq."""

from __future__ import annotations

import asyncio
import warnings
from selectors import BaseSelector

__all__ = ["ProactorSelectorThreadWarning", "ZMQEventLoop", "install"]


class ProactorSelectorThreadWarning(RuntimeWarning):
    """A category that programs ignore: pyzmq warns of a thread that it needs on Windows.  Never used here."""


class ZMQEventLoop(asyncio.SelectorEventLoop):
    """asyncio's own selector loop, under the name that old programs use: every asyncio loop will do for sockets.

    Args:
        selector: As for ``asyncio.SelectorEventLoop``.
    """

    def __init__(self, selector: BaseSelector | None = None) -> None:
        warnings.warn(
            "ZMQEventLoop is needless: zmq.asyncio works in every asyncio loop", DeprecationWarning, stacklevel=2
        )
        super().__init__(selector)


def install() -> None:
    """Do nothing: zmq.asyncio works in every asyncio loop."""
    warnings.warn("zmq.asyncio.install() is needless, and does nothing", DeprecationWarning, stacklevel=2)
