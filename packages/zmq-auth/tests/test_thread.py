"""The life of the thread: it starts, ends after stop(), and goes on after all else."""

from __future__ import annotations

import asyncio
import errno
import gc
import threading
from collections.abc import Callable
from typing import Any

import pytest

import zmq
from zmq.auth import Authenticator
from zmq.auth._logs import Journal
from zmq.auth._socket import ZapSocket
from zmq.auth.thread import AuthenticationThread, ThreadAuthenticator
from zmq.backend.native import Thread

ENDPOINT = "inproc://zeromq.zap.01"
REQUEST = [b"1.0", b"7", b"a", b"192.0.2.1", b"", b"CURVE", bytes(32)]


@pytest.fixture
def client(sockets: Callable[[int], zmq.Socket]) -> zmq.Socket:
    """A socket that sends ZAP requests, as libzmq does."""
    client = sockets(zmq.REQ)
    client.connect(ENDPOINT)
    return client


def ask(client: zmq.Socket) -> int:
    client.send_multipart(REQUEST)
    return int(client.recv_multipart()[2])


def test_its_thread_runs_from_start_until_stop(context: zmq.Context) -> None:
    authenticator = ThreadAuthenticator(context)
    assert not authenticator.is_alive()
    authenticator.start()
    assert authenticator.is_alive()
    assert authenticator.thread is not None
    assert authenticator.thread.daemon  # a program that forgets to stop it can end
    authenticator.stop()
    assert not authenticator.is_alive()
    authenticator.stop()


def test_stop_before_start_does_nothing(context: zmq.Context) -> None:
    ThreadAuthenticator(context).stop()


def test_starting_again_works_at_once(context: zmq.Context, sockets: Callable[[int], zmq.Socket]) -> None:
    authenticator = ThreadAuthenticator(context)
    for _ in range(20):
        with authenticator:
            client = sockets(zmq.REQ)
            client.connect(ENDPOINT)
            assert ask(client) == 400


def test_a_second_authenticator_cannot_start_and_the_first_goes_on(context: zmq.Context, client: zmq.Socket) -> None:
    with ThreadAuthenticator(context) as first:
        for second in (first, ThreadAuthenticator(context), Authenticator(context)):
            with pytest.raises(zmq.ZMQError) as raised:
                second.start()
            assert raised.value.errno == zmq.EADDRINUSE
        assert ask(client) == 400
        assert first.is_alive()


def test_stop_waits_for_a_running_provider(
    context: zmq.Context, client: zmq.Socket, background: Callable[..., Any], wait_until: Callable[..., None]
) -> None:
    asked, answer = threading.Event(), threading.Event()

    def callback(domain: str, key: bytes) -> bool:
        asked.set()
        return answer.wait(30)

    authenticator = ThreadAuthenticator(context)
    authenticator.configure_curve_callback("*", callback)
    authenticator.start()
    client.send_multipart(REQUEST)
    assert asked.wait(30)
    stopping = background(authenticator.stop)
    wait_until(lambda: authenticator.zap_socket is None)
    assert authenticator.is_alive()
    assert not stopping.done()
    answer.set()
    stopping.result()
    assert not authenticator.is_alive()


def test_stop_cancels_a_running_coroutine(
    context: zmq.Context, client: zmq.Socket, background: Callable[..., Any]
) -> None:
    asked, cancelled = threading.Event(), threading.Event()

    async def callback(domain: str, key: bytes) -> bool:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return True

    authenticator = ThreadAuthenticator(context)
    authenticator.configure_curve_callback("*", callback)
    authenticator.start()
    client.send_multipart(REQUEST)
    assert asked.wait(30)
    background(authenticator.stop).result()
    assert cancelled.is_set()
    assert not authenticator.is_alive()
    assert not client.poll(0)


def test_a_provider_may_stop_its_authenticator(context: zmq.Context, client: zmq.Socket) -> None:
    authenticator = ThreadAuthenticator(context)

    def callback(domain: str, key: bytes) -> bool:
        authenticator.stop()
        return True

    authenticator.configure_curve_callback("*", callback)
    authenticator.start()
    client.send_multipart(REQUEST)
    assert authenticator.thread is not None
    authenticator.thread.join(30)
    assert not authenticator.is_alive()


def test_stop_refuses_the_peers_with_pending_answers(
    context: zmq.Context,
    make_server: Callable[..., Any],
    background: Callable[..., Any],
    wait_until: Callable[..., None],
) -> None:
    server = make_server(curve=True)
    asked, answer = threading.Event(), threading.Event()

    def callback(domain: str, key: bytes) -> bool:
        asked.set()
        return answer.wait(30)

    authenticator = ThreadAuthenticator(context)
    authenticator.configure_curve_callback("*", callback)
    authenticator.start()
    alice = zmq.curve_keypair()
    with server.client(alice), server.client(alice):
        assert asked.wait(30)
        assert authenticator.zap_socket is not None
        assert authenticator.zap_socket.poll(10_000)  # the second request
        stopping = background(authenticator.stop)
        wait_until(lambda: authenticator.zap_socket is None)
        answer.set()
        stopping.result()
        second = ThreadAuthenticator(context)
        second.configure_curve_callback("*", callback)
        with second:
            assert server.handshake(alice) == 200  # and no earlier outcome


