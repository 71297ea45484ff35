"""The engine: operations wait for a socket in a loop, in order; nothing is lost, and no news is missed."""

from __future__ import annotations

import ctypes
import gc
import sys
import weakref
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

import zmq
from zmq.backend import futures, returned
from zmq.backend.engine import TURN
from zmq.backend.results import Done
from zmq.backend.watch import Watch

PYPY = sys.implementation.name == "pypy"

LoopPair: TypeAlias = Callable[[int, int], tuple[Any, zmq.Socket[bytes]]]


def dropped(socket: Any) -> None:
    """Receive, and drop the future."""
    socket.recv()
    if PYPY:
        gc.collect()


# ---- order


def test_what_is_there_is_received_at_once(loop: Any, loop_pair: LoopPair) -> None:
    pull, push = loop_pair(zmq.PULL, zmq.PUSH)
    push.send(b"first")
    push.send(b"second")
    assert pull.recv().result() == b"first"
    assert pull.recv().result() == b"second"
    assert not loop.due
    assert not loop.hub.watched


def test_receives_that_wait_end_in_the_order_of_their_calls(loop: Any, loop_pair: LoopPair) -> None:
    pull, push = loop_pair(zmq.PULL, zmq.PUSH)
    waiting = [pull.recv() for _ in range(3)]
    for number in range(4):
        push.send(b"%d" % number)
    late = pull.recv(zmq.NOBLOCK)  # one that cannot wait does not overtake
    assert [future.result() for future in waiting] == [b"0", b"1", b"2"]
    assert late.result() == b"3"


def test_a_receive_does_not_overtake_one_whose_task_has_not_gone_on(loop: Any, loop_pair: LoopPair) -> None:
    pull, push = loop_pair(zmq.PULL, zmq.PUSH)
    first = pull.recv()
    push.send(b"first")
    push.send(b"second")
    loop.until(first.done)
    second = pull.recv()
    assert not second.done()
    assert first.result() == b"first"
    loop.turn()
    assert second.result() == b"second"
    push.send(b"third")
    assert pull.recv().result() == b"third"


def test_nor_after_another_operation_has_ended_meanwhile(loop: Any, loop_pair: LoopPair) -> None:
    pull, push = loop_pair(zmq.PULL, zmq.PUSH)
    first = pull.recv()
    push.send(b"first")
    push.send(b"second")
    loop.until(first.done)
    polling = pull.poll(flags=zmq.POLLERR)
    polling.cancel()
    second = pull.recv()
    assert not second.done()
    assert first.result() == b"first"
    loop.until(second.done)


def test_sends_that_wait_go_out_in_order_and_are_not_overtaken(
    loop: Any, in_loop: Any, sockets: Callable[[int], zmq.Socket[bytes]]
) -> None:
    push, pull = sockets(zmq.PUSH), sockets(zmq.PULL)
    push.sndhwm = pull.rcvhwm = 1
    push.bind("inproc://full")
    pull.connect("inproc://full")
    sender = in_loop(push)
    sent = [sender.send(b"%d" % number) for number in range(5)]
    assert [future.done() for future in sent] == [True, True, False, False, False]
    assert isinstance(sender.send(b"never", zmq.NOBLOCK).exception(), zmq.Again)
    received: list[bytes] = []
    while len(received) < 5:
        received.append(pull.recv())
        loop.turn()
    assert received == [b"%d" % number for number in range(5)]
    assert all(future.done() for future in sent)


def test_those_that_wait_are_sent_before_one_that_cannot_wait(
    loop: Any, in_loop: Any, sockets: Callable[[int], zmq.Socket[bytes]]
) -> None:
    push, pull = sockets(zmq.PUSH), sockets(zmq.PULL)
    sender = in_loop(push)
    waiting = sender.send(b"first")
    pull.bind("inproc://late")
    push.connect("inproc://late")
    last = sender.send(b"last", zmq.NOBLOCK)
    assert waiting.result() is last.result() is None
    assert [pull.recv(), pull.recv()] == [b"first", b"last"]


