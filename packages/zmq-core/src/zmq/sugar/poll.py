"""``zmq.Poller``, and ``zmq.select``: the interface of ``select.select``, over sockets and descriptors."""

from __future__ import annotations

from zmq.backend.poller import Poller as _CompiledPoller
from zmq.backend.poller import zmq_poll
from zmq.constants import PollEvent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from typing_extensions import Self

__all__ = ["Poller", "select", "zmq_poll"]


class Poller(_CompiledPoller):
    """Waits for any of many sockets and descriptors.

    One thread at a time may use a Poller; other threads may use its sockets meanwhile.

    libzmq: zmq_poll(3)
    """

    # A class in Python, so that tests can patch its methods.
    __slots__ = ()

    def __copy__(self, memo: object = None) -> Self:
        """Return another Poller of the same sockets and descriptors."""
        other = type(self)()
        for pollable, flags in self.sockets:
            other.register(pollable, flags)
        return other

    __deepcopy__ = __copy__


# Plain numbers: to combine members of an enum takes longer than to ask libzmq.
_IN, _OUT, _ERR = int(PollEvent.POLLIN), int(PollEvent.POLLOUT), int(PollEvent.POLLERR)


def select(
    rlist: Iterable[Any], wlist: Iterable[Any], xlist: Iterable[Any], timeout: float | None = None
) -> tuple[list[Any], list[Any], list[Any]]:
    """Wait until sockets or descriptors are ready, like ``select.select``.

    Args:
        rlist: What to wait to read from.
        wlist: What to wait to write to.
        xlist: What to wait for errors of.
        timeout: Longest wait in seconds; None or -1 waits for ever.

    Returns:
        Those of each list that are ready; an object with ``fileno()`` comes back as its descriptor.

    libzmq: zmq_poll(3)
    """
    return select_by(zmq_poll, rlist, wlist, xlist, timeout)


def select_by(
    poll: Callable[[list[tuple[Any, int]], float], list[tuple[Any, int]]],
    rlist: Iterable[Any],
    wlist: Iterable[Any],
    xlist: Iterable[Any],
    timeout: float | None,
) -> tuple[list[Any], list[Any], list[Any]]:
    """Do what ``select()`` does by *poll*, a ``zmq_poll()``."""
    wanted: dict[Any, int] = {}
    for pollables, flag in ((rlist, _IN), (wlist, _OUT), (xlist, _ERR)):
        for pollable in pollables:
            wanted[pollable] = wanted.get(pollable, 0) | flag
    ready = poll([*wanted.items()], -1 if timeout is None or timeout < 0 else timeout * 1000)
    return (
        [pollable for pollable, events in ready if events & _IN],
        [pollable for pollable, events in ready if events & _OUT],
        [pollable for pollable, events in ready if events & _ERR],
    )