def test_it_ends_with_its_context(context: zmq.Context, terminate: Callable[[zmq.Context], None]) -> None:
    authenticator = ThreadAuthenticator(context)
    authenticator.start()
    terminate(context)
    assert authenticator.thread is not None
    authenticator.thread.join(30)
    assert not authenticator.is_alive()
    authenticator.stop()


def test_a_context_with_other_defaults_can_be_used(
    context: zmq.Context, client: zmq.Socket, wait_until: Callable[..., None], asleep: Callable[[int], bool]
) -> None:
    context.rcvtimeo = 0
    with ThreadAuthenticator(context) as authenticator:
        assert authenticator.thread is not None
        native_id = authenticator.thread.native_id
        assert native_id is not None
        wait_until(lambda: asleep(native_id))
        assert ask(client) == 400


def test_coroutines_share_one_loop(context: zmq.Context, client: zmq.Socket) -> None:
    loops = set()

    async def callback(domain: str, key: bytes) -> bool:
        loops.add(asyncio.get_running_loop())
        await asyncio.sleep(0)
        return True

    with ThreadAuthenticator(context) as authenticator:
        authenticator.configure_curve_callback("*", callback)
        assert [ask(client) for _ in range(3)] == [200] * 3
    assert len(loops) == 1


@pytest.mark.parametrize("fails", ["raises", "says nothing", "answers itself"])
def test_it_goes_on_after_exceptions_of_a_subclass(context: zmq.Context, client: zmq.Socket, fails: str) -> None:
    class Odd(ThreadAuthenticator):
        async def handle_zap_message(self, msg: list[bytes]) -> None:
            if fails == "raises":
                raise RuntimeError
            if fails == "answers itself":
                assert self.zap_socket is not None
                self.zap_socket.send_multipart([b"1.0", msg[1], b"300", b"later", b"", b""])

    with Odd(context):
        status = 300 if fails == "answers itself" else 500
        assert [ask(client) for _ in range(3)] == [status] * 3


def test_a_program_can_end_without_stop(run_script: Callable[..., str]) -> None:
    run_script(
        """
        import zmq
        from zmq.auth.thread import ThreadAuthenticator
        authenticator = ThreadAuthenticator(zmq.Context.instance())
        authenticator.start()
        """,
        options=(),
    )


class Outside(BaseException):
    """Like gevent.Timeout and trio.Cancelled."""


@pytest.mark.parametrize("error", [SystemExit, asyncio.CancelledError, KeyboardInterrupt, GeneratorExit, Outside])
def test_it_goes_on_whatever_a_provider_raises(
    context: zmq.Context, client: zmq.Socket, error: type[Exception]
) -> None:
    def at_once(domain: str, key: bytes) -> bool:
        raise error

    async def later(domain: str, key: bytes) -> bool:
        raise error

    with ThreadAuthenticator(context) as authenticator:
        for callback in (at_once, later):
            authenticator.configure_curve_callback("*", callback)
            client.send_multipart(REQUEST)
            assert client.recv_multipart()[2] == b"500"
        assert authenticator.is_alive()