def test_a_rep_may_begin_to_receive_before_it_has_replied(loop: Any, loop_pair: LoopPair) -> None:
    rep, req = loop_pair(zmq.REP, zmq.REQ)
    req.send(b"first")
    assert rep.recv().result() == b"first"
    waiting = rep.recv()
    assert not waiting.done()
    rep.send(b"reply").result()
    assert req.recv() == b"reply"
    req.send(b"second")
    loop.until(waiting.done)
    assert waiting.result() == b"second"


def test_every_so_many_operations_of_a_kind_one_goes_through_the_loop(loop: Any, loop_pair: LoopPair) -> None:
    one, other = loop_pair(zmq.PAIR, zmq.PAIR)
    done = {"send": 0, "recv": 0, "poll": 0}
    for _ in range(2 * TURN):
        other.send(b"")
        for name, operation in (("poll", one.poll), ("recv", one.recv), ("send", lambda: one.send(b""))):
            future = operation()
            done[name] += future.done()
            loop.until(future.done)
            future.result()
        other.recv()
    assert all(2 * TURN - 3 <= count < 2 * TURN for count in done.values()), done


# ---- waiting


def test_a_cancelled_receive_has_taken_nothing(loop: Any, loop_pair: LoopPair) -> None:
    pull, push = loop_pair(zmq.PULL, zmq.PUSH)
    cancelled, waiting = pull.recv(), pull.recv()
    assert cancelled.cancel()
    push.send(b"message")
    loop.until(waiting.done)
    assert waiting.result() == b"message"
    assert futures.waiting_for(pull, zmq.POLLIN) == []


def test_the_socket_is_watched_while_something_waits(loop: Any, loop_pair: LoopPair) -> None:
    pull, push = loop_pair(zmq.PULL, zmq.PUSH)
    waiting = pull.recv()
    assert [fd for fd, _ in loop.hub.watched.values()] == [pull.fd]
    assert not loop.pending_timers()
    push.send(b"message")
    loop.until(waiting.done)
    assert waiting.result() == b"message"
    pull.recv().cancel()
    push.send(b"news that nothing waits for")
    loop.turn()
    loop.turn()
    assert not loop.hub.watched


@pytest.mark.parametrize("refused", ["recv", "recv_multipart"])
def test_a_refused_receive_sleeps_until_there_is_something_each_time(
    loop: Any, loop_pair: LoopPair, refused: str
) -> None:
    one, other = loop_pair(zmq.PAIR, zmq.PAIR)
    receive = getattr(one, refused)
    for number in range(20):
        waiting = receive()
        assert not waiting.done()
        if number % 3 == 1:
            other.send(b"")
            one.send(b"").result()  # processes the command that says there is something
        elif number % 3 == 2:
            one.get(zmq.EVENTS)
            other.send(b"")
            assert one.get(zmq.EVENTS) & zmq.POLLIN
        else:
            other.send(b"")
        loop.until(waiting.done)
        assert waiting.result() in (b"", [b""])


def test_another_object_on_the_socket_does_not_eat_the_news(
    loop: Any, in_loop: Any, make_pair: Any, background: Any
) -> None:
    bound, other = make_pair(zmq.PAIR, zmq.PAIR)
    one = in_loop(bound)
    for use in (lambda: bound.get(zmq.EVENTS), lambda: bound.send(b"")):
        waiting = one.recv()
        other.send(b"message")
        background(use).result()
        assert loop.from_threads
        loop.until(waiting.done)
        assert waiting.result() == b"message"


def test_news_between_the_refusal_and_the_sleep_are_not_missed(loop: Any, in_loop: Any, make_pair: Any) -> None:
    bound, other = make_pair(zmq.PAIR, zmq.PAIR)
    one = in_loop(bound)
    waiting = one.recv()
    other.send(b"first")
    loop.until(waiting.done)
    assert waiting.result() == b"first"  # the socket is watched, and nothing waits

    def use() -> None:
        other.send(b"second")
        assert bound.get(zmq.EVENTS) & zmq.POLLIN  # and the descriptor does not tell of it any more

    loop.debug_is_asked = use  # while the future is made, after libzmq has refused
    waiting = one.recv()
    loop.debug_is_asked = bool
    loop.turn()
    assert waiting.result() == b"second"


