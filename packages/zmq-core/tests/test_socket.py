"""Sockets: their life, their endpoints, and every way to send and to receive."""

from __future__ import annotations

import array
import copy
import ctypes
import ctypes.util
import errno
import gc
import json
import pickle
import socket as os_socket
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

import zmq
from zmq.utils.monitor import recv_monitor_message

Make = Callable[[int], zmq.Socket]
MakePair = Callable[..., tuple[zmq.Socket, zmq.Socket]]
Background = Callable[..., Future[Any]]
Pair = tuple[zmq.Socket, zmq.Socket]

LARGE = 300_000  # more than what is copied with the GIL held


@pytest.fixture
def pair(make_pair: MakePair) -> Pair:
    return make_pair(zmq.PAIR, zmq.PAIR)


@pytest.fixture
def closed(sockets: Make) -> zmq.Socket:
    socket = sockets(zmq.PAIR)
    socket.close()
    return socket


def has_ipv6() -> bool:
    if not os_socket.has_ipv6:
        return False
    with os_socket.socket(os_socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            return False
    return True


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
    assert first.send(make(content), copy=copy_it) is None
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
def test_what_has_no_buffer_cannot_be_sent(pair: Pair, data: Any, copy_it: bool) -> None:
    first, second = pair
    with pytest.raises(TypeError):
        first.send(data, copy=copy_it)
    assert not second.poll(0)


@pytest.mark.parametrize("copy_it", [True, False])
def test_text_cannot_be_sent_and_the_error_says_what_can(pair: Pair, copy_it: bool) -> None:
    first, _ = pair
    with pytest.raises(TypeError, match=r"not str: send_string\(\) encodes text \(got 'text'\)"):
        first.send("text", copy=copy_it)  # type: ignore[call-overload]  # that is the point


@pytest.mark.parametrize("copy_it", [True, False])
def test_a_buffer_with_gaps_cannot_be_sent(pair: Pair, copy_it: bool) -> None:
    with pytest.raises(BufferError):
        pair[0].send(memoryview(200_000 * b"x")[::2], copy=copy_it)


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


def test_sndmore_makes_a_message_of_several_sends(pair: Pair) -> None:
    first, second = pair
    first.send(b"1", zmq.SNDMORE)
    first.send(b"2", flags=zmq.SNDMORE)
    first.send(b"3")
    assert second.recv_multipart() == [b"1", b"2", b"3"]


def test_getsockopt_rcvmore_tells_whether_the_message_goes_on(pair: Pair) -> None:
    first, second = pair
    first.send_multipart([b"1", b"2"])
    assert (second.recv(), second.getsockopt(zmq.RCVMORE)) == (b"1", 1)
    assert (second.recv(), second.getsockopt(zmq.RCVMORE)) == (b"2", 0)


# Not waiting, and waiting for so long


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
    push.bind("inproc://nobody")
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


def test_recv_into_truncates_and_tells_the_size(pair: Pair) -> None:
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


@pytest.mark.parametrize("nbytes", [-1, 6])
def test_recv_into_refuses_more_than_the_buffer_has_and_takes_nothing(pair: Pair, nbytes: int) -> None:
    first, second = pair
    first.send(b"content")
    with pytest.raises(ValueError, match=f"cannot receive {nbytes} bytes into a buffer of 5"):
        second.recv_into(bytearray(5), nbytes=nbytes)
    assert second.recv() == b"content"


@pytest.mark.parametrize(("buffer", "error"), [(b"readonly", BufferError), ("text", TypeError), (None, TypeError)])
def test_recv_into_needs_a_writable_buffer_and_takes_nothing(pair: Pair, buffer: Any, error: type[Exception]) -> None:
    first, second = pair
    first.send(b"content")
    with pytest.raises(error):
        second.recv_into(buffer)
    assert second.recv() == b"content"


# Messages of several frames


@pytest.mark.parametrize("copy_it", [True, False], ids=["copied", "pinned"])
@pytest.mark.parametrize("count", [1, 2, 8, 9, 100])
def test_a_message_arrives_with_all_frames(pair: Pair, count: int, copy_it: bool) -> None:
    first, second = pair
    message = [b"%d" % number for number in range(count)]
    assert first.send_multipart(message, copy=copy_it) is None
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
    with pytest.raises(ValueError, match="without frames"):
        pair[0].send_multipart([])


@pytest.mark.parametrize("message", [None, 3])
def test_a_message_that_is_no_iterable_is_refused(pair: Pair, message: Any) -> None:
    with pytest.raises(TypeError):
        pair[0].send_multipart(message)


def test_bytes_are_no_message_of_several_frames(pair: Pair) -> None:
    with pytest.raises(TypeError, match="cannot send frame 0"):
        pair[0].send_multipart(b"bytes")  # type: ignore[arg-type]  # that is the point


def test_send_multipart_with_sndmore_goes_on(pair: Pair) -> None:
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


def test_what_json_cannot_serialize_is_not_sent(pair: Pair) -> None:
    first, second = pair
    with pytest.raises(TypeError):
        first.send_json(object())
    assert not second.poll(0)


def test_what_is_not_json_raises(pair: Pair) -> None:
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


def test_messages_arrive_by_one_s_own_serialization(pair: Pair) -> None:
    first, second = pair
    first.send_serialized({"a": 1}, lambda value: [json.dumps(value).encode(), b"end"])
    assert second.recv_serialized(lambda frames: (json.loads(frames[0]), frames[1])) == ({"a": 1}, b"end")


def test_one_s_own_deserialization_can_read_frames(pair: Pair) -> None:
    first, second = pair
    first.send_serialized(b"x", lambda value: [value], copy=False)
    assert second.recv_serialized(lambda frames: type(frames[0]), copy=False) is zmq.Frame


# Tracking


def test_send_returns_a_tracker_only_when_asked_to_track_without_a_copy(pair: Pair) -> None:
    first, second = pair
    assert first.send(b"", track=True) is None
    assert first.send(b"", copy=False) is None
    tracker = first.send(b"", copy=False, track=True)
    assert type(tracker) is zmq.MessageTracker
    assert tracker.done  # small: it was copied
    for _ in range(3):
        second.recv()


def test_a_pinned_message_is_done_when_it_was_received(pair: Pair) -> None:
    first, second = pair
    tracker = first.send(LARGE * b"x", copy=False, track=True)
    assert not tracker.done
    second.recv()
    tracker.wait(10)
    assert tracker.done


def test_a_message_is_done_when_all_its_frames_are(pair: Pair) -> None:
    first, second = pair
    tracker = first.send_multipart([LARGE * b"x", b"small", LARGE * b"y"], copy=False, track=True)
    frames = second.recv_multipart(copy=False)
    del frames[0]
    assert not tracker.done
    frames.clear()
    tracker.wait(10)


def test_an_untracked_frame_cannot_be_tracked(pair: Pair) -> None:
    first, second = pair
    with pytest.raises(ValueError, match="make it with track=True"):
        first.send(zmq.Frame(b"x"), copy=False, track=True)
    with pytest.raises(ValueError, match="make it with track=True"):
        first.send_multipart([b"1", zmq.Frame(b"x")], copy=False, track=True)
    assert not second.poll(0)


def test_a_tracked_frame_returns_its_tracker(pair: Pair) -> None:
    first, second = pair
    frame = zmq.Frame(LARGE * b"x", track=True, copy=False)
    tracker = first.send(frame, copy=False, track=True)
    second.recv()
    assert not tracker.done
    del frame
    tracker.wait(10)


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


# Polling one socket


def test_poll_waits_for_input_by_default(pair: Pair) -> None:
    first, second = pair
    assert first.poll(0) == 0
    second.send(b"")
    assert first.poll() == zmq.POLLIN
    assert first.poll(1000) == zmq.POLLIN


def test_poll_asks_for_flags_only(pair: Pair) -> None:
    first, second = pair
    second.send(b"")
    assert first.poll(0, zmq.POLLOUT) == zmq.POLLOUT
    assert first.poll(0, zmq.POLLIN | zmq.POLLOUT) == zmq.POLLIN | zmq.POLLOUT
    assert second.poll(flags=zmq.POLLOUT) == zmq.POLLOUT


@pytest.mark.parametrize("timeout", [0, 1, 0.5])
def test_poll_returns_0_after_a_timeout(pair: Pair, timeout: float) -> None:
    assert pair[0].poll(timeout) == 0  # fractions of milliseconds work, too


@pytest.mark.parametrize("timeout", [None, -1, 60_000])
def test_poll_wakes_up_when_a_message_comes(pair: Pair, background: Background, timeout: int | None) -> None:
    polled = background(pair[0].poll, timeout)
    pair[1].send(b"")
    assert polled.result() == zmq.POLLIN


# Endpoints


def test_bind_returns_a_context_manager_that_unbinds(sockets: Make) -> None:
    first, second = sockets(zmq.PULL), sockets(zmq.PULL)
    with first.bind("inproc://here") as bound:
        assert bound is first
        with pytest.raises(zmq.ZMQError):
            second.bind("inproc://here")
    second.bind("inproc://here")


def test_a_wildcard_unbinds_what_it_became(sockets: Make) -> None:
    first, second = sockets(zmq.PULL), sockets(zmq.PULL)
    with first.bind("tcp://127.0.0.1:*") as bound:
        endpoint = bound.last_endpoint.decode()
        assert not endpoint.endswith("*")
    with pytest.raises(zmq.ZMQError) as caught:
        first.unbind(endpoint)
    assert caught.value.errno == errno.ENOENT
    assert not second.closed


def test_each_bind_unbinds_its_own_endpoint(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    outer = pull.bind("tcp://127.0.0.1:*")
    outer_endpoint = pull.last_endpoint
    with outer:
        with pull.bind("tcp://127.0.0.1:*"):
            inner_endpoint = pull.last_endpoint
        pull.connect(outer_endpoint.decode())  # still bound: unbinding it below does not raise
    for endpoint in (outer_endpoint, inner_endpoint):
        with pytest.raises(zmq.ZMQError):
            pull.unbind(endpoint)


def test_connect_returns_a_context_manager_that_disconnects(sockets: Make) -> None:
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    pull.bind("inproc://here")
    with push.connect("inproc://here") as connected:
        assert connected is push
        push.send(b"while connected")
    assert pull.recv() == b"while connected"
    with pytest.raises(zmq.ZMQError) as caught:
        push.disconnect("inproc://here")
    assert caught.value.errno == errno.ENOENT


def test_the_context_manager_of_a_closed_socket_does_nothing(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    with pull.bind("inproc://here"):
        pull.close()


def test_bind_shows_its_endpoint(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    assert repr(pull.bind("inproc://here")) == "<SocketContext(bind='inproc://here')>"
    assert repr(pull.connect("inproc://there")) == "<SocketContext(connect='inproc://there')>"


def test_endpoints_can_be_bytes(sockets: Make) -> None:
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    pull.bind(b"inproc://bytes")
    push.connect(pull.last_endpoint)
    push.send(b"content")
    assert pull.recv() == b"content"


@pytest.mark.parametrize("endpoint", [None, 5, ["inproc://x"]])
@pytest.mark.parametrize("action", ["bind", "connect", "unbind", "disconnect"])
def test_endpoints_of_a_wrong_type_are_refused(sockets: Make, action: str, endpoint: Any) -> None:
    with pytest.raises(TypeError, match="endpoints are str"):
        getattr(sockets(zmq.PULL), action)(endpoint)


def test_connect_comes_before_bind(sockets: Make) -> None:
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    push.connect("inproc://later")
    push.send(b"early")
    pull.bind("inproc://later")
    assert pull.recv() == b"early"


def test_bind_to_random_port_returns_the_port(sockets: Make) -> None:
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    port = pull.bind_to_random_port("tcp://127.0.0.1")
    assert pull.last_endpoint == b"tcp://127.0.0.1:%d" % port
    push.connect(f"tcp://127.0.0.1:{port}")
    push.send(b"content")
    assert pull.recv() == b"content"


def test_a_send_that_does_not_wait_sees_the_room_that_was_just_made(sockets: Make) -> None:
    """libzmq itself looks only now and then when it must not wait."""
    push, pull = sockets(zmq.PUSH), sockets(zmq.PULL)
    push.sndhwm = pull.rcvhwm = 1
    pull.bind("inproc://room")
    push.connect("inproc://room")
    for _ in range(100):
        sent = 0
        with pytest.raises(zmq.Again):
            for sent in range(10):  # noqa: B007 (it is looked at when the loop ends early)
                push.send(b"full", zmq.NOBLOCK)
        for _ in range(sent):
            pull.recv()
        push.send(b"fits", zmq.NOBLOCK)
        assert pull.recv() == b"fits"


def test_bind_to_random_port_refuses_transports_without_ports(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    with pytest.raises(ValueError, match="'inproc://name' has no ports"):
        pull.bind_to_random_port("inproc://name")
    assert pull.last_endpoint == b""


def test_endpoints_have_no_null_characters(sockets: Make) -> None:
    with pytest.raises(ValueError, match=r"'inproc://a\\x00b'"):
        sockets(zmq.PULL).bind("inproc://a\0b")


def test_bind_to_random_port_stays_in_its_range(sockets: Make) -> None:
    port = sockets(zmq.PULL).bind_to_random_port("tcp://127.0.0.1", min_port=20_000, max_port=40_000)
    assert 20_000 <= port < 40_000


def test_bind_to_random_port_gives_up(sockets: Make) -> None:
    taken = sockets(zmq.PULL).bind_to_random_port("tcp://127.0.0.1")
    with pytest.raises(zmq.ZMQBindError, match=rf"no free port for tcp://127.0.0.1: tried 1 from {taken} to {taken}"):
        sockets(zmq.PULL).bind_to_random_port("tcp://127.0.0.1", min_port=taken, max_port=taken + 1)


def test_bind_to_random_port_raises_at_once_where_no_port_would_help(sockets: Make) -> None:
    with pytest.raises(zmq.ZMQError, match="cannot bind 'nonsense:") as caught:
        sockets(zmq.PULL).bind_to_random_port("nonsense", min_port=20_000, max_port=40_000)
    assert caught.value.errno == zmq.EINVAL


@pytest.mark.parametrize(("min_port", "max_port"), [(5, 5), (0, 10), (10, 70_000), (-5, 5)])
def test_bind_to_random_port_needs_ports(sockets: Make, min_port: int, max_port: int) -> None:
    with pytest.raises(ValueError, match="1 to 65535"):
        sockets(zmq.PULL).bind_to_random_port("tcp://127.0.0.1", min_port, max_port)


@pytest.mark.skipif(not zmq.has("ipc"), reason="libzmq was built without ipc")
def test_ipc_connects_over_a_path(sockets: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # paths of sockets are short
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    pull.bind("ipc://feed")
    push.connect("ipc://feed")
    push.send(b"content")
    assert pull.recv() == b"content"


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6")
def test_tcp_connects_over_ipv6(sockets: Make) -> None:
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    pull.ipv6 = push.ipv6 = 1
    pull.bind("tcp://[::1]:*")
    push.connect(pull.last_endpoint.decode())
    push.send(b"content")
    assert pull.recv() == b"content"


# Life


def test_close_closes(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    assert pull.closed is False
    pull.close()
    assert pull.closed is True


def test_close_twice_is_harmless(closed: zmq.Socket) -> None:
    closed.close()
    closed.close(linger=5)


def test_with_closes_at_the_end(context: zmq.Context) -> None:
    with context.socket(zmq.PULL) as pull:
        assert not pull.closed
    assert pull.closed


@pytest.mark.parametrize("linger", ["5", 1.5, b"5"])
def test_linger_of_a_wrong_type_is_refused_and_the_socket_stays_open(sockets: Make, linger: Any) -> None:
    pull = sockets(zmq.PULL)
    with pytest.raises(TypeError, match="milliseconds"):
        pull.close(linger)
    assert not pull.closed


def test_linger_zero_discards_unsent_messages(context: zmq.Context, dead_endpoint: str) -> None:
    push = context.socket(zmq.PUSH)
    push.connect(dead_endpoint)
    push.send(b"nobody takes it")
    push.close(linger=0)  # else the context would wait for ever


def test_linger_delivers_messages_after_close(sockets: Make, context: zmq.Context) -> None:
    pull, push = sockets(zmq.PULL), context.socket(zmq.PUSH)
    pull.bind("tcp://127.0.0.1:*")
    push.connect(pull.last_endpoint.decode())
    push.send(b"kept")
    push.close(linger=10_000)
    assert pull.recv() == b"kept"


USES: dict[str, Callable[[zmq.Socket], object]] = {
    "send": lambda s: s.send(b""),
    "send frame": lambda s: s.send(zmq.Frame(b"")),
    "send pinned": lambda s: s.send(b"", copy=False),
    "send_multipart": lambda s: s.send_multipart([b""]),
    "send_string": lambda s: s.send_string(""),
    "send_json": lambda s: s.send_json(1),
    "send_pyobj": lambda s: s.send_pyobj(1),
    "recv": lambda s: s.recv(),
    "recv noblock": lambda s: s.recv(zmq.NOBLOCK),
    "recv frame": lambda s: s.recv(copy=False),
    "recv_multipart": lambda s: s.recv_multipart(),
    "recv_string": lambda s: s.recv_string(),
    "recv_into": lambda s: s.recv_into(bytearray(1)),
    "bind": lambda s: s.bind("inproc://x"),
    "connect": lambda s: s.connect("inproc://x"),
    "unbind": lambda s: s.unbind("inproc://x"),
    "disconnect": lambda s: s.disconnect("inproc://x"),
    "bind_to_random_port": lambda s: s.bind_to_random_port("tcp://127.0.0.1"),
    "poll": lambda s: s.poll(0),
    "subscribe": lambda s: s.subscribe(b""),
    "monitor": lambda s: s.monitor("inproc://x"),
    "get_monitor_socket": lambda s: s.get_monitor_socket(),
    "shadow": zmq.Socket.shadow,
    "copy": copy.copy,
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_closed_socket_cannot_be_used(closed: zmq.Socket, use: Callable[[zmq.Socket], object]) -> None:
    with pytest.raises(zmq.ZMQError, match="cannot use a closed socket") as caught:
        use(closed)
    assert caught.value.errno == zmq.ENOTSOCK


def test_a_closed_socket_has_no_address(closed: zmq.Socket) -> None:
    assert closed.underlying == 0


def test_repr_shows_the_type_and_whether_it_is_closed(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    assert repr(pull) == f"<zmq.Socket(zmq.PULL) at {id(pull):#x}>"
    pull.close()
    assert repr(pull) == f"<zmq.Socket(zmq.PULL) at {id(pull):#x} closed>"


def test_a_socket_whose_init_did_not_run_says_so() -> None:
    socket: zmq.Socket = zmq.Socket.__new__(zmq.Socket)
    assert socket.closed
    assert "Socket(?)" in repr(socket)
    socket.close()
    with pytest.raises(zmq.ZMQError, match="__init__"):
        socket.recv()


@pytest.mark.parametrize(
    "make",
    [
        lambda _: zmq.Socket(),
        zmq.Socket,
        lambda _: zmq.Socket("context", zmq.PULL),  # type: ignore[arg-type]  # the mistake
        lambda context: zmq.Socket(context, "PULL"),  # type: ignore[arg-type]  # the mistake
        lambda _: zmq.Socket.shadow(0),
    ],
)
def test_a_socket_needs_a_context_and_a_type(context: zmq.Context, make: Callable[[zmq.Context], object]) -> None:
    with pytest.raises(TypeError, match="a socket needs a"):
        make(context)


def test_an_unclosed_socket_warns_when_it_is_collected(context: zmq.Context) -> None:
    holder = [context.socket(zmq.PULL)]
    with pytest.warns(ResourceWarning, match=r"Unclosed socket <zmq\.Socket\(zmq\.PULL\)"):
        holder.clear()


def test_sockets_are_compared_by_identity(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    assert pull != copy.copy(pull)
    assert len({pull, pull}) == 1


def test_a_socket_can_be_subscripted() -> None:
    assert zmq.Socket[bytes].__origin__ is zmq.Socket  # type: ignore[attr-defined]  # an alias


def test_sync_socket_is_a_socket(context: zmq.Context) -> None:
    with zmq.SyncSocket(context, zmq.PULL) as socket:
        assert type(socket) is zmq.Socket


# Shadows and copies


@pytest.mark.parametrize(
    "how", [copy.copy, copy.deepcopy, zmq.Socket.shadow, zmq.Socket, lambda s: zmq.Socket.shadow(s.underlying)]
)
def test_a_shadow_shares_the_c_socket(pair: Pair, how: Callable[[zmq.Socket], zmq.Socket]) -> None:
    first, second = pair
    shadow = how(first)
    assert shadow is not first
    assert shadow.underlying == first.underlying != 0
    assert shadow.type is zmq.PAIR
    second.send(b"content")
    assert shadow.recv() == b"content"


def test_a_shadow_of_a_socket_has_its_context(sockets: Make, context: zmq.Context) -> None:
    assert zmq.Socket.shadow(sockets(zmq.PULL)).context is context


def test_a_shadow_is_closed_with_its_original(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    shadow = copy.copy(pull)
    pull.close()
    assert shadow.closed
    with pytest.raises(zmq.ZMQError):
        shadow.recv()


def test_closing_a_shadow_closes_the_original(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    copy.copy(pull).close()
    assert pull.closed


def test_collecting_a_shadow_leaves_the_socket_open(pair: Pair) -> None:
    shadow = copy.copy(pair[0])
    del shadow
    gc.collect()
    pair[0].send(b"content")
    assert pair[1].recv() == b"content"


def test_a_shadow_of_a_subclass_is_of_that_class(sockets: Make) -> None:
    class Named(zmq.Socket):
        pass

    assert type(Named.shadow(sockets(zmq.PULL))) is Named


def test_whoever_waits_in_a_shadow_is_woken_by_the_original(pair: Pair, background: Background) -> None:
    first, second = pair
    polled = background(copy.copy(first).poll)
    second.send(b"content")
    assert polled.result() == zmq.POLLIN
    assert first.recv() == b"content"


@pytest.fixture
def foreign(context: zmq.Context) -> Any:
    """The libzmq that we are linked with, through ctypes, or a skip."""
    try:
        from zmq.backend import _build
    except ImportError:  # a build by hand
        pytest.skip("nothing tells which libzmq we are linked with")
    name = ctypes.util.find_library("zmq")
    if not name or _build.LINK != "system":
        pytest.skip("we are linked with another libzmq than the system's")
    try:
        library = ctypes.CDLL(name)
    except OSError:
        pytest.skip("the libzmq that we are linked with came with the wheel")
    library.zmq_socket.restype = ctypes.c_void_p
    library.zmq_socket.argtypes = [ctypes.c_void_p, ctypes.c_int]
    library.zmq_close.argtypes = [ctypes.c_void_p]
    return library


def test_a_socket_that_others_made_can_be_used_and_is_left_open(
    foreign: Any, context: zmq.Context, sockets: Make
) -> None:
    address = foreign.zmq_socket(context.underlying, int(zmq.PULL))
    shadow = zmq.Socket.shadow(address)
    push = sockets(zmq.PUSH)
    push.bind("inproc://foreign")
    shadow.connect("inproc://foreign")
    push.send(b"content")
    assert shadow.recv() == b"content"
    assert (shadow.type, shadow.underlying) == (zmq.PULL, address)
    del shadow
    gc.collect()
    assert foreign.zmq_close(address) == 0


def test_waiting_in_a_socket_that_others_made_ends_when_a_message_comes(
    foreign: Any, context: zmq.Context, sockets: Make, background: Background
) -> None:
    address = foreign.zmq_socket(context.underlying, int(zmq.PULL))
    shadow = zmq.Socket.shadow(address)
    push = sockets(zmq.PUSH)
    push.bind("inproc://foreign")
    shadow.connect("inproc://foreign")
    received = background(shadow.recv)
    push.send(b"content")
    assert received.result() == b"content"
    assert foreign.zmq_close(address) == 0


# Monitors


def test_a_monitor_tells_what_happens_to_connections(sockets: Make) -> None:
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    with pull.get_monitor_socket() as monitor:
        pull.bind("tcp://127.0.0.1:*")
        push.connect(pull.last_endpoint.decode())
        events = [recv_monitor_message(monitor) for _ in range(3)]
        assert [event["event"] for event in events] == [
            zmq.EVENT_LISTENING,
            zmq.EVENT_ACCEPTED,
            zmq.EVENT_HANDSHAKE_SUCCEEDED,
        ]
        assert events[0]["endpoint"] == pull.last_endpoint
        pull.disable_monitor()


def test_a_monitor_tells_of_chosen_events_only(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    monitor = pull.get_monitor_socket(zmq.EVENT_CLOSED)
    pull.bind("tcp://127.0.0.1:*")
    pull.unbind(pull.last_endpoint)
    assert recv_monitor_message(monitor)["event"] == zmq.EVENT_CLOSED


def test_a_monitor_tells_of_its_end(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    with zmq.Socket(pull.context, zmq.PAIR) as monitor:
        pull.monitor("inproc://events")
        monitor.connect("inproc://events")
        pull.monitor(None, 0)
        assert recv_monitor_message(monitor)["event"] == zmq.EVENT_MONITOR_STOPPED


def test_a_socket_has_one_monitor(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    assert pull.get_monitor_socket() is pull.get_monitor_socket()


def test_disable_monitor_closes_it_and_allows_another(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    for _ in range(20):  # libzmq gives up an endpoint only some time later
        monitor = pull.get_monitor_socket()
        assert not monitor.closed
        pull.disable_monitor()
        assert monitor.closed
    pull.disable_monitor()


def test_a_monitor_is_closed_with_its_socket(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    monitor = pull.get_monitor_socket()
    pull.close()
    assert monitor.closed


def test_a_monitor_can_have_an_endpoint_of_one_s_own(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    monitor = pull.get_monitor_socket(addr="inproc://my-monitor")
    assert monitor.last_endpoint == b"inproc://my-monitor"


@pytest.mark.parametrize("endpoint", ["tcp://127.0.0.1:5555", "ipc:///tmp/x"])
def test_monitors_are_inproc_only(sockets: Make, endpoint: str) -> None:
    with pytest.raises(zmq.ZMQError, match=f"cannot monitor on '{endpoint}': .*inproc://NAME") as caught:
        sockets(zmq.PULL).monitor(endpoint)
    assert caught.value.errno == zmq.EPROTONOSUPPORT


# Security without an authenticator


def test_plain_without_an_authenticator_refuses_everybody(sockets: Make) -> None:
    rep, req = sockets(zmq.REP), sockets(zmq.REQ)
    rep.plain_server = 1
    monitor = rep.get_monitor_socket(zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL)
    rep.bind("tcp://127.0.0.1:*")
    req.plain_username, req.plain_password = b"anna", b"secret"
    req.connect(rep.last_endpoint.decode())
    assert (rep.mechanism, req.mechanism) == (zmq.PLAIN, zmq.PLAIN)
    event = recv_monitor_message(monitor)
    assert (event["event"], event["value"]) == (zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL, errno.EFAULT)


def test_a_peer_without_a_name_is_refused_by_plain(sockets: Make) -> None:
    rep, req = sockets(zmq.REP), sockets(zmq.REQ)
    rep.plain_server = 1
    monitor = rep.get_monitor_socket(zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL)
    rep.bind("tcp://127.0.0.1:*")
    req.connect(rep.last_endpoint.decode())
    event = recv_monitor_message(monitor)
    assert event["event"] == zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    assert event["value"] == zmq.PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH
