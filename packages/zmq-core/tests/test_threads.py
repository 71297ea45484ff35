"""Threads that share sockets: nothing is torn, nobody sleeps through what concerns it, closing wakes who waits."""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeAlias

import pytest

import zmq
from zmq.constants import Errno

Start: TypeAlias = "Callable[..., Future[Any]]"
Make: TypeAlias = Callable[[int], zmq.Socket]
MakePair: TypeAlias = "Callable[..., tuple[zmq.Socket, zmq.Socket]]"


def _fill(socket: zmq.Socket, message: bytes = b"fill") -> int:
    """Send until there is no more room; returns how many messages that took."""
    count = 0
    while True:
        while socket.poll(0, zmq.POLLOUT):
            try:
                socket.send(message, zmq.NOBLOCK)
            except zmq.Again:
                return count
            count += 1
        return count


def _full_push(make_pair: MakePair) -> tuple[zmq.Socket, zmq.Socket]:
    """Return PULL and PUSH, over inproc, with no room for another message."""
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    _fill(push)
    return pull, push


@pytest.fixture
def small_pair(sockets: Make) -> MakePair:
    """Return a function that makes two connected inproc sockets with room for a message or two."""
    count = 0

    def make(first: int, second: int, *, hwm: int = 1) -> tuple[zmq.Socket, zmq.Socket]:
        nonlocal count
        count += 1
        bound, connected = sockets(first), sockets(second)
        bound.hwm = connected.hwm = hwm
        bound.bind(f"inproc://small-{count}")
        connected.connect(f"inproc://small-{count}")
        return bound, connected

    return make


# ---- one socket, several threads


def test_one_thread_sends_on_the_socket_another_waits_to_receive_from(make_pair: MakePair, waiting: Start) -> None:
    left, right = make_pair(zmq.PAIR, zmq.PAIR)
    received = waiting(left.recv)
    left.send(b"out")
    assert right.recv() == b"out"
    right.send(b"in")
    assert received.result() == b"in"


