"""Threads of the operating system, also in programs in which gevent or eventlet has made threads of greenlets.

What runs here waits in libzmq, in C: in a greenlet it would stop all others.  So a ``Thread`` is a native one, whatever
has become of ``threading``; and an ``Event`` is set and waited for across native threads.  In a program with green
threads whatever waits for an event lets the other greenlets run: neither gevent nor eventlet tells how to wake a
greenlet from any thread in a way that both know and that needs no descriptor, so it looks again every few milliseconds.

Locks of the program, those of ``logging`` for one, are green there, and are left to gevent and eventlet.
"""

from __future__ import annotations

import _thread as program_threads
import atexit
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec, module_from_spec
from time import monotonic
from types import BuiltinFunctionType
from typing import Any

__all__ = ["Event", "Thread", "threads_are_green"]

_FIRST_PAUSE_S = 0.0005
_LONGEST_PAUSE_S = 0.02


def threads_are_green() -> bool:
    """Return whether the threads of this program have been replaced by greenlets."""
    return not isinstance(program_threads.get_ident, BuiltinFunctionType)


def _load_native() -> Any:
    """Return the module ``_thread`` as the interpreter has it, before or after it is patched."""
    spec: Any = find_spec("_thread")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_native = _load_native()


class Event:
    """As ``threading.Event``, across native threads; it cannot be cleared.

    Any thread and any greenlet may set it and wait for it.
    """

    def __init__(self) -> None:
        self._is_set = False
        self._lock = _native.allocate_lock()
        self._lock.acquire()

    def is_set(self) -> bool:
        """Return whether it was set."""
        return self._is_set

    def set(self) -> None:
        """End all waiting, now and later.  Setting it twice is harmless."""
        self._is_set = True
        with suppress(RuntimeError):  # it was set before
            self._lock.release()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the event is set.

        Args:
            timeout_s: Longest wait in seconds; None waits for ever.

        Returns:
            Whether it is set.
        """
        if threads_are_green():
            self._wait_green(timeout_s)
        elif self._lock.acquire(timeout=-1 if timeout_s is None else min(max(timeout_s, 0), threading.TIMEOUT_MAX)):
            with suppress(RuntimeError):  # it was set twice
                self._lock.release()  # for the next one that waits
        return self._is_set

    def _wait_green(self, timeout_s: float | None) -> None:
        deadline = None if timeout_s is None else monotonic() + timeout_s
        never = threading.Event()  # a green one: waiting for it is what lets others run
        pause_s = _FIRST_PAUSE_S
        while not self._is_set:
            if deadline is not None:
                pause_s = min(pause_s, deadline - monotonic())
                if pause_s <= 0:
                    return
            never.wait(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


class Thread(threading.Thread):
    """A ``threading.Thread`` that is one of the operating system's, also where others are greenlets.

    There ``threading.current_thread()`` in it returns another object, and join() lets other greenlets run.
    """

    _ended: Event | None = None  # of a thread that was started past ``threading``
    _pid = 0

    def __init__(self, target: Callable[..., object] | None = None, **options: Any) -> None:
        super().__init__(target=target, **options)

    def start(self) -> None:
        """Start the thread: see ``threading.Thread.start``."""
        if self._ended is not None or not threads_are_green():
            super().start()  # a second time raises
            return
        self._ended = Event()
        self._pid = os.getpid()
        try:
            _native.start_new_thread(self._run_past_threading, ())
        except BaseException:
            self._ended = None
            raise
        vars(self)["_started"].set()  # for repr(), and what may be set before the start only
        if not self.daemon:
            atexit.register(self.join)

    def _run_past_threading(self) -> None:
        self._ident = _native.get_ident()
        self._native_id = _native.get_native_id()
        try:
            self.run()
        except SystemExit:
            pass
        except BaseException:  # noqa: BLE001 (as in every thread)
            threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), self)))
        finally:
            self._ended.set()  # type: ignore[union-attr]  # it was started
            atexit.unregister(self.join)

    def is_alive(self) -> bool:
        """Return whether the thread was started and has not ended; after fork it is not in the child."""
        if self._ended is None:
            return super().is_alive()
        return not self._ended.is_set() and self._pid == os.getpid()

    def is_current(self) -> bool:
        """Return whether the caller runs in this thread."""
        return self.ident == _native.get_ident() and self.is_alive()

    def join(self, timeout: float | None = None) -> None:
        """Wait until the thread has ended, *timeout* seconds at most: see ``threading.Thread.join``."""
        if self._ended is None:
            super().join(timeout)
        elif self.is_current():
            raise RuntimeError("cannot join current thread")
        elif self._pid == os.getpid():
            self._ended.wait(timeout)
