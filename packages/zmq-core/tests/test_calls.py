"""Calls: what an adapter in Python gets from the engine, without any loop."""

from __future__ import annotations

import gc
import sys
import threading
import warnings
import weakref
from asyncio.events import _get_running_loop, _set_running_loop
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest

import zmq
from zmq.backend.calls import BlockingEngine, Call, CallEngine
from zmq.backend.engine import TURN

Sockets: TypeAlias = Callable[[int], zmq.Socket[bytes]]
Make: TypeAlias = Callable[..., Any]


class CountedCall(Call):
    """A call that notes how often its caller was woken."""

    def __init__(self) -> None:
        self.woken = 0
        self.on_wake: Callable[[], object] = bool

    def wake(self) -> None:
        """Have the caller go on."""
        self.woken += 1
        self.on_wake()


@pytest.fixture
def engine_of(loop: Any) -> Iterator[Make]:
    """Return a function that makes an engine: ``engine_of(socket)``."""
    made = []

    def make(socket: Any, cls: type[CallEngine] = CallEngine, **options: Any) -> CallEngine:
        socket.rcvtimeo = socket.sndtimeo = -1
        socket._engine = cls(socket, _get_running_loop, CountedCall, **options)
        made.append(socket)
        return socket._engine  # type: ignore[no-any-return]  # that one

    yield make
    for socket in made:
        socket._engine = None


@pytest.fixture
def pull_push(engine_of: Make, make_pair: Any) -> tuple[Any, zmq.Socket[bytes]]:
    """The engine of a PULL, and a plain PUSH."""
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    return engine_of(pull), push


def full_push(sockets: Sockets) -> tuple[zmq.Socket[bytes], zmq.Socket[bytes]]:
    """Return a PUSH that can take no more, and its PULL."""
    push, pull = sockets(zmq.PUSH), sockets(zmq.PULL)
    push.sndhwm = pull.rcvhwm = 1
    push.bind("inproc://full")
    pull.connect("inproc://full")
    push.send(b"full", zmq.NOBLOCK)
    push.send(b"full", zmq.NOBLOCK)
    return push, pull


# ---- at once


def test_what_can_be_done_at_once_returns_its_result(engine_of: Make, make_pair: Any) -> None:
    bound, other = make_pair(zmq.PAIR, zmq.PAIR)
    engine, buffer = engine_of(bound), bytearray(9)
    for _ in range(3):
        other.send_multipart([b"one", b"two"])
    assert engine.recv_multipart() == [b"one", b"two"]
    assert engine.recv(copy=False).bytes == b"one"
    assert engine.recv_into(buffer) == 3
    assert buffer[:3] == b"two"
    assert engine.poll() == zmq.POLLIN
    assert engine.send(b"reply") is None
    assert isinstance(engine.send_multipart(iter([b"a", b"b"]), copy=False, track=True), zmq.MessageTracker)
    assert [other.recv(), other.recv_multipart()] == [b"reply", [b"a", b"b"]]


@pytest.mark.parametrize("waits", [False, True])
def test_recv_into_takes_the_memory_of_fortran_arrays_as_it_is(loop: Any, pull_push: Any, waits: bool) -> None:
    testbuffer = pytest.importorskip("_testbuffer")
    engine, push = pull_push
    flags = testbuffer.ND_FORTRAN | testbuffer.ND_WRITABLE
    rows = testbuffer.ndarray([9] * 6, shape=[2, 3], format="B", flags=flags)
    if not waits:
        push.send(bytes([0, 3, 1, 4, 2]))
        assert engine.recv_into(rows, nbytes=4) == 5
    else:
        call = engine.recv_into(rows, nbytes=4)
        push.send(bytes([0, 3, 1, 4, 2]))
        loop.until(lambda: call.done)
        assert call.result() == 5
    assert rows.tolist() == [[0, 1, 9], [3, 4, 9]]


def test_callbacks_of_a_loop_go_past_what_waits_where_callers_block(loop: Any, make_pair: Any) -> None:
    class Engine(BlockingEngine):
        calls_back = False

        def in_callback(self) -> bool:
            return self.calls_back

    bound, other = make_pair(zmq.PAIR, zmq.PAIR)
    bound.rcvtimeo = -1
    engine = bound._engine = Engine(bound, _get_running_loop, CountedCall)
    call = engine.recv()
    for _ in range(2):
        other.send(b"x")
    engine.calls_back = True
    assert engine.recv() == b"x"
    assert not call.done
    engine.calls_back = False
    loop.until(lambda: call.done)
    assert call.result() == b"x"
    bound._engine = None


