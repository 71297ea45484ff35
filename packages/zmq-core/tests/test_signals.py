"""Signals: handlers run while a call waits, Ctrl-C ends every wait, deadlines hold, and no message is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any, TypeAlias

import pytest

import zmq

pytestmark = pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no POSIX signals")

Start: TypeAlias = "Callable[..., Future[Any]]"
Make: TypeAlias = Callable[[int], zmq.Socket]
MakePair: TypeAlias = "Callable[..., tuple[zmq.Socket, zmq.Socket]]"
WaitUntil: TypeAlias = Callable[[Callable[[], object]], None]


class Interruption(Exception):
    """The exception of the raising handler."""


@pytest.fixture
def handle() -> Iterator[Callable[[Callable[..., Any]], None]]:
    """Return a function that sets the handler of SIGUSR1."""
    before = signal.getsignal(signal.SIGUSR1)

    def handle(handler: Callable[..., Any]) -> None:
        signal.signal(signal.SIGUSR1, handler)

    yield handle
    signal.signal(signal.SIGUSR1, before)


@pytest.fixture
def interrupt(background: Start, wait_until: WaitUntil, asleep: Callable[..., bool]) -> Callable[..., Future[Any]]:
    """Return a function that sends SIGUSR1 to the main thread once it waits, and then calls a function."""
    main, number = threading.main_thread().ident, threading.main_thread().native_id
    assert main is not None

    def interrupt(handled: list[int], afterwards: Callable[[], Any]) -> Future[Any]:
        def run() -> None:
            wait_until(lambda: asleep(number))
            signal.pthread_kill(main, signal.SIGUSR1)
            wait_until(lambda: handled)
            wait_until(lambda: asleep(number))
            afterwards()

        return background(run)

    return interrupt


@pytest.fixture
def knock(background: Start, wait_until: WaitUntil, asleep: Callable[..., bool]) -> Callable[..., Future[Any]]:
    """Return a function that sends SIGUSR1 to the main thread whenever that waits, until the signal is handled."""
    main, number = threading.main_thread().ident, threading.main_thread().native_id
    assert main is not None

    def knock(handled: list[int]) -> Future[Any]:
        def run() -> None:
            while not handled:  # libzmq reports only signals that arrive while it polls
                wait_until(lambda: handled or asleep(number))
                signal.pthread_kill(main, signal.SIGUSR1)

        return background(run)

    return knock


def _full(sockets: Make, *, hwm: int = 1) -> tuple[zmq.Socket, zmq.Socket]:
    """Return PULL and PUSH, over inproc, with a full queue."""
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    pull.hwm = push.hwm = hwm
    pull.bind("inproc://full")
    push.connect("inproc://full")
    for _ in range(2 * hwm):
        push.send(b"fill", zmq.NOBLOCK)
    return pull, push


def _receive(name: str, pull: zmq.Socket) -> Any:
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
    calls: dict[str, Callable[[], Any]] = {
        "recv": pull.recv,
        "recv_multipart": pull.recv_multipart,
        "recv_into": lambda: pull.recv_into(bytearray(10)),
        "poll": pull.poll,
        "Poller.poll": poller.poll,
        "select": lambda: zmq.select([pull], [], []),
    }
    return calls[name]()


RECEIVES = ["recv", "recv_multipart", "recv_into", "poll", "Poller.poll", "select"]


@pytest.mark.parametrize("call", RECEIVES)
def test_a_call_that_waits_to_receive_goes_on_after_a_signal(
    make_pair: MakePair, handle: Any, interrupt: Start, call: str
) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    handled: list[int] = []
    handle(lambda number, _: handled.append(number))
    interrupt(handled, lambda: push.send(b"message"))
    assert _receive(call, pull)
    assert handled == [signal.SIGUSR1]


@pytest.mark.parametrize("call", RECEIVES)
def test_a_handler_that_raises_ends_a_call_that_waits_to_receive(
    make_pair: MakePair, handle: Any, background: Start, wait_until: WaitUntil, asleep: Any, call: str
) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)

    def stop(*_: object) -> None:
        raise Interruption

    handle(stop)
    main, number = threading.main_thread().ident, threading.main_thread().native_id
    assert main is not None

    def interrupt() -> None:
        wait_until(lambda: asleep(number))
        signal.pthread_kill(main, signal.SIGUSR1)

    with pytest.raises(Interruption):
        background(interrupt)
        _receive(call, pull)
    push.send_multipart([b"all", b"is well"])
    assert pull.recv_multipart() == [b"all", b"is well"]


@pytest.mark.parametrize("call", ["send", "send_multipart", "poll", "send_frame"])
def test_a_call_that_waits_to_send_goes_on_after_a_signal(
    sockets: Make, handle: Any, interrupt: Start, call: str
) -> None:
    pull, push = _full(sockets)
    handled: list[int] = []
    handle(lambda number, _: handled.append(number))
    making_room = interrupt(handled, lambda: [pull.recv_multipart() for _ in range(2)])
    if call == "send":
        push.send(b"more")
    elif call == "send_frame":
        push.send(zmq.Frame(b"more"), copy=False)
    elif call == "send_multipart":
        push.send_multipart([b"more", b"and more"])
    else:
        assert push.poll(flags=zmq.POLLOUT) == zmq.POLLOUT
        push.send(b"more")
    assert handled
    making_room.result()  # else this thread may take what that has not taken yet
    assert pull.recv_multipart()[0] == b"more"


@pytest.mark.parametrize("call", ["send", "send_multipart"])
def test_a_handler_that_raises_ends_a_send_and_nothing_of_it_was_sent(
    sockets: Make, handle: Any, background: Start, wait_until: WaitUntil, asleep: Any, call: str
) -> None:
    pull, push = _full(sockets)

    def stop(*_: object) -> None:
        raise Interruption

    handle(stop)
    main, number = threading.main_thread().ident, threading.main_thread().native_id
    assert main is not None

    def interrupt() -> None:
        wait_until(lambda: asleep(number))
        signal.pthread_kill(main, signal.SIGUSR1)

    with pytest.raises(Interruption):
        background(interrupt)
        getattr(push, call)(b"lost" if call == "send" else [b"lost", b"tail"])
    assert [pull.recv(), pull.recv()] == [b"fill", b"fill"]
    push.send_multipart([b"all", b"is well"])
    assert pull.recv_multipart() == [b"all", b"is well"]


def test_a_handler_may_use_the_socket_that_waits(
    make_pair: MakePair, handle: Any, background: Start, wait_until: WaitUntil, asleep: Any
) -> None:
    left, right = make_pair(zmq.PAIR, zmq.PAIR)
    handle(lambda *_: left.send(b"from the handler"))
    main, number = threading.main_thread().ident, threading.main_thread().native_id
    assert main is not None

    def interrupt() -> None:
        wait_until(lambda: asleep(number))
        signal.pthread_kill(main, signal.SIGUSR1)
        assert right.recv() == b"from the handler"
        right.send(b"reply")

    background(interrupt)
    assert left.recv() == b"reply"


def test_a_handler_may_take_the_message_the_call_waits_for(
    make_pair: MakePair, handle: Any, background: Start, wait_until: WaitUntil, asleep: Any
) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    taken: list[bytes] = []

    def take(*_: object) -> None:
        push.send(b"first")
        taken.append(pull.recv())

    handle(take)
    main, number = threading.main_thread().ident, threading.main_thread().native_id
    assert main is not None

    def interrupt() -> None:
        wait_until(lambda: asleep(number))
        signal.pthread_kill(main, signal.SIGUSR1)
        wait_until(lambda: taken)
        push.send(b"second")

    background(interrupt)
    assert pull.recv() == b"second"
    assert taken == [b"first"]


def test_a_handler_may_close_the_socket_that_waits(
    make_pair: MakePair, handle: Any, background: Start, wait_until: WaitUntil, asleep: Any
) -> None:
    pull, _ = make_pair(zmq.PULL, zmq.PUSH)
    handle(lambda *_: pull.close())
    main, number = threading.main_thread().ident, threading.main_thread().native_id
    assert main is not None

    def interrupt() -> None:
        wait_until(lambda: asleep(number))
        signal.pthread_kill(main, signal.SIGUSR1)

    background(interrupt)
    with pytest.raises(zmq.ZMQError):
        pull.recv()
    assert pull.closed


# ---- storms of signals


@pytest.fixture
def storm() -> Iterator[list[int]]:
    """Deliver SIGALRM every 0.2 ms; yield a list that grows with each."""
    count = [0]

    def handler(*_: object) -> None:
        count[0] += 1

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
    yield count
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("transport", ["inproc", "tcp"])
def test_a_storm_of_signals_tears_and_loses_no_message(
    make_pair: MakePair, background: Start, storm: list[int], transport: str
) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH, transport)

    def send() -> None:
        for number in range(2000):
            push.send_multipart([b"%d" % number] * (1 + number % 300))

    background(send)
    for number in range(2000):
        assert pull.recv_multipart() == [b"%d" % number] * (1 + number % 300)
    assert storm[0]


def test_a_storm_of_signals_does_not_tear_what_the_main_thread_sends(
    make_pair: MakePair, background: Start, storm: list[int]
) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)

    def receive() -> None:
        for number in range(2000):
            assert pull.recv_multipart() == [b"%d" % number] * (1 + number % 300)

    received = background(receive)
    for number in range(2000):
        push.send_multipart([b"%d" % number] * (1 + number % 300))
    received.result()
    assert storm[0]


def test_handlers_that_raise_at_any_time_tear_no_message(make_pair: MakePair, background: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)

    def send() -> None:
        for number in range(3000):
            push.send_multipart([b"%d" % number] * (1 + number % 500))
        push.send(b"end")

    def stop(*_: object) -> None:
        raise Interruption

    sending = background(send)
    before = signal.signal(signal.SIGALRM, stop)
    interruptions = 0
    try:
        ended = False
        while not ended:
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0003)
                while True:
                    message = pull.recv_multipart()
                    ended = message == [b"end"]
                    if ended:
                        break
                    assert message == [message[0]] * (1 + int(message[0]) % 500)
            except Interruption:
                interruptions += 1
    finally:
        while True:
            try:
                signal.setitimer(signal.ITIMER_REAL, 0)
                signal.signal(signal.SIGALRM, before)
            except Interruption:
                continue
            break
    assert interruptions
    sending.result()


@pytest.mark.parametrize("call", ["recv", "recv_multipart", "poll", "Poller.poll", "select", "send"])
def test_deadlines_hold_in_a_storm_of_signals(sockets: Make, storm: list[int], call: str) -> None:
    socket = sockets(zmq.PUSH if call == "send" else zmq.PULL)
    socket.rcvtimeo = socket.sndtimeo = 50
    poller = zmq.Poller()
    poller.register(socket, zmq.POLLIN)
    waited_since = time.monotonic()
    if call == "send":
        with pytest.raises(zmq.Again):
            socket.send(b"absent")
    elif call.startswith("recv"):
        with pytest.raises(zmq.Again):
            getattr(socket, call)()
    elif call == "poll":
        assert socket.poll(50) == 0
    elif call == "Poller.poll":
        assert poller.poll(50) == []
    else:
        assert zmq.select([socket], [], [], 0.05) == ([], [], [])
    assert time.monotonic() - waited_since >= 0.05  # not early; the deadline of the test catches a wait without end
    assert storm[0]


@pytest.mark.parametrize("call", ["events", "poll", "bind", "connect"])
def test_a_storm_of_signals_interrupts_no_call_that_does_not_wait(
    sockets: Make, dead_endpoint: str, storm: list[int], call: str
) -> None:
    socket = sockets(zmq.DEALER)
    while storm[0] < 500:
        if call == "events":
            assert socket.events == 0
        elif call == "poll":
            assert socket.poll(0) == 0
        elif call == "bind":
            with socket.bind("tcp://127.0.0.1:*"):  # and unbind
                pass
        else:
            with socket.connect(dead_endpoint):  # and disconnect
                pass


@pytest.mark.parametrize("end", ["destroy", "shutdown", "close"])
def test_a_handler_may_end_the_proxy_that_it_interrupts(
    context: zmq.Context, sockets: Make, handle: Callable[..., None], knock: Callable[..., Future[Any]], end: str
) -> None:
    front, back = sockets(zmq.ROUTER), sockets(zmq.DEALER)
    handled: list[int] = []

    def handler(*_: object) -> None:
        if not handled:
            (front.close if end == "close" else getattr(context, end))()
        handled.append(1)

    handle(handler)
    knocking = knock(handled)
    with pytest.raises(zmq.ZMQError) as caught:
        zmq.proxy(front, back)
    knocking.result()
    assert caught.value.errno == (zmq.ENOTSOCK if end == "close" else zmq.ETERM)
    assert not back.closed or end == "destroy"


def test_a_handler_may_use_the_sockets_of_the_proxy_that_it_interrupts(
    context: zmq.Context,
    make_pair: MakePair,
    sockets: Make,
    handle: Callable[..., None],
    knock: Callable[..., Any],
    background: Start,
) -> None:
    front, client = make_pair(zmq.DEALER, zmq.DEALER)
    handled: list[int] = []

    def handler(*_: object) -> None:
        if not handled:
            front.send(b"from the handler")
        handled.append(1)

    def receive() -> bytes:
        try:
            return client.recv()
        finally:
            context.shutdown()

    handle(handler)
    knocking, received = knock(handled), background(receive)
    with pytest.raises(zmq.ContextTerminated):
        zmq.proxy(front, sockets(zmq.DEALER))
    assert received.result() == b"from the handler"
    knocking.result()


# ---- Ctrl-C

SCRIPT = """
    import signal, sys, threading
    import zmq
    signal.signal(signal.SIGINT, signal.default_int_handler)
    context = zmq.Context()
    pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    pull.hwm = push.hwm = 1
    pull.linger = push.linger = 0
    pull.bind("inproc://pair")
    push.connect("inproc://pair")
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
    calls = {
        "recv": pull.recv,
        "recv_multipart": pull.recv_multipart,
        "recv_into": lambda: pull.recv_into(bytearray(10)),
        "poll": pull.poll,
        "Poller.poll": poller.poll,
        "select": lambda: zmq.select([pull], [], []),
        "send": lambda: [push.send(b"x") for _ in range(9)],
        "send_multipart": lambda: [push.send_multipart([b"x", b"y"]) for _ in range(9)],
        "wait": lambda: tracker.wait(),
        "term": context.term,
        "proxy": lambda: zmq.proxy(pull, other),
    }
    call = sys.argv[1]
    if call == "wait":
        tracker = push.send(bytes(100_000), copy=False, track=True)
    if call == "proxy":
        other = context.socket(zmq.PUSH)
    print("ready", flush=True)
    try:
        calls[call]()
    except KeyboardInterrupt:
        print("KeyboardInterrupt", flush=True)
    if call != "term":
        while pull.poll(0):
            pull.recv_multipart()
        push.send_multipart([b"all", b"is well"])
        assert pull.recv_multipart() == [b"all", b"is well"]
    if call == "proxy":
        other.close()
    pull.close()
    push.close()
    context.term()
    assert context.closed
    print("ended", flush=True)
