"""Sets of descriptors in the kernel: ``select.epoll``, and an object with the same methods over kqueue."""

from __future__ import annotations

import select as os_select
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

__all__ = ["HAS_EPOLL", "new_kernel", "unpatched"]


class _Kqueue:
    """The methods of ``select.epoll`` that zmq uses, over kqueue, with the bits of poll(2)."""

    def __init__(self) -> None:
        import selectors  # late: it slows down ``import zmq``

        self._read, self._write = selectors.EVENT_READ, selectors.EVENT_WRITE
        self._selector: Any = selectors.KqueueSelector()  # type: ignore[attr-defined,unused-ignore]  # not everywhere

    def register(self, fd: int, bits: int) -> None:
        self._selector.register(fd, self._events(bits))

    def modify(self, fd: int, bits: int) -> None:
        self._selector.modify(fd, self._events(bits))

    def unregister(self, fd: int) -> None:
        self._selector.unregister(fd)

    def _events(self, bits: int) -> int:
        events = self._write if bits & os_select.POLLOUT else 0
        return events if events and not bits & os_select.POLLIN else events | self._read

    def poll(self, timeout: float, _maxevents: int) -> list[tuple[int, int]]:
        return [
            (
                key.fd,
                (os_select.POLLIN if events & self._read else 0) | (os_select.POLLOUT if events & self._write else 0),
            )
            for key, events in self._selector.select(None if timeout < 0 else timeout)
        ]

    def fileno(self) -> int:
        fd: int = self._selector.fileno()
        return fd

    def close(self) -> None:
        self._selector.close()


def unpatched(name: str) -> Any:
    """Return a copy of a module in C as it was before gevent or eventlet has patched it."""
    from importlib.util import find_spec, module_from_spec

    spec: Any = find_spec(name)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_select: Any = os_select
if sys.platform == "linux" and not hasattr(os_select, "epoll"):
    # gevent's monkey patching removes epoll, because it blocks the thread.  A zmq.Poller is meant to block it
    _select = unpatched("select")

_epoll: Any = getattr(_select, "epoll", None)  # now: monkey patching may remove it later

HAS_EPOLL: Final[bool] = _epoll is not None

new_kernel: Final[Callable[[], Any] | None] = _epoll or (_Kqueue if hasattr(os_select, "kqueue") else None)
"""Creates a set with the methods of ``select.epoll`` and the bits of poll(2); None without epoll and kqueue."""