def test_a_foreign_socket_is_looked_at_from_time_to_time(
    loop: Any, in_loop: Any, context: zmq.Context[Any], sockets: Any, system_libzmq: ctypes.CDLL
) -> None:
    system_libzmq.zmq_socket.restype = ctypes.c_void_p
    system_libzmq.zmq_socket.argtypes = [ctypes.c_void_p, ctypes.c_int]
    system_libzmq.zmq_close.argtypes = [ctypes.c_void_p]
    address = system_libzmq.zmq_socket(context.underlying, int(zmq.PULL))
    try:
        pull, push = in_loop(zmq.Socket.shadow(address)), sockets(zmq.PUSH)
        push.bind("inproc://foreign")
        pull.connect("inproc://foreign")
        waiting = pull.recv()
        assert len(loop.pending_timers()) == 1
        loop.expire()
        assert len(loop.pending_timers()) == 1
        push.send(b"message")
        loop.expire()
        assert waiting.result() == b"message"
    finally:
        system_libzmq.zmq_close(address)


def test_two_that_a_full_socket_refuses_do_not_keep_the_loop_busy(
    loop: Any, in_loop: Any, sockets: Callable[[int], zmq.Socket[bytes]]
) -> None:
    xpub, sub = sockets(zmq.XPUB), sockets(zmq.SUB)
    xpub.xpub_nodrop = True  # says that it is ready, and refuses
    xpub.sndhwm = sub.rcvhwm = 1
    xpub.bind("inproc://full")
    sub.subscribe(b"")
    sub.connect("inproc://full")
    assert xpub.recv() == b"\x01"
    one, other = in_loop(xpub), in_loop(xpub)
    waiting = [one.send(b"1")]
    while waiting[-1].done():
        waiting.append(one.send(b"1"))
    waiting.append(other.send(b"2"))
    for _ in range(10):
        loop.turn()
    assert not loop.due
    while not all(future.done() for future in waiting):
        sub.recv(zmq.NOBLOCK)
        loop.expire()
        loop.turn()


def test_a_lone_sender_that_a_full_socket_refuses_sleeps_until_there_is_room(
    loop: Any, in_loop: Any, sockets: Callable[[int], zmq.Socket[bytes]]
) -> None:
    xpub, sub = sockets(zmq.XPUB), sockets(zmq.SUB)
    xpub.xpub_nodrop = True  # says that it is ready, and refuses
    xpub.sndhwm = sub.rcvhwm = 1
    xpub.bind("inproc://full")
    sub.subscribe(b"")
    sub.connect("inproc://full")
    assert xpub.recv() == b"\x01"
    sender = in_loop(xpub)
    waiting = sender.send(b"")
    while waiting.done():
        waiting = sender.send(b"")
    for _ in range(10):
        loop.turn()
    assert not loop.due
    assert not loop.pending_timers()
    while not waiting.done():
        sub.recv(zmq.NOBLOCK)
        loop.turn()


def test_what_another_watcher_does_during_a_try_is_not_missed(loop: Any, in_loop: Any, make_pair: Any) -> None:
    bound, other = make_pair(zmq.PAIR, zmq.PAIR)
    one = in_loop(bound)
    used: list[int] = []

    def use() -> None:
        other.send(b"message")
        used.append(bound.get(zmq.EVENTS))  # and the descriptor does not tell of the message any more

    watch = Watch(bound, use)
    waiting = one.recv()
    watch.interest = zmq.POLLOUT
    one._engine.ready()  # a try of the engine may be news to the other watcher, which uses the socket
    if not used:
        use()
    loop.turn()
    watch.close()
    assert waiting.result() == b"message"