"""


@pytest.mark.parametrize(
    "call",
    [
        "recv", "recv_multipart", "recv_into", "poll", "Poller.poll", "select", "send", "send_multipart", "wait",
        "term", "proxy",
    ],
)  # fmt: skip
def test_ctrl_c_gets_out_of_a_call_and_all_can_be_used_afterwards(
    start_script: Callable[..., subprocess.Popen[str]], wait_until: WaitUntil, asleep: Callable[..., bool], call: str
) -> None:
    process = start_script(SCRIPT, call)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    wait_until(lambda: asleep(process.pid, process=True))
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (out, err, process.returncode) == ("KeyboardInterrupt\nended\n", "", 0)


def test_ctrl_c_ends_a_program_that_closes_nothing(
    start_script: Callable[..., subprocess.Popen[str]], wait_until: WaitUntil, asleep: Callable[..., bool]
) -> None:
    process = start_script(
        """
        import signal, zmq
        signal.signal(signal.SIGINT, signal.default_int_handler)
        context = zmq.Context()
        push, pull = context.socket(zmq.PUSH), context.socket(zmq.PULL)
        push.connect("tcp://127.0.0.1:1")
        push.send(b"never delivered")
        print("ready", flush=True)
        pull.recv()
        """,
        options=(),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    wait_until(lambda: asleep(process.pid, process=True))
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in err
    assert process.returncode == -signal.SIGINT


@pytest.mark.parametrize("is_shut_down", [False, True])
@pytest.mark.parametrize("connected_by", ["the socket", "code outside"])
def test_term_is_interrupted_while_messages_linger_also_by_a_signal_that_another_thread_gets(
    run_script: Callable[..., str], system_libzmq: Any, is_shut_down: bool, connected_by: str
) -> None:
    # so no call of libzmq, which only a signal of its own thread ends, may run in the main thread
    run_script(
        f"""
        import ctypes, signal, threading, zmq
        done = threading.Event()
        def stop(*_):
            if not done.is_set():
                done.set()
                raise KeyboardInterrupt
        def interrupt():
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])
            while not done.wait(0.01):
                signal.raise_signal(signal.SIGUSR1)
        signal.signal(signal.SIGUSR1, stop)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
        context = zmq.Context()
        push = context.socket(zmq.PUSH)
        push.linger = 60_000
        if {connected_by == "the socket"}:
            push.connect("tcp://127.0.0.1:1")
        else:
            libzmq = ctypes.CDLL({system_libzmq._name!r})
            assert libzmq.zmq_connect(ctypes.c_void_p(push.underlying), b"tcp://127.0.0.1:1") == 0
        push.send(b"never delivered")
        if {is_shut_down}:
            context.shutdown()
            try:
                push.poll(0)
            except zmq.ContextTerminated:
                pass  # from here on LINGER cannot be read
        push.close()
        try:
            threading.Thread(target=interrupt).start()
            context.term()
        except KeyboardInterrupt:
            pass
        assert done.is_set()
        """
    )


def test_ctrl_c_storms_leak_no_socket(run_script: Callable[..., str]) -> None:
    # a socket whose close() is interrupted must not prevent the termination of its context
    run_script(
        """
        import select, signal, zmq
        class Interruption(Exception): pass
        def stop(*_): raise Interruption
        signal.signal(signal.SIGALRM, stop)
        context = zmq.Context()
        for number in range(2000):
            socket = context.socket(zmq.PULL)
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.000001 + number % 50 * 0.000001)
                socket.close()
                while True: select.select([], [], [], 0)  # CPython 3.12 may miss a signal until the GIL changes hands
            except Interruption:
                pass
            socket.close()
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        context.term()
        """
    )
