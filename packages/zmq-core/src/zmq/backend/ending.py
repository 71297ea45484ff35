"""The end of the process: it waits until dropped contexts have sent their messages, or LINGER has expired.

A context is dropped when it is garbage collected without term().  The garbage collector must not block, so a dropped
context is terminated in a thread.  The process waits for these terminations when it ends:

1. In an exit handler.  Python calls exit handlers when every thread that is not a daemon has ended.
2. In a finalizer of multiprocessing, in a child that multiprocessing has forked.  Such a child ends with
   ``os._exit()``, and before CPython 3.13 runs no exit handlers.
3. If a context is dropped after that, by a later exit handler or by a thread that ends after 2., the code that drops
   it waits.

A process that is killed, or that calls ``os._exit()``, does not wait.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
import warnings
from time import monotonic
from weakref import WeakMethod

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

    from zmq.backend.pinned import Completion

__all__ = ["EXIT_TIMEOUT_S", "Dropped", "call_at_end_of_child", "finish_later", "prepare"]

_SILENT_S = 1.0
"""Seconds of waiting before a message is printed; also the time granted to libzmq after LINGER has expired."""

_LAST: Final = -1000
"""The priority of our finalizer in multiprocessing: it runs last, because finalizers of programs may send messages."""


def _timeout_s() -> float:
    text = os.environ.get("ZMQ_EXIT_TIMEOUT_S", "30")
    try:
        return float(text)
    except ValueError:
        warnings.warn(f"ZMQ_EXIT_TIMEOUT_S is a number of seconds: got {text!r}", RuntimeWarning, stacklevel=2)
        return 30.0


EXIT_TIMEOUT_S: Final = _timeout_s()
"""The default of ``zmq.EXIT_TIMEOUT_S``."""


class Dropped:
    """A dropped context that is being terminated.

    Args:
        termination: The termination.
        address: Of the C context.
        linger_ms: The longest finite LINGER of its sockets, in milliseconds.
        endless: The types of its sockets with an infinite LINGER.
    """

    __slots__ = ("address", "endless", "linger_ms", "termination")

    def __init__(self, termination: Completion, address: int, linger_ms: int, endless: list[str]) -> None:
        self.termination = termination
        self.address = address
        self.linger_ms = linger_ms
        self.endless = endless

    def limit_s(self) -> float:
        """Return the longest time, in seconds, that the end of the process waits for this context."""
        limit = self.linger_ms / 1000 + _SILENT_S if self.linger_ms or not self.endless else 0.0
        if not self.endless:
            return limit  # libzmq ends the termination before that
        timeout: float = getattr(sys.modules.get("zmq"), "EXIT_TIMEOUT_S", EXIT_TIMEOUT_S)
        return max(limit, float("inf") if timeout < 0 else timeout)

    def __str__(self) -> str:
        kinds = "/".join(self.endless)
        linger = f"{kinds} with an infinite LINGER" if kinds else f"LINGER up to {self.linger_ms / 1000:g} s"
        return f"context {self.address:#x} ({linger})"


_COLLECTIONS = 12 if sys.implementation.name == "pypy" else 0
"""After so many all of a chain of objects is collected: each finds the first one only."""

# Each operation on these is atomic: no other thread, signal handler or finalizer can run in the middle of it.
_pid = 0  # the process that the following belong to; a fork copies them
_dropped: dict[int, Dropped] = {}  # by id() of the termination
_methods: set[WeakMethod[Callable[[], object]]] = set()
_ending = False
_finalizer: Any = None


def prepare() -> None:
    """Make the end of this process wait for its dropped contexts; call this before the first context is created."""
    global _finalizer  # noqa: PLW0603 (there is one process)
    _begin()
    # Not at the import: multiprocessing clears its finalizers before it calls the target of the child.
    if _is_forked_by_multiprocessing() and (_finalizer is None or not _finalizer.still_active()):
        util: Any = sys.modules["multiprocessing.util"]
        _finalizer = util.Finalize(None, _finish_child, exitpriority=_LAST)


def _begin() -> None:
    """Forget the state of the parent process, and register the exit handler, which not every child inherits."""
    global _pid, _ending
    if _pid == os.getpid():
        return
    _pid, _ending = os.getpid(), False
    _dropped.clear()
    _methods.clear()
    atexit.unregister(_finish)
    atexit.register(_finish)


def finish_later(dropped: Dropped) -> None:
    """Make the end of the process wait for a context; if the process is ending already, wait now.

    Raises:
        KeyboardInterrupt: Ctrl-C ended the wait; other signal handlers may raise other exceptions.
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
    """Call a bound method at the end of this process, if multiprocessing has forked it.

    In such a process no exit handlers run before CPython 3.13, and since then none that the parent has registered.  The
    object of the method is referenced weakly.
    """
    prepare()
    _methods.add(WeakMethod(method, _methods.discard))