def test_a_cancelled_send_lets_the_next_be_tried(
    loop: Any, in_loop: Any, sockets: Callable[[int], zmq.Socket[bytes]]
) -> None:
    router = sockets(zmq.ROUTER)
    router.router_mandatory = True
    router.sndhwm = 1
    router.bind("inproc://router")
    peers = {name: sockets(zmq.DEALER) for name in (b"full", b"free")}
    for name, dealer in peers.items():
        dealer.rcvhwm = 1
        dealer.routing_id = name
        dealer.connect("inproc://router")
        dealer.send(b"here")
        router.recv_multipart()
    sender = in_loop(router)
    first = sender.send_multipart([b"full", b""])
    while first.done():
        first = sender.send_multipart([b"full", b""])
    second = sender.send_multipart([b"free", b"message"])
    assert not second.done()
    first.cancel()
    loop.turn()
    assert second.result() is None
    assert peers[b"free"].recv() == b"message"


def test_where_no_descriptor_is_left_it_looks_from_time_to_time(loop: Any, loop_pair: LoopPair) -> None:
    def none_left() -> None:
        raise OSError(24, "too many open files")

    loop.hub.before_watch = none_left
    pull, push = loop_pair(zmq.PULL, zmq.PUSH)
    waiting = pull.recv()
    loop.expire()
    assert not waiting.done()
    assert len(loop.pending_timers()) == 1
    push.send(b"message")
    loop.expire()
    assert waiting.result() == b"message"
    assert not loop.pending_timers()
    waiting = pull.recv()
    pull.close()
    assert waiting.cancelled()
    assert not loop.pending_timers()


def test_closing_the_socket_ends_all_that_waits_at_once(loop: Any, loop_pair: LoopPair) -> None:
    pull, _ = loop_pair(zmq.PULL, zmq.PUSH)
    waiting = [pull.recv(), pull.recv(), pull.poll(), pull.poll(1000)]
    pull.close()
    assert all(future.cancelled() for future in waiting)
    assert not loop.pending_timers()
    assert not loop.hub.watched
    assert not loop.hub.awaited


def test_a_terminated_context_fails_all_that_waits(loop: Any, in_loop: Any) -> None:
    with zmq.Context() as context, context.socket(zmq.PULL) as plain:
        pull = in_loop(plain)
        waiting = [pull.recv(), pull.poll()]
        context.shutdown()
        loop.until(lambda: all(future.done() for future in waiting))
        assert {type(future.exception()) for future in waiting} == {zmq.ContextTerminated}


# ---- time limits


def test_a_receive_ends_with_again_after_rcvtimeo_milliseconds(loop: Any, loop_pair: LoopPair) -> None:
    pull, push = loop_pair(zmq.PULL, zmq.PUSH)
    pull.rcvtimeo = 250
    waiting = pull.recv()
    assert [timer.delay_s for timer in loop.pending_timers()] == [0.25]
    loop.expire()
    assert isinstance(waiting.exception(), zmq.Again)
    push.send(b"message")
    assert pull.recv().result() == b"message"


def test_a_poll_ends_with_0_after_its_timeout(loop: Any, loop_pair: LoopPair) -> None:
    pull, _ = loop_pair(zmq.PULL, zmq.PUSH)
    waiting = pull.poll(250)
    assert [timer.delay_s for timer in loop.pending_timers()] == [0.25]
    loop.expire()
    assert waiting.result() == 0
    assert futures.waiting_for(pull, zmq.POLLIN) == []


def test_what_ends_in_time_cancels_its_timer(loop: Any, loop_pair: LoopPair) -> None:
    pull, push = loop_pair(zmq.PULL, zmq.PUSH)
    pull.rcvtimeo = 250
    waiting, polling, cancelled = pull.recv(), pull.poll(250), pull.recv()
    assert len(loop.pending_timers()) == 3
    cancelled.cancel()
    push.send(b"message")
    push.send(b"another")
    loop.until(lambda: waiting.done() and polling.done())
    assert not loop.pending_timers()


# ---- loops


