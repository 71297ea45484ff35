"""tornado, for the modules here that need it, and what its loops close with them."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from zmq_check.core import needs

with needs("zmq.eventloop needs tornado", "zmq-eventloop[tornado]"):
    from tornado.ioloop import IOLoop
    from tornado.log import gen_log

__all__ = ["IOLoop", "close_with", "gen_log"]


class _ClosedWithLoop:
    """Stands for a descriptor of one loop: ``IOLoop.close(all_fds=True)`` closes it, and so what it stands for.

    Each socket could be a descriptor of its own.  But a loop knows descriptors by their numbers, and when a socket is
    closed elsewhere the number of its descriptor soon is another file's.
    """

    def __init__(self) -> None:
        self.members: WeakSet[Any] = WeakSet()

    def fileno(self) -> int:
        """Return a number that no descriptor has."""
        return -0x5A4D51

    def close(self) -> None:
        """Close everything."""
        for member in list(self.members):
            member.close()


_closed_with: WeakKeyDictionary[IOLoop, _ClosedWithLoop] = WeakKeyDictionary()


def close_with(io_loop: Any, member: Any) -> None:
    """Have ``IOLoop.close(all_fds=True)`` close *member*, which is not kept.  Other loops close nothing."""
    if not isinstance(io_loop, IOLoop):
        return
    closed_with = _closed_with.get(io_loop)
    if closed_with is None:
        closed_with = _closed_with[io_loop] = _ClosedWithLoop()
        io_loop.add_handler(closed_with, _ignore, 0)
    closed_with.members.add(member)


def _ignore(*_: object) -> None:
    """Stand in for a handler of no events."""
