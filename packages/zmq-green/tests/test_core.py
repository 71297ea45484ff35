"""Sockets: waiting operations let other greenlets run, and no message is lost or mixed up."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import gevent
import gevent.event
import pytest
from gevent.exceptions import BlockingSwitchOutError

import zmq as plain
import zmq.green as zmq
from zmq.green import core
from zmq.green._hubs import BUDGET, hub_of

Start = Callable[..., "gevent.Greenlet[..., Any]"]
Sockets = Callable[[int], zmq.Socket]
MakePair = Callable[..., tuple[zmq.Socket, zmq.Socket]]


@pytest.mark.parametrize("transport", ["inproc", "tcp"])
def test_recv_waits_while_other_greenlets_run(transport: str, make_pair: MakePair, start: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH, transport)
    receiving = start(pull.recv)
    assert not receiving.ready()
    push.send(b"message")
    assert receiving.get() == b"message"


def test_send_waits_while_other_greenlets_run(sockets: Sockets, start: Start) -> None:
    push, pull = sockets(zmq.PUSH), sockets(zmq.PULL)
    push.bind("inproc://late")
    sending = start(push.send, b"message")
    assert not sending.ready()
    pull.connect("inproc://late")
    assert pull.recv() == b"message"
    sending.get()


def test_receivers_are_served_in_the_order_they_came(make_pair: MakePair, start: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    receiving = [start(pull.recv) for _ in range(5)]
    for number in range(6):
        push.send(b"%d" % number)
    assert pull.recv() == b"5"  # a later receiver does not overtake them
    assert [greenlet.get() for greenlet in receiving] == [b"0", b"1", b"2", b"3", b"4"]


def test_senders_are_served_in_the_order_they_came(make_pair: MakePair, start: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH, hwm=1)
    while push.poll(0, zmq.POLLOUT):
        push.send(b"full")
    sending = [start(push.send, b"%d" % number) for number in range(5)]
    received = []
    while b"4" not in received:
        received.append(pull.recv())
    assert [message for message in received if message != b"full"] == [b"0", b"1", b"2", b"3", b"4"]
    gevent.joinall(sending, raise_error=True)


def test_a_killed_greenlet_leaves_its_place_to_the_next(make_pair: MakePair, start: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    first, second = start(pull.recv), start(pull.recv)
    first.kill()
    push.send(b"message")
    assert second.get() == b"message"


def test_a_router_that_waits_for_one_peer_sends_to_another(sockets: Sockets, start: Start) -> None:
    router = sockets(zmq.ROUTER)
    router.router_mandatory = 1
    router.sndhwm = 1
    router.bind("inproc://router")
    slow, fast = sockets(zmq.DEALER), sockets(zmq.DEALER)
    for dealer, routing_id in ((slow, b"slow"), (fast, b"fast")):
        dealer.rcvhwm = 1
        dealer.routing_id = routing_id
        dealer.connect("inproc://router")
        dealer.send(b"here I am")
        router.recv_multipart()
    count = 0
    while True:
        try:
            router.send_multipart([b"slow", b"%d" % count], zmq.NOBLOCK)
        except zmq.Again:
            break
        count += 1
    waiting = start(router.send_multipart, [b"slow", b"last"])
    router.send_multipart([b"fast", b"not held up"])
    assert fast.recv() == b"not held up"
    assert not waiting.ready()
    while slow.recv() != b"last":
        pass
    waiting.get()


def test_a_refusing_socket_that_reports_pollout_is_not_retried_in_a_loop(
    sockets: Sockets, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = count_looks(monkeypatch)
    xpub, sub = sockets(zmq.XPUB), sockets(zmq.SUB)
    xpub.xpub_nodrop = True
    xpub.sndhwm = sub.rcvhwm = 1
    xpub.bind("inproc://nodrop")
    sub.subscribe(b"")
    sub.connect("inproc://nodrop")
    xpub.recv()
    with pytest.raises(zmq.Again):
        while True:
            xpub.send(b"full", zmq.NOBLOCK)
    waiting = start(xpub.send, b"last")
    gevent.sleep(0.05)
    assert xpub.poll(0, zmq.POLLOUT)
    assert len(looks) < 10
    while sub.recv() != b"last":
        pass
    waiting.get()


def test_messages_of_several_frames_stay_together(make_pair: MakePair, start: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH, hwm=2)

    def send(name: bytes) -> None:
        for number in range(50):
            push.send_multipart([name, b"%d" % number, name])

    received: list[list[bytes]] = []

    def receive() -> None:
        for _ in range(50):
            frames = pull.recv_multipart()
            received.append(frames)

    gevent.joinall([start(send, b"%d" % n) for n in range(4)] + [start(receive) for _ in range(4)], raise_error=True)
    assert all(len(frames) == 3 and frames[0] == frames[2] for frames in received)
    for name in {frames[0] for frames in received}:
        assert sorted(int(frames[1]) for frames in received if frames[0] == name) == list(range(50))


@pytest.mark.parametrize("hwm", [2, 1000], ids=["waiting", "flooding"])
def test_frames_sent_one_by_one_stay_together(hwm: int, make_pair: MakePair, start: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH, hwm=hwm)

    def send(name: bytes) -> None:
        for _ in range(BUDGET):
            push.send(name, zmq.SNDMORE)
            push.send(name, zmq.SNDMORE)
            push.send(name)

    received: list[list[bytes]] = []

    def receive() -> None:
        for _ in range(BUDGET):
            frames = [pull.recv()]
            while pull.rcvmore:
                frames.append(pull.recv())
            received.append(frames)

    names = [b"a", b"b", b"c"]
    gevent.joinall([start(send, name) for name in names] + [start(receive) for _ in names], raise_error=True)
    assert sorted(received) == sorted([[name] * 3 for name in names for _ in range(BUDGET)])


@pytest.mark.parametrize("transport", ["inproc", "tcp"])
def test_many_hubs_share_a_socket(transport: str, make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH, transport, hwm=10)
    received: list[bytes] = []

    def receive() -> None:
        while (message := pull.recv()) != b"end":
            received.append(message)

    def send(start: int) -> None:
        for number in range(start, 1000, 4):
            push.send(b"%d" % number)

    def in_thread(function: Callable[..., None], args: list[Any]) -> threading.Thread:
        def run() -> None:
            gevent.joinall([gevent.spawn(function, *each) for each in args], raise_error=True)
            gevent.get_hub().destroy(destroy_loop=True)

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    receivers = [in_thread(receive, [(), ()]) for _ in range(2)]
    senders = [in_thread(send, [(n,), (n + 1,)]) for n in (0, 2)]
    join = gevent.get_hub().threadpool.apply
    for thread in senders:
        join(thread.join)
    for _ in range(4):
        push.send(b"end")
    for thread in receivers:
        join(thread.join)
    assert sorted(map(int, received)) == list(range(1000))


def test_a_thread_that_consumes_the_edge_does_not_prevent_the_wake_up(make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH, "tcp")
    stop = threading.Event()

    def meddle() -> None:
        while not stop.is_set():
            pull.get(zmq.EVENTS)

    thread = threading.Thread(target=meddle)
    thread.start()
    try:
        pull.rcvtimeo = 30_000
        for number in range(200):
            push.send(b"%d" % number)
            assert pull.recv() == b"%d" % number
    finally:
        stop.set()
        thread.join()


def test_a_shadow_that_consumes_the_edge_does_not_prevent_the_wake_up(make_pair: MakePair, start: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH, "tcp")
    shadow = plain.Socket.shadow(pull)
    receiving = start(pull.recv)
    push.send(b"message")
    while not shadow.get(zmq.EVENTS) & zmq.POLLIN:
        pass
    assert receiving.get() == b"message"


def test_rcvtimeo_and_sndtimeo_apply(make_pair: MakePair, sockets: Sockets, start: Start) -> None:
    pull, _ = make_pair(zmq.PULL, zmq.PUSH)
    lonely = sockets(zmq.PUSH)
    for operation, socket in ((pull.recv, pull), (lambda: lonely.send(b""), lonely)):
        socket.rcvtimeo = socket.sndtimeo = 30
        gevent.get_hub().loop.update_now()
        busy_until = time.monotonic() + 0.05
        while time.monotonic() < busy_until:  # makes the loop's time stale
            pass
        begin = time.monotonic()
        ticks = start(count_ticks, 5)
        with pytest.raises(zmq.Again):
            operation()
        assert time.monotonic() - begin >= 0.029
        ticks.get()
        socket.rcvtimeo = socket.sndtimeo = 0
        with pytest.raises(zmq.Again):
            operation()


@pytest.mark.parametrize("way", ["recv", "recv_multipart", "poll", "Poller", "send"])
def test_an_operation_that_is_possible_at_its_timeout_succeeds(way: str, sockets: Sockets, start: Start) -> None:
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    pull.bind("inproc://late")
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
    pull.rcvtimeo = push.sndtimeo = 20

    def be_busy() -> None:
        end = time.monotonic() + 0.05
        while time.monotonic() < end:
            pass
        push.connect("inproc://late")
        if way != "send":
            push.send(b"x", zmq.NOBLOCK)

    waits: dict[str, tuple[Callable[[], Any], Any]] = {
        "recv": (pull.recv, b"x"),
        "recv_multipart": (pull.recv_multipart, [b"x"]),
        "poll": (lambda: pull.poll(20), zmq.POLLIN),
        "Poller": (lambda: poller.poll(20), [(pull, zmq.POLLIN)]),
        "send": (lambda: push.send(b"x"), None),
    }
    wait, result = waits[way]
    gevent.get_hub().loop.run_callback(be_busy)
    assert wait() == result


def test_gevent_timeouts_apply_and_lose_no_message(make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    for operation in (pull.recv, pull.recv_multipart, pull.poll, lambda: pull.recv_into(bytearray(9))):
        with pytest.raises(gevent.Timeout), gevent.Timeout(0.01):
            operation()
    push.send(b"message")
    assert pull.recv() == b"message"


def test_killing_a_receiver_loses_no_message(make_pair: MakePair, start: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    received = []

    def receive() -> None:
        received.append(pull.recv())

    for number in range(100):
        greenlet = start(receive)
        if number % 2:
            push.send(b"%d" % number)
            greenlet.kill(block=number % 3 == 0)
        else:
            greenlet.kill(block=False)
            push.send(b"%d" % number)
        greenlet.join()
    while len(received) < 100:
        received.append(pull.recv())
    assert received == [b"%d" % number for number in range(100)]


def test_killing_a_sender_sends_whole_messages_or_nothing(make_pair: MakePair, start: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH, hwm=1)
    while push.poll(0, zmq.POLLOUT):
        push.send_multipart([b"a", b"b"])
    greenlet = start(push.send_multipart, [b"c", b"d"])
    greenlet.kill()
    while pull.poll(0):
        assert pull.recv_multipart() == [b"a", b"b"]


def test_closing_a_socket_wakes_its_greenlets(make_pair: MakePair, start: Start) -> None:
    pull, _ = make_pair(zmq.PULL, zmq.PUSH)
    waiting = [start(catch, operation) for operation in (pull.recv, pull.recv_multipart, pull.poll)]
    pull.close()
    assert [greenlet.get().errno for greenlet in waiting] == [zmq.ENOTSOCK] * 3


def test_closing_a_socket_in_another_thread_wakes_its_greenlets(make_pair: MakePair, start: Start) -> None:
    pull, _ = make_pair(zmq.PULL, zmq.PUSH)
    waiting = start(catch, pull.recv)
    threading.Thread(target=pull.close).start()
    assert waiting.get().errno == zmq.ENOTSOCK


def test_terminating_wakes_greenlets_and_waits_for_them_to_close_their_sockets(start: Start) -> None:
    context = zmq.Context()
    events = []

    def receive() -> None:
        with context.socket(zmq.PULL) as pull:
            pull.bind("inproc://pull")
            with pytest.raises(zmq.ContextTerminated):
                pull.recv()
            gevent.sleep(0)
            events.append("closed")

    start(receive)
    context.term()
    events.append("terminated")
    assert events == ["closed", "terminated"]
    context.term()


def test_abandoned_terminations_take_no_thread_of_gevents_pool(sockets: Sockets) -> None:
    contexts = [zmq.Context() for _ in range(gevent.get_hub().threadpool.maxsize)]
    open_sockets = [context.socket(zmq.PUSH) for context in contexts]
    for context in contexts:
        with pytest.raises(gevent.Timeout), gevent.Timeout(0.01):
            context.term()
    with gevent.Timeout(10):
        assert gevent.get_hub().threadpool.apply(lambda: "done") == "done"
    for socket in open_sockets:
        socket.close()
    for context in contexts:
        context.term()


def test_a_termination_that_timed_out_can_be_waited_for_again(start: Start) -> None:
    context = zmq.Context()
    socket = context.socket(zmq.PUSH)
    with pytest.raises(gevent.Timeout), gevent.Timeout(0.01):
        context.term()
    socket.close()
    context.term()
    assert context.closed


def test_waiting_sets_no_timers(make_pair: MakePair, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = gevent.get_hub()
    loop = hub.loop

    class WithoutTimers:
        def __getattr__(self, name: str) -> Any:
            assert name != "timer"
            return getattr(loop, name)

    pull, push = make_pair(zmq.PULL, zmq.PUSH, "tcp")
    start(pull.recv).kill()  # the first wait of a hub makes one
    monkeypatch.setattr(hub, "loop", WithoutTimers())
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
    receiving = start(pull.recv)
    push.send(b"message")
    receiving.get()
    waiting = [start(pull.poll), start(poller.poll)]
    push.send(b"message")
    gevent.joinall(waiting, raise_error=True)


def test_waiting_does_not_spin_after_the_peer_has_disconnected(
    make_pair: MakePair, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = count_looks(monkeypatch)
    pull, push = make_pair(zmq.PULL, zmq.PUSH, "tcp")
    receiving = start(pull.recv)
    push.send(b"message")
    receiving.get()
    monitor = pull.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    waiting = start(pull.recv)
    push.close()
    monitor.recv_multipart()
    pull.disable_monitor()
    monitor.close()
    del looks[:]
    gevent.sleep(0.05)
    assert len(looks) < 5
    waiting.kill()


def test_arguments_are_kept_when_an_operation_has_to_wait(sockets: Sockets, start: Start) -> None:
    push, pull = sockets(zmq.PUSH), sockets(zmq.PULL)
    push.bind("inproc://arguments")
    frames = [b"x" * 100_000, b"end"]
    sending = [
        start(push.send, data=frames[0], flags=0, copy=False, track=True),
        start(push.send_multipart, msg_parts=iter(frames), copy=False, track=True),
    ]
    refused = start(catch, lambda: push.send(frames[0], group="a name too long for a group"))
    buffer = bytearray(b"....")
    receiving = [
        start(pull.recv, copy=False, track=True),
        start(pull.recv_multipart, flags=0, copy=False),
        start(pull.recv_into, buffer, nbytes=2),
    ]
    pull.connect("inproc://arguments")
    assert all(isinstance(greenlet.get(), zmq.MessageTracker) for greenlet in sending)
    assert "group" in str(refused.get())
    frame, message = receiving[0].get(), receiving[1].get()
    assert (frame.bytes, frame.tracker.done) == (frames[0], True)
    assert [part.bytes for part in message] == frames
    push.send(b"into")
    assert (receiving[2].get(), bytes(buffer)) == (4, b"in..")


def test_waiting_for_a_tracker_lets_other_greenlets_receive_its_message(make_pair: MakePair, start: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)  # over inproc only the receiver releases the memory
    for tracker in (
        push.send(b"x" * 100_000, copy=False, track=True),
        push.send(b"x" * 100_000, zmq.NOBLOCK, copy=False, track=True),
        push.send_multipart([b"x" * 100_000, b"y"], copy=False, track=True),
        push.send_string("x" * 100_000, copy=False, track=True),
    ):
        assert isinstance(tracker, zmq.MessageTracker)
        waiting = [start(tracker.wait), start(zmq.MessageTracker(tracker).wait)]
        with pytest.raises(zmq.NotDone):
            tracker.wait(0)
        with pytest.raises(zmq.NotDone):
            tracker.wait(timeout=0.01)
        with pytest.raises(gevent.Timeout), gevent.Timeout(0.01):
            tracker.wait()
        assert not any(greenlet.ready() for greenlet in waiting)
        pull.recv_multipart()
        gevent.joinall(waiting, raise_error=True)
        assert tracker.done
        tracker.wait(0)


def test_callbacks_of_the_loop_may_wait_for_a_tracker_but_block_the_thread(make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    tracker = push.send(b"x" * 100_000, copy=False, track=True)
    receiver = threading.Thread(target=pull.recv)
    receiver.start()
    done = gevent.event.Event()

    def callback() -> None:
        tracker.wait()
        done.set()

    gevent.get_hub().loop.run_callback(callback)
    assert done.wait(30)
    receiver.join()


def test_messages_of_other_kinds_wait_too(make_pair: MakePair, start: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    receiving = [
        start(pull.recv_string),
        start(pull.recv_json),
        start(pull.recv_pyobj),
        start(pull.recv_serialized, b"+".join),
    ]
    push.send_string("ü")
    push.send_json({"a": 1})
    push.send_pyobj((1, 2))
    push.send_serialized(b"a b", bytes.split)
    assert [greenlet.get() for greenlet in receiving] == ["ü", {"a": 1}, (1, 2), b"a+b"]


@pytest.mark.parametrize("flag", [zmq.NOBLOCK, int(zmq.NOBLOCK)], ids=["enum", "int"])
def test_noblock_never_waits_and_overtakes_waiting_operations(flag: int, make_pair: MakePair, start: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    for operation in (pull.recv, pull.recv_multipart, pull.recv_string):
        with pytest.raises(zmq.Again):
            operation(flag)
    with pytest.raises(zmq.Again):
        pull.recv_into(bytearray(1), flags=flag)
    waiting = start(pull.recv)
    push.send(b"1", flag)
    assert pull.recv(flag) == b"1"
    push.send_multipart([b"2"], flag)
    assert waiting.get() == b"2"


@pytest.mark.parametrize("work", ["send and recv", "multipart", "poll"])
def test_a_flood_lets_other_greenlets_run(work: str, make_pair: MakePair, start: Start) -> None:
    left, right = make_pair(zmq.PAIR, zmq.PAIR)
    right.send(b"stays")
    done = False

    def flood() -> None:
        while not done:
            if work == "send and recv":
                right.send(b"")
                left.recv()
            elif work == "multipart":
                right.send_multipart([b"", b""])
                left.recv_multipart()
            else:
                left.poll()

    flooding = gevent.spawn(flood)
    count_ticks(10)
    done = True
    flooding.get()


def test_callbacks_of_the_loop_may_use_sockets_as_long_as_they_need_not_wait(make_pair: MakePair) -> None:
    left, right = make_pair(zmq.PAIR, zmq.PAIR)
    done = gevent.event.Event()

    def callback() -> None:
        for _ in range(2 * BUDGET):
            right.send(b"")
            left.recv()
        done.set()

    gevent.get_hub().loop.run_callback(callback)
    assert done.wait(30)


def test_a_callback_of_the_loop_that_cannot_wait_ends_no_wait_of_greenlets(make_pair: MakePair, start: Start) -> None:
    left, right = make_pair(zmq.PAIR, zmq.PAIR)

    def callback() -> None:
        with pytest.raises(BlockingSwitchOutError):
            left.recv()
        with pytest.raises(BlockingSwitchOutError):
            left.poll()

    receiving = start(left.recv)
    gevent.get_hub().loop.run_callback(callback)
    gevent.sleep(0)
    waits: Any = hub_of(gevent.get_hub())._waits
    assert waits.active  # else the loop ends with LoopExit, as if nothing waited
    right.send(b"first")
    assert receiving.get() == b"first"


@pytest.mark.parametrize("receive", ["recv", "recv_multipart", "recv_into"])
def test_a_callback_of_the_loop_receives_before_greenlets_that_wait(
    receive: str, make_pair: MakePair, start: Start
) -> None:
    left, right = make_pair(zmq.PAIR, zmq.PAIR)
    received: list[bytes] = []

    def callback() -> None:
        right.send(b"first")
        right.send(b"second")
        buffer = bytearray(5)
        result: Any = left.recv_into(buffer) if receive == "recv_into" else getattr(left, receive)()
        received.append({"recv": result, "recv_multipart": result, "recv_into": bytes(buffer)}[receive])

    receiving = start(left.recv)
    gevent.get_hub().loop.run_callback(callback)
    assert receiving.get() == b"second"
    assert received == [[b"first"] if receive == "recv_multipart" else b"first"]


def test_a_callback_of_the_loop_sends_before_greenlets_that_wait(sockets: Sockets, start: Start) -> None:
    push, pull = sockets(zmq.PUSH), sockets(zmq.PULL)
    push.sndhwm = pull.rcvhwm = 1
    push.bind("inproc://full")
    pull.connect("inproc://full")
    sent = 0
    while push.poll(0, zmq.POLLOUT):
        push.send(b"fill", zmq.NOBLOCK)
        sent += 1
    callback_sent = gevent.event.Event()

    def callback() -> None:
        while not pull.poll(0) or not push.poll(0, zmq.POLLOUT):
            pull.recv(zmq.NOBLOCK)
        push.send(b"callback")
        callback_sent.set()

    sending = start(push.send, b"greenlet")
    gevent.get_hub().loop.run_callback(callback)
    assert callback_sent.wait(30)
    rest = []
    while b"greenlet" not in rest:
        rest.append(pull.recv())
    sending.get()
    assert rest[-2:] == [b"callback", b"greenlet"]


@pytest.mark.parametrize("receive", ["recv", "recv_multipart"])
def test_receiving_in_the_wrong_state_raises_and_does_not_wait(receive: str, make_pair: MakePair) -> None:
    rep, req = make_pair(zmq.REP, zmq.REQ)
    for _ in range(2 * BUDGET):
        with pytest.raises(zmq.ZMQError) as caught:
            getattr(req, receive)()
        assert caught.value.errno == zmq.EFSM
    req.send(b"request")
    assert rep.recv() == b"request"
    with pytest.raises(zmq.ZMQError) as caught:
        getattr(rep, receive)()
    assert caught.value.errno == zmq.EFSM
    rep.send(b"reply")
    assert req.recv() == b"reply"


def test_greenlets_may_receive_from_a_rep_by_turns(make_pair: MakePair, start: Start) -> None:
    rep, req = make_pair(zmq.REP, zmq.REQ)

    def serve() -> None:
        rep.send(rep.recv() + b"!")

    serving = [start(serve) for _ in range(3)]
    for _ in range(3):
        req.send(b"request")
        assert req.recv() == b"request!"
    gevent.joinall(serving, raise_error=True)


@pytest.mark.parametrize("buffer", [b"bytes", memoryview(bytearray(4))[::2], "text"])
def test_receiving_into_what_is_no_writable_buffer_raises_as_for_other_sockets(
    buffer: Any, make_pair: MakePair
) -> None:
    left, right = make_pair(zmq.PAIR, zmq.PAIR)
    right.send(b"x")
    with pytest.raises((BufferError, TypeError)) as ours:
        left.recv_into(buffer)
    with pytest.raises((BufferError, TypeError)) as theirs:
        plain.Socket(left).recv_into(buffer)
    assert ours.type is theirs.type
    assert left.recv() == b"x"


def test_a_socket_that_was_waited_for_is_not_kept_alive(context: zmq.Context) -> None:
    socket = context.socket(zmq.PULL)
    with pytest.raises(gevent.Timeout), gevent.Timeout(0.001):
        socket.recv()
    dead = weakref.ref(socket)
    gevent.sleep(0.001)  # the hub keeps the last exception until it runs
    sockets = [socket]
    del socket
    with pytest.warns(ResourceWarning, match="Unclosed socket"):
        sockets.clear()
    assert dead() is None


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_weak_reference_to_a_dropped_socket_may_terminate_the_context() -> None:
    context = zmq.Context()
    socket = context.socket(zmq.PULL)
    weakref.finalize(socket, context.term)
    assert not socket.poll(1)
    del socket
    assert context.closed


def test_options_can_be_read_and_set_by_both_interfaces(sockets: Sockets) -> None:
    socket = sockets(zmq.PUSH)
    socket.set(opt=zmq.LINGER, val=3)
    assert socket.get(opt=zmq.LINGER) == 3
    socket.setsockopt(option=zmq.LINGER, optval=4)
    assert socket.getsockopt(option=zmq.LINGER) == 4


def test_the_shared_context_creates_green_sockets() -> None:
    context = zmq.Context.instance()
    assert context is zmq.Context.instance()
    assert context is not plain.Context.instance()
    with context.socket(zmq.PUSH) as socket:
        assert type(socket) is zmq.Socket
        assert type(zmq.Socket.shadow(socket)) is zmq.Socket
    context.term()
    plain.Context.instance().term()


def catch(operation: Callable[[], object]) -> Any:
    """Return the exception of *operation*."""
    with pytest.raises((zmq.ZMQError, zmq.ZMQVersionError)) as caught:
        operation()
    return caught.value


def count_ticks(count: int) -> None:
    """Let the other greenlets run *count* times."""
    for _ in range(count):
        gevent.sleep(0)


def count_looks(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Return a list that grows each time that a socket is looked at."""
    looks: list[None] = []

    class CountingEngine(core._Engine):
        def ready(self) -> None:
            looks.append(None)
            super().ready()

    monkeypatch.setattr(core, "_Engine", CountingEngine)
    return looks


@pytest.mark.parametrize("arguments", [(), (0,), ("text",), (0, "text")])
def test_poll_of_a_closed_socket_is_not_supported(sockets: Sockets, arguments: Any) -> None:
    pair = sockets(zmq.PAIR)
    pair.close()
    with pytest.raises(zmq.ZMQError) as caught:
        pair.poll(*arguments)
    assert caught.value.errno == plain.ENOTSUP


@pytest.mark.parametrize("flags", [0, None, "", []])
def test_poll_with_flags_that_are_false_waits_for_no_event(make_pair: MakePair, flags: Any) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    push.send(b"message")
    assert pull.poll(1, flags) == 0


@pytest.mark.parametrize("name", ["events", "EVENTS", "rcvmore", "RCVMORE"])
def test_what_libzmq_reports_cannot_be_set(sockets: Sockets, name: str) -> None:
    with pytest.raises(zmq.ZMQError) as caught:
        setattr(sockets(zmq.PAIR), name, 1)
    assert caught.value.errno == plain.EINVAL