def test_it_moves_to_another_loop_when_nothing_waits(loop: Any, loop_pair: LoopPair) -> None:
    from asyncio.events import _set_running_loop

    pull, push = loop_pair(zmq.PULL, zmq.PUSH)
    waiting = pull.recv()
    other = type(loop)()
    _set_running_loop(other)
    with pytest.raises(RuntimeError, match="in use"):
        pull.recv()
    loop.closed = True
    push.send(b"message")
    assert pull.recv().result() == b"message"
    assert not waiting.done()  # it never will be
    assert not loop.hub.watched
    waiting = pull.recv()
    loop.turn()  # what was due there has nothing to do with the socket any more
    assert other.hub.watched
    push.send(b"message")
    other.until(waiting.done)


def test_a_run_that_was_scheduled_in_the_old_loop_does_nothing_in_the_new_one(loop: Any, loop_pair: LoopPair) -> None:
    from asyncio.events import _set_running_loop

    pull, push = loop_pair(zmq.PULL, zmq.PUSH)
    first = pull.recv()
    push.send(b"first")
    loop.until(first.done)
    scheduled = pull.recv()
    assert loop.due
    scheduled.cancel()
    assert first.result() == b"first"
    other = type(loop)()
    _set_running_loop(other)
    waiting = pull.recv()
    push.send(b"second")
    _set_running_loop(loop)
    loop.turn()
    assert not waiting.done()
    _set_running_loop(other)
    other.until(waiting.done)
    assert waiting.result() == b"second"


@pytest.mark.pypy_skip("cycles of C code are not collected")
def test_a_socket_that_another_thread_drops_is_watched_no_more(
    loop: Any, make_pair: Any, in_loop: Any, background: Any
) -> None:
    bound, _ = make_pair(zmq.PULL, zmq.PUSH)
    kept = [type(in_loop(bound))(shadow=bound)]
    dropped(kept[0])
    assert loop.hub.watched

    def drop() -> None:
        kept.clear()
        gc.collect()

    background(drop).result()
    assert loop.hub.watched  # the hub belongs to the thread of the loop
    loop.turn()
    assert not loop.hub.watched


@pytest.mark.pypy_skip("cycles of C code are not collected")
def test_nothing_keeps_a_socket_for_which_no_caller_waits(loop: Any, make_pair: Any, in_loop: Any) -> None:
    bound, _ = make_pair(zmq.PULL, zmq.PUSH)
    socket = type(in_loop(bound))(shadow=bound)
    dropped(socket)
    reference, of_engine = weakref.ref(socket), weakref.ref(socket._engine)
    assert loop.hub.watched
    del socket
    gc.collect()
    assert reference() is None
    assert of_engine() is None
    assert not loop.hub.watched


# ---- messages given back


def test_a_dropped_message_is_received_next(loop: Any, loop_pair: LoopPair) -> None:
    pull, push = loop_pair(zmq.PULL, zmq.PUSH)
    dropped(pull)  # one that waits
    for number in range(6):
        push.send(b"%d" % number)
    loop.turn()
    dropped(pull)
    dropped(pull)
    assert pull.get(zmq.EVENTS)
    assert [pull.recv().result() for _ in range(6)] == [b"%d" % number for number in range(6)]


def test_messages_come_back_in_the_order_in_which_they_came(loop: Any, loop_pair: LoopPair, reclaim: Any) -> None:
    pull, push = loop_pair(zmq.PULL, zmq.PUSH)
    waiting = [pull.recv_multipart() for _ in range(3)]
    for number in range(4):
        push.send(b"%d" % number)
    loop.until(waiting[2].done)
    del waiting[1]
    del waiting[1]
    del waiting[0]
    reclaim()
    assert [pull.recv().result() for _ in range(4)] == [b"0", b"1", b"2", b"3"]


