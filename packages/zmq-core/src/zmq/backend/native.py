"""Native threads, also in programs in which gevent or eventlet has replaced threads by greenlets.

Authenticators and devices wait in libzmq, in C.  In a greenlet such a wait would block all other greenlets.  Therefore
a ``Thread`` is native even if ``threading`` was patched, and an ``Event`` works between native threads.  In a patched
program a wait for an ``Event`` polls every few milliseconds and lets other greenlets run in between: gevent and
eventlet have no common way to wake a greenlet from another thread without a descriptor.

Locks of the program, such as those of ``logging``, are green in a patched program; this module does not change them.
"""

from __future__ import annotations

import _thread as program_threads
import atexit
import os
import sys
import threading
from contextlib import suppress
from time import monotonic
from types import BuiltinFunctionType

from zmq.backend.kernel import unpatched

__all__ = ["Event", "Thread", "threads_are_green"]

_FIRST_PAUSE_S = 0.0005
_LONGEST_PAUSE_S = 0.02


def threads_are_green() -> bool:
    """Return whether gevent or eventlet has replaced the threads of this program by greenlets."""
    return not isinstance(program_threads.get_ident, BuiltinFunctionType)


_native = unpatched("_thread")


class Event:
    """A ``threading.Event`` for native threads; it cannot be cleared.

    Any thread and any greenlet may set an event and wait for it.
    """

    def __init__(self) -> None:
        self._is_set = False
        self._lock = _native.allocate_lock()
        self._lock.acquire()

    def is_set(self) -> bool:
        """Return whether the event is set."""
        return self._is_set

    def set(self) -> None:
        """Set the event: present and later calls of wait() return.  Setting it again has no effect."""
        self._is_set = True
        with suppress(RuntimeError):  # set before
            self._lock.release()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the event is set.

        Args:
            timeout_s: Longest wait in seconds; None waits for ever.

        Returns:
            Whether the event is set; False after a timeout.
        """
        if threads_are_green():
            self._wait_green(timeout_s)
        elif self._lock.acquire(timeout=-1 if timeout_s is None else min(max(timeout_s, 0), threading.TIMEOUT_MAX)):
            with suppress(RuntimeError):  # set twice
                self._lock.release()  # for the next waiting thread
        return self._is_set

    def _wait_green(self, timeout_s: float | None) -> None:
        deadline = None if timeout_s is None else monotonic() + timeout_s
        never = threading.Event()  # a patched event: waiting for it lets other greenlets run
        pause_s = _FIRST_PAUSE_S
        while not self._is_set:
            if deadline is not None:
                pause_s = min(pause_s, deadline - monotonic())
                if pause_s <= 0:
                    return
            never.wait(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


class Thread(threading.Thread):
    """A ``threading.Thread`` that is native even if threads were replaced by greenlets.

    In such a program ``threading.current_thread()`` does not return this object in the thread, and join() lets other
    greenlets run.
    """

    _ended: Event | None = None  # set if the thread was started without ``threading``
    _pid = 0

    def start(self) -> None:
        """Start the thread: see ``threading.Thread.start``.

        Raises:
            RuntimeError: The thread was started before.
        """
        if self._ended is not None or not threads_are_green():
            super().start()  # raises if it was started before
            return
        self._ended = Event()
        self._pid = os.getpid()
        try:
            _native.start_new_thread(self._run_past_threading, ())
        except BaseException:
            self._ended = None
            raise
        vars(self)["_started"].set()  # for repr() and daemon, which read it
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
        """Return whether the thread runs; False in the child of a fork."""
        if self._ended is None:
            return super().is_alive()
        return not self._ended.is_set() and self._pid == os.getpid()

    def is_current(self) -> bool:
        """Return whether this is the calling thread."""
        return self.ident == _native.get_ident() and self.is_alive()

    def join(self, timeout: float | None = None) -> None:
        """Wait until the thread has ended: see ``threading.Thread.join``.

        Args:
            timeout: Longest wait in seconds; None waits for ever.

        Raises:
            RuntimeError: The thread was not started, or it is the calling thread.
        """
        if self._ended is None:
            super().join(timeout)
        elif self.is_current():
            raise RuntimeError("cannot join current thread")
        elif self._pid == os.getpid():
            self._ended.wait(timeout)