def test_what_may_not_wait_raises(pull_push: Any) -> None:
    engine, _ = pull_push
    with pytest.raises(zmq.Again):
        engine.recv(zmq.NOBLOCK)
    engine._socket().rcvtimeo = 0
    with pytest.raises(zmq.Again):
        engine.recv()
    assert engine.poll(0) == 0
    with pytest.raises(BufferError, match="read-only"):
        engine.recv_into(b"bytes")
    with pytest.raises(BufferError, match="not contiguous"):
        engine.recv_into(memoryview(bytearray(4))[::2])
    with pytest.raises(TypeError):
        engine.recv_into(5)
    with pytest.raises(ValueError, match="buffer of 1"):
        engine.recv_into(bytearray(1), nbytes=2)


def test_what_waiting_does_not_help_against_raises(engine_of: Make, sockets: Sockets) -> None:
    engine, push = engine_of(sockets(zmq.PULL)), engine_of(sockets(zmq.PUSH))
    for operation in (lambda: engine.send(b""), push.recv):
        with pytest.raises(zmq.ZMQError) as caught:
            operation()
        assert caught.value.errno == zmq.ENOTSUP
    for each in (engine, push):
        each._socket().close()
    for operation in (engine.recv, lambda: push.send(b""), engine.poll, lambda: engine.recv(zmq.NOBLOCK)):
        with pytest.raises(zmq.ZMQError) as caught:
            operation()
        assert caught.value.errno == zmq.ENOTSOCK


def test_wrong_arguments_are_errors_and_type_checkers_find_them(pull_push: Any) -> None:
    engine: CallEngine = pull_push[0]
    with pytest.raises(TypeError):
        engine.poll("soon")  # type: ignore[arg-type]  # mypy fails here if the stub loses the types
    with pytest.raises(TypeError):
        engine.send_multipart(1)  # type: ignore[arg-type]


def test_an_engine_without_a_loop_or_a_socket_says_so(loop: Any, pull_push: Any, make_pair: Any) -> None:
    engine, _ = pull_push
    _set_running_loop(None)
    with pytest.raises(RuntimeError, match="no event loop runs"):
        engine.recv()
    bound, _ = make_pair(zmq.PULL, zmq.PUSH)
    lonely = CallEngine(zmq.Socket(shadow=bound), _get_running_loop, CountedCall)
    gc.collect()
    with pytest.raises(zmq.ZMQError) as caught:
        lonely.recv()
    assert caught.value.errno == zmq.ENOTSOCK


def test_a_try_receives_what_is_there_without_a_loop(loop: Any, engine_of: Make, make_pair: Any) -> None:
    rep, req = make_pair(zmq.REP, zmq.REQ)
    engine, other = engine_of(rep), engine_of(req)
    _set_running_loop(None)
    assert engine.try_recv_multipart() is None
    assert other.try_recv_multipart() is None  # it has to send first
    req.send_multipart([b"a", b"b"])
    assert [frame.bytes for frame in engine.try_recv_multipart(copy=False)] == [b"a", b"b"]
    assert engine.try_recv_multipart() is None
    rep.close()
    with pytest.raises(zmq.ZMQError) as caught:
        engine.try_recv_multipart()
    assert caught.value.errno == zmq.ENOTSOCK


def test_a_try_receives_what_was_given_back_and_nothing_that_others_wait_for(loop: Any, pull_push: Any) -> None:
    engine, push = pull_push
    first, second = engine.recv_multipart(), engine.recv_multipart()
    for data in (b"first", b"second", b"third"):
        push.send(data)
    assert engine.try_recv_multipart() == [b"third"]
    assert second.result() == [b"second"]
    first.abandon()
    assert engine.try_recv_multipart() == [b"first"]
    assert engine.try_recv_multipart() is None


def test_a_poll_after_a_refused_receive_misses_nothing(loop: Any, pull_push: Any) -> None:
    engine, push = pull_push
    for number in range(10):
        polling = engine.poll()
        assert engine.try_recv_multipart() is None
        polling.abandon()
        polling = engine.poll()  # in which the events are not read again
        push.send(b"%d" % number)
        loop.until(lambda: polling.done)  # noqa: B023 (runs at once)
        assert engine.try_recv_multipart() == [b"%d" % number]
        push.send(b"between")
        assert engine.try_recv_multipart() == [b"between"]
        assert engine.try_recv_multipart() is None
        push.send(b"late")
        assert engine.poll(0) == zmq.POLLIN
        assert engine.try_recv_multipart() == [b"late"]


