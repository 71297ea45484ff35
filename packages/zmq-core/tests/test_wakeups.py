"""No waiter misses an event of its sockets."""

from __future__ import annotations

import os
import textwrap
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeAlias

import pytest

import zmq
from zmq.constants import Errno

Start: TypeAlias = "Callable[..., Future[Any]]"
Make: TypeAlias = Callable[[int], zmq.Socket]
MakePair: TypeAlias = "Callable[..., tuple[zmq.Socket, zmq.Socket]]"


@pytest.fixture
def small_pair(sockets: Make) -> MakePair:
    """Return a function that creates two connected inproc sockets with room for one or two messages."""
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


# ---- waiting threads


@pytest.mark.parametrize(("here", "there"), [(zmq.DEALER, zmq.DEALER), (zmq.DEALER, zmq.ROUTER), (zmq.PAIR, zmq.PAIR)])
def test_a_receiver_misses_nothing_while_another_thread_sends_all_the_time(
    small_pair: MakePair, background: Start, here: int, there: int
) -> None:
    # a send processes the command that the receiver waits for, and so consumes the edge of ZMQ_FD
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
def test_a_message_wakes_a_receiver_whose_edge_other_threads_consume(
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


BEFORE_IT_SLEEPS = """
    import os, threading, zmq

    {call}
    with zmq.Context() as context, context.socket(zmq.PAIR) as here, context.socket(zmq.PAIR) as there:
        here.bind("inproc://pair")
        there.connect("inproc://pair")
        new_descriptor = os.eventfd

        def eat_the_edge(*args):  # runs after libzmq has refused, and before the thread waits for the descriptor
            there.send(b"one")
            here.bind("inproc://another")
            return new_descriptor(*args)

        os.eventfd = eat_the_edge
        results = []
        thread = threading.Thread(target=lambda: results.append(call(here)), daemon=True)  # only the main one looks
        thread.start()
        thread.join(30)
        print(results, flush=True)
        os._exit(0)  # the thread may still be waiting
"""


@pytest.mark.skipif(not hasattr(os, "eventfd"), reason="the test gets in where the thread makes its eventfd")
@pytest.mark.parametrize(
    ("call", "result"),
    [("recv", b"one"), ("recv_multipart", [b"one"]), ("poll", 1), ("recv_into", 3)],
)
def test_an_edge_eaten_just_before_a_thread_sleeps_is_not_lost(
    run_script: Callable[..., str], call: str, result: object
) -> None:
    body = "socket.recv_into(bytearray(3))" if call == "recv_into" else f"socket.{call}()"
    script = textwrap.dedent(BEFORE_IT_SLEEPS).format(call=f"def call(socket): return {body}")
    assert run_script(script).strip() == str([result])


@pytest.mark.parametrize("bad", ["bind", "connect", "unbind", "disconnect"])
def test_a_failing_call_passes_on_the_edge_that_it_consumed(
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
    small_pair: MakePair, fill: Callable[[zmq.Socket], None], waiting: Start, background: Start, kind: int
) -> None:
    bound, connected = small_pair(kind, kind)
    fill(connected)
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
    # at its limit an XPUB with NODROP reports POLLOUT, but refuses
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
    subscriptions = background(lambda: [xpub.recv() for _ in range(50)])  # consumes the edges of the sender
    for number in range(500):
        assert sub.recv() == b"%d" % number
        if number % 10 == 0:
            sub.subscribe(b"topic %d" % number)
    sending.result()
    subscriptions.result()


def test_reading_the_events_elsewhere_does_not_consume_the_edge_of_a_refused_sender(
    sockets: Make, waiting: Start
) -> None:
    """The mask is POLLOUT before and after, so reading it must notify the sender."""
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


def test_a_refused_sender_goes_on_whenever_room_comes(context: zmq.Context, sockets: Make, background: Start) -> None:
    # the proxy, which runs without the GIL, may free room at any moment of the sender's attempt
    router, drained, idle, drain = sockets(zmq.ROUTER), sockets(zmq.DEALER), sockets(zmq.DEALER), sockets(zmq.PUB)
    router.router_mandatory = True  # it reports POLLOUT if any peer has room, but refuses if this peer has none
    router.sndtimeo = -1
    router.sndhwm = drained.rcvhwm = 1
    drained.routing_id, idle.routing_id = b"drained", b"idle"
    router.bind("inproc://room")
    for dealer in (drained, idle):
        dealer.connect("inproc://room")
        dealer.send(b"hello")
        router.recv_multipart()
    proxy = background(zmq.proxy, drained, drain)

    def send() -> int:
        for _ in range(100_000):
            router.send_multipart([b"drained", b"message"])
        return 100_000

    sending = background(send)
    try:
        assert sending.result(40) == 100_000
    finally:
        context.shutdown()  # a sender that was not notified gets an error
        assert isinstance(proxy.exception(), zmq.ContextTerminated)
        if not sending.done():
            sending.exception()


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
                    continue  # the other thread was first
                if message == b"end":
                    push.send(b"end")  # for the other threads
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
            polls.append(waiting(poller.poll, 30_000))
        push.send(b"one message, two to tell")
        for poll in polls:
            assert poll.result() == [(pull, zmq.POLLIN)]
        pull.recv()


def test_registering_sockets_loses_no_events_of_other_sockets(make_pair: MakePair, background: Start) -> None:
    # adding a socket to the kernel's set lets other threads run
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


def nothing(req: Any, rep: Any) -> None:
    """Leave the sockets alone."""


def read_the_events(req: Any, rep: Any) -> None:
    assert req.get(zmq.EVENTS) & zmq.POLLIN


def poll_at_once(req: Any, rep: Any) -> None:
    assert zmq.Socket.poll(req, 0) == zmq.POLLIN


def poll_a_shadow(req: Any, rep: Any) -> None:
    poller = zmq.Poller()
    poller.register(zmq.Socket.shadow(req), zmq.POLLIN)
    assert dict(poller.poll(0))


def bind_once_more(req: Any, rep: Any) -> None:
    req.bind("inproc://once-more")


def send_too_early(req: Any, rep: Any) -> None:
    with pytest.raises(zmq.ZMQError, match="state"):
        zmq.Socket.send(req, b"before the reply was received")


AFTER_A_REQUEST = [nothing, read_the_events, poll_at_once, poll_a_shadow, bind_once_more, send_too_early]
"""What a program may do between a request and the receive of its reply: it may eat the edge that tells of the reply."""


@pytest.mark.parametrize("use", AFTER_A_REQUEST)
def test_a_reply_that_has_come_before_its_receive_is_received(
    make_pair: MakePair, background: Start, use: Callable[..., None]
) -> None:
    rep, req = make_pair(zmq.REP, zmq.REQ)
    req.rcvtimeo = -1  # else it tries first
    for number in range(3):
        req.send(b"%d" % number)
        rep.send(rep.recv())
        use(req, rep) if number == 1 else nothing(req, rep)
        assert background(req.recv).result(30) == b"%d" % number


@pytest.mark.parametrize("use", AFTER_A_REQUEST)
def test_so_it_is_in_an_event_loop(loop: Any, in_loop: Any, make_pair: MakePair, use: Callable[..., None]) -> None:
    rep, socket = make_pair(zmq.REP, zmq.REQ)
    req = in_loop(socket)
    for number in range(3):
        req.send(b"%d" % number)
        rep.send(rep.recv())
        use(req, rep) if number == 1 else nothing(req, rep)
        waiting = req.recv()
        loop.until(waiting.done)
        assert waiting.result() == b"%d" % number


@pytest.mark.parametrize("timeout_ms", [0, 1])
def test_a_reply_that_has_come_is_received_by_one_that_has_no_time_to_wait(
    make_pair: MakePair, timeout_ms: int
) -> None:
    rep, req = make_pair(zmq.REP, zmq.REQ)
    req.rcvtimeo = timeout_ms
    for _ in range(100):
        req.send(b"request")
        rep.send(rep.recv())
        assert req.recv() == b"request"


def test_so_it_is_when_libzmq_has_seen_it_between_two_frames_of_the_request(
    make_pair: MakePair, background: Start
) -> None:
    rep, req = make_pair(zmq.ROUTER, zmq.REQ)
    req.send(b"")
    envelope = rep.recv_multipart()[:2]
    req.req_relaxed = True
    req.rcvtimeo = -1
    req.send(b"first frame", zmq.SNDMORE)
    rep.send_multipart([*envelope, b"reply to the request before"])
    req.get(zmq.EVENTS)
    req.send(b"last frame")
    assert rep.recv_multipart()[2:] == [b"first frame", b"last frame"]
    assert background(req.recv).result(30) == b"reply to the request before"


def test_a_late_reply_to_an_earlier_request_does_not_hide_the_next(make_pair: MakePair, background: Start) -> None:
    rep, req = make_pair(zmq.ROUTER, zmq.REQ)
    req.req_relaxed = req.req_correlate = True
    req.rcvtimeo = -1
    for number in range(100):
        req.send(b"abandoned")
        late = rep.recv_multipart()
        rep.send_multipart(late)
        req.send(b"%d" % number)
        rep.send_multipart(rep.recv_multipart())
        assert background(req.recv).result(30) == b"%d" % number


def test_a_socket_inside_a_proxy_refuses_other_threads_until_the_proxy_ends(background: Start, wait_until: Any) -> None:
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