def test_frames_of_a_message_that_came_back_may_be_received_one_by_one(
    loop: Any, loop_pair: LoopPair, reclaim: Any
) -> None:
    pull, push = loop_pair(zmq.PULL, zmq.PUSH)
    waiting = pull.recv_multipart()
    push.send_multipart([b"a", b"b", b"c"])
    push.send(b"next")
    loop.until(waiting.done)
    del waiting
    reclaim()
    assert [pull.recv().result(), pull._engine._returned_more] == [b"a", True]
    buffer = bytearray(1)
    assert pull.recv_into(buffer).result() == 1
    assert buffer == b"b"
    assert [pull.recv(copy=False).result().bytes, pull._engine._returned_more] == [b"c", False]
    assert [pull.recv_multipart().result(), pull._engine._returned_more] == [[b"next"], None]
    push.send(b"at once, as if nothing had come back")
    assert isinstance(pull.recv(), Done)


def test_frames_of_one_message_come_before_those_of_the_next(loop: Any, loop_pair: LoopPair, reclaim: Any) -> None:
    pull, push = loop_pair(zmq.PULL, zmq.PUSH)
    waiting = [pull.recv_multipart() for _ in range(2)]
    push.send_multipart([b"a", b"z", b"z"])
    push.send(b"b")
    loop.until(waiting[1].done)
    waiting.clear()
    reclaim()
    assert [pull.recv().result() for _ in range(4)] == [b"a", b"z", b"z", b"b"]


def test_a_frame_that_came_back_is_joined_with_the_rest_of_its_message(
    loop: Any, loop_pair: LoopPair, reclaim: Any
) -> None:
    pull, push = loop_pair(zmq.PULL, zmq.PUSH)
    waiting = pull.recv()
    push.send_multipart([b"a", b"b", b"c"])
    loop.until(waiting.done)
    del waiting
    reclaim()
    assert pull.recv_multipart().result() == [b"a", b"b", b"c"]


def test_a_poll_finds_a_message_that_came_back(loop: Any, loop_pair: LoopPair, reclaim: Any) -> None:
    pull, push = loop_pair(zmq.PULL, zmq.PUSH)
    push.send(b"message")
    received = pull.recv()
    polling = pull.poll()
    assert not polling.done()
    del received
    reclaim()
    loop.turn()
    assert polling.result() == zmq.POLLIN
    assert pull.poll(0).result() == zmq.POLLIN
    assert pull.recv().result() == b"message"


def test_a_poll_tells_of_the_events_that_it_waits_for_alone(loop: Any, loop_pair: LoopPair) -> None:
    one, other = loop_pair(zmq.PAIR, zmq.PAIR)
    polling = one.poll(flags=zmq.POLLIN)
    other.send(b"message")
    loop.until(polling.done)
    assert polling.result() == zmq.POLLIN
    assert one.poll(flags=zmq.POLLOUT).result() == zmq.POLLOUT


def test_a_poll_does_not_end_for_a_message_that_a_receive_takes(loop: Any, loop_pair: LoopPair) -> None:
    pull, push = loop_pair(zmq.PULL, zmq.PUSH)
    polling, receiving = pull.poll(), pull.recv()
    push.send(b"message")
    loop.until(receiving.done)
    assert not polling.done()
    push.send(b"another")
    loop.until(polling.done)
    assert polling.result() == zmq.POLLIN


def test_a_receive_that_waits_gets_a_message_that_comes_back(loop: Any, loop_pair: LoopPair, reclaim: Any) -> None:
    pull, push = loop_pair(zmq.PULL, zmq.PUSH)
    push.send(b"message")
    received = pull.recv()
    waiting = pull.recv()
    assert not waiting.done()
    del received
    reclaim()
    loop.turn()
    assert waiting.result() == b"message"


def test_a_message_that_the_collector_gives_back_between_the_refusal_and_the_sleep_is_delivered(
    loop: Any, loop_pair: LoopPair
) -> None:
    pull, push = loop_pair(zmq.PULL, zmq.PUSH)
    pull.recv().cancel()  # it is watched from now on
    push.send(b"message")
    cycle: list[Any] = [pull.recv()]
    cycle.append(cycle)
    gc.disable()
    try:
        del cycle
        loop.debug_is_asked = gc.collect  # while the future is made, after libzmq has refused
        waiting = pull.recv()
    finally:
        gc.enable()
    loop.turn()
    assert waiting.result() == b"message"