# ---- waiting


def test_the_caller_of_a_receive_is_woken_once_and_collects_the_message(loop: Any, pull_push: Any) -> None:
    engine, push = pull_push
    call = engine.recv()
    assert isinstance(call, CountedCall)
    with pytest.raises(RuntimeError, match="waits"):
        call.result()
    push.send(b"message")
    loop.until(lambda: call.done)
    assert call.woken == 1
    assert call.result() == call.result() == b"message"
    loop.turn()
    assert call.woken == 1


@pytest.mark.parametrize(
    ("operation", "result"),
    [
        (lambda engine: engine.recv_multipart(), [b"message"]),
        (lambda engine: engine.recv_into(bytearray(3)), 7),
        (lambda engine: engine.poll(), zmq.POLLIN),
    ],
    ids=["recv_multipart", "recv_into", "poll"],
)
def test_other_operations_wait_likewise(
    loop: Any, pull_push: Any, operation: Callable[[Any], Any], result: object
) -> None:
    engine, push = pull_push
    call = operation(engine)
    push.send(b"message")
    loop.until(lambda: call.done)
    assert call.result() == result
    assert call.woken == 1


def test_receives_end_in_the_order_of_their_calls_and_are_not_overtaken(loop: Any, pull_push: Any) -> None:
    engine, push = pull_push
    calls = [engine.recv() for _ in range(3)]
    for number in range(5):
        push.send(b"%d" % number)
    loop.until(lambda: calls[2].done)
    late = engine.recv()  # those that have their messages have not gone on yet
    assert isinstance(late, Call)
    assert [call.result() for call in calls] == [b"0", b"1", b"2"]
    loop.until(lambda: late.done)
    assert late.result() == b"3"
    assert engine.recv() == b"4"


def test_sends_wait_for_room_in_order(loop: Any, engine_of: Make, sockets: Sockets) -> None:
    push, pull = full_push(sockets)
    engine = engine_of(push)
    calls = [engine.send(b"1"), engine.send_multipart(iter([b"2", b"2"]))]
    with pytest.raises(zmq.Again):
        engine.send(b"never", zmq.NOBLOCK)
    received: list[list[bytes]] = []
    while len(received) < 4:
        received.append(pull.recv_multipart())
        loop.turn()
    assert received[2:] == [[b"1"], [b"2", b"2"]]
    assert [call.result() for call in calls] == [None, None]
    assert [call.woken for call in calls] == [1, 1]


def test_the_caller_may_use_the_socket_while_it_is_woken(loop: Any, pull_push: Any) -> None:
    engine, push = pull_push
    first, second = engine.recv(), engine.recv()
    got: list[Any] = []

    def go_on() -> None:
        got.append(first.result())
        got.append(engine.recv())
        engine._socket().close()

    first.on_wake = go_on
    second.on_wake = lambda: got.append(second.result())
    push.send(b"first")
    push.send(b"second")
    loop.until(lambda: second.woken)
    assert got[0] == b"first"
    assert got[2] == b"second"
    assert got[1].woken == 1
    with pytest.raises(zmq.ZMQError):
        got[1].result()


def test_a_receive_of_the_wrong_state_fails_where_callers_block(loop: Any, engine_of: Make, make_pair: Any) -> None:
    bound, req = make_pair(zmq.REP, zmq.REQ)
    rep = engine_of(bound, BlockingEngine)
    req.send(b"first")
    assert rep.recv() == b"first"
    with pytest.raises(zmq.ZMQError) as caught:
        rep.recv()
    assert caught.value.errno == zmq.EFSM
    assert rep.send(b"reply") is None
    assert req.recv() == b"reply"
    first, second = rep.recv(), rep.recv()
    req.send(b"second")
    loop.until(lambda: first.done)
    assert not second.done  # while the first may reply
    assert first.result() == b"second"
    second.retry()
    with pytest.raises(zmq.ZMQError) as caught:
        second.result()
    assert caught.value.errno == zmq.EFSM


