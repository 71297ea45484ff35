"""Calls that block a thread: each has one of its own, for those of gevent's pool are few, and resolve names as well."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gevent.hub import Waiter, get_hub
from gevent.monkey import get_original

from zmq.backend.native import Thread

__all__ = ["call_in_thread"]

_T = TypeVar("_T")

_allocate_lock = get_original("_thread", "allocate_lock")  # also when monkey patching has made locks greenlets'


def call_in_thread(function: Callable[[], _T]) -> _T:
    """Call *function* in a thread of its own while other greenlets run; return what it returns, or raise its error.

    When the greenlet is killed or timed out meanwhile the call goes on.
    """
    hub = get_hub()
    waiter: Waiter[None] = Waiter(hub)
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
        except RuntimeError:  # the interpreter is about to exit, and starts no threads any more
            return function()
        waiter.get()
    finally:
        with lock:
            given_up = True
        ended.stop()
        ended.close()
    if errors:
        raise errors[0]
    return results[0]
