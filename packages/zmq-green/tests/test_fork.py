"""After fork, waits for the parent's sockets raise in the child; both processes continue."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")

# Python warns of fork in a process with threads, and each context has threads.
OPTIONS = ("-W", "error", "-W", "ignore:This process:DeprecationWarning")


@pytest.mark.parametrize("fork", ["os.fork", "gevent.os.fork"])
@pytest.mark.parametrize("loop", ["libev-cext", "libuv-cffi"])
@pytest.mark.parametrize("wait", ["pull.recv", "pull.recv_multipart", "pull.poll", "poller.poll", "full.send"])
def test_a_greenlet_that_waits_during_a_fork_raises_in_the_child_and_goes_on_in_the_parent(
    fork: str, loop: str, wait: str, run_script: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if loop == "libuv-cffi":
        pytest.importorskip("_cffi_backend", reason="gevent's libuv needs cffi")
    monkeypatch.setenv("GEVENT_LOOP", loop)
    run_script(
        f"""
        import os
        import gevent
        import gevent.os
        import zmq.green as zmq

        context = zmq.Context()
        pull, push, full = context.socket(zmq.PULL), context.socket(zmq.PUSH), context.socket(zmq.PUSH)
        pull.bind("inproc://pair")
        push.connect("inproc://pair")
        poller = zmq.Poller()
        poller.register(pull, zmq.POLLIN)

        def outcome(operation, *arguments):
            try:
                operation(*arguments)
            except zmq.ZMQError as error:
                return str(error)

        waiting = gevent.spawn(outcome, {wait}, *([b"x"] if "send" in {wait!r} else []))
        gevent.sleep(0.001)  # what has come of the connection is processed
        assert not waiting.dead
        child = {fork}()
        if child == 0:
            error = waiting.get(timeout=30)
            os._exit(0 if "fork" in error else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert not waiting.dead
        push.send(b"parent")
        sink = context.socket(zmq.PULL)
        full.bind("inproc://sink")
        sink.connect("inproc://sink")
        assert waiting.get(timeout=30) is None
        context.destroy(linger=0)
        """,
        options=OPTIONS,
    )


def test_a_greenlet_that_terminates_a_context_during_a_fork_returns_in_the_child(
    run_script: Callable[..., str],
) -> None:
    run_script(
        """
        import os
        import gevent
        import zmq.green as zmq

        context = zmq.Context()
        socket = context.socket(zmq.PULL)
        terminating = gevent.spawn(context.term)
        while not terminating.dead:  # until the termination has begun
            try:
                socket.poll(0)
            except zmq.ContextTerminated:
                break
            gevent.sleep(0)
        child = os.fork()
        if child == 0:
            terminating.get(timeout=30)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert not terminating.dead
        socket.close()
        terminating.get(timeout=30)
        """,
        options=OPTIONS,
    )


def test_a_greenlet_that_waits_for_a_tracker_during_a_fork_raises_in_the_child(run_script: Callable[..., str]) -> None:
    run_script(
        """
        import os
        import gevent
        import zmq.green as zmq

        context = zmq.Context()
        pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
        pull.bind("inproc://pair")
        push.connect("inproc://pair")
        tracker = push.send(bytearray(100_000), copy=False, track=True)

        def outcome():
            try:
                tracker.wait()
            except zmq.NotDone as error:
                return str(error)

        waiting = gevent.spawn(outcome)
        gevent.sleep(0)
        child = os.fork()
        if child == 0:
            os._exit(0 if "parent" in waiting.get(timeout=30) else 1)
        assert os.waitpid(child, 0)[1] == 0
        pull.recv()
        assert waiting.get(timeout=30) is None
        context.destroy(linger=0)
        """,
        options=OPTIONS,
    )


@pytest.mark.parametrize("loop", ["libev-cext", "libuv-cffi"])
def test_greenlets_that_wait_during_a_fork(
    loop: str, run_script: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if loop == "libuv-cffi":
        pytest.importorskip("_cffi_backend", reason="gevent's libuv needs cffi")
    monkeypatch.setenv("GEVENT_LOOP", loop)
    run_script(
        """
        import os
        import gevent
        import gevent.os
        import zmq.green as zmq

        context = zmq.Context()
        pulls, pushes, waiting = [], [], []
        poller = zmq.Poller()
        for number in range(4):
            pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
            pull.bind(f"inproc://{number}")
            push.connect(f"inproc://{number}")
            pulls.append(pull)
            pushes.append(push)
        poller.register(pulls[2], zmq.POLLIN)

        def outcome(operation):
            try:
                return operation()
            except zmq.ZMQError as error:
                return str(error)

        for operation in pulls[0].recv, pulls[1].poll, poller.poll, poller.poll:
            waiting.append(gevent.spawn(outcome, operation))
        gevent.sleep(0)

        tracker = pushes[3].send(b"x" * 100_000, copy=False, track=True)

        child = gevent.os.fork()
        if child == 0:
            try:
                assert all("fork" in greenlet.get() for greenlet in waiting)
                try:
                    tracker.wait()
                except zmq.NotDone:
                    pass  # only the parent is notified
                context = zmq.Context()
                pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
                pull.bind("inproc://child")
                push.connect("inproc://child")
                for socket in pulls:
                    if socket in poller:
                        poller.unregister(socket)
                poller.register(pull, zmq.POLLIN)
                for operation in pull.recv, poller.poll:
                    receiving = gevent.spawn(operation)
                    gevent.sleep(0)
                    push.send(b"child")
                    receiving.get()
                context.destroy(linger=0)
            except BaseException:
                import traceback
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        for push in pushes:
            push.send(b"parent")
        # With its loop idle: the process that reads the events first clears the descriptor that parent and child share.
        assert os.waitpid(child, 0)[1] == 0
        assert [greenlet.get() for greenlet in waiting] == [b"parent", 1, [(pulls[2], 1)], [(pulls[2], 1)]]
        pulls[3].recv()
        tracker.wait()
        context.destroy(linger=0)
        """,
        options=OPTIONS,
    )
