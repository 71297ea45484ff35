"""Pinned memory: it cannot be resized or freed while libzmq uses it, it is released, and trackers report that."""

from __future__ import annotations

import array
import gc
import mmap
import sys
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeAlias

import pytest

import zmq

Start: TypeAlias = "Callable[..., Future[Any]]"
Make: TypeAlias = Callable[[int], zmq.Socket]
MakePair: TypeAlias = "Callable[..., tuple[zmq.Socket, zmq.Socket]]"
WaitUntil: TypeAlias = Callable[[Callable[[], object]], None]

SIZE = 100_000


class Bytes(array.array):  # type: ignore[type-arg]  # generic only for type checkers
    """A buffer with weak references."""


def _bytes() -> Bytes:
    return Bytes("b", bytes(SIZE))


# ---- memory in flight


def test_a_bytearray_in_flight_cannot_be_resized(make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    data = bytearray(SIZE)
    push.send(data, copy=False)
    with pytest.raises(BufferError):
        data.extend(bytes(SIZE))
    with pytest.raises(BufferError):
        data.clear()
    assert pull.recv() == bytes(SIZE)


@pytest.mark.pypy_skip("only bytes are pinned")
def test_a_bytearray_can_be_resized_again_when_it_was_received(make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    data = bytearray(SIZE)
    tracker = push.send(data, copy=False, track=True)
    pull.recv()
    tracker.wait(30)
    data.append(0)


@pytest.mark.pypy_skip("only bytes are pinned")
def test_an_mmap_in_flight_cannot_be_closed(make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    data = mmap.mmap(-1, SIZE)
    data[:5] = b"hello"
    tracker = push.send(data, copy=False, track=True)
    with pytest.raises(BufferError):
        data.close()
    assert pull.recv()[:5] == b"hello"
    tracker.wait(30)
    data.close()


@pytest.mark.pypy_skip("only bytes are pinned")
def test_a_memoryview_in_flight_cannot_be_released(make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    data = bytearray(b"x" * SIZE)
    view = memoryview(data)[10:]
    tracker = push.send(view, copy=False, track=True)
    with pytest.raises(BufferError):
        view.release()
    with pytest.raises(BufferError):
        data.clear()
    assert pull.recv() == b"x" * (SIZE - 10)
    tracker.wait(30)
    view.release()
    data.clear()


@pytest.mark.pypy_skip("only bytes are pinned")
def test_an_object_in_flight_outlives_its_last_reference(make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    data = _bytes()
    reference = weakref.ref(data)
    push.send(data, copy=False)
    del data
    gc.collect()
    assert reference() is not None
    assert pull.recv() == bytes(SIZE)


def test_the_memory_of_a_received_frame_outlives_the_frame_and_the_socket(make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH, "tcp")
    push.send(b"y" * SIZE)
    view = pull.recv(copy=False).buffer
    pull.close()
    push.close()
    gc.collect()
    assert view == b"y" * SIZE


def test_a_frame_keeps_its_memory_while_it_is_being_read(make_pair: MakePair) -> None:
    frame = zmq.Frame(b"z" * SIZE)
    view = memoryview(frame)
    with pytest.raises(BufferError):
        frame.__init__(b"other")  # type: ignore[misc]  # unusual, but must not crash
    assert view == b"z" * SIZE


@pytest.mark.pypy_skip("a bytearray is locked until its memoryviews are collected")
def test_a_closed_socket_releases_the_memory_of_unsent_messages(sockets: Make, wait_until: WaitUntil) -> None:
    push = sockets(zmq.PUSH)
    push.connect("tcp://127.0.0.1:1")
    data = bytearray(SIZE)
    tracker = push.send(data, copy=False, track=True)
    assert not tracker.done
    push.close(linger=0)
    tracker.wait(30)
    data.append(0)


@pytest.mark.pypy_skip("a bytearray is locked until its memoryviews are collected")
def test_memory_can_be_used_as_soon_as_its_message_is_done(make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH, "tcp")
    for _ in range(100):
        data = bytearray(SIZE)
        tracker = push.send(data, copy=False, track=True)
        pull.recv()
        while not tracker.done:
            pass
        data.append(0)


@pytest.mark.pypy_skip("a bytearray is locked until its memoryviews are collected")
def test_a_failed_send_releases_the_memory(sockets: Make) -> None:
    push = sockets(zmq.PUSH)
    first, second = bytearray(SIZE), bytearray(SIZE)
    with pytest.raises(zmq.Again):
        push.send(first, zmq.NOBLOCK, copy=False, track=True)
    with pytest.raises(zmq.Again):
        push.send_multipart([first, second], zmq.NOBLOCK, copy=False, track=True)
    zmq.Frame(bytes(SIZE), copy=False)  # the next zero-copy message drops the references to released memory
    first.append(0)
    second.append(0)


@pytest.mark.pypy_skip("a bytearray is locked until its memoryviews are collected")
def test_a_refused_multipart_message_releases_all_its_memory(sockets: Make) -> None:
    push = sockets(zmq.PUSH)
    data = bytearray(SIZE)
    with pytest.raises(TypeError):
        push.send_multipart([data, data, "text"], copy=False)  # type: ignore[list-item]  # the mistake
    zmq.Frame(bytes(SIZE), copy=False)
    data.append(0)


@pytest.mark.pypy_skip("references are not counted")
def test_the_memory_of_thousands_of_messages_is_released(make_pair: MakePair, wait_until: WaitUntil) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH, "tcp")
    references = []
    for _ in range(3000):
        data = _bytes()
        references.append(weakref.ref(data))
        push.send(data, copy=False)
        del data
        assert len(pull.recv(copy=False)) == SIZE
    wait_until(lambda: not any(reference() for reference in references))


@pytest.mark.pypy_skip("references are not counted")
def test_the_memory_of_the_last_message_is_released_without_another_send(
    make_pair: MakePair, wait_until: WaitUntil
) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH, "tcp")
    for _ in range(300):
        data = _bytes()
        reference = weakref.ref(data)
        push.send(data, copy=False)
        del data
        pull.recv()
        wait_until(lambda reference=reference: reference() is None)  # type: ignore[misc]  # mypy cannot type it


@pytest.mark.pypy_skip("references are not counted")
def test_memory_is_released_while_its_finalizer_sends_again(make_pair: MakePair, wait_until: WaitUntil) -> None:
    # dropping the last reference runs a finalizer in the middle of the next send
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    chain: list[int] = []

    class Resend(Bytes):
        def __del__(self) -> None:
            if len(chain) < 50:
                chain.append(1)
                push.send(Resend("b", bytes(SIZE)), copy=False)

    push.send(Resend("b", bytes(SIZE)), copy=False)

    def received_all() -> bool:
        while pull.poll(0):
            pull.recv()
        zmq.Frame(bytes(SIZE), copy=False)
        return len(chain) == 50

    wait_until(received_all)


# ---- trackers


def test_a_tracker_over_many_frames_is_done_with_the_last_of_them(make_pair: MakePair, reclaim: Any) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    tracker = push.send_multipart([bytearray(SIZE) for _ in range(5)], copy=False, track=True)
    frames = pull.recv_multipart(copy=False)
    while frames:
        assert not tracker.done
        frames.pop()
    reclaim()
    tracker.wait(30)
    assert tracker.done


def test_a_tracker_watches_frames_and_pinned_parts_alike(make_pair: MakePair, reclaim: Any) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    frame = zmq.Frame(bytes(SIZE), copy=False, track=True)
    tracker = push.send_multipart([bytes(SIZE), frame], copy=False, track=True)
    pull.recv_multipart()
    assert not tracker.done  # the frame still holds the memory
    del frame
    reclaim()
    tracker.wait(30)


def test_wait_raises_after_the_timeout(make_pair: MakePair) -> None:
    _, push = make_pair(zmq.PULL, zmq.PUSH)
    tracker = push.send(bytes(SIZE), copy=False, track=True)
    for timeout in (0, 0.01):
        with pytest.raises(zmq.NotDone):
            tracker.wait(timeout)
    assert not tracker.done


def test_the_timeout_of_wait_applies_to_all_messages_together(make_pair: MakePair) -> None:
    _, push = make_pair(zmq.PULL, zmq.PUSH)
    data = bytes(SIZE)
    tracker = zmq.MessageTracker(*[push.send(data, copy=False, track=True) for _ in range(500)])
    with pytest.raises(zmq.NotDone):
        tracker.wait(0.5)  # the test has a deadline before 500 times that


@pytest.mark.parametrize("timeout", [float("inf"), float("nan"), 1e300, 10**12, -1, None])
def test_wait_takes_any_timeout(make_pair: MakePair, background: Start, timeout: float | None) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    tracker = push.send(bytes(SIZE), copy=False, track=True)
    waiting = background(tracker.wait, timeout)
    pull.recv()
    waiting.result()


def test_several_threads_wait_for_one_tracker(make_pair: MakePair, background: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    tracker = push.send_multipart([bytes(SIZE)] * 3, copy=False, track=True)
    waiting = [background(tracker.wait, 10) for _ in range(10)]
    pull.recv_multipart()
    for result in waiting:
        assert result.result() is None
    assert tracker.done


def test_threads_that_track_all_the_time(make_pair: MakePair, background: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH, "tcp")

    def send() -> None:
        for _ in range(200):
            push.send_multipart([bytearray(SIZE), bytearray(10)], copy=False, track=True).wait(30)

    for _ in range(4):
        background(send)
    for _ in range(800):
        assert [len(frame) for frame in pull.recv_multipart(copy=False)] == [SIZE, 10]


def test_a_tracker_is_done_while_the_main_thread_waits_in_recv(
    make_pair: MakePair, background: Start, sockets: Make
) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH, "tcp")
    main, main_end = make_pair(zmq.PAIR, zmq.PAIR)
    assert threading.current_thread() is threading.main_thread()

    def run() -> None:
        tracker = push.send(bytes(SIZE), copy=False, track=True)
        pull.recv()
        tracker.wait(30)
        main_end.send(b"done")

    background(run)
    assert main.recv() == b"done"


def test_the_process_ends_silently_with_pinned_messages_in_flight(run_script: Callable[..., str]) -> None:
    run_script(
        """
        import zmq
        context = zmq.Context()
        pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
        pull.bind("tcp://127.0.0.1:*")
        push.connect(pull.last_endpoint.decode())
        trackers = [push.send(bytearray(200_000), copy=False, track=True) for _ in range(500)]
        """,
        options=("-W", "ignore"),
    )


# ---- bytes, which never change


LARGE = 1_000_000


@pytest.mark.parametrize("multipart", [False, True])
def test_large_bytes_sent_by_copy_arrive_over_inproc_as_the_same_object(make_pair: MakePair, multipart: bool) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    first, second = bytes(LARGE), b"x" * LARGE
    for _ in range(3):
        if multipart:
            push.send_multipart([first, second, first])
            received = pull.recv_multipart()
        else:
            for data in (first, second, first):
                push.send(data)
            received = [pull.recv() for _ in range(3)]
        assert [data is sent for data, sent in zip(received, [first, second, first], strict=True)] == [True] * 3


def test_large_bytes_arrive_whole_over_a_connection(make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH, "tcp")
    for number in range(20):
        push.send(bytes([number]) * LARGE)  # no other reference
    for number in range(20):
        assert pull.recv() == bytes([number]) * LARGE


@pytest.mark.parametrize("part", [slice(0, LARGE - 1), slice(1, LARGE)])
def test_a_part_of_large_bytes_arrives_as_that_part(make_pair: MakePair, part: slice) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    data = bytes(range(250)) * (LARGE // 250)
    push.send(memoryview(data)[part], copy=False)
    push.send(data)  # pinned while the part is received
    assert pull.recv() == data[part]
    assert pull.recv() is data


@pytest.mark.pypy_skip("references are not counted")
def test_large_bytes_are_let_go_of_when_they_were_received(make_pair: MakePair, wait_until: WaitUntil) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    data = bytes(LARGE)
    references = sys.getrefcount(data)
    for _ in range(3):
        push.send(data)
    assert sys.getrefcount(data) == references + 3  # one each: nothing was copied
    received = [pull.recv(), pull.recv(copy=False).bytes]
    assert received == [data, data]
    pull.recv()
    received.clear()
    wait_until(lambda: sys.getrefcount(data) == references)


@pytest.mark.pypy_skip("references are not counted")
def test_sending_more_large_bytes_than_may_be_pinned_copies_the_rest(make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    data = bytes(LARGE)
    references = sys.getrefcount(data)
    for _ in range(100):
        push.send(data)
    assert 60 < sys.getrefcount(data) - references < 70  # 64 MiB
    for _ in range(100):
        assert pull.recv() == data
    push.send(data)
    assert pull.recv() is data  # there is room again


def test_a_frame_that_copies_large_bytes_can_be_written_to(make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    data = bytes(LARGE)
    push.send(data)  # so that they are pinned
    frame = zmq.Frame(data, copy=True)
    frame.buffer[0] = 1
    push.send(frame)
    assert pull.recv()[0] == 0
    assert pull.recv()[0] == 1
    assert data[0] == 0


@pytest.mark.pypy_skip("references are not counted")
def test_a_refused_send_of_large_bytes_keeps_nothing(sockets: Make, wait_until: WaitUntil) -> None:
    push = sockets(zmq.PUSH)
    data = bytes(LARGE)
    references = sys.getrefcount(data)
    with pytest.raises(zmq.Again):
        push.send(data, zmq.NOBLOCK)
    wait_until(lambda: sys.getrefcount(data) == references)


@pytest.mark.pypy_skip("references are not counted")
def test_a_thread_that_waits_lets_go_of_what_was_sent_though_the_main_thread_runs_no_python(
    run_script: Callable[..., str],
) -> None:
    source = """
        import sys, threading, zmq

        def work():
            with zmq.Context() as context, context.socket(zmq.PULL) as pull, context.socket(zmq.PUSH) as push:
                push.connect(f"tcp://127.0.0.1:{pull.bind_to_random_port('tcp://127.0.0.1')}")
                data = bytes(1_000_000)
                references = sys.getrefcount(data)
                push.send(data)
                pull.recv()
                while sys.getrefcount(data) != references:
                    pull.poll(1)  # the only thing here that lets go of it
            print("let go of")

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    """
    assert run_script(source) == "let go of\n"
