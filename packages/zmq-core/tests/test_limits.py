"""Running out of descriptors or sockets raises errors that name the limit, until some are free again."""

from __future__ import annotations

import errno
import sys
import textwrap
from collections.abc import Callable
from concurrent.futures import Future
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


def _script(body: str, end: str = END) -> str:
    return PREPARE + textwrap.dedent(body) + end


@needs_rlimit
@pytest.mark.parametrize(
    "use",
    [
        "zmq.Context()", "context.socket(zmq.PULL)", "pull.bind('ipc://*')", "pull.get_monitor_socket()",
    ],
)  # fmt: skip
def test_without_descriptors_calls_that_need_one_raise(run_script: Run, use: str) -> None:
    run_script(_script(f"use_up()\nrefused(lambda: {use})"))


@needs_rlimit
def test_without_descriptors_connect_waits_in_the_background(run_script: Run) -> None:
    run_script(
        _script("""
        pull.bind("tcp://127.0.0.1:*")
        endpoint = pull.last_endpoint.decode()
        with context.socket(zmq.PUSH) as other:
            use_up()
            other.connect(endpoint)
            refused(other.connect, endpoint.replace("//", "//127.0.0.1:0;"))  # libzmq looks up the source at once
            free()
            other.send(b"message")
            assert pull.recv() == b"message"
        """)
    )


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
@pytest.mark.parametrize("wait", ["pull.recv", "pull.recv_multipart", "lambda: pull.recv_into(bytearray(9))"])
def test_a_receive_waits_without_a_free_descriptor(run_script: Run, wait: str) -> None:
    run_script(
        _script(f"""
        use_up()
        pull.rcvtimeo = 50
        try:
            ({wait})()
        except zmq.Again:
            push.send(b"message")
        assert pull.recv() == b"message"
        """)
    )


@needs_rlimit
@pytest.mark.parametrize(
    "poll",
    [
        "pull.poll",
        "poller.poll",
        "lambda ms: zmq.zmq_poll([(pull, zmq.POLLIN)], ms)",
        "lambda ms: zmq.select([pull], [], [], ms / 1000)[0]",
    ],
)
@pytest.mark.parametrize("times", [1, 20])
def test_polling_waits_without_a_free_descriptor(run_script: Run, poll: str, times: int) -> None:
    run_script(
        _script(f"""
        poller = zmq.Poller()
        poller.register(pull, zmq.POLLIN)
        use_up()
        poll = {poll}
        for _ in range({times}):
            assert not poll(10)
        push.send(b"x")
        assert poll(10_000)
        pull.recv()
        free()
        assert not poll(10)
        """)
    )


@needs_rlimit
def test_threads_that_wait_without_free_descriptors_receive(run_script: Run) -> None:
    run_script(
        _script("""
        import threading
        use_up(but=3)
        results = []
        threads = [threading.Thread(target=lambda: results.append(pull.recv())) for _ in range(10)]
        for thread in threads:
            thread.start()
        for _ in threads:
            push.send(b"x")
        for thread in threads:
            thread.join()
        assert results == 10 * [b"x"]
        """)
    )


@pytest.mark.pypy_skip("references are not counted")
@needs_rlimit
@pytest.mark.parametrize("times", [1, 20])
def test_pollers_that_have_polled_keep_few_descriptors(run_script: Run, times: int) -> None:
    run_script(
        _script(f"""
        pollers = [zmq.Poller() for _ in range(300)]
        for poller in pollers:
            poller.register(pull, zmq.POLLIN)
            for _ in range({times}):
                assert poller.poll(0) == []
            assert poller.poll(1) == []
        context.socket(zmq.PULL).close()
        """)
    )


@pytest.mark.pypy_skip("a waker is a pipe there, which takes two descriptors")
@needs_rlimit
def test_threads_that_have_waited_keep_few_descriptors(run_script: Run) -> None:
    run_script(
        _script("""
        import threading
        pull.rcvtimeo = 100
        have_waited = threading.Semaphore(0)
        leave = threading.Event()
        def wait_once():
            try:
                pull.recv()
            except zmq.Again:
                pass
            have_waited.release()
            leave.wait()
        threads = [threading.Thread(target=wait_once) for _ in range(300)]
        for thread in threads:
            thread.start()
        for _ in threads:
            have_waited.acquire()
        use_up()
        assert len(held) > 100
        leave.set()
        for thread in threads:
            thread.join()
        pull.rcvtimeo = -1
        """)
    )


