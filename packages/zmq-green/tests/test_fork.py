"""After fork, waits for the parent's sockets raise in the child; both processes continue."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")

# Python warns of fork in a process with threads, and each context has threads.
OPTIONS = ("-W", "error", "-W", "ignore:This process:DeprecationWarning")


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
