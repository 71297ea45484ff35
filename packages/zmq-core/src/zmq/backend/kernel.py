"""What a Poller asks the kernel with: ``select.epoll``, and elsewhere a selector that looks the same."""

from __future__ import annotations

import select as os_select
import sys
from typing import Any, Final

from zmq.constants import PollEvent

__all__ = ["BITS", "HAS_EPOLL", "new_kernel"]

_READ, _WRITE = 1, 2  # as selectors.EVENT_READ and EVENT_WRITE
_IN, _OUT = int(PollEvent.POLLIN), int(PollEvent.POLLOUT)
_PRI, _ERR = int(PollEvent.POLLPRI), int(PollEvent.POLLERR)


class _Selector:
    """``select.epoll`` as far as a Poller uses it."""

    def __init__(self) -> None:
        import selectors  # late: it takes a while

        self._selector = selectors.DefaultSelector()

    def register(self, fd: int, mask: int) -> None:
        self._selector.register(fd, self._events(mask))

    def modify(self, fd: int, mask: int) -> None:
        self._selector.modify(fd, self._events(mask))

    def unregister(self, fd: int) -> None:
        self._selector.unregister(fd)

    def _events(self, mask: int) -> int:
        events = 0
        if mask & (_IN | _PRI | _ERR):
            events |= _READ
        if mask & _OUT:
            events |= _WRITE
        return events

    def poll(self, timeout: float) -> list[tuple[int, int]]:
        ready: list[tuple[int, int]] = []
        for key, events in self._selector.select(None if timeout < 0 else timeout):
            mask = 0
            if events & _READ:
                mask |= _IN
            if events & _WRITE:
                mask |= _OUT
            ready.append((key.fd, mask))
        return ready

    def fileno(self) -> int | None:
        fileno = getattr(self._selector, "fileno", None)
        return None if fileno is None else fileno()

    def close(self) -> None:
        self._selector.close()


_select: Any = os_select
if sys.platform == "linux" and not hasattr(os_select, "epoll"):
    from importlib.util import find_spec, module_from_spec

    # gevent's monkey patching takes it away, since it blocks the thread; so does a Poller, and it is meant to
    _spec: Any = find_spec("select")
    _select = module_from_spec(_spec)
    _spec.loader.exec_module(_select)

_epoll: Any = getattr(_select, "epoll", None)  # now: it may be taken away later

HAS_EPOLL: Final[bool] = _epoll is not None

BITS: Final[list[tuple[int, int]]] = (
    [
        (_IN, _select.EPOLLIN),
        (_OUT, _select.EPOLLOUT),
        (_PRI, _select.EPOLLPRI),
        (_ERR, _select.EPOLLERR | _select.EPOLLHUP),
    ]
    if HAS_EPOLL
    else [(bit, bit) for bit in (_IN, _OUT, _PRI, _ERR)]
)
"""The bits of PollEvent, each with that of the kernel."""


def new_kernel() -> Any:
    """Return an object with the methods of ``select.epoll``."""
    return _epoll() if HAS_EPOLL else _Selector()