def test_start_rolls_back_when_the_thread_cannot_be_started(
    context: zmq.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    authenticator = ThreadAuthenticator(context)
    with monkeypatch.context() as patch, pytest.raises(RuntimeError, match="can't start"):
        patch.setattr(threading.Thread, "start", fail)
        authenticator.start()
    assert not authenticator.is_alive()
    with authenticator:
        assert authenticator.is_alive()


def test_stop_may_be_called_while_another_thread_is_in_start(
    context: zmq.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[AuthenticationThread] = []
    authenticator = ThreadAuthenticator(context)

    def start(thread: AuthenticationThread) -> None:
        threads.append(thread)
        authenticator.stop()
        Thread.start(thread)

    with monkeypatch.context() as patch:
        patch.setattr(AuthenticationThread, "start", start)
        authenticator.start()
    threads[0].join(30)
    assert not threads[0].is_alive()
    assert not authenticator.is_alive()
    assert authenticator.zap_socket is None
    with authenticator:
        assert authenticator.is_alive()


def test_a_failure_to_receive_does_not_end_it(
    context: zmq.Context, client: zmq.Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as a lack of descriptors or memory, or an exception that another thread has raised in this one."""
    errors = [OSError(errno.EMFILE, "Too many open files"), MemoryError(), Outside()]
    receive = ZapSocket.recv_wrapped

    def fail(socket: ZapSocket) -> list[bytes]:
        if errors:
            raise errors.pop()
        return receive(socket)

    monkeypatch.setattr(ZapSocket, "recv_wrapped", fail)
    with ThreadAuthenticator(context) as authenticator:
        assert ask(client) == 400
        assert not errors
        assert authenticator.is_alive()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_no_peer_can_connect_after_the_thread_was_killed(
    context: zmq.Context, client: zmq.Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(journal: Journal, error: BaseException) -> None:
        raise SystemExit

    def fail(socket: ZapSocket) -> list[bytes]:
        raise Outside

    with monkeypatch.context() as patch:
        patch.setattr(ZapSocket, "recv_wrapped", fail)
        patch.setattr(Journal, "failure", die)
        killed = ThreadAuthenticator(context)
        killed.start()
        assert killed.thread is not None
        killed.thread.join(30)
        assert not killed.is_alive()
        del killed
        gc.collect()
    client.send_multipart(REQUEST)  # it is still bound
    assert not client.poll(0)
    with ThreadAuthenticator(context):  # takes it over, with the queued request
        assert client.recv_multipart()[2] == b"400"


def test_no_peer_can_connect_after_the_authenticator_was_collected(context: zmq.Context, client: zmq.Socket) -> None:
    Authenticator(context).start()
    gc.collect()
    client.send_multipart(REQUEST)
    with ThreadAuthenticator(context):
        assert client.recv_multipart()[2] == b"400"


def test_no_event_loop_is_created_without_coroutines(context: zmq.Context, client: zmq.Socket) -> None:
    """A loop takes descriptors, and the process may have none left."""
    with ThreadAuthenticator(context) as authenticator:
        assert ask(client) == 400
        assert authenticator.thread is not None
        assert authenticator.thread._loop is None


def test_its_thread_has_pyzmqs_names(context: zmq.Context) -> None:
    with ThreadAuthenticator(context) as authenticator:
        thread = authenticator.thread
        assert isinstance(thread, AuthenticationThread)
        assert isinstance(thread, threading.Thread)
        assert thread.authenticator is authenticator
        assert thread.pipe is authenticator.pipe is None
    assert authenticator.thread is None


GREEN = """
from gevent import monkey
monkey.patch_all()
import gevent, zmq.green as zmq
from zmq.auth.thread import ThreadAuthenticator
context = zmq.Context()
authenticator = ThreadAuthenticator(context)
request = [b"1.0", b"7", b"a", b"192.0.2.1", b"", b"CURVE", bytes(32)]
def ask():
    with context.socket(zmq.REQ) as client:
        client.connect("inproc://zeromq.zap.01")
        client.send_multipart(request)
        return int(client.recv_multipart()[2])
"""


def test_greenlets_run_while_it_waits(run_script: Callable[..., str]) -> None:
    pytest.importorskip("gevent")
    run_script(
        GREEN
        + """
import asyncio
async def later(domain, key):
    await asyncio.sleep(0.001)
    return True
for _ in range(5):
    with authenticator:
        assert ask() == 400
        authenticator.configure_curve_callback("*", lambda domain, key: key == b"0" * 40)
        assert ask() == 200
        authenticator.configure_curve_callback("*", later)
        assert ask() == 200
        authenticator.configure_curve("*", ())
context.term()
"""
    )


def test_greenlets_run_while_stop_waits(run_script: Callable[..., str]) -> None:
    pytest.importorskip("gevent")
    run_script(
        GREEN
        + """
from zmq.backend.native import Event
asked, answer = Event(), Event()
def callback(domain, key):
    asked.set()
    answer.wait()
    return True
authenticator.configure_curve_callback("*", callback)
authenticator.start()
client = context.socket(zmq.REQ)
client.linger = 0
client.connect("inproc://zeromq.zap.01")
client.send_multipart(request)
assert asked.wait(30)
stopping = gevent.spawn(authenticator.stop)
gevent.sleep(0)
assert authenticator.is_alive() and not stopping.ready()
gevent.spawn(answer.set)
stopping.get(timeout=30)
assert not authenticator.is_alive()
client.close()
context.term()
"""
    )


def test_greenlets_and_the_thread_log_at_the_same_time(run_script: Callable[..., str]) -> None:
    """The locks of logging are gevent's, and the native thread uses them, too."""
    pytest.importorskip("gevent")
    run_script(
        GREEN
        + """
import logging
seen = []
class Handler(logging.Handler):
    def emit(self, record):
        gevent.sleep(0)
        seen.append(record.name)
log = logging.getLogger()
log.setLevel(1)
log.addHandler(Handler())
def chat():
    for _ in range(200):
        logging.getLogger("green").info("hello")
with authenticator:
    chats = [gevent.spawn(chat) for _ in range(3)]
    asks = [gevent.spawn(ask) for _ in range(50)]
    gevent.joinall(chats + asks, timeout=30, raise_error=True)
    assert all(one.ready() for one in chats + asks)
assert seen.count("green") == 600
context.term()
"""
    )
