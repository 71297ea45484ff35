"""Sending and receiving: one frame, several frames, text and objects, with and without waiting, trackers."""

from __future__ import annotations

import array
import ctypes
import ctypes.util
import json
import mmap
import pickle
import sys
import sysconfig
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

import zmq

Make = Callable[[int], zmq.Socket]
MakePair = Callable[..., tuple[zmq.Socket, zmq.Socket]]
Background = Callable[..., Future[Any]]
Pair = tuple[zmq.Socket, zmq.Socket]

LARGE = 300_000  # more than is copied with the GIL held
COPIES = 20  # of a message, while another thread should run


# One frame


@pytest.mark.parametrize("copy_it", [True, False], ids=["copied", "pinned"])
@pytest.mark.parametrize("size", [0, 1, 33, 70_000, LARGE])
@pytest.mark.parametrize(
    "make",
    [
        bytes,
        bytearray,
        memoryview,
        lambda data: array.array("B", data),
        zmq.Frame,
        lambda data: zmq.Frame(data, copy=False),
        lambda data: (ctypes.c_char * len(data)).from_buffer_copy(data),
        lambda data: memoryview(bytearray(data)),
    ],
    ids=["bytes", "bytearray", "memoryview", "array", "Frame", "pinned Frame", "ctypes", "writable memoryview"],
)
def test_anything_with_a_buffer_can_be_sent(pair: Pair, make: Callable[[bytes], Any], size: int, copy_it: bool) -> None:
    first, second = pair
    content = (b"0123456789" * (size // 10 + 1))[:size]
    first.send(make(content), copy=copy_it)
    assert second.recv() == content


def test_a_buffer_is_sent_by_its_bytes_not_its_items(pair: Pair) -> None:
    first, second = pair
    numbers = array.array("I", [1, 2, 3])
    first.send(numbers)
    assert second.recv() == numbers.tobytes()


def test_a_subclass_of_bytes_can_be_sent(pair: Pair) -> None:
    class Message(bytes):
        __slots__ = ()

    first, second = pair
    first.send(Message(b"content"))
    assert type(second.recv()) is bytes


@pytest.mark.parametrize("copy_it", [True, False])
@pytest.mark.parametrize("data", [None, 3, 1.5, [b"x"], object()])
def test_an_object_without_a_buffer_cannot_be_sent(pair: Pair, data: Any, copy_it: bool) -> None:
    first, second = pair
    with pytest.raises(TypeError):
        first.send(data, copy=copy_it)
    assert not second.poll(0)


@pytest.mark.parametrize("copy_it", [True, False])
def test_text_cannot_be_sent_and_the_error_lists_the_accepted_types(pair: Pair, copy_it: bool) -> None:
    first, _ = pair
    with pytest.raises(TypeError, match=r"not str: send_string\(\) encodes text \(got 'text'\)"):
        first.send("text", copy=copy_it)  # type: ignore[call-overload]  # that is the point


@pytest.mark.parametrize("copy_it", [True, False])
def test_a_buffer_with_gaps_cannot_be_sent(pair: Pair, copy_it: bool) -> None:
    with pytest.raises(BufferError):
        pair[0].send(memoryview(200_000 * b"x")[::2], copy=copy_it)


@pytest.mark.parametrize("copy_it", [True, False])
def test_a_matrix_by_columns_is_sent_in_the_order_of_its_memory(pair: Pair, copy_it: bool) -> None:
    testbuffer = pytest.importorskip("_testbuffer")  # from Python's test suite: no other buffer has columns
    first, second = pair
    first.copy_threshold = 0
    matrix = testbuffer.ndarray(list(range(6)), shape=[2, 3], format="B", flags=testbuffer.ND_FORTRAN)
    first.send(matrix, copy=copy_it)
    first.send_multipart([matrix, b"tail"], copy=copy_it)
    by_columns = memoryview(matrix).tobytes(order="F")
    assert second.recv() == by_columns
    assert second.recv_multipart() == [by_columns, b"tail"]


def test_recv_returns_bytes(pair: Pair) -> None:
    first, second = pair
    first.send(b"content")
    assert type(second.recv()) is bytes


def test_recv_without_a_copy_returns_a_frame(pair: Pair) -> None:
    first, second = pair
    first.send(b"content")
    frame = second.recv(copy=False)
    assert type(frame) is zmq.Frame
    assert frame.bytes == b"content"
    assert frame.tracker is None


def test_a_received_frame_can_be_tracked(pair: Pair) -> None:
    first, second = pair
    first.send(b"content")
    frame = second.recv(copy=False, track=True)
    assert frame.tracker is not None
    assert frame.tracker.done


def test_a_received_frame_outlives_its_socket(pair: Pair) -> None:
    first, second = pair
    first.send(b"content")
    frame = second.recv(copy=False)
    first.close()
    second.close()
    assert bytes(frame) == b"content"


def test_a_frame_can_be_forwarded(pair: Pair, make_pair: MakePair) -> None:
    third, fourth = make_pair(zmq.PAIR, zmq.PAIR)
    pair[0].send(b"content")
    frame = pair[1].recv(copy=False)
    third.send(frame, copy=False)
    third.send(frame)
    assert [fourth.recv(), fourth.recv(), frame.bytes] == 3 * [b"content"]


def test_sndmore_joins_several_sends_into_one_message(pair: Pair) -> None:
    first, second = pair
    first.send(b"1", zmq.SNDMORE)
    first.send(b"2", flags=zmq.SNDMORE)
    first.send(b"3")
    assert second.recv_multipart() == [b"1", b"2", b"3"]


def test_getsockopt_rcvmore_is_1_if_another_frame_follows(pair: Pair) -> None:
    first, second = pair
    first.send_multipart([b"1", b"2"])
    assert (second.recv(), second.getsockopt(zmq.RCVMORE)) == (b"1", 1)
    assert (second.recv(), second.getsockopt(zmq.RCVMORE)) == (b"2", 0)


# DONTWAIT and timeouts


@pytest.mark.parametrize("method", ["recv", "recv_multipart", "recv_string", "recv_json", "recv_pyobj"])
def test_a_receive_with_noblock_raises_again(pair: Pair, method: str) -> None:
    with pytest.raises(zmq.Again) as caught:
        getattr(pair[0], method)(zmq.NOBLOCK)
    assert caught.value.errno == zmq.EAGAIN
    with pytest.raises(zmq.Again):
        getattr(pair[0], method)(flags=zmq.DONTWAIT)


def test_recv_into_with_noblock_raises_again(pair: Pair) -> None:
    with pytest.raises(zmq.Again):
        pair[0].recv_into(bytearray(1), flags=zmq.NOBLOCK)


def test_a_send_with_noblock_raises_again_without_a_peer(sockets: Make) -> None:
    push = sockets(zmq.PUSH)
    push.bind("inproc://unbound")
    with pytest.raises(zmq.Again):
        push.send(b"", zmq.NOBLOCK)
    with pytest.raises(zmq.Again):
        push.send(300_000 * b"x", zmq.NOBLOCK)
    with pytest.raises(zmq.Again):
        push.send_multipart([b"1", b"2"], zmq.NOBLOCK)
    with pytest.raises(zmq.Again):
        push.send_string("", zmq.NOBLOCK)


@pytest.mark.parametrize("timeout_ms", [0, 1])
def test_a_receive_raises_again_after_rcvtimeo(pair: Pair, timeout_ms: int) -> None:
    pair[0].rcvtimeo = timeout_ms
    with pytest.raises(zmq.Again):
        pair[0].recv()
    with pytest.raises(zmq.Again):
        pair[0].recv_multipart()
    with pytest.raises(zmq.Again):
        pair[0].recv_into(bytearray(1))


@pytest.mark.parametrize("timeout_ms", [0, 1])
def test_a_send_raises_again_after_sndtimeo(sockets: Make, timeout_ms: int) -> None:
    push = sockets(zmq.PUSH)
    push.sndtimeo = timeout_ms
    with pytest.raises(zmq.Again):
        push.send(b"")
    with pytest.raises(zmq.Again):
        push.send_multipart([b"1", b"2"])


def test_a_receive_waits_for_a_message(pair: Pair, background: Background) -> None:
    received = background(pair[0].recv)
    pair[1].send(b"content")
    assert received.result() == b"content"


def test_a_receive_without_rcvtimeo_waits_for_a_message(pair: Pair, background: Background) -> None:
    pair[0].rcvtimeo = -1
    received = background(pair[0].recv_multipart)
    pair[1].send_multipart([b"1", b"2"])
    assert received.result() == [b"1", b"2"]


def test_a_send_waits_for_room(sockets: Make, background: Background) -> None:
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    push.sndtimeo = -1
    push.bind("inproc://late")
    sent = background(push.send, b"content")
    pull.connect("inproc://late")
    assert pull.recv() == b"content"
    sent.result()


# recv_into


def _released() -> memoryview:
    view = memoryview(bytearray(7))
    view.release()
    return view


@pytest.mark.parametrize(
    "make",
    [
        bytearray,
        lambda n: memoryview(bytearray(n)),
        lambda n: array.array("B", bytes(n)),
        lambda n: (ctypes.c_char * n)(),
    ],
    ids=["bytearray", "memoryview", "array", "ctypes"],
)
def test_recv_into_writes_into_a_buffer(pair: Pair, make: Callable[[int], Any]) -> None:
    first, second = pair
    buffer = make(9)
    first.send(b"content")
    assert second.recv_into(buffer) == 7
    assert bytes(buffer) == b"content\0\0"


def test_recv_into_takes_the_memory_of_fortran_arrays_as_it_is(pair: Pair) -> None:
    testbuffer = pytest.importorskip("_testbuffer")  # the standard library's only buffers that numpy's arrays are like
    first, second = pair
    rows = testbuffer.ndarray(
        list(range(6)), shape=[2, 3], format="B", flags=testbuffer.ND_FORTRAN | testbuffer.ND_WRITABLE
    )
    first.send(bytes([0, 3, 1, 4, 2, 5]))
    assert second.recv_into(rows) == 6
    assert rows.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_recv_into_truncates_and_returns_the_full_size(pair: Pair) -> None:
    first, second = pair
    buffer = bytearray(3)
    first.send(b"content")
    first.send(b"next")
    assert second.recv_into(buffer) == 7
    assert buffer == b"con"
    assert second.recv() == b"next"


def test_recv_into_writes_at_most_nbytes(pair: Pair) -> None:
    first, second = pair
    buffer = bytearray(5)
    first.send(b"content")
    assert second.recv_into(buffer, nbytes=2) == 7
    assert buffer == b"co\0\0\0"


def test_recv_into_counts_bytes_not_items(pair: Pair) -> None:
    first, second = pair
    numbers = array.array("I", [0, 0])
    first.send(array.array("I", [7, 8]))
    assert second.recv_into(numbers) == 2 * numbers.itemsize
    assert numbers.tolist() == [7, 8]


def test_recv_into_takes_sizes_past_two_gigabytes(pair: Pair) -> None:
    first, second = pair
    try:
        buffer = mmap.mmap(-1, 2**31 + 8)  # its pages use no memory until they are written
    except OSError:
        pytest.skip("no address space for 2 GiB")
    with buffer:
        first.send(b"content")
        assert second.recv_into(buffer, nbytes=2**31 + 4) == 7
        assert buffer[:8] == b"content\0"


@pytest.mark.skipif(bool(sysconfig.get_config_var("Py_GIL_DISABLED")), reason="threads run at any time")
@pytest.mark.parametrize(
    "receive", [pytest.param("recv", marks=pytest.mark.pypy_skip("the Frame has made the copy")), "recv_into"]
)
def test_other_threads_run_while_a_large_message_is_copied(
    pair: Pair, background: Callable[..., Future[Any]], receive: str
) -> None:
    first, second = pair
    size = 64_000_000
    buffer = bytearray(size)
    frame = zmq.Frame(bytearray(size))
    for _ in range(COPIES):
        first.send(frame, copy=False)  # all are the same memory
    before = sys.getswitchinterval()
    go, started, ran = threading.Lock(), threading.Event(), threading.Event()
    go.acquire()

    def run() -> None:
        started.set()
        with go:
            ran.set()

    running = background(run)
    assert started.wait(30)
    sys.setswitchinterval(1000)  # threads switch only where they release the GIL
    try:
        go.release()
        assert not ran.is_set()
        for _ in range(COPIES):  # on a busy machine the other thread may wait for a core
            getattr(second, receive)(*[buffer][: receive == "recv_into"])
            if ran.is_set():
                break
        assert ran.is_set()
    finally:
        sys.setswitchinterval(before)
    running.result()


@pytest.mark.parametrize("nbytes", [-1, 6])
def test_recv_into_refuses_more_than_the_buffer_has_and_takes_nothing(pair: Pair, nbytes: int) -> None:
    first, second = pair
    first.send(b"content")
    with pytest.raises(ValueError, match=f"cannot receive {nbytes} bytes into a buffer of 5"):
        second.recv_into(bytearray(5), nbytes=nbytes)
    assert second.recv() == b"content"


@pytest.mark.parametrize(
    ("buffer", "error"),
    [
        (b"readonly", BufferError),
        (memoryview(b"readonly"), BufferError),
        ("text", TypeError),
        (None, TypeError),
        (memoryview(bytearray(14))[::2], BufferError),
        (_released(), ValueError),
    ],
)
def test_recv_into_needs_a_writable_buffer_and_takes_nothing(pair: Pair, buffer: Any, error: type[Exception]) -> None:
    first, second = pair
    first.send(b"content")
    with pytest.raises(error):
        second.recv_into(buffer)
    assert second.recv() == b"content"


def test_recv_into_raises_the_same_for_read_only_arrays_of_numpy(pair: Pair) -> None:
    numpy = pytest.importorskip("numpy")  # whose own error is a ValueError
    first, second = pair
    array = numpy.zeros(10)
    array.flags.writeable = False
    first.send(b"content")
    with pytest.raises(BufferError, match="read-only"):
        second.recv_into(array)
    assert second.recv() == b"content"


# Memory that is not contiguous


@pytest.mark.parametrize("copy", [True, False])
@pytest.mark.parametrize("size", [10, 200_000])
def test_memory_that_is_not_contiguous_cannot_be_sent(pair: Pair, copy: bool, size: int) -> None:
    first, second = pair
    strided = memoryview(bytearray(size))[::2]
    for refuse in (
        lambda: first.send(strided, copy=copy),
        lambda: first.send_multipart([b"first", strided], copy=copy),
        lambda: zmq.Frame(strided, copy=copy),
    ):
        with pytest.raises(BufferError, match="contiguous"):
            refuse()
    with pytest.raises(zmq.Again):
        second.recv(zmq.NOBLOCK)


@pytest.mark.parametrize(
    ("copy", "size", "error"),
    [(True, 10, ValueError), (False, 10, BufferError), (True, 200_000, ValueError), (False, 200_000, ValueError)],
)
def test_arrays_of_numpy_that_are_not_contiguous_raise_numpys_error_where_it_is_asked(
    pair: Pair, copy: bool, size: int, error: type[Exception]
) -> None:
    strided = pytest.importorskip("numpy").zeros(size, "B")[::2]
    with pytest.raises(error, match="contiguous"):
        pair[0].send(strided, copy=copy)
    with pytest.raises(error, match="contiguous"):
        pair[0].send_multipart([strided], copy=copy)


def test_a_frame_copies_what_is_no_memoryview() -> None:
    dates = pytest.importorskip("numpy").zeros(3, "M8[s]")
    assert len(zmq.Frame(dates)) == 24


# Messages of several frames


@pytest.mark.parametrize("copy_it", [True, False], ids=["copied", "pinned"])
@pytest.mark.parametrize("count", [1, 2, 8, 9, 100])
def test_a_message_arrives_with_all_frames(pair: Pair, count: int, copy_it: bool) -> None:
    first, second = pair
    message = [b"%d" % number for number in range(count)]
    first.send_multipart(message, copy=copy_it)
    assert second.recv_multipart() == message


def test_frames_of_a_message_can_be_of_different_kinds(pair: Pair) -> None:
    first, second = pair
    first.send_multipart([b"1", bytearray(b"2"), memoryview(b"3"), zmq.Frame(b"4"), array.array("B", b"5")])
    assert second.recv_multipart() == [b"1", b"2", b"3", b"4", b"5"]


@pytest.mark.parametrize("make", [list, tuple, iter, lambda frames: (frame for frame in frames)])
def test_a_message_is_any_iterable_of_frames(pair: Pair, make: Callable[[list[bytes]], Any]) -> None:
    first, second = pair
    first.send_multipart(make([b"1", b"2"]))
    assert second.recv_multipart() == [b"1", b"2"]


def test_recv_multipart_without_a_copy_returns_frames(pair: Pair) -> None:
    first, second = pair
    first.send_multipart([b"1", b"2"])
    frames = second.recv_multipart(copy=False)
    assert [(type(frame), frame.bytes, frame.more) for frame in frames] == [
        (zmq.Frame, b"1", True),
        (zmq.Frame, b"2", False),
    ]


@pytest.mark.parametrize("copy_it", [True, False], ids=["copied", "pinned"])
@pytest.mark.parametrize("bad", ["text", None, 3, memoryview(b"abcdef")[::2]])
def test_a_message_with_a_bad_frame_is_not_sent_at_all(pair: Pair, bad: Any, copy_it: bool) -> None:
    first, second = pair
    with pytest.raises((TypeError, BufferError), match="cannot send frame 1 .*Nothing was sent"):
        first.send_multipart([b"0", bad], copy=copy_it)
    first.send_multipart([b"good"])
    assert second.recv_multipart() == [b"good"]


def test_a_message_without_frames_is_refused(pair: Pair) -> None:
    with pytest.raises(IndexError, match="without frames"):
        pair[0].send_multipart([])


@pytest.mark.parametrize("message", [None, 3])
def test_a_message_must_be_iterable(pair: Pair, message: Any) -> None:
    with pytest.raises(TypeError):
        pair[0].send_multipart(message)


def test_bytes_are_not_a_multipart_message(pair: Pair) -> None:
    with pytest.raises(TypeError, match="cannot send frame 0"):
        pair[0].send_multipart(b"bytes")  # type: ignore[arg-type]  # that is the point


def test_send_multipart_with_sndmore_continues_the_message(pair: Pair) -> None:
    first, second = pair
    first.send_multipart([b"1", b"2"], zmq.SNDMORE)
    first.send(b"3")
    assert second.recv_multipart() == [b"1", b"2", b"3"]


# Other kinds of messages


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
def test_text_arrives_in_its_encoding(pair: Pair, encoding: str) -> None:
    first, second = pair
    first.send_string("zmq für alle", encoding=encoding)
    first.send_unicode("zmq für alle", encoding=encoding)
    assert second.recv_string(encoding=encoding) == "zmq für alle"
    assert second.recv() == "zmq für alle".encode(encoding)


def test_send_string_takes_text_only(pair: Pair) -> None:
    with pytest.raises(TypeError, match="takes a str"):
        pair[0].send_string(b"bytes")  # type: ignore[arg-type]  # that is the point


def test_text_in_another_encoding_raises_with_the_bytes(pair: Pair) -> None:
    first, second = pair
    first.send(b"\xff")
    with pytest.raises(UnicodeDecodeError) as caught:
        second.recv_string()
    assert caught.value.object == b"\xff"


@pytest.mark.parametrize("value", [None, 5, "ü", [1, 2], {"key": [1.5, None, True]}])
def test_json_arrives(pair: Pair, value: object) -> None:
    first, second = pair
    first.send_json(value)
    assert second.recv_json() == value


def test_json_keyword_arguments_go_to_json(pair: Pair) -> None:
    first, second = pair
    first.send_json({"b": 1, "a": 2}, sort_keys=True)
    first.send_json({"b": 1.5})
    assert json.loads(second.recv()) == {"a": 2, "b": 1}
    assert second.recv_json(parse_float=str) == {"b": "1.5"}


def test_an_object_that_json_cannot_serialize_is_not_sent(pair: Pair) -> None:
    first, second = pair
    with pytest.raises(TypeError):
        first.send_json(object())
    assert not second.poll(0)


def test_a_frame_that_is_not_json_raises(pair: Pair) -> None:
    first, second = pair
    first.send(b"{")
    with pytest.raises(ValueError):
        second.recv_json()


@pytest.mark.parametrize("protocol", [0, pickle.HIGHEST_PROTOCOL])
def test_objects_arrive_as_pickles(pair: Pair, protocol: int) -> None:
    first, second = pair
    value = {"set": {1, 2}, "bytes": b"x", "none": None}
    first.send_pyobj(value)
    first.send_pyobj(value, protocol=protocol)
    assert second.recv_pyobj() == second.recv_pyobj() == value


def test_messages_arrive_with_a_custom_serialization(pair: Pair) -> None:
    first, second = pair
    first.send_serialized({"a": 1}, lambda value: [json.dumps(value).encode(), b"end"])
    assert second.recv_serialized(lambda frames: (json.loads(frames[0]), frames[1])) == ({"a": 1}, b"end")


def test_a_custom_deserialization_can_read_frames(pair: Pair) -> None:
    first, second = pair
    first.send_serialized(b"x", lambda value: [value], copy=False)
    assert second.recv_serialized(lambda frames: type(frames[0]), copy=False) is zmq.Frame


# Tracking


@pytest.mark.parametrize("track", [True, False])
def test_a_copied_message_has_no_tracker(pair: Pair, track: bool) -> None:
    first, _ = pair
    for data in (b"", LARGE * b"x"):
        assert first.send(data, track=track) is None
        assert first.send_multipart([data, data], track=track) is None


@pytest.mark.parametrize("track", [True, False])
def test_a_small_message_has_a_tracker_that_is_done(pair: Pair, track: bool) -> None:
    first, _ = pair
    assert first.send(b"", copy=False, track=track) is zmq._FINISHED_TRACKER
    assert first.send_multipart([b"1", b"2"], copy=False, track=track) is zmq._FINISHED_TRACKER


def test_a_pinned_message_has_a_tracker_when_asked_to_track(pair: Pair) -> None:
    first, _ = pair
    large = LARGE * b"x"
    assert first.send(large, copy=False) is None
    assert first.send_multipart([b"small", large], copy=False) is None
    assert type(first.send(large, copy=False, track=True)) is zmq.MessageTracker
    assert type(first.send_multipart([b"small", large], copy=False, track=True)) is zmq.MessageTracker


@pytest.mark.parametrize("copy_it", [True, False])
@pytest.mark.parametrize("track", [True, False])
@pytest.mark.parametrize("copied", [True, False])
def test_a_tracked_frame_has_its_own_tracker(pair: Pair, copied: bool, track: bool, copy_it: bool) -> None:
    first, _ = pair
    frame = zmq.Frame(LARGE * b"x", copy=copied, track=True)
    assert frame.tracker is not None
    assert first.send(frame, copy=copy_it, track=track) is frame.tracker
    assert first.send_multipart([b"small", frame], copy=copy_it, track=track) is frame.tracker


def test_the_tracker_of_a_message_covers_frames_before_the_last(pair: Pair, reclaim: Any) -> None:
    first, second = pair
    frame = zmq.Frame(LARGE * b"x", copy=False, track=True)
    messages: list[list[Any]] = [[LARGE * b"x", b"small"], [frame, b"small"], [frame, LARGE * b"x", b"small"]]
    trackers = [first.send_multipart(message, copy=False) for message in messages]
    messages.clear()
    reclaim()
    assert [tracker and tracker.pending for tracker in trackers] == [True, True, True]
    for _ in trackers:
        second.recv_multipart()
    del frame
    reclaim()
    for tracker in trackers:
        assert tracker is not None
        tracker.wait(30)
        assert not tracker.pending


@pytest.mark.parametrize("copy_it", [True, False])
def test_a_message_with_an_untracked_frame_cannot_be_tracked(pair: Pair, copy_it: bool) -> None:
    first, second = pair
    with pytest.raises(ValueError, match="make it with track=True"):
        first.send_multipart([zmq.Frame(b"1"), b"2"], copy=copy_it, track=True)
    assert second.poll(0) == 0


def test_a_pinned_message_is_done_when_it_was_received(pair: Pair) -> None:
    first, second = pair
    tracker = first.send(LARGE * b"x", copy=False, track=True)
    assert not tracker.done
    second.recv()
    tracker.wait(30)
    assert tracker.done


def test_a_message_is_done_when_all_its_frames_are(pair: Pair, reclaim: Any) -> None:
    first, second = pair
    tracker = first.send_multipart([LARGE * b"x", b"small", LARGE * b"y"], copy=False, track=True)
    frames = second.recv_multipart(copy=False)
    del frames[0]
    reclaim()
    assert not tracker.done
    frames.clear()
    reclaim()
    tracker.wait(30)


def test_an_untracked_frame_cannot_be_tracked(pair: Pair) -> None:
    first, second = pair
    with pytest.raises(ValueError, match="make it with track=True"):
        first.send(zmq.Frame(b"x"), copy=False, track=True)
    with pytest.raises(ValueError, match="make it with track=True"):
        first.send_multipart([b"1", zmq.Frame(b"x")], copy=False, track=True)
    assert not second.poll(0)


def test_a_tracked_frame_returns_its_tracker(pair: Pair, reclaim: Any) -> None:
    first, second = pair
    frame = zmq.Frame(LARGE * b"x", track=True, copy=False)
    tracker = first.send(frame, copy=False, track=True)
    second.recv()
    assert not tracker.done
    del frame
    reclaim()
    tracker.wait(30)


@pytest.mark.pypy_skip("a pinned bytearray can be resized when what has pinned it was collected")
def test_copy_threshold_decides_what_is_copied(pair: Pair) -> None:
    first, second = pair
    first.copy_threshold = 0
    pinned = bytearray(b"pinned")
    first.send(pinned, copy=False)
    with pytest.raises(BufferError):
        pinned.append(0)
    frame = second.recv(copy=False)
    first.copy_threshold = 100
    copied = bytearray(b"copied")
    first.send(copied, copy=False)
    copied.append(0)
    assert (frame.bytes, second.recv()) == (b"pinned", b"copied")


def test_copy_threshold_is_an_argument_of_the_socket(context: zmq.Context) -> None:
    with zmq.Socket(context, zmq.PUSH, copy_threshold=7) as socket:
        assert socket.copy_threshold == 7
    with zmq.Socket(context, zmq.PUSH) as socket:
        assert socket.copy_threshold == zmq.COPY_THRESHOLD