def test_a_rep_may_begin_to_receive_before_it_has_replied(loop: Any, engine_of: Make, make_pair: Any) -> None:
    bound, req = make_pair(zmq.REP, zmq.REQ)
    rep = engine_of(bound)
    req.send(b"first")
    assert rep.recv() == b"first"
    with pytest.raises(zmq.ZMQError) as caught:
        rep.recv(zmq.NOBLOCK)
    assert caught.value.errno == zmq.EFSM
    call = rep.recv()
    assert rep.send(b"reply") is None
    assert req.recv() == b"reply"
    req.send(b"second")
    loop.until(lambda: call.done)
    assert call.result() == b"second"


def test_frames_that_are_received_one_by_one_stay_together(loop: Any, pull_push: Any) -> None:
    engine, push = pull_push
    first, second = engine.recv(), engine.recv()
    got: list[bytes] = []

    def go_on() -> None:
        got.append(first.result())
        got.append(engine.recv())

    first.on_wake = go_on
    push.send_multipart([b"a", b"b"])
    push.send(b"c")
    loop.until(lambda: second.done)
    assert got == [b"a", b"b"]
    assert second.result() == b"c"


def test_a_receive_goes_on_though_the_rest_of_a_message_is_not_wanted(loop: Any, pull_push: Any) -> None:
    engine, push = pull_push
    for collect in (Call.result, Call.abandon):
        first, second = engine.recv(), engine.recv()
        push.send_multipart([b"a", b"b"])
        loop.until(lambda: first.done)  # noqa: B023
        loop.turn()
        assert not second.done
        collect(first)
        loop.until(lambda: second.done)  # noqa: B023
        assert second.result() == (b"b" if collect is Call.result else b"a")
        if collect is Call.abandon:
            assert engine.recv() == b"b"


def test_frames_that_are_sent_one_by_one_stay_together(loop: Any, engine_of: Make, sockets: Sockets) -> None:
    push, pull = sockets(zmq.PUSH), sockets(zmq.PULL)
    engine = engine_of(push)
    first, second = engine.send(b"a", zmq.SNDMORE), engine.send(b"c")
    first.on_wake = lambda: engine.send(b"b")
    push.bind("inproc://late")
    pull.connect("inproc://late")
    loop.until(lambda: first.done)
    assert pull.recv_multipart()[0] == b"a"
    loop.until(lambda: second.done)


def test_a_message_that_waits_for_its_peer_does_not_hold_up_others(
    loop: Any, engine_of: Make, sockets: Sockets
) -> None:
    router = sockets(zmq.ROUTER)
    router.router_mandatory = True
    router.sndhwm = 1
    router.bind("inproc://router")
    engine = engine_of(router)
    peers = {name: sockets(zmq.DEALER) for name in (b"slow", b"fast")}
    for name, dealer in peers.items():
        dealer.rcvhwm = 1
        dealer.routing_id = name
        dealer.connect("inproc://router")
        dealer.send(b"here")
        router.recv_multipart()
        while not isinstance(call := engine.send_multipart([name, b"full"]), Call):
            pass
        call.abandon()
    slow, fast = engine.send_multipart([b"slow", b"last"]), engine.send_multipart([b"fast", b"last"])
    while peers[b"fast"].recv() != b"last":
        loop.expire()
        loop.turn()
    assert fast.result() is None
    assert not slow.done
    assert engine.send_multipart([b"fast", b"more"]) is None  # nor those that come later
    slow.abandon()


def test_every_so_many_operations_of_a_kind_one_goes_through_the_loop(
    loop: Any, engine_of: Make, make_pair: Any
) -> None:
    one, other = make_pair(zmq.PAIR, zmq.PAIR)
    engine = engine_of(one, turn=10)
    waited = {"send": 0, "recv": 0, "poll": 0}
    for _ in range(100):
        other.send(b"")
        for name, operation in (("poll", engine.poll), ("recv", engine.recv), ("send", lambda: engine.send(b""))):
            call = operation()
            if isinstance(call, Call):
                waited[name] += 1
                loop.turn()
                call.result()
        other.recv()
    assert all(8 <= count <= 11 for count in waited.values()), waited


def test_an_adapter_may_see_to_the_turns_itself(engine_of: Make, make_pair: Any) -> None:
    one, other = make_pair(zmq.PAIR, zmq.PAIR)
    engine = engine_of(one, turn=0)
    for _ in range(2 * TURN):
        other.send(b"")
        assert engine.poll() == zmq.POLLIN
        assert engine.recv() == b""


# ---- the end of waiting


