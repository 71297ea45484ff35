"""Running out of descriptors or of sockets raises errors that say so, and ends when there are some again."""

from __future__ import annotations

import errno
import sys
import textwrap
from collections.abc import Callable
from typing import TypeAlias

import pytest

import zmq

Run: TypeAlias = Callable[..., str]

needs_rlimit = pytest.mark.skipif(sys.platform == "win32", reason="no limit on descriptors to set")

PREPARE = """
import errno, os, resource
import zmq

_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
held = []

def use_up(but=0):
    '''Leave no descriptor free, but some.'''
    while True:
        try:
            held.append(os.dup(0))
        except OSError:
            break
    for _ in range(but):
        os.close(held.pop())

def free():
    while held:
        os.close(held.pop())

def refused(function, *arguments):
    try:
        function(*arguments)
    except (OSError, zmq.ZMQError) as error:
        assert error.errno == errno.EMFILE, error
        return error
    raise AssertionError("it did not raise")

def works():
    with zmq.Context() as own, own.socket(zmq.PULL) as left, own.socket(zmq.PUSH) as right:
        left.bind("tcp://127.0.0.1:*")
        right.connect(left.last_endpoint.decode())
        right.send(b"x")
        assert left.recv() == b"x"

context = zmq.Context()
pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
pull.bind("inproc://pair")
push.connect("inproc://pair")
resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
"""
END = """
free()
works()
push.send(b"x")
assert pull.recv() == b"x"
pull.close()
push.close()
context.term()
"""


def _script(body: str) -> str:
    return PREPARE + textwrap.dedent(body) + END


@needs_rlimit
@pytest.mark.parametrize(
    "use",
    [
        "zmq.Context()", "context.socket(zmq.PULL)", "zmq.Poller()", "pull.recv()", "pull.recv_multipart()",
        "pull.poll()", "zmq.select([pull], [], [])", "pull.bind('ipc://*')", "pull.get_monitor_socket()",
    ],
)  # fmt: skip
def test_without_descriptors_calls_that_need_one_raise(run_script: Run, use: str) -> None:
    run_script(_script(f"use_up()\nrefused(lambda: {use})"))


@needs_rlimit
def test_without_descriptors_open_sockets_go_on(run_script: Run) -> None:
    run_script(
        _script("""
        poller = zmq.Poller()
        poller.register(pull, zmq.POLLIN)
        use_up()
        for number in range(1000):
            push.send_multipart([b"%d" % number, b"tail"])
            assert pull.recv_multipart() == [b"%d" % number, b"tail"]
        assert poller.poll(0) == []
        push.send(b"x")
        assert poller.poll(0) == [(pull, zmq.POLLIN)]
        pull.recv()
        """)
    )


@needs_rlimit
def test_a_receive_that_cannot_wait_loses_nothing(run_script: Run) -> None:
    run_script(
        _script("""
        use_up()
        refused(pull.recv)
        push.send(b"message")
        assert pull.recv() == b"message"
        """)
    )


@needs_rlimit
def test_a_poller_that_cannot_wait_can_be_used_again(run_script: Run) -> None:
    run_script(
        _script("""
        poller = zmq.Poller()
        poller.register(pull, zmq.POLLIN)
        use_up()
        refused(poller.poll, 1000)
        free()
        assert poller.poll(1) == []
        push.send(b"x")
        assert poller.poll() == [(pull, zmq.POLLIN)]
        pull.recv()
        """)
    )


@needs_rlimit
def test_threads_that_wait_share_few_descriptors_or_raise(run_script: Run) -> None:
    run_script(
        _script("""
        import threading
        use_up(but=3)
        results = []
        def receive():
            try:
                results.append(pull.recv())
            except OSError as error:
                results.append(error.errno)
                failed.release()
        failed = threading.Semaphore(0)
        threads = [threading.Thread(target=receive) for _ in range(10)]
        for thread in threads:
            thread.start()
        for _ in range(7):
            failed.acquire()
        for _ in range(3):
            push.send(b"x")
        for thread in threads:
            thread.join()
        assert results.count(errno.EMFILE) == 7 and results.count(b"x") == 3
        """)
    )


@needs_rlimit
@pytest.mark.parametrize("descriptors", range(8))
@pytest.mark.parametrize("threads", [0, 1, 3])
def test_the_first_socket_of_a_context_never_aborts_the_process(
    run_script: Run, descriptors: int, threads: int
) -> None:
    # libzmq starts its threads then, and aborts when one gets no epoll descriptor
    run_script(
        _script(f"""
        fresh = zmq.Context({threads})
        use_up(but={descriptors})
        try:
            fresh.socket(zmq.PULL).close()
        except zmq.ZMQError as error:
            assert error.errno == errno.EMFILE, error
            free()
            fresh.socket(zmq.PULL).close()
        fresh.term()
        """)
    )


@needs_rlimit
def test_binding_without_descriptors_never_aborts_the_process(run_script: Run) -> None:
    run_script(_script("use_up()\nrefused(pull.bind, 'tcp://127.0.0.1:*')"))


@needs_rlimit
def test_connections_are_accepted_when_descriptors_are_free_again(run_script: Run) -> None:
    run_script(
        _script("""
        pull.bind("tcp://127.0.0.1:*")
        monitor = pull.get_monitor_socket()
        monitor.poll(1)  # now there is a descriptor to wait with
        with context.socket(zmq.PUSH) as other:
            use_up(but=1)
            other.connect(pull.last_endpoint.decode())
            while int.from_bytes(monitor.recv_multipart()[0][:2], "little") != zmq.Event.ACCEPT_FAILED:
                pass
            free()
            other.send(b"late")
            assert pull.recv() == b"late"
        pull.disable_monitor()
        """)
    )


def test_max_sockets_limits_the_sockets_of_a_context() -> None:
    with zmq.Context() as context:
        context.max_sockets = 3
        open_sockets: list[zmq.Socket] = []
        with pytest.raises(zmq.ZMQError) as refused:
            while len(open_sockets) < 10:
                open_sockets.append(context.socket(zmq.PULL))
        assert refused.value.errno == errno.EMFILE
        assert 2 <= len(open_sockets) <= 3
        for socket in open_sockets:
            socket.close()


def test_a_closed_socket_makes_room_under_max_sockets() -> None:
    with zmq.Context() as context:
        context.max_sockets = 2
        for _ in range(20):
            for attempt in range(10_000):  # libzmq frees the slot a moment after the close
                try:
                    context.socket(zmq.PULL).close()
                except zmq.ZMQError:
                    assert attempt < 9_999
                    continue
                break


def test_a_monitor_that_nobody_reads_holds_up_nothing(context: zmq.Context) -> None:
    # libzmq sends events with a lock held, and waits for room: with a limit, this would hang
    with context.socket(zmq.PULL) as socket:
        socket.get_monitor_socket()
        for _ in range(1500):
            socket.bind("tcp://127.0.0.1:*")
            socket.unbind(socket.last_endpoint)


def test_a_message_too_large_for_memory_raises(make_pair: Callable[..., tuple[zmq.Socket, zmq.Socket]]) -> None:
    class Huge:
        def __len__(self) -> int:
            return sys.maxsize

    _, push = make_pair(zmq.PULL, zmq.PUSH)
    with pytest.raises((TypeError, MemoryError)):
        push.send(Huge())  # type: ignore[call-overload]  # it has no buffer