@pytest.mark.pypy_skip("references are not counted")
def test_news_that_come_while_the_watching_begins_are_not_missed(loop: Any, loop_pair: LoopPair, reclaim: Any) -> None:
    pull, push = loop_pair(zmq.PULL, zmq.PUSH)
    push.send(b"message")
    kept = [pull.recv()]
    loop.hub.before_watch = kept.clear
    waiting = pull.recv()
    loop.turn()
    assert waiting.result() == b"message"


@pytest.mark.pypy_skip("references are not counted")
def test_pollers_look_for_messages_that_came_back_only_while_there_are_any(loop: Any, loop_pair: LoopPair) -> None:
    pull, push = loop_pair(zmq.PULL, zmq.PUSH)
    kept = [pull.recv(), pull.recv()]
    for message in (b"first", b"second"):
        push.send(message)
    loop.until(kept[1].done)
    assert not returned.holding
    kept.clear()
    assert returned.holding
    assert pull.recv().result() == b"first"
    assert returned.holding
    assert pull.recv().result() == b"second"
    assert not returned.holding


@pytest.mark.pypy_skip("references are not counted")
def test_messages_of_a_collected_socket_leave_no_trace(loop: Any, make_pair: Any, in_loop: Any) -> None:
    bound, push = make_pair(zmq.PULL, zmq.PUSH)
    socket = type(in_loop(bound))(shadow=bound)
    for _ in range(3):
        push.send(b"message")
    assert socket.recv().result() == b"message"
    kept = socket.recv()
    dropped(socket)
    reference = weakref.ref(socket._engine)
    gc.disable()
    try:
        del socket
        del kept
        assert reference() is None  # without the collector's help
    finally:
        gc.enable()
    assert not returned.holding


# ---- interruptions


class Interrupted(BaseException):
    """What a signal handler raises."""


def test_an_interruption_while_a_message_is_delivered_loses_nothing(loop: Any, loop_pair: LoopPair) -> None:
    pull, push = loop_pair(zmq.PULL, zmq.PUSH)
    call_soon = loop.call_soon

    def interrupt(*args: Any, **kwargs: Any) -> None:
        loop.call_soon = call_soon
        raise Interrupted

    first, second = pull.recv(), pull.recv()
    first.add_done_callback(bool)
    push.send(b"first")
    push.send(b"second")
    loop.call_soon = interrupt
    with pytest.raises(Interrupted):
        pull._engine.ready()
    assert first.result() == b"first"
    loop.until(second.done)
    assert second.result() == b"second"


def test_what_waits_goes_on_after_code_of_the_program_has_raised(loop: Any, in_loop: Any, sockets: Any) -> None:
    class Parts:
        interrupts = False

        def __iter__(self) -> Any:
            if self.interrupts:
                raise Interrupted
            return iter([b"a", b"b"])

    push, pull = in_loop(sockets(zmq.PUSH)), sockets(zmq.PULL)
    parts = Parts()
    waiting = push.send_multipart(parts)
    assert not waiting.done()
    parts.interrupts = True
    push.bind("inproc://late")
    pull.connect("inproc://late")
    with pytest.raises(Interrupted):
        loop.until(waiting.done)
    parts.interrupts = False
    loop.expire()
    loop.until(waiting.done)
    assert pull.recv_multipart() == [b"a", b"b"]


def test_code_of_the_program_may_end_the_operation_that_runs_it(loop: Any, in_loop: Any, sockets: Any) -> None:
    class Parts:
        waiting: Any = None

        def __iter__(self) -> Any:
            if self.waiting is not None:
                self.waiting.cancel()
            return iter([b"a", b"b"])

    push, pull = in_loop(sockets(zmq.PUSH)), sockets(zmq.PULL)
    parts = Parts()
    first, second = push.send_multipart(parts), push.send(b"second")
    parts.waiting = first
    push.bind("inproc://late")
    pull.connect("inproc://late")
    loop.until(second.done)
    assert first.cancelled()
    assert second.result() is None