def test_a_call_that_is_abandoned_while_it_waits_is_not_done(loop: Any, pull_push: Any) -> None:
    engine, push = pull_push
    abandoned, waiting = engine.recv(), engine.recv()
    abandoned.abandon()
    push.send(b"message")
    loop.until(lambda: waiting.done)
    assert waiting.result() == b"message"
    assert abandoned.woken == 0
    abandoned.abandon()
    with pytest.raises(RuntimeError, match="abandoned"):
        abandoned.result()


@pytest.mark.parametrize("how", ["abandoned", "dropped"])
def test_a_message_that_is_not_collected_is_given_back(loop: Any, pull_push: Any, how: str, reclaim: Any) -> None:
    engine, push = pull_push
    calls = [engine.recv()]
    push.send(b"first")
    push.send(b"second")
    loop.until(lambda: calls[0].done)
    late = engine.recv()
    if how == "abandoned":
        calls[0].abandon()
        calls[0].abandon()
    else:
        calls.clear()
        reclaim()
    loop.until(lambda: late.done)
    assert late.result() == b"first"
    assert engine.recv() == b"second"


def test_a_poll_and_the_engine_tell_of_what_was_given_back(loop: Any, pull_push: Any) -> None:
    engine, push = pull_push
    call = engine.recv()
    push.send_multipart([b"a", b"b"])
    loop.until(lambda: call.done)
    polling = engine.poll(flags=zmq.POLLERR | zmq.POLLIN)
    call.abandon()
    assert engine._holds_message()
    assert engine.poll(0) == zmq.POLLIN
    assert polling == zmq.POLLIN or polling.result() == zmq.POLLIN
    assert [engine.recv(), engine._returned_more] == [b"a", True]
    assert [engine.recv(), engine._returned_more] == [b"b", None]
    assert not engine._holds_message()


def test_a_call_that_was_woken_for_is_abandoned_by_another(loop: Any, pull_push: Any) -> None:
    engine, push = pull_push
    first, second = engine.recv(), engine.recv()
    first.on_wake = second.abandon  # which has its message, but was not woken
    push.send(b"first")
    push.send(b"second")
    loop.until(lambda: first.woken)
    assert second.woken == 0
    assert first.result() == b"first"
    assert engine.recv() == b"second"


def test_an_abandoned_send_lets_the_next_be_tried(loop: Any, engine_of: Make, sockets: Sockets) -> None:
    push, pull = full_push(sockets)
    engine = engine_of(push)
    first, second = engine.send(b"1"), engine.send(b"2")
    first.abandon()
    assert loop.due
    while pull.recv() != b"2":
        loop.turn()
    loop.until(lambda: second.done)
    assert second.result() is None


def test_what_waits_too_long_ends_with_again_or_0(loop: Any, engine_of: Make, sockets: Sockets) -> None:
    socket = sockets(zmq.DEALER)
    engine = engine_of(socket)
    socket.rcvtimeo, socket.sndtimeo = 250, 500
    calls = [engine.recv(), engine.send(b""), engine.poll(750)]
    assert [timer.delay_s for timer in loop.pending_timers()] == [0.25, 0.5, 0.75]
    loop.expire()
    assert [call.woken for call in calls] == [1, 1, 1]
    for call in calls[:2]:
        with pytest.raises(zmq.Again):
            call.result()
    assert calls[2].result() == 0


def test_an_adapter_may_wait_longer_than_the_timeouts_of_the_socket(
    loop: Any, engine_of: Make, sockets: Sockets
) -> None:
    push, pull = full_push(sockets)
    sender, receiver = engine_of(push, timeouts=False), engine_of(sockets(zmq.PULL), timeouts=False)
    push.sndtimeo = receiver._socket().rcvtimeo = 0
    sending, receiving = sender.send(b"last"), receiver.recv()
    assert not loop.pending_timers()
    assert [sending.done, receiving.done] == [False, False]
    while pull.recv() != b"last":
        loop.turn()
    loop.until(lambda: sending.done)
    assert sending.result() is None
    with pytest.raises(zmq.Again):
        receiver.recv(zmq.NOBLOCK)


def test_what_is_there_when_the_time_is_up_is_received(loop: Any, pull_push: Any) -> None:
    engine, push = pull_push
    engine._socket().rcvtimeo = 250
    receiving = engine.recv()
    push.send(b"message")
    push.send(b"more")
    loop.expire()  # the loop was busy, and has not looked at its descriptors
    assert receiving.result() == b"message"
    assert engine.recv() == b"more"