@needs_rlimit
@pytest.mark.parametrize("descriptors", [*range(8), 20])
@pytest.mark.parametrize("threads", [0, 1, 3])
def test_the_first_socket_of_a_context_never_aborts_the_process(
    run_script: Run, descriptors: int, threads: int
) -> None:
    # libzmq starts its threads then, and aborts if one cannot create an epoll descriptor
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
def test_the_first_socket_of_a_context_with_more_threads_than_descriptors_is_refused(run_script: Run) -> None:
    run_script(
        _script("""
        resource.setrlimit(resource.RLIMIT_NOFILE, (400, hard))
        with zmq.Context(250) as fresh:
            refused(fresh.socket, zmq.PULL)
            assert len(os.listdir("/dev/fd")) < 100  # those that were counted are free again
        """)
    )


@needs_rlimit
def test_binding_without_descriptors_never_aborts_the_process(run_script: Run) -> None:
    run_script(_script("use_up()\nrefused(pull.bind, 'tcp://127.0.0.1:*')"))


@needs_rlimit
def test_binding_does_not_wait_for_a_descriptor_when_its_context_is_terminated(run_script: Run) -> None:
    run_script(
        _script("""
        with zmq.Context() as terminated, terminated.socket(zmq.PULL) as socket:
            works()  # from now on a bind waits, for what was just closed
            use_up()
            terminated.shutdown()
            try:
                socket.bind("tcp://127.0.0.1:*")
            except zmq.ContextTerminated:
                pass
        """)
    )


@needs_rlimit
def test_connections_are_accepted_when_descriptors_are_free_again(run_script: Run) -> None:
    run_script(
        _script("""
        pull.bind("tcp://127.0.0.1:*")
        monitor = pull.get_monitor_socket()
        monitor.poll(1)  # borrows a descriptor for the wait
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
        for _ in range(200):  # libzmq frees the slot some time after the close
            context.socket(zmq.PULL).close()


def test_a_socket_that_another_thread_closes_makes_room(background: Callable[..., Future[None]]) -> None:
    with zmq.Context() as context:
        context.max_sockets = 2
        first = context.socket(zmq.PULL)
        context.socket(zmq.PULL).close()
        with context.socket(zmq.PULL):
            closed = background(first.close)
            context.socket(zmq.PULL).close()
            closed.result()


@pytest.mark.pypy_skip("references are not counted")
@needs_rlimit
@pytest.mark.parametrize(
    "once",
    [
        "context.socket(zmq.DEALER).close()",
        "with context.socket(zmq.DEALER) as socket: socket.connect(pull.last_endpoint)",
        "with context.socket(zmq.PULL) as socket: socket.bind('tcp://127.0.0.1:*')",
        "with context.socket(zmq.PULL) as socket, socket.get_monitor_socket(): pass",
        "with zmq.Context() as own, own.socket(zmq.PULL): pass",
        "zmq.Context().socket(zmq.PULL)",
    ],
)
def test_opening_and_closing_in_a_loop_does_not_run_out_of_descriptors(run_script: Run, once: str) -> None:
    run_script(
        _script(
            f"""
            import warnings
            warnings.simplefilter("ignore", ResourceWarning)
            pull.bind("tcp://127.0.0.1:*")
            for _ in range(500):
                {once}
            pull.close()
            push.close()
            context.term()  # releases the last connections
            works()
            """,
            end="",
        )
    )


@needs_rlimit
def test_a_signal_handler_ends_the_wait_for_the_release_of_closed_sockets(run_script: Run) -> None:
    run_script(
        _script("""
        import signal

        class Alarm(Exception):
            pass

        def alarm(*_):
            raise Alarm

        signal.signal(signal.SIGALRM, alarm)
        context.socket(zmq.PULL).close()
        use_up()
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        try:
            while True:
                held.append(0)
                held[-1] = context.socket(zmq.PULL)
        except Alarm:
            held.pop()
        for socket in [each for each in held if not isinstance(each, int)]:
            held.remove(socket)
            socket.close()
        """)
    )


def test_an_unread_monitor_does_not_block_its_socket(context: zmq.Context) -> None:
    # libzmq sends events with a lock held, and waits if the queue is full: with a limit this would hang
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
