"""Native threads and events: like those of ``threading``, and also native in programs with green threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from zmq.backend.native import Event, Thread, threads_are_green

Run: TypeAlias = Callable[..., str]

WAIT_S = 30.0

GREEN = """
from gevent import monkey
monkey.patch_all()
import threading, gevent, gevent.threadpool
from zmq.backend.native import Event, Thread, threads_are_green
assert threads_are_green()
beats = []
def beat():
    while True:
        beats.append(1)
        gevent.sleep(0)
gevent.spawn(beat)
"""


def test_an_event_ends_all_waiting() -> None:
    event, done = Event(), []

    def wait() -> None:
        done.append(event.wait(WAIT_S))

    threads = [Thread(target=wait) for _ in range(3)]
    for thread in threads:
        thread.start()
    event.set()
    event.set()
    for thread in threads:
        thread.join(WAIT_S)
    assert done == [True] * 3
    assert event.is_set()
    assert event.wait()


def test_an_event_that_is_not_set_ends_waiting_at_the_timeout() -> None:
    event = Event()
    assert not event.wait(0)
    assert not event.wait(-1)
    assert not event.wait(0.001)
    assert not event.is_set()


def test_threads_are_those_of_threading() -> None:
    event = Event()
    seen: list[Any] = []

    def run() -> None:
        seen.append(threading.current_thread())
        event.wait(WAIT_S)

    thread = Thread(target=run, name="mine", daemon=True)
    assert not threads_are_green()
    assert not thread.is_alive()
    thread.start()
    assert thread in threading.enumerate()
    assert thread.is_alive()
    event.set()
    thread.join(WAIT_S)
    assert not thread.is_alive()
    assert seen == [thread]
    with pytest.raises(RuntimeError):
        thread.start()


def test_threads_are_native_in_a_program_with_green_threads(run_script: Run) -> None:
    pytest.importorskip("gevent")
    run_script(
        GREEN
        + """
import _thread
entered, leave = Event(), Event()
def run():
    entered.set()
    leave.wait()
thread = Thread(target=run, name="mine", daemon=True)
assert not thread.is_alive()
thread.start()
assert thread.is_alive()
try:
    thread.daemon = False
except RuntimeError:
    pass
else:
    raise AssertionError("changed after the start")
assert entered.wait(30)
assert thread.native_id not in (None, threading.get_native_id())
thread.join(0.01)
assert thread.is_alive()
try:
    thread.start()
except RuntimeError:
    pass
else:
    raise AssertionError("started twice")
leave.set()
thread.join()
assert not thread.is_alive()
"""
    )


def test_greenlets_run_while_one_waits_for_an_event(run_script: Run) -> None:
    pytest.importorskip("gevent")
    run_script(
        GREEN
        + """
enough = Event()
def run():
    while len(beats) < 10:
        pass
    enough.set()
thread = Thread(target=run)
thread.start()
assert enough.wait(30)
thread.join()
assert not Event().wait(0.01)
"""
    )


def test_a_green_program_waits_at_its_end_for_threads_that_are_no_daemons(run_script: Run) -> None:
    pytest.importorskip("gevent")
    said = run_script(
        GREEN
        + """
release = Event()
def run():
    release.wait()
    print("ended")
Thread(target=run, daemon=False).start()
import atexit
atexit.register(release.set)
"""
    )
    assert said.split() == ["ended"]


def test_an_error_of_a_native_thread_is_reported(run_script: Run) -> None:
    pytest.importorskip("gevent")
    run_script(
        GREEN
        + """
seen = []
threading.excepthook = seen.append
def run():
    raise LookupError
thread = Thread(target=run)
thread.start()
thread.join()
assert [(args.exc_type, args.thread) for args in seen] == [(LookupError, thread)]
def leave():
    raise SystemExit
quiet = Thread(target=leave)
quiet.start()
quiet.join()
assert len(seen) == 1
"""
    )


def test_a_thread_is_not_alive_after_fork(run_script: Run) -> None:
    pytest.importorskip("gevent")
    run_script(
        GREEN
        + """
import os
event = Event()
thread = Thread(target=event.wait, daemon=True)
thread.start()
if os.fork() == 0:
    thread.join()
    os._exit(thread.is_alive())
assert os.waitstatus_to_exitcode(os.wait()[1]) == 0
event.set()
thread.join()
"""
    )
