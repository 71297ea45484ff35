"""Run blocking calls in new threads: the threads of gevent's pool are few, and also needed for DNS lookups."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gevent.hub import Waiter, get_hub
from gevent.monkey import get_original

from zmq.backend.native import Thread
from zmq.green._hubs import hub_of

__all__ = ["call_in_thread"]

_T = TypeVar("_T")

_allocate_lock = get_original("_thread", "allocate_lock")  # a native lock, also after monkey patching


def call_in_thread(function: Callable[[], _T]) -> _T:
    """Call *function* in a new thread while other greenlets run; return its result or raise its exception.

    If the greenlet is killed or times out meanwhile, the call continues in its thread.  The child of a fork lacks that
    thread: there *function* is called again.
    """
    hub = get_hub()
    waiter: Waiter[None] = Waiter(hub)
    joining = hub_of(hub).joining
    ended = hub.loop.async_()
    ended.start(waiter.switch, None)
    lock = _allocate_lock()
    given_up = False
    results: list[_T] = []
    errors: list[BaseException] = []

    def call() -> None:
        try:
            results.append(function())
        except BaseException as error:  # noqa: BLE001 (raised in the greenlet)
            errors.append(error)
        with lock:
            if not given_up:
                ended.send()

    try:
        try:
            Thread(call, name="zmq.green", daemon=True).start()
        except RuntimeError:  # no threads can be started while the interpreter shuts down
            return function()
        joining.add(waiter)
        waiter.get()
    finally:
        joining.discard(waiter)
        with lock:
            given_up = True
        ended.stop()
        ended.close()
    if errors:
        raise errors[0]
    return results[0] if results else function()  # the thread has not come along into the child of a fork