@pytest.mark.parametrize("how", ["close", "terminate"])
def test_closing_and_terminating_fail_all_that_waits(loop: Any, engine_of: Make, how: str) -> None:
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        engine = engine_of(socket)
        calls = [engine.recv(), engine.send(b""), engine.poll()]
        if how == "close":
            socket.close()  # they are woken before this returns
        else:
            context.shutdown()
            loop.until(lambda: all(call.done for call in calls))
        assert [call.woken for call in calls] == [1, 1, 1]
        for call in calls:
            with pytest.raises(zmq.ZMQError) as caught:
                call.result()
            assert caught.value.errno == (zmq.ENOTSOCK if how == "close" else zmq.ETERM)
        assert not loop.pending_timers()
        assert not loop.hub.watched
        socket.close()


def test_when_a_caller_is_interrupted_the_others_are_woken_all_the_same(loop: Any, pull_push: Any) -> None:
    engine, push = pull_push
    first, second = engine.recv(), engine.recv()

    def fail() -> None:
        raise KeyboardInterrupt

    first.on_wake = fail
    push.send(b"first")
    push.send(b"second")
    with pytest.raises(KeyboardInterrupt):
        loop.until(lambda: first.done)
    loop.until(lambda: second.woken)
    assert (first.woken, second.woken) == (1, 1)


def test_those_that_have_ended_are_woken_though_code_of_the_program_raises_meanwhile(
    loop: Any, engine_of: Make, sockets: Sockets
) -> None:
    class Parts:
        interrupts = False

        def __iter__(self) -> Any:
            if self.interrupts:
                raise KeyboardInterrupt
            return iter([b"a", b"b"])

    push, pull = sockets(zmq.PUSH), sockets(zmq.PULL)
    engine, parts = engine_of(push), Parts()
    first, second = engine.send(b"first"), engine.send_multipart(parts)
    parts.interrupts = True
    push.bind("inproc://late")
    pull.connect("inproc://late")
    with pytest.raises(KeyboardInterrupt):
        loop.until(lambda: first.done)
    loop.due.popleft()
    parts.interrupts = False
    engine.ready()
    assert (first.woken, second.woken) == (1, 1)


@pytest.mark.pypy_skip("references are not counted")
def test_the_hub_keeps_what_waits_and_nothing_else(loop: Any, engine_of: Make, make_pair: Any) -> None:
    bound, push = make_pair(zmq.PULL, zmq.PUSH)
    socket: Any = zmq.Socket(shadow=bound)
    call = engine_of(socket).recv()
    assert loop.awaited == {call}
    push.send(b"message")
    loop.until(lambda: call.done)
    assert not loop.awaited
    call.result()
    socket._engine.recv().abandon()
    assert not loop.awaited
    engine = weakref.ref(socket._engine)
    assert engine() is not None
    socket._engine = None
    assert engine() is None
    assert not loop.hub.watched


def test_an_error_in_wake_is_reported_and_holds_up_nothing(
    loop: Any, sockets: Sockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", reported.append)
    socket = sockets(zmq.PULL)
    engine = CallEngine(socket, _get_running_loop, Call)  # whose wake() is abstract
    calls = [engine.recv(), engine.recv()]
    socket.close()
    assert [call.done for call in calls] == [True, True]
    assert [each.exc_type for each in reported] == [NotImplementedError, NotImplementedError]
    reported.clear()


@pytest.mark.pypy_skip("references are not counted")
@pytest.mark.parametrize("end", ["message", "timeout"])
def test_a_woken_caller_may_drop_the_socket_and_wait_for_the_end_of_its_context(end: str, loop: Any) -> None:
    context, peers = zmq.Context(), zmq.Context()
    with peers.socket(zmq.PUSH) as push:
        push.linger = 0
        port = push.bind_to_random_port("tcp://127.0.0.1")
        kept: list[Any] = [context.socket(zmq.PULL)]
        kept[0].connect(f"tcp://127.0.0.1:{port}")
        kept[0]._engine = CallEngine(kept[0], _get_running_loop, CountedCall)
        call = kept[0]._engine.poll(10)
        ended = threading.Event()

        def drop() -> None:
            kept.clear()
            thread = threading.Thread(target=context.term, daemon=True)
            thread.start()
            thread.join(30)
            if not thread.is_alive():
                ended.set()

        call.on_wake = drop
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # it is dropped
            if end == "timeout":
                loop.expire()
            else:
                push.send(b"message")
                loop.until(ended.is_set)
        assert ended.is_set()
    peers.term()
