"""After a fork, inherited sockets, contexts and pollers raise in the child; those of the parent are not affected."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable
from typing import TypeAlias

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")

Run: TypeAlias = Callable[..., str]

# Python warns of fork in a process with threads; a context has I/O threads.
IGNORE = ("-W", "error", "-W", "ignore:This process:DeprecationWarning")

PREPARE = """
import gc, os, sys, threading, traceback
import zmq

def in_child(function):
    '''Run a function in a forked child; tells how that ended.'''
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        try:
            function()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1]

def refused(function, *arguments):
    try:
        function(*arguments)
    except zmq.ZMQError as error:
        return error
    raise AssertionError("it did not raise")

context = zmq.Context()
pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
pull.bind("inproc://pair")
push.connect("inproc://pair")
def works():
    push.send_multipart([b"all", b"is well"])
    assert pull.recv_multipart() == [b"all", b"is well"]
works()
poller = zmq.Poller()
poller.register(pull, zmq.POLLIN)
assert poller.poll(1) == []
"""
END = """
works()
push.send(b"x")
assert poller.poll(10000) == [(pull, zmq.POLLIN)]
pull.recv()
pull.close()
push.close()
context.term()
"""


def _script(body: str) -> str:
    return PREPARE + textwrap.dedent(body) + END


@pytest.mark.parametrize(
    "use",
    [
        "pull.recv()", "pull.recv(zmq.NOBLOCK)", "push.send(b'x')", "push.send(zmq.Frame(b'x'))",
        "push.send_multipart([b'x'])", "pull.recv_multipart()", "pull.recv_into(bytearray(3))", "pull.poll()",
        "pull.linger", "setattr(pull, 'linger', 0)", "pull.bind('inproc://x')", "pull.connect('inproc://x')",
        "pull.get(zmq.EVENTS)", "pull.fileno()", "poller.poll()", "zmq.select([pull], [], [])", "zmq.proxy(pull, push)",
        "context.socket(zmq.PULL)", "context.get(zmq.IO_THREADS)", "zmq.Socket.shadow(pull)",
    ],
)  # fmt: skip
def test_each_use_of_an_inherited_object_raises_at_once(run_script: Run, use: str) -> None:
    run_script(
        _script(f"""
        def child():
            error = refused(lambda: {use})
            assert "fork" in str(error), error
        assert in_child(child) == 0
        """),
        options=IGNORE,
    )


def test_inherited_sockets_and_contexts_are_closed(run_script: Run) -> None:
    run_script(
        _script("""
        def child():
            assert pull.closed and push.closed and context.closed
            assert "closed" in repr(pull) and "closed" in repr(context)
        assert in_child(child) == 0
        """),
        options=IGNORE,
    )


def test_closing_inherited_objects_does_not_affect_the_parent(run_script: Run) -> None:
    run_script(
        _script("""
        def child():
            pull.close()
            push.close(linger=0)
            context.destroy(linger=0)
            context.term()
        assert in_child(child) == 0
        """),
        options=IGNORE,
    )


def test_collecting_inherited_objects_does_not_affect_the_parent(run_script: Run) -> None:
    run_script(
        _script("""
        def child():
            global pull, push, context, poller
            del pull, push, context, poller
            gc.collect()
        assert in_child(child) == 0
        """),
        options=IGNORE,
    )


def test_changing_an_inherited_poller_does_not_affect_the_parent(run_script: Run) -> None:
    # parent and child share the epoll descriptor
    run_script(
        _script("""
        def child():
            poller.unregister(pull)
            assert poller.poll(0) == []
        assert in_child(child) == 0
        """),
        options=IGNORE,
    )


def test_an_inherited_poller_still_polls_descriptors(run_script: Run) -> None:
    run_script(
        _script("""
        reader, writer = os.pipe()
        poller.register(reader, zmq.POLLIN)
        def child():
            poller.unregister(pull)
            os.write(writer, b"x")
            assert poller.poll(10000) == [(reader, zmq.POLLIN)]
            os.read(reader, 1)
        assert in_child(child) == 0
        poller.unregister(reader)
        """),
        options=IGNORE,
    )


@pytest.mark.parametrize("leave", ["sys.exit()", "os._exit(0)", "None"])
def test_a_child_with_inherited_objects_ends_at_once(run_script: Run, leave: str) -> None:
    run_script(
        _script(f"""
        push.connect("tcp://127.0.0.1:1")
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            {leave}
            raise SystemExit(0)
        assert os.waitpid(pid, 0)[1] == 0
        push.disconnect("tcp://127.0.0.1:1")
        """),
        options=IGNORE,
    )


def test_a_child_makes_contexts_of_its_own(run_script: Run) -> None:
    run_script(
        _script("""
        def child():
            with zmq.Context() as own, own.socket(zmq.PULL) as left, own.socket(zmq.PUSH) as right:
                left.bind("inproc://pair")
                right.connect("inproc://pair")
                right.send(b"x")
                assert left.recv() == b"x"
                own_poller = zmq.Poller()
                own_poller.register(left, zmq.POLLIN)
                assert own_poller.poll(1) == []
        assert in_child(child) == 0
        """),
        options=IGNORE,
    )


def test_instance_is_a_new_context_in_the_child(run_script: Run) -> None:
    run_script(
        _script("""
        shared = zmq.Context.instance()
        def child():
            own = zmq.Context.instance()
            assert own is not shared and not own.closed
            own.socket(zmq.PULL).close()
            own.term()
        assert in_child(child) == 0
        assert zmq.Context.instance() is shared
        shared.term()
        """),
        options=IGNORE,
    )


def test_instance_in_the_child_does_not_wait_for_a_lock_that_a_thread_of_the_parent_holds(run_script: Run) -> None:
    run_script(
        _script("""
        inside, go_on = threading.Event(), threading.Event()
        class Slow(zmq.Context):
            def __init__(self, *arguments, **named):
                super().__init__(*arguments, **named)
                if threading.current_thread() is not threading.main_thread():
                    inside.set()
                    go_on.wait()
        thread = threading.Thread(target=Slow.instance)
        thread.start()
        inside.wait()
        def child():
            Slow.instance().term()
        assert in_child(child) == 0
        go_on.set()
        thread.join()
        Slow.instance().term()
        """),
        options=IGNORE,
    )


def test_term_in_the_child_does_not_wait_for_a_thread_of_the_parent(run_script: Run) -> None:
    run_script(
        _script("""
        other = zmq.Context()
        socket = other.socket(zmq.PULL)
        thread = threading.Thread(target=other.term)
        thread.start()
        while True:  # until the termination begins
            try:
                socket.get(zmq.EVENTS)
            except zmq.ContextTerminated:
                break
        assert in_child(other.term) == 0
        socket.close()
        thread.join()
        """),
        options=IGNORE,
    )


def test_fork_while_other_threads_wait(run_script: Run) -> None:
    run_script(
        _script("""
        received = []
        threads = [threading.Thread(target=lambda: received.append(pull.recv())) for _ in range(3)]
        for thread in threads:
            thread.start()
        def child():
            refused(pull.recv)
            pull.close()
        for _ in range(5):
            assert in_child(child) == 0
        for _ in threads:
            push.send(b"x")
        for thread in threads:
            thread.join()
        assert received == [b"x"] * 3
        """),
        options=IGNORE,
    )


def test_fork_while_another_thread_runs_a_proxy(run_script: Run) -> None:
    run_script(
        _script("""
        own = zmq.Context()
        front, back, client = own.socket(zmq.DEALER), own.socket(zmq.DEALER), own.socket(zmq.PAIR)
        front.bind("inproc://front")
        proxy = threading.Thread(target=lambda: refused(zmq.proxy, front, back))
        proxy.start()
        while "inside" not in str(refused(front.recv, zmq.NOBLOCK)):
            pass
        def child():
            for socket in (front, back):
                assert socket.closed
                socket.close()
            own.destroy()
            own.destroy()
        assert in_child(child) == 0
        own.destroy()
        proxy.join()
        """),
        options=IGNORE,
    )


def test_a_handler_forks_while_a_poller_sleeps_and_the_child_goes_on_with_it(run_script: Run) -> None:
    run_script(
        _script("""
        import signal
        statuses = []
        def child():
            with zmq.Context() as own, own.socket(zmq.PAIR) as left, own.socket(zmq.PAIR) as right:
                poller.unregister(pull)
                poller.register(left, zmq.POLLIN)
                left.bind("inproc://pair")
                right.connect("inproc://pair")
                for _ in range(2):
                    right.send(b"x")
                    assert poller.poll(10000) == [(left, zmq.POLLIN)]
                    assert left.recv() == b"x"
                    assert poller.poll(1) == []
                poller.unregister(left)
        def handler(*_):
            statuses.append(in_child(child))
            push.send(b"go on")
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        assert poller.poll() == [(pull, zmq.POLLIN)]
        assert pull.recv() == b"go on"
        assert statuses == [0]
        """),
        options=IGNORE,
    )


@pytest.mark.parametrize("call", ["poller.poll()", "pull.poll()", "zmq.proxy(pull, other)"])
def test_a_child_that_a_handler_forks_does_not_go_on_waiting(run_script: Run, call: str) -> None:
    run_script(
        _script(f"""
        import signal
        main = os.getpid()
        other = context.socket(zmq.PUSH)
        statuses = []
        def handler(*_):
            pid = os.fork()
            if pid:
                statuses.append(os.waitpid(pid, 0)[1])
                raise InterruptedError
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        try:
            {call}
        except zmq.ZMQError as error:
            os._exit(0 if os.getpid() != main and "fork" in str(error) else 1)
        except InterruptedError:
            assert os.getpid() == main
        assert statuses == [0]
        other.close()
        """),
        options=(*IGNORE, "-W", "ignore::ResourceWarning"),
    )


@pytest.mark.pypy_skip("references are not counted")
def test_fork_with_pinned_messages_in_flight(run_script: Run) -> None:
    run_script(
        _script("""
        data = bytearray(200_000)
        tracker = push.send(data, copy=False, track=True)
        def child():
            assert not tracker.done
            try:
                tracker.wait()  # no timeout: it must detect that the wait would never end
            except zmq.NotDone as error:
                assert "parent" in str(error)
            else:
                raise AssertionError("it did not raise")
            with zmq.Context() as own, own.socket(zmq.PAIR) as left, own.socket(zmq.PAIR) as right:
                left.bind("inproc://pair")
                right.connect("inproc://pair")
                mine = right.send(bytearray(200_000), copy=False, track=True)
                assert len(left.recv()) == 200_000
                mine.wait(30)
        assert in_child(child) == 0
        assert len(pull.recv()) == 200_000
        tracker.wait(30)
        data.append(0)
        """),
        options=IGNORE,
    )


def test_a_handler_that_forks_while_a_call_waits(run_script: Run) -> None:
    run_script(
        _script("""
        import signal
        statuses = []
        main = os.getpid()
        def handler(*_):
            pid = os.fork()
            if pid:
                statuses.append(os.waitpid(pid, 0)[1])
                push.send(b"go on")
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        try:
            assert pull.recv() == b"go on"
        except zmq.ZMQError as error:
            os._exit(0 if os.getpid() != main and "fork" in str(error) else 1)
        if os.getpid() != main:
            os._exit(2)
        assert statuses == [0]
        """),
        options=IGNORE,
    )


def test_a_handler_that_forks_while_a_poller_waits(run_script: Run) -> None:
    run_script(
        _script("""
        import signal
        statuses = []
        main = os.getpid()
        def handler(*_):
            pid = os.fork()
            if pid:
                statuses.append(os.waitpid(pid, 0)[1])
                push.send(b"go on")
            else:
                assert "fork" in str(refused(poller.poll, 0))  # the wait of the parent is restarted in the child
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        try:
            assert poller.poll() == [(pull, zmq.POLLIN)]
        except zmq.ZMQError as error:
            os._exit(0 if os.getpid() != main and "fork" in str(error) else 1)
        if os.getpid() != main:
            os._exit(2)
        assert statuses == [0]
        assert pull.recv() == b"go on"
        """),
        options=IGNORE,
    )


def test_multiprocessing_with_fork(run_script: Run) -> None:
    run_script(
        _script("""
        import multiprocessing
        fork = multiprocessing.get_context("fork")
        def worker(endpoint):
            with zmq.Context() as own, own.socket(zmq.PUSH) as socket:
                socket.connect(endpoint)
                socket.send(b"from the child")
        with context.socket(zmq.PULL) as sink:
            sink.bind("tcp://127.0.0.1:*")
            workers = [fork.Process(target=worker, args=(sink.last_endpoint.decode(),)) for _ in range(3)]
            for process in workers:
                process.start()
            assert [sink.recv() for _ in workers] == [b"from the child"] * 3
            for process in workers:
                process.join()
                assert process.exitcode == 0
        """),
        options=IGNORE,
    )


def test_grandchildren_refuse_objects_of_the_child(run_script: Run) -> None:
    run_script(
        _script("""
        def child():
            own = zmq.Context()
            socket = own.socket(zmq.PULL)
            assert in_child(lambda: refused(socket.recv)) == 0
            socket.close()
            own.term()
        assert in_child(child) == 0
        """),
        options=IGNORE,
    )