def _is_forked_by_multiprocessing() -> bool:
    process: Any = sys.modules.get("multiprocessing.process")
    if process is None or "multiprocessing.util" not in sys.modules or process.parent_process() is None:
        return False
    multiprocessing: Any = sys.modules["multiprocessing"]
    return bool(multiprocessing.get_start_method(allow_none=True) != "spawn")  # spawned children run exit handlers


def _finish_child() -> None:
    for reference in list(_methods):
        method = reference()
        if method is not None:
            try:
                method()
            except Exception:  # noqa: BLE001 (as multiprocessing does for its finalizers)
                import traceback  # late: it is slow to import, and few programs need it

                traceback.print_exc()
    _finish()


def _collect_dropped() -> None:
    """Collect the contexts that the program has dropped, where references are not counted."""
    if getattr(sys.modules.get("zmq.backend.context"), "_handles", None):
        for _ in range(_COLLECTIONS):
            gc.collect()


def _finish() -> None:
    global _ending  # noqa: PLW0603 (there is one process)
    _begin()  # after fork: the parent waits for its terminations itself
    _collect_dropped()
    _ending = True
    waiting = list(_dropped.values())
    _dropped.clear()  # now: if a signal handler raises, no later call waits for them
    _wait_for(waiting)


def _wait_for(waiting: list[Dropped]) -> None:
    start = monotonic()
    printed = False
    for dropped in waiting:
        end = start + dropped.limit_s()
        if not printed and not _wait_until(dropped, min(end, start + _SILENT_S)):
            printed = True
            _print(_explain(waiting, start))
        _wait_until(dropped, end)
    if any(not dropped.termination.is_set() for dropped in waiting):
        _print("gives up; messages that were not sent are lost")


def _wait_until(dropped: Dropped, end: float) -> bool:
    timeout = end - monotonic()
    return dropped.termination.wait(None if timeout == float("inf") else max(timeout, 0.0))


def _explain(waiting: list[Dropped], start: float) -> str:
    left = [dropped for dropped in waiting if not dropped.termination.is_set()]
    limit = max((dropped.limit_s() for dropped in left), default=0.0) - (monotonic() - start)
    how_long = "without limit" if limit == float("inf") else f"for at most {max(limit, 0.0):.0f} s more"
    return (
        f"waits {how_long} until messages of dropped contexts are sent: {', '.join(map(str, left))}."
        " Ctrl-C ends the wait."
        " Avoid it by closing sockets with socket.close(linger=MILLISECONDS);"
        " zmq.EXIT_TIMEOUT_S, or ZMQ_EXIT_TIMEOUT_S in the environment, sets the limit where LINGER is infinite"
    )


def _print(text: str) -> None:
    if sys.stderr is not None:
        try:  # noqa: SIM105 (contextlib slows down ``import zmq``)
            print(f"zmq: the end of process {os.getpid()} {text}", file=sys.stderr, flush=True)
        except (OSError, ValueError):  # stderr was closed
            pass


_begin()  # at the import, not with the first context: an exit handler may create that