def test_two_receivers_share_what_arrives(make_pair: MakePair, waiting: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    receivers = [waiting(lambda: [pull.recv() for _ in range(500)]) for _ in range(2)]
    for number in range(1000):
        push.send(b"%d" % number)
    received = [int(frame) for receiver in receivers for frame in receiver.result()]
    assert sorted(received) == list(range(1000))


def test_each_receiver_gets_its_messages_in_order(make_pair: MakePair, waiting: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    receivers = [waiting(lambda: [int(pull.recv()) for _ in range(300)]) for _ in range(3)]
    for number in range(900):
        push.send(b"%d" % number)
    for receiver in receivers:
        received = receiver.result()
        assert received == sorted(received)


@pytest.mark.parametrize("transport", ["inproc", "tcp"])
@pytest.mark.parametrize("copy", [True, False])
def test_multipart_messages_of_several_threads_never_interleave(
    make_pair: MakePair, background: Start, transport: str, copy: bool
) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH, transport)
    push.copy_threshold = 0

    def send(sender: int) -> None:
        for number in range(60):
            push.send_multipart([b"%d %d %d" % (sender, number, part) for part in range(number + 1)], copy=copy)

    for sender in range(4):
        background(send, sender)
    counts: Counter[int] = Counter()
    for _ in range(4 * 60):
        message = pull.recv_multipart()
        sender, number, _ = map(int, message[0].split())
        assert number == counts[sender]
        assert message == [b"%d %d %d" % (sender, number, part) for part in range(number + 1)]
        counts[sender] += 1


def test_two_receivers_of_multipart_messages_get_whole_ones(make_pair: MakePair, background: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    receivers = [background(lambda: [pull.recv_multipart() for _ in range(200)]) for _ in range(3)]
    for number in range(600):
        push.send_multipart([b"%d" % number] * (1 + number % 40))
    for receiver in receivers:
        for message in receiver.result():
            assert message == [message[0]] * (1 + int(message[0]) % 40)


def test_a_list_of_frames_may_change_while_another_thread_sends_it(make_pair: MakePair, background: Start) -> None:
    # copying a large frame releases the GIL: the list may be another one when it is taken back
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    frames: list[bytes] = []
    done = threading.Event()

    def change() -> None:
        while not done.is_set():
            frames.clear()
            os.sched_yield()  # lets go of the GIL
            frames.extend([bytes(300_000)] * 20)
            os.sched_yield()

    changing = background(change)
    sent = 0
    try:
        for _ in range(200):
            try:
                push.send_multipart(frames)
            except ValueError:
                continue  # it was empty just then
            sent += 1
            for frame in pull.recv_multipart():
                assert len(frame) == 300_000
    finally:
        done.set()
    changing.result()


def test_sockets_may_be_used_in_another_thread_than_the_one_that_made_them(
    context: zmq.Context, background: Start
) -> None:
    pull = background(context.socket, zmq.PULL).result()
    push = background(context.socket, zmq.PUSH).result()
    background(pull.bind, "inproc://moved").result()
    background(push.connect, "inproc://moved").result()
    for number in range(20):
        background(push.send, b"%d" % number).result()
        assert background(pull.recv).result() == b"%d" % number
    background(push.close).result()
    background(pull.close).result()


def test_fifty_threads_send_to_one_socket(context: zmq.Context, background: Start) -> None:
    with context.socket(zmq.PULL) as pull:
        pull.bind("inproc://fifty")

        def send(number: int) -> None:
            with context.socket(zmq.PUSH) as push:
                push.connect("inproc://fifty")
                for _ in range(20):
                    push.send_multipart([b"%d" % number, b"tail"])

        for number in range(50):
            background(send, number)
        received = Counter(int(pull.recv_multipart()[0]) for _ in range(1000))
    assert received == dict.fromkeys(range(50), 20)


def test_fifty_threads_wait_on_one_socket(make_pair: MakePair, waiting: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    receivers = [waiting(pull.recv) for _ in range(50)]
    for number in range(50):
        push.send(b"%d" % number)
    assert sorted(int(receiver.result()) for receiver in receivers) == list(range(50))


def test_making_sockets_does_not_disturb_a_thread_that_looks_at_the_context(
    context: zmq.Context, background: Start
) -> None:
    def make() -> None:
        for _ in range(15):  # together fewer than a context's MAX_SOCKETS: closed ones count until libzmq gets to them
            made = [context.socket(zmq.PAIR) for _ in range(20)]
            for socket in made:
                socket.close()

    makers = [background(make) for _ in range(3)]
    while not all(maker.done() for maker in makers):
        assert "zmq.Context" in repr(context)
    for maker in makers:
        maker.result()


def test_instance_is_one_context_for_all_threads(background: Start) -> None:
    class Own(zmq.Context):
        pass

    barrier = threading.Barrier(8)

    def get() -> zmq.Context:
        barrier.wait()
        return Own.instance()

    contexts = [result.result() for result in [background(get) for _ in range(8)]]
    assert len({id(context) for context in contexts}) == 1
    contexts[0].term()


# ---- closing while others wait


def _assert_closed(result: Future[Any]) -> None:
    error = result.exception()
    assert isinstance(error, zmq.ZMQError)
    assert error.errno == Errno.ENOTSOCK


@pytest.mark.parametrize("method", ["recv", "recv_multipart", "recv_string", "poll"])
def test_close_wakes_a_thread_that_waits_to_receive(make_pair: MakePair, waiting: Start, method: str) -> None:
    pull, _ = make_pair(zmq.PULL, zmq.PUSH)
    result = waiting(getattr(pull, method))
    pull.close()
    _assert_closed(result)


def test_close_wakes_a_thread_that_waits_in_recv_into_and_lets_go_of_its_buffer(
    make_pair: MakePair, waiting: Start
) -> None:
    pull, _ = make_pair(zmq.PULL, zmq.PUSH)
    buffer = bytearray(10)
    result = waiting(pull.recv_into, buffer)
    with pytest.raises(BufferError):
        buffer.append(0)
    pull.close()
    _assert_closed(result)
    buffer.append(0)


@pytest.mark.parametrize(
    ("method", "argument"), [("send", b"one"), ("send_multipart", [b"one", b"two"]), ("send_string", "one")]
)
def test_close_wakes_a_thread_that_waits_to_send(
    make_pair: MakePair, waiting: Start, method: str, argument: Any
) -> None:
    _, push = _full_push(make_pair)
    result = waiting(getattr(push, method), argument)
    push.close(linger=0)
    _assert_closed(result)


def test_close_wakes_a_poller_in_another_thread(make_pair: MakePair, waiting: Start) -> None:
    pull, _ = make_pair(zmq.PULL, zmq.PUSH)
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
    result = waiting(poller.poll)
    pull.close()
    _assert_closed(result)


def test_a_poller_goes_on_complaining_about_a_closed_socket_until_it_is_unregistered(make_pair: MakePair) -> None:
    pull, _ = make_pair(zmq.PULL, zmq.PUSH)
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
    pull.close()
    for _ in range(3):
        with pytest.raises(zmq.ZMQError):
            poller.poll(0)
    poller.unregister(pull)
    assert poller.poll(0) == []


def test_close_wakes_all_threads_that_wait(make_pair: MakePair, waiting: Start) -> None:
    pull, _ = make_pair(zmq.PULL, zmq.PUSH)
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
    results = [waiting(pull.recv), waiting(pull.recv_multipart), waiting(pull.poll), waiting(poller.poll)]
    pull.close()
    for result in results:
        _assert_closed(result)


def test_closing_one_shadow_wakes_a_thread_that_waits_on_the_other(make_pair: MakePair, waiting: Start) -> None:
    pull, _ = make_pair(zmq.PULL, zmq.PUSH)
    shadow = zmq.Socket.shadow(pull)
    result = waiting(pull.recv)
    shadow.close()
    _assert_closed(result)


def test_many_threads_may_close_one_socket_at_once(context: zmq.Context, background: Start) -> None:
    # each Poller that watches the socket makes close() call the kernel, which lets other threads run
    for _ in range(50):
        socket = context.socket(zmq.PULL)
        pollers = [zmq.Poller() for _ in range(10)]
        for poller in pollers:
            poller.register(socket, zmq.POLLIN)
            poller.poll(0)
        barrier = threading.Barrier(4)

        def close(socket: zmq.Socket = socket, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            socket.close()

        for result in [background(close) for _ in range(4)]:
            result.result()
        assert socket.closed


def test_sockets_closed_and_made_anew_under_waiting_threads(context: zmq.Context, background: Start) -> None:
    ends: Counter[str] = Counter()

    def use(socket: zmq.Socket) -> None:
        with pytest.raises(zmq.ZMQError) as closed:  # until it is closed
            while True:
                ends[socket.recv().decode()] += 1
        assert closed.value.errno == Errno.ENOTSOCK
        ends["closed"] += 1

    for number in range(100):
        pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
        pull.bind(f"inproc://anew-{number}")
        push.connect(f"inproc://anew-{number}")
        users = [background(use, pull) for _ in range(2)]
        push.send(b"message")
        pull.close()
        push.close(linger=0)
        for user in users:
            user.result()
    assert ends["closed"] == 200


# ---- terminating while others wait


@pytest.mark.parametrize("method", ["recv", "recv_multipart", "poll"])
def test_term_ends_a_receive_that_waits(background: Start, waiting: Start, method: str) -> None:
    context = zmq.Context()
    socket = context.socket(zmq.PULL)
    socket.bind("inproc://term")
    result = waiting(getattr(socket, method))
    terminating = background(context.term)
    assert isinstance(result.exception(), zmq.ContextTerminated)
    socket.close()
    terminating.result()


def test_term_ends_a_send_that_waits(background: Start, waiting: Start) -> None:
    context = zmq.Context()
    socket = context.socket(zmq.PUSH)
    result = waiting(socket.send, b"nobody is there")
    terminating = background(context.term)
    assert isinstance(result.exception(), zmq.ContextTerminated)
    socket.close()
    terminating.result()


def test_term_ends_a_poller_that_waits(background: Start, waiting: Start) -> None:
    context = zmq.Context()
    socket = context.socket(zmq.PULL)
    poller = zmq.Poller()
    poller.register(socket, zmq.POLLIN)
    result = waiting(poller.poll)
    terminating = background(context.term)
    assert isinstance(result.exception(), zmq.ContextTerminated)
    for _ in range(2):  # not only once
        with pytest.raises(zmq.ContextTerminated):
            poller.poll(1000)
    socket.close()
    terminating.result()


def test_destroy_ends_all_that_waits(background: Start, waiting: Start) -> None:
    context = zmq.Context()
    pull, push, polled = context.socket(zmq.PULL), context.socket(zmq.PUSH), context.socket(zmq.PULL)
    poller = zmq.Poller()
    poller.register(polled, zmq.POLLIN)
    results = [waiting(pull.recv), waiting(push.send, b"nobody"), waiting(pull.poll), waiting(poller.poll)]
    background(context.destroy, linger=0).result()
    for result in results:
        assert isinstance(result.exception(), zmq.ZMQError)
    assert context.closed


def test_shutdown_ends_what_waits_and_leaves_the_sockets_to_be_closed(waiting: Start) -> None:
    context = zmq.Context()
    socket = context.socket(zmq.PULL)
    result = waiting(socket.recv)
    context.shutdown()
    assert isinstance(result.exception(), zmq.ContextTerminated)
    socket.close()
    context.term()


def test_two_threads_may_terminate_one_context(background: Start) -> None:
    context = zmq.Context()
    socket = context.socket(zmq.PULL)
    first = background(context.term)
    with pytest.raises(zmq.ContextTerminated):
        socket.recv()  # so it has begun
    second = background(context.term)
    socket.close()
    first.result()
    second.result()


# ---- nobody sleeps through what concerns it


@pytest.mark.parametrize(("here", "there"), [(zmq.DEALER, zmq.DEALER), (zmq.DEALER, zmq.ROUTER), (zmq.PAIR, zmq.PAIR)])
def test_a_receiver_misses_nothing_while_another_thread_sends_all_the_time(
    small_pair: MakePair, background: Start, here: int, there: int
) -> None:
    # a send processes the command that the receiver waits for: the edge of ZMQ_FD is gone
    bound, connected = small_pair(there, here, hwm=0 if there == zmq.ROUTER else 50)  # a full ROUTER drops
    rounds = 5000

    def echo() -> None:
        for _ in range(rounds):
            bound.send_multipart(bound.recv_multipart())

    def receive() -> list[bytes]:
        return [connected.recv() for _ in range(rounds)]

    echoing, received = background(echo), background(receive)
    for number in range(rounds):
        connected.send(b"%d" % number)
    assert received.result(40) == [b"%d" % number for number in range(rounds)]
    echoing.result()


@pytest.mark.parametrize("transport", ["inproc", "tcp"])
def test_a_lone_message_wakes_a_receiver_whose_edge_others_eat(
    make_pair: MakePair, background: Start, transport: str
) -> None:
    left, right = make_pair(zmq.PAIR, zmq.PAIR, transport)
    rounds = 1000
    stop = threading.Event()

    def eat() -> None:
        while not stop.is_set():
            left.getsockopt(zmq.EVENTS)

    def receive() -> None:
        for number in range(rounds):
            assert left.recv() == b"%d" % number
            left.send(b"got it")

    eating, receiving = background(eat), background(receive)
    try:
        for number in range(rounds):
            right.send(b"%d" % number)
            assert right.recv() == b"got it"
    finally:
        stop.set()
    receiving.result()
    eating.result()


@pytest.mark.parametrize("bad", ["bind", "connect", "unbind", "disconnect"])
def test_a_failing_call_passes_on_the_edge_it_ate(
    sockets: Make, make_pair: MakePair, background: Start, bad: str
) -> None:
    taken = sockets(zmq.PULL)
    taken.bind("inproc://taken")
    left, right = make_pair(zmq.PAIR, zmq.PAIR)
    endpoint = {"bind": "inproc://taken", "connect": "tcp://nowhere"}.get(bad, "inproc://unknown")
    stop = threading.Event()

    def fail() -> None:
        while not stop.is_set():
            with pytest.raises(zmq.ZMQError):
                getattr(left, bad)(endpoint)

    def receive() -> None:
        for _ in range(500):
            left.recv()
            left.send(b"got it")

    failing, receiving = background(fail), background(receive)
    try:
        for _ in range(500):
            right.send(b"message")
            right.recv()
    finally:
        stop.set()
    receiving.result()
    failing.result()


@pytest.mark.parametrize("kind", [zmq.PAIR, zmq.DEALER])
def test_one_thread_waits_to_receive_and_another_to_send_on_one_socket(
    small_pair: MakePair, waiting: Start, background: Start, kind: int
) -> None:
    bound, connected = small_pair(kind, kind)
    _fill(connected)
    rounds = 2000
    sending = waiting(lambda: [connected.send(b"more") for _ in range(rounds)])
    receiving = waiting(lambda: [connected.recv() for _ in range(rounds)])

    def drain() -> None:
        received = 0
        while received < rounds:
            received += bound.recv() == b"more"

    draining = background(drain)
    for _ in range(rounds):
        bound.send(b"reply")
    sending.result()
    draining.result()
    assert receiving.result() == [b"reply"] * rounds


def test_a_sender_that_xpub_nodrop_refuses_goes_on_when_there_is_room(
    sockets: Make, waiting: Start, background: Start
) -> None:
    # at its limit an XPUB with NODROP says POLLOUT, and refuses
    xpub, sub = sockets(zmq.XPUB), sockets(zmq.SUB)
    xpub.xpub_nodrop = True
    xpub.sndhwm = sub.rcvhwm = 1
    xpub.bind("inproc://nodrop")
    sub.connect("inproc://nodrop")
    sub.subscribe(b"")
    assert xpub.recv() == b"\x01"
    count = 0
    while True:
        try:
            xpub.send(b"%d" % count, zmq.NOBLOCK)
        except zmq.Again:
            break
        count += 1
    sending = waiting(lambda: [xpub.send(b"%d" % number) for number in range(count, 500)])
    subscriptions = background(lambda: [xpub.recv() for _ in range(50)])  # eats the sender's edges
    for number in range(500):
        assert sub.recv() == b"%d" % number
        if number % 10 == 0:
            sub.subscribe(b"topic %d" % number)
    sending.result()
    subscriptions.result()


def test_reading_the_events_elsewhere_does_not_eat_the_edge_of_a_refused_sender(sockets: Make, waiting: Start) -> None:
    """The mask says POLLOUT before and after, so only the reading itself can tell."""
    router, full = sockets(zmq.ROUTER), sockets(zmq.DEALER)
    router.router_mandatory = True
    router.sndhwm = full.rcvhwm = 1
    full.routing_id = b"full"
    router.bind("inproc://mandatory")
    full.connect("inproc://mandatory")
    full.send(b"hello")
    assert router.recv_multipart() == [b"full", b"hello"]
    count = 0
    while True:
        try:
            router.send_multipart([b"full", b"%d" % count], zmq.NOBLOCK)
        except zmq.Again:
            break
        count += 1
    sending = waiting(lambda: [router.send_multipart([b"full", b"%d" % number]) for number in range(count, 300)])
    for number in range(300):
        assert full.recv() == b"%d" % number
        router.get(zmq.EVENTS)
        router.poll(0)
    sending.result()


def test_a_sender_that_a_mandatory_router_refuses_goes_on_when_there_is_room(
    sockets: Make, waiting: Start, background: Start
) -> None:
    router, full, other = sockets(zmq.ROUTER), sockets(zmq.DEALER), sockets(zmq.DEALER)
    router.router_mandatory = True
    router.sndhwm = full.rcvhwm = 1
    full.routing_id, other.routing_id = b"full", b"other"
    router.bind("inproc://mandatory")
    for dealer in (full, other):
        dealer.connect("inproc://mandatory")
        dealer.send(b"hello")
        assert router.recv_multipart()[1] == b"hello"
    count = 0
    while True:
        try:
            router.send_multipart([b"full", b"%d" % count], zmq.NOBLOCK)
        except zmq.Again:
            break
        count += 1

    def send() -> None:
        for number in range(count, 500):
            router.send_multipart([b"full", b"%d" % number])

    sending = waiting(send)
    received = background(lambda: [router.recv_multipart() for _ in range(50)])
    for number in range(500):
        assert full.recv() == b"%d" % number
        if number % 10 == 0:
            other.send(b"noise")
    sending.result()
    assert received.result() == [[b"other", b"noise"]] * 50


def test_a_poller_notices_what_other_threads_do_to_its_sockets(make_pair: MakePair, background: Start) -> None:
    pairs = [make_pair(zmq.DEALER, zmq.DEALER) for _ in range(4)]
    rounds = 1500

    def echo(socket: zmq.Socket) -> None:
        for _ in range(rounds):
            socket.send(socket.recv())

    def send(socket: zmq.Socket) -> None:
        for number in range(rounds):
            socket.send(b"%d" % number)

    poller = zmq.Poller()
    for here, there in pairs:
        poller.register(here, zmq.POLLIN)
        background(echo, there)
        background(send, here)
    counts = dict.fromkeys((here for here, _ in pairs), 0)
    while any(count < rounds for count in counts.values()):
        ready = poller.poll(10_000)
        assert ready
        for socket, _ in ready:
            assert socket.recv(zmq.NOBLOCK) == b"%d" % counts[socket]
            counts[socket] += 1


def test_a_poller_and_a_receiver_wait_for_the_same_socket(make_pair: MakePair, background: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
    received: list[bytes] = []

    def receive() -> None:
        while (message := pull.recv()) != b"end":
            received.append(message)

    def poll() -> None:
        while not ended.is_set():
            for socket, _ in poller.poll(100):
                try:
                    message = socket.recv(zmq.NOBLOCK)
                except zmq.Again:
                    continue  # the other one was first
                if message == b"end":
                    push.send(b"end")  # it is not for us
                else:
                    received.append(message)

    ended = threading.Event()
    receiving, polling = background(receive), background(poll)
    for number in range(3000):
        push.send(b"%d" % number)
    push.send(b"end")
    try:
        receiving.result()
    finally:
        ended.set()
    polling.result()
    while pull.poll(0):
        received.append(pull.recv())
    assert sorted(int(message) for message in received) == list(range(3000))


def test_two_pollers_wait_for_the_same_socket(make_pair: MakePair, waiting: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    for _ in range(100):
        polls = []
        for _ in range(2):
            poller = zmq.Poller()
            poller.register(pull, zmq.POLLIN)
            polls.append(waiting(poller.poll, 10_000))
        push.send(b"one message, two to tell")
        for poll in polls:
            assert poll.result() == [(pull, zmq.POLLIN)]
        pull.recv()


def test_registering_sockets_loses_no_news_of_others(make_pair: MakePair, background: Start) -> None:
    # while the kernel is told of a new socket, other threads run
    busy, other_end = make_pair(zmq.DEALER, zmq.DEALER)
    idle = [make_pair(zmq.PULL, zmq.PUSH)[0] for _ in range(20)]
    rounds = 300

    def echo() -> None:
        for _ in range(rounds):
            other_end.send(other_end.recv())

    def use() -> None:
        while not done.is_set():
            busy.getsockopt(zmq.EVENTS)
            busy.sndhwm = 1000

    done = threading.Event()
    background(echo)
    using = background(use)
    poller = zmq.Poller()
    poller.register(busy, zmq.POLLIN)
    try:
        for _ in range(rounds):
            for socket in idle:
                poller.register(socket, zmq.POLLIN)
            busy.send(b"x")
            assert poller.poll(10_000) == [(busy, zmq.POLLIN)]
            busy.recv()
            for socket in idle:
                poller.unregister(socket)
    finally:
        done.set()
    using.result()


def test_shadows_of_one_socket_in_several_threads(make_pair: MakePair, background: Start) -> None:
    bound, connected = make_pair(zmq.DEALER, zmq.DEALER)
    shadow = zmq.Socket.shadow(connected.underlying)
    rounds = 2000

    def echo() -> None:
        for _ in range(rounds):
            bound.send(bound.recv())

    background(echo)
    received = background(lambda: [shadow.recv() for _ in range(rounds)])
    for number in range(rounds):
        connected.send(b"%d" % number)
    assert received.result() == [b"%d" % number for number in range(rounds)]


def test_requests_and_replies_between_threads(make_pair: MakePair, background: Start) -> None:
    rep, req = make_pair(zmq.REP, zmq.REQ)

    def serve() -> None:
        for _ in range(3000):
            rep.send_multipart(rep.recv_multipart())

    background(serve)
    for number in range(3000):
        req.send_multipart([b"%d" % number, b"tail"])
        assert req.recv_multipart() == [b"%d" % number, b"tail"]


def test_a_socket_inside_a_proxy_refuses_others_and_comes_back(background: Start, wait_until: Any) -> None:
    context = zmq.Context()
    front, back, client = context.socket(zmq.PULL), context.socket(zmq.PUSH), context.socket(zmq.PUSH)
    front.bind("inproc://proxy-front")
    back.bind("inproc://proxy-back")
    client.connect("inproc://proxy-front")
    running = background(zmq.proxy, front, back)

    def refused() -> bool:
        try:
            return front.getsockopt(zmq.TYPE) < 0
        except zmq.ZMQError as error:
            return error.errno == Errno.EMTHREAD

    wait_until(refused)
    with pytest.raises(zmq.ZMQError) as second:
        zmq.proxy(front, back)
    assert second.value.errno == Errno.EMTHREAD
    client.close(linger=0)
    background(context.destroy, linger=0).result()
    assert isinstance(running.exception(), zmq.ContextTerminated)


# ---- everything at once


@pytest.mark.parametrize("seed", range(3))
def test_random_use_by_many_threads(background: Start, seed: int) -> None:
    """Threads send, receive, poll, close and make sockets at random; only errors that are documented may come up."""
    print(f"seed {seed}")
    context = zmq.Context()
    slots: list[zmq.Socket] = []
    lock = threading.Lock()

    def make(number: int) -> zmq.Socket:
        # no PAIR: libzmq itself aborts when a PAIR refuses a ROUTER over inproc
        socket = context.socket((zmq.DEALER, zmq.DEALER, zmq.PUSH, zmq.PULL, zmq.ROUTER, zmq.XPUB)[number % 6])
        socket.linger = 0
        socket.hwm = 3
        socket.rcvtimeo = socket.sndtimeo = 1
        return socket

    slots.extend(make(number) for number in range(12))

    def act(worker: int) -> None:
        chance = random.Random(f"{seed} {worker}")
        poller = zmq.Poller()
        for step in range(600):
            socket = chance.choice(slots)
            action = chance.randrange(12)
            try:
                if action == 0:
                    socket.bind(f"inproc://slot-{chance.randrange(12)}")
                elif action == 1:
                    socket.connect(f"inproc://slot-{chance.randrange(12)}")
                elif action < 5:
                    socket.send_multipart([b"%d %d" % (worker, step)] * chance.randrange(1, 20), copy=False)
                elif action < 8:
                    message = socket.recv_multipart()
                    tail = message[1:] if socket.type == zmq.ROUTER else message
                    assert len(set(tail)) <= 2  # a ROUTER's routing id may have been passed on
                elif action == 8:
                    socket.poll(1)
                elif action == 9:
                    poller.register(socket, chance.choice([zmq.POLLIN, zmq.POLLOUT, 0]))
                    poller.poll(1)
                elif action == 10:
                    socket.send(b"part", zmq.NOBLOCK)
                elif chance.random() < 0.3:
                    with lock:
                        index = chance.randrange(len(slots))
                        slots[index].close()
                        slots[index] = make(index)
            except zmq.ZMQError:
                for registered, _ in poller.sockets:
                    if registered.closed:
                        poller.unregister(registered)

    workers = [background(act, worker) for worker in range(8)]
    for worker in workers:
        worker.result(40)
    background(context.destroy, linger=0).result()
