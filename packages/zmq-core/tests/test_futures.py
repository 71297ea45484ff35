"""The futures of operations: asyncio's in every way, though most are never initialized as such."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import json
import sys
import sysconfig
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import pytest

import zmq
from zmq.backend.engine import TURN, Delivery
from zmq.backend.results import LAZY, Done, Pending, Receiving

LoopPair: TypeAlias = Callable[[int, int], tuple[Any, zmq.Socket[bytes]]]


@pytest.fixture
def pull(loop_pair: LoopPair) -> tuple[Any, zmq.Socket[bytes]]:
    """A PULL that was used in the loop, with nothing to receive, and its PUSH."""
    pull, push = loop_pair(zmq.PULL, zmq.PUSH)
    push.send(b"first")
    pull.recv().result()
    return pull, push


async def receive(receiving: Any) -> Any:
    return await receiving


def await_twice(loop: Any, socket: Any) -> tuple[Any, list[Any]]:
    """Return a receive that waits, and two tasks that await it."""
    receiving = socket.recv()
    tasks = [asyncio.Task(receive(receiving), loop=loop) for _ in range(2)]
    loop.turn()
    return receiving, tasks


def raise_in_a_handler(_: Any) -> None:
    try:
        int("x")
    except ValueError:
        raise LookupError("no good")  # noqa: B904  # the context is the point


Pull: TypeAlias = "tuple[Any, zmq.Socket[bytes]]"


# ---- await


@pytest.mark.parametrize("waits", [False, True])
def test_await_returns_the_message(loop: Any, pull: Pull, waits: bool) -> None:
    socket, push = pull
    if waits:
        task: Any = asyncio.Task(receive(socket.recv()), loop=loop)
        loop.turn()
        push.send(b"message")
        loop.until(task.done)
        assert task.result() == b"message"
    else:
        push.send(b"message")
        assert loop.run(receive(socket.recv())) == b"message"


@pytest.mark.parametrize("end", [next, lambda iterator: iterator.send(None)])
def test_the_iterator_of_await_ends_once(pull: Pull, end: Callable[[Any], Any]) -> None:
    socket, push = pull
    push.send(b"message")
    iterator = socket.recv().__await__()
    assert iter(iterator) is iterator
    with pytest.raises(StopIteration) as stop:
        end(iterator)
    assert stop.value.value == b"message"
    for _ in range(3):
        with pytest.raises(StopIteration) as stop:
            end(iterator)
        assert stop.value.value is None


def test_the_iterator_of_await_can_be_closed_and_thrown_into(pull: Pull, reclaim: Any) -> None:
    socket, push = pull
    push.send(b"message")
    iterator = socket.recv().__await__()
    with pytest.raises(KeyError):
        iterator.throw(KeyError)
    iterator.close()
    reclaim()
    assert socket.recv().result() == b"message"


def test_two_tasks_that_await_one_future_get_the_message_once_each(loop: Any, pull: Pull) -> None:
    socket, push = pull
    _, tasks = await_twice(loop, socket)
    push.send(b"message")
    loop.until(lambda: all(task.done() for task in tasks))
    assert [task.result() for task in tasks] == [b"message", b"message"]


@pytest.mark.parametrize("cancelled", [0, 1])
def test_a_message_that_one_of_two_tasks_has_got_is_not_given_back(loop: Any, pull: Pull, cancelled: int) -> None:
    socket, push = pull
    receiving, tasks = await_twice(loop, socket)
    push.send(b"message")
    loop.until(receiving.done)
    tasks[cancelled].cancel()
    loop.until(lambda: all(task.done() for task in tasks))
    assert tasks[cancelled].cancelled()
    assert tasks[1 - cancelled].result() == b"message"
    assert isinstance(socket.recv(zmq.NOBLOCK).exception(), zmq.Again)


def test_a_message_whose_tasks_are_all_cancelled_is_given_back(loop: Any, pull: Pull) -> None:
    socket, push = pull
    receiving, tasks = await_twice(loop, socket)
    push.send(b"message")
    loop.until(receiving.done)
    for task in tasks:
        task.cancel()
    loop.until(lambda: all(task.done() for task in tasks))
    assert receiving.cancelled()
    assert "cancelled" in repr(receiving)
    assert socket.recv().result() == b"message"


@pytest.mark.pypy_skip("references are not counted")
def test_a_coroutine_that_is_closed_while_it_waits_takes_nothing(loop: Any, pull: Pull) -> None:
    socket, push = pull
    coroutine = receive(socket.recv())
    assert asyncio.isfuture(coroutine.send(None))
    coroutine.close()
    del coroutine
    push.send(b"message")
    assert loop.run(receive(socket.recv())) == b"message"


def test_an_iterator_that_is_dropped_gives_its_message_back_each_time(loop: Any, pull: Pull, reclaim: Any) -> None:
    socket, push = pull
    for _ in range(3):
        receiving = socket.recv()
        iterator = receiving.__await__()
        next(iterator)
        push.send(b"message")
        loop.until(receiving.done)
        del iterator
        reclaim()
        assert receiving.cancelled()
        assert socket.recv().result() == b"message"


# ---- results made of messages


@pytest.mark.parametrize("waits", [False, True])
def test_a_load_that_raises_stop_iteration_fails(loop: Any, pull: Pull, waits: bool) -> None:
    def load(_: Any) -> None:
        raise StopIteration("looks like a result")

    socket, push = pull
    if not waits:
        push.send(b"message")
    task: Any = asyncio.Task(receive(socket.recv_serialized(load)), loop=loop)
    loop.turn()
    if waits:
        push.send(b"message")
    loop.until(task.done)
    assert isinstance(task.exception(), RuntimeError)
    assert isinstance(task.exception().__cause__, StopIteration)


def test_the_error_of_a_load_keeps_its_context(loop: Any, pull: Pull) -> None:
    socket, push = pull
    push.send(b"message")
    task: Any = asyncio.Task(receive(socket.recv_serialized(raise_in_a_handler)), loop=loop)
    loop.until(task.done)
    assert isinstance(task.exception(), LookupError)
    assert isinstance(task.exception().__context__, ValueError)


@pytest.mark.parametrize("ask", ["exception", "result"])
def test_a_message_that_cannot_be_loaded_is_taken(loop: Any, pull: Pull, ask: str) -> None:
    socket, push = pull
    receiving = socket.recv_json()
    push.send(b"{")
    push.send(b"next")
    loop.until(receiving.done)
    if ask == "exception":
        assert isinstance(receiving.exception(), ValueError)
    for _ in range(2):
        with pytest.raises(json.JSONDecodeError):
            receiving.result()
    assert socket.recv().done()  # at once: no delivered message is left that it must not overtake


def test_a_message_is_loaded_once(loop: Any, pull: Pull) -> None:
    socket, push = pull
    for receiving in (socket.recv_json(), socket.recv_json()):
        push.send(b"[1]")
        loop.until(receiving.done)
        assert receiving.exception() is None
        assert receiving.result() is receiving.result() is loop.run(receive(receiving))


# ---- futures that are used again


needs_reference_counts = pytest.mark.skipif(
    not hasattr(sys, "getrefcount") or bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    reason="no count tells here that no other code has the future",
)


@needs_reference_counts
@pytest.mark.skipif(not LAZY, reason="the futures of this program are in Python")
def test_the_future_of_a_send_that_no_caller_has_is_used_again(loop: Any, in_loop: Any, make_pair: Any) -> None:
    push = in_loop(make_pair(zmq.PUSH, zmq.PULL)[0])
    push.send(b"")
    sent = id(push.send(b""))
    others: list[Any] = [asyncio.Future(loop=loop) for _ in range(100)]  # one of them would be where it was
    assert id(push.send(b"")) == sent
    assert others


def awaited(operation: Callable[[], Any], ids: list[int] | None = None) -> Any:
    """Return the message of a receive that can be done at once, as a task gets it; note the id of its future."""

    async def work() -> Any:
        if ids is None:
            return await operation()
        future = operation()
        ids.append(id(future))
        return await future

    with pytest.raises(StopIteration) as stop:
        work().send(None)
    return stop.value.value


@needs_reference_counts
@pytest.mark.skipif(not LAZY, reason="the futures of this program are in Python")
@pytest.mark.parametrize("size", [1, 10_000])
@pytest.mark.parametrize("name", ["recv", "recv_multipart"])
def test_the_future_of_a_receive_that_only_its_await_had_is_used_again(pull: Pull, name: str, size: int) -> None:
    socket, push = pull
    for _ in range(4):
        push.send(bytes(size))
    operation = getattr(socket, name)
    awaited(operation)  # the first one finds out which loop it is in
    ids: list[int] = []
    others: list[Any] = []
    for _ in range(3):
        assert awaited(operation, ids) in (bytes(size), [bytes(size)])
        others += [asyncio.Future() for _ in range(100)]  # one of them would be where it was
    assert len(set(ids)) == 1


@pytest.mark.parametrize("collected", [False, True])
def test_futures_that_are_used_again_give_their_messages_back(pull: Pull, reclaim: Any, collected: bool) -> None:
    socket, push = pull
    messages = [b"%d" % number for number in range(30)]  # more than are kept for that
    for message in messages:
        push.send(message)
    cycle: list[Any] = []
    cycle += [socket.recv() for _ in messages]
    assert [future.result() for future in cycle] == messages
    if collected:  # by the garbage collector, which calls each __del__ once
        cycle.append(cycle)
    del cycle
    gc.collect()
    for message in messages:
        push.send(message)
    dropped = [socket.recv() for _ in messages]
    del dropped
    reclaim()
    assert [socket.recv().result() for _ in messages] == messages


@needs_reference_counts
def test_what_is_kept_to_be_used_again_is_not_seen(pull: Pull) -> None:
    socket, push = pull
    push.send(b"")
    awaited(socket.recv)
    assert not [future for future in gc.get_objects() if type(future) is Done]


@pytest.mark.pypy_skip("the attributes of its futures take any value")
@pytest.mark.parametrize("value", [None, 5, Delivery.__new__(Delivery)])
def test_a_program_that_replaces_a_message_gets_an_error(pull: Pull, value: Any) -> None:
    socket, push = pull
    for _ in range(2):
        push.send(b"")
    awaited(socket.recv)
    future = socket.recv()
    future._message = value
    with pytest.raises(TypeError):
        awaited(lambda: future)
    del future._message


def test_a_future_that_its_caller_keeps_after_its_await_is_not(pull: Pull) -> None:
    socket, push = pull
    for number in range(4):
        push.send(b"%d" % number)
    awaited(socket.recv)
    kept: list[Any] = []

    def receive_and_keep() -> Any:
        kept.append(socket.recv())
        return kept[-1]

    for _ in range(3):
        awaited(receive_and_keep)
    assert [future.result() for future in kept] == [b"1", b"2", b"3"]


@pytest.mark.pypy_skip("what refers to an object is not told")
@pytest.mark.parametrize(("copy", "size"), [(True, 10_000), (False, 10)])
def test_the_future_of_a_large_message_or_of_a_frame_is_not_kept(pull: Pull, copy: bool, size: int) -> None:
    socket, push = pull
    push.send(b"")
    awaited(socket.recv)
    for operation in (socket.recv, socket.recv_multipart):
        push.send(bytes(size))
        message = awaited(partial(operation, copy=copy))
        assert not [kept for kept in gc.get_referrers(message) if isinstance(kept, Delivery)]


@pytest.mark.pypy_skip("what refers to an object is not told")
def test_a_list_is_not_kept_since_the_program_may_put_anything_into_it(pull: Pull) -> None:
    socket, push = pull
    push.send(b"")
    awaited(socket.recv)
    push.send_multipart([b"address", b"request"])
    message = awaited(socket.recv_multipart)
    assert not [kept for kept in gc.get_referrers(message) if isinstance(kept, Delivery)]


@pytest.mark.pypy_skip("what refers to an object is not told")
def test_a_large_message_is_not_kept_because_its_result_is_small(pull: Pull) -> None:
    socket, push = pull
    push.send(b"")
    awaited(socket.recv)
    messages: list[Any] = []

    def first_frame(message: Any) -> Any:
        messages.append(message)
        return message[0]

    push.send_multipart([b"small", bytes(10_000)])
    assert awaited(partial(socket.recv_serialized, first_frame)) == b"small"
    assert not [kept for kept in gc.get_referrers(messages[0]) if isinstance(kept, Delivery)]


@pytest.mark.pypy_skip("references are not counted")
def test_a_receive_that_a_weak_reference_refers_to_is_dropped_after_its_await(loop: Any, pull: Pull) -> None:
    socket, push = pull
    push.send(b"message")
    gone: list[Any] = []
    receiving = socket.recv()
    reference = weakref.ref(receiving, gone.append)
    iterator = receiving.__await__()
    del receiving
    with pytest.raises(StopIteration):
        next(iterator)
    assert gone == [reference]


def test_a_send_that_a_weak_reference_refers_to_is_not_used_again(loop: Any, in_loop: Any, make_pair: Any) -> None:
    push = in_loop(make_pair(zmq.PUSH, zmq.PULL)[0])
    push.send(b"")
    reference = weakref.ref(push.send(b""))
    assert push.send(b"") is not reference()


def test_a_future_that_was_given_attributes_is_not_used_again(loop: Any, in_loop: Any, make_pair: Any) -> None:
    one, other = make_pair(zmq.PAIR, zmq.PAIR)
    socket = in_loop(one)
    for _ in range(3):
        other.send(b"message")
    for operation in (socket.recv, lambda: socket.send(b"")):
        operation().result()
        future = operation()
        future.tag = "mine"
        iterator = future.__await__()
        del future
        with pytest.raises(StopIteration):
            next(iterator)
        del iterator
        assert not hasattr(operation(), "tag")


def test_a_message_that_was_taken_is_not_kept(loop: Any, pull: Pull) -> None:
    class Loaded:
        pass

    socket, push = pull

    def take_as_real_one(future: Any) -> Any:
        assert repr(future)
        return future.result()

    takes: list[Callable[[Any], Any]] = [
        lambda future: future.result(),
        lambda future: loop.run(receive(future)),
        take_as_real_one,
    ]
    for take in takes:
        push.send(b"message")
        receiving = socket.recv_serialized(lambda _: Loaded())
        reference = weakref.ref(take(receiving))
        del receiving
        gc.collect()
        assert reference() is None


@pytest.mark.pypy_skip("references are not counted")
@pytest.mark.parametrize("kind", ["recv", "recv_into", "poll", "no message", "no room"])
def test_futures_that_are_done_are_freed_without_the_collector(
    loop: Any, loop_pair: LoopPair, in_loop: Any, kind: str
) -> None:
    socket, other = loop_pair(zmq.PAIR, zmq.PAIR)
    lonely = in_loop(zmq.PUSH)
    operations: dict[str, Callable[[], Any]] = {
        "recv": socket.recv,
        "recv_into": lambda: socket.recv_into(bytearray(1)),
        "poll": lambda: socket.poll(0),
        "no message": lambda: socket.recv(zmq.NOBLOCK),
        "no room": lambda: lonely.send(b"", zmq.NOBLOCK),
    }
    gc.collect()
    gc.disable()
    try:
        for ready in (True, False):
            if ready and kind.startswith("recv"):
                other.send(b"x")
            future = operations[kind]()
            if not future.done():
                other.send(b"x")
                loop.until(future.done)
            future.exception()
            reference = weakref.ref(future)
            del future
            assert reference() is None
    finally:
        gc.enable()


@pytest.mark.pypy_skip("references are not counted")
def test_a_buffer_is_released_when_the_receive_into_it_is_done(loop: Any, pull: Pull) -> None:
    socket, push = pull
    for waits in (False, True):
        buffer = bytearray(4)
        if not waits:
            push.send(b"abcd")
        receiving = socket.recv_into(buffer)
        if waits:
            push.send(b"abcd")
        loop.until(receiving.done)
        assert receiving.result() == 4
        buffer.extend(b"e")  # which a buffer in use refuses
        assert buffer == b"abcde"
    buffer = bytearray(4)
    receiving = socket.recv_into(buffer)
    receiving.cancel()
    buffer.extend(b"e")


@pytest.mark.parametrize("waits", [False, True])
def test_recv_into_takes_the_memory_of_fortran_arrays_as_it_is(loop: Any, pull: Pull, waits: bool) -> None:
    testbuffer = pytest.importorskip("_testbuffer")
    socket, push = pull
    flags = testbuffer.ND_FORTRAN | testbuffer.ND_WRITABLE
    rows = testbuffer.ndarray(list(range(6)), shape=[2, 3], format="B", flags=flags)
    receiving = socket.recv_into(rows) if waits else None
    push.send(bytes([0, 3, 1, 4, 2, 5]))
    receiving = receiving or socket.recv_into(rows)
    loop.until(receiving.done)
    assert receiving.result() == 6
    assert rows.tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(
    ("buffer", "error"), [(b"bytes", BufferError), (memoryview(bytearray(4))[::2], BufferError), (5, TypeError)]
)
def test_recv_into_fails_at_once_where_it_can_write_nothing(
    loop: Any, pull: Pull, buffer: Any, error: type[Exception]
) -> None:
    assert isinstance(pull[0].recv_into(buffer).exception(), error)


# ---- as futures


def test_callbacks_run_in_the_context_in_which_they_were_added(loop: Any, pull: Pull) -> None:
    variable = contextvars.ContextVar("variable", default="")
    seen = []
    socket, push = pull
    push.send(b"message")
    waiting = [socket.recv(), socket.recv(), socket.poll(1000)]

    def add(future: Any) -> None:
        variable.set("added")
        future.add_done_callback(lambda _: seen.append(variable.get()))

    for future in waiting:
        contextvars.copy_context().run(add, future)
    given = contextvars.copy_context()
    given.run(variable.set, "given")
    waiting[1].add_done_callback(lambda _: seen.append(variable.get()), context=given)
    push.send(b"message")
    push.send(b"for the poll")
    variable.set("resolved")
    loop.until(lambda: len(seen) == 4)
    assert sorted(seen) == ["added", "added", "added", "given"]


@pytest.mark.skipif(not LAZY, reason="the futures of this program are in Python")
def test_private_attributes_that_asyncio_uses_are_there(loop: Any, pull: Pull) -> None:
    socket, push = pull
    names = ("_log_traceback", "_cancel_message", "_state", "_loop", "_callbacks", "_exception", "_result")
    for name in names:
        push.send(b"message")
        real: Any = asyncio.Future(loop=loop)
        real.set_result(b"message")
        assert getattr(socket.recv(), name) == getattr(real, name)
    push.send(b"message")
    received = socket.recv()
    received._log_traceback = False
    received._cancel_message = "message"
    assert received._cancel_message == "message"
    with pytest.raises(AttributeError):
        received._state = "PENDING"


@pytest.mark.parametrize("cls", [Done, Receiving, Pending])
def test_futures_that_a_program_makes_are_not_of_a_socket(loop: Any, cls: Any) -> None:
    for future in (cls(loop=loop), cls.__new__(cls)):
        for use in (future.add_done_callback, future.remove_done_callback):
            with pytest.raises(AttributeError):
                use(bool)
        for use in (future.result, future.exception, future.cancel):
            with contextlib.suppress(RuntimeError, AttributeError, asyncio.InvalidStateError):
                use()  # which must not crash


def test_a_send_that_waits_for_its_turn_cannot_be_cancelled(loop: Any, in_loop: Any, make_pair: Any) -> None:
    one, other = make_pair(zmq.PUSH, zmq.PULL)
    push = in_loop(one)
    sent = [push.send(b"") for _ in range(TURN + 2)]
    (waiting,) = (future for future in sent if not future.done())
    assert not waiting.cancel()
    loop.turn()
    assert waiting.result() is None
    assert len([other.recv() for _ in sent]) == len(sent)


def test_a_program_may_end_a_receive_itself(loop: Any, pull: Pull) -> None:
    socket, push = pull
    with_result, with_error, waiting = socket.recv_json(), socket.recv(), socket.recv()
    with_result.set_result("mine")
    with_error.set_exception(KeyError())
    push.send(b"message")
    loop.until(waiting.done)
    assert with_result.result() == "mine"
    assert isinstance(with_error.exception(), KeyError)
    assert waiting.result() == b"message"
