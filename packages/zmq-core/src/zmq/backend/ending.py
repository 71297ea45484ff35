"""The end of the process: contexts that were dropped get the time that their LINGER gives them.

Theory of operation.  The garbage collector must not wait, so a context that it collects is terminated in a thread.
This module waits for these terminations when the process ends:

1. Python calls exit handlers once every thread that is not a daemon has ended.
2. A child that multiprocessing has forked ends with ``os._exit()``.  It runs multiprocessing's finalizers, and before
   CPython 3.13 no exit handlers.
3. A context may be dropped even later: by an exit handler that runs after this one, or by a thread that ends after 2.
   Then whatever drops it waits.

A process that is killed, or calls ``os._exit()`` itself, waits for nothing.
"""

from __future__ import annotations

import atexit
import os
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any, Final, NamedTuple, Protocol
from weakref import WeakMethod

__all__ = ["EXIT_TIMEOUT_S", "Dropped", "call_at_end_of_child", "finish_later", "prepare"]

_SILENT_S = 1.0
"""Seconds before a message tells what the process waits for; also what libzmq may take after LINGER has passed."""

_LAST: Final = -1000
"""The priority of our finalizer among multiprocessing's: programs' own may send something."""


def _timeout_s() -> float:
    text = os.environ.get("ZMQ_EXIT_TIMEOUT_S", "30")
    try:
        return float(text)
    except ValueError:
        warnings.warn(f"ZMQ_EXIT_TIMEOUT_S is a number of seconds: got {text!r}", RuntimeWarning, stacklevel=2)
        return 30.0


EXIT_TIMEOUT_S: Final = _timeout_s()
"""The default of ``zmq.EXIT_TIMEOUT_S``."""


class _Termination(Protocol):
    def wait(self, timeout: float | None = None) -> bool: ...
    def is_set(self) -> bool: ...


class Dropped(NamedTuple):
    """A context that was dropped, and is being terminated."""

    termination: _Termination
    address: int
    linger_ms: int
    """The longest finite LINGER that one of its sockets was closed with."""
    endless: list[str]
    """The types of those whose LINGER is infinite."""

    def limit_s(self) -> float:
        """Return for how many seconds the end of the process waits for it."""
        limit = self.linger_ms / 1000 + _SILENT_S if self.linger_ms or not self.endless else 0.0
        if not self.endless:
            return limit  # libzmq ends by itself, and earlier
        timeout: float = getattr(sys.modules.get("zmq"), "EXIT_TIMEOUT_S", EXIT_TIMEOUT_S)
        return max(limit, float("inf") if timeout < 0 else timeout)

    def __str__(self) -> str:
        kinds = "/".join(self.endless)
        linger = f"{kinds} with an infinite LINGER" if kinds else f"LINGER up to {self.linger_ms / 1000:g} s"
        return f"context {self.address:#x} ({linger})"


# Each step with these is one that no other thread, signal handler or finalizer gets into.
_pid = 0  # the process that the rest belongs to: fork copies it
_dropped: dict[int, Dropped] = {}  # by the id of the termination
_methods: set[WeakMethod[Callable[[], object]]] = set()
_ending = False
_finalizer: Any = None


def prepare() -> None:
    """Have the end of this process wait for contexts that are dropped in it; to be called before the first is made."""
    global _finalizer  # noqa: PLW0603 (there is one process)
    _begin()
    # Not at the import: multiprocessing forgets what was registered before it calls the function of the child.
    if _is_forked_by_multiprocessing() and (_finalizer is None or not _finalizer.still_active()):
        util: Any = sys.modules["multiprocessing.util"]
        _finalizer = util.Finalize(None, _finish_child, exitpriority=_LAST)


def _begin() -> None:
    """Forget what belongs to the parent process, and register the exit handler, which not every child inherits."""
    global _pid, _ending
    if _pid == os.getpid():
        return
    _pid, _ending = os.getpid(), False
    _dropped.clear()
    _methods.clear()
    atexit.unregister(_finish)
    atexit.register(_finish)


def finish_later(dropped: Dropped) -> None:
    """Let the end of the process wait for a context; if that has begun, wait at once.

    Raises:
        Whatever a signal handler raises, KeyboardInterrupt for one.
    """
    util = sys.modules.get("multiprocessing.util")
    if _ending or (util is not None and util.is_exiting()):
        _wait_for([dropped])
        return
    _dropped[id(dropped.termination)] = dropped
    for key, other in list(_dropped.items()):
        if other.termination.is_set():
            _dropped.pop(key, None)


def call_at_end_of_child(method: Callable[[], object]) -> None:
    """Have a bound method called at the end of this process, if multiprocessing has forked it.

    No exit handlers run in such a process before CPython 3.13, and later none that the parent has registered.  The
    object is not kept alive.
    """
    prepare()
    _methods.add(WeakMethod(method, _methods.discard))


def _is_forked_by_multiprocessing() -> bool:
    process: Any = sys.modules.get("multiprocessing.process")
    if process is None or "multiprocessing.util" not in sys.modules or process.parent_process() is None:
        return False
    multiprocessing: Any = sys.modules["multiprocessing"]
    return bool(multiprocessing.get_start_method(allow_none=True) != "spawn")  # there the exit handlers run


def _finish_child() -> None:
    for reference in list(_methods):
        method = reference()
        if method is not None:
            try:
                method()
            except Exception:  # noqa: BLE001 (as multiprocessing does with its finalizers)
                import traceback  # late: it takes a while, and few programs need it

                traceback.print_exc()
    _finish()


def _finish() -> None:
    global _ending  # noqa: PLW0603 (there is one process)
    _begin()  # after fork: the terminations are the parent's
    _ending = True
    waiting = list(_dropped.values())
    _dropped.clear()  # also when a signal handler raises: it is given up
    _wait_for(waiting)


def _wait_for(waiting: list[Dropped]) -> None:
    start = monotonic()
    told = False
    for dropped in waiting:
        end = start + dropped.limit_s()
        if not told and not _wait_until(dropped, min(end, start + _SILENT_S)):
            told = True
            _tell(_explain(waiting, start))
        _wait_until(dropped, end)
    if any(not dropped.termination.is_set() for dropped in waiting):
        _tell("gives up; messages that were not sent are lost")


def _wait_until(dropped: Dropped, end: float) -> bool:
    timeout = end - monotonic()
    return dropped.termination.wait(None if timeout == float("inf") else max(timeout, 0.0))


def _explain(waiting: list[Dropped], start: float) -> str:
    left = [dropped for dropped in waiting if not dropped.termination.is_set()]
    limit = max((dropped.limit_s() for dropped in left), default=0.0) - (monotonic() - start)
    how_long = "without limit" if limit == float("inf") else f"for at most {max(limit, 0.0):.0f} s more"
    return (
        f"waits {how_long} until messages of dropped contexts are sent; Ctrl-C ends it: {', '.join(map(str, left))}."
        " Avoid it by closing sockets with socket.close(linger=MILLISECONDS);"
        " zmq.EXIT_TIMEOUT_S, or ZMQ_EXIT_TIMEOUT_S in the environment, sets the limit where LINGER is infinite"
    )


def _tell(text: str) -> None:
    if sys.stderr is not None:
        with suppress(OSError, ValueError):  # it is closed
            print(f"zmq: the end of process {os.getpid()} {text}", file=sys.stderr, flush=True)


_begin()  # at the import, and not with the first context: an exit handler may make that
