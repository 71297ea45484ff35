"""zmq.eventloop.ioloop: the names of old, over today's tornado."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import sys
import warnings

import pytest

pytest.importorskip("tornado")

import tornado.ioloop

import zmq

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from zmq.eventloop import ioloop

WAIT_S = 30.0
READ, WRITE, ERROR = ioloop.IOLoop.READ, ioloop.IOLoop.WRITE, ioloop.IOLoop.ERROR


# ---- tornado's own


def test_its_loops_are_tornados() -> None:
    assert ioloop.IOLoop is tornado.ioloop.IOLoop
    assert ioloop.ZMQIOLoop is tornado.ioloop.IOLoop
    assert ioloop.PeriodicCallback is tornado.ioloop.PeriodicCallback


def test_the_import_warns_that_it_is_deprecated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "zmq.eventloop.ioloop")
    with pytest.warns(DeprecationWarning, match="deprecated"):
        importlib.import_module("zmq.eventloop.ioloop")


def test_install_does_nothing_and_warns() -> None:
    with pytest.warns(DeprecationWarning, match="does nothing"):
        ioloop.install()


# ---- DelayedCallback


def test_a_delayed_callback_is_called_once_after_its_time(io_loop: ioloop.IOLoop) -> None:
    async def main() -> None:
        called = asyncio.Event()
        times: list[float] = []
        start = io_loop.time()

        def call() -> None:
            times.append(io_loop.time() - start)
            called.set()

        delayed = ioloop.DelayedCallback(call, 20)
        assert not delayed.is_running()
        delayed.start()
        assert delayed.is_running()
        await called.wait()
        assert not delayed.is_running()
        assert times[0] >= 0.019
        later = asyncio.Event()
        io_loop.call_later(0.05, later.set)
        await later.wait()
        assert len(times) == 1

    io_loop.run_sync(main, timeout=WAIT_S)


def test_a_delayed_callback_that_is_stopped_is_not_called(io_loop: ioloop.IOLoop) -> None:
    async def main() -> None:
        stopped = ioloop.DelayedCallback(lambda: pytest.fail("called"), 0, io_loop)
        stopped.start()
        stopped.stop()
        assert not stopped.is_running()
        stopped.stop()
        after = asyncio.Event()
        ioloop.DelayedCallback(after.set, 1, io_loop).start()
        await after.wait()

    io_loop.run_sync(main, timeout=WAIT_S)


def test_a_delayed_callback_can_be_restarted(io_loop: ioloop.IOLoop) -> None:
    async def main() -> None:
        called = asyncio.Event()
        count = 0

        def call() -> None:
            nonlocal count
            count += 1
            called.set()

        delayed = ioloop.DelayedCallback(call, 1)
        delayed.start()
        delayed.start()
        await called.wait()
        assert count == 1
        called.clear()
        delayed.start()
        await called.wait()
        assert count == 2

    io_loop.run_sync(main, timeout=WAIT_S)


def test_an_error_of_a_delayed_callback_is_logged(io_loop: ioloop.IOLoop, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        ioloop.DelayedCallback(lambda: 1 // 0, 0).start()
        after = asyncio.Event()
        ioloop.DelayedCallback(after.set, 1).start()
        await after.wait()

    io_loop.run_sync(main, timeout=WAIT_S)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


# ---- ZMQPoller


def test_the_poller_uses_tornados_event_masks() -> None:
    poller = ioloop.ZMQPoller()
    with zmq.Context() as context, context.socket(zmq.PAIR) as a, context.socket(zmq.PAIR) as b:
        a.bind("inproc://a")
        b.connect("inproc://a")
        poller.register(a, READ | WRITE)
        assert poller.poll(0) == [(a, WRITE)]
        b.send(b"")
        assert poller.poll(WAIT_S) == [(a, READ | WRITE)]
        poller.modify(a, READ)
        assert poller.poll(WAIT_S) == [(a, READ)]
        poller.unregister(a)
        assert poller.poll(0) == []
        poller.close()


def test_the_poller_accepts_descriptors_and_reports_their_errors() -> None:
    poller = ioloop.ZMQPoller()
    read, write = os.pipe()
    try:
        poller.register(write, WRITE | ERROR)
        assert poller.poll(None) == [(write, WRITE)]
        os.close(read)
        ((fd, events),) = poller.poll(WAIT_S)
        assert fd == write
        assert events & ERROR
    finally:
        os.close(write)


def test_the_timeout_of_the_poller_is_in_seconds(io_loop: ioloop.IOLoop) -> None:
    poller = ioloop.ZMQPoller()
    with zmq.Context() as context, context.socket(zmq.PULL) as socket:
        poller.register(socket, READ)
        start = io_loop.time()
        assert poller.poll(0.02) == []
        assert io_loop.time() - start >= 0.019
