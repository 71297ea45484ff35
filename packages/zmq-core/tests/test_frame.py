"""Frames: content without copies, options and properties."""

from __future__ import annotations

import array
import copy
from collections.abc import Callable
from typing import Any

import pytest

import zmq

MakePair = Callable[..., tuple[zmq.Socket, zmq.Socket]]

SIZES = [0, 1, 33, 100, 70_000, 262_143, 262_144, 1_000_000]
WITHOUT_DRAFTS = pytest.mark.skipif(zmq.DRAFT_API, reason="this libzmq has drafts")


# Content


@pytest.mark.parametrize("copy_it", [True, False, None])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, lambda data: array.array("B", data)])
def test_a_frame_holds_the_content(size: int, kind: Callable[[bytes], Any], copy_it: bool | None) -> None:
    content = (b"0123456789" * (size // 10 + 1))[:size]
    frame = zmq.Frame(kind(content), copy=copy_it)
    assert frame.bytes == bytes(frame) == bytes(frame.buffer) == content
    assert len(frame) == size


def test_a_frame_of_nothing_is_empty() -> None:
    for frame in (zmq.Frame(), zmq.Frame(None), zmq.Frame(b"")):
        assert (len(frame), frame.bytes) == (0, b"")


@pytest.mark.parametrize("copy_it", [True, False, None])
def test_text_is_refused_and_the_error_lists_the_accepted_types(copy_it: bool | None) -> None:
    with pytest.raises(TypeError, match="bytes, not str"):
        zmq.Frame("text", copy=copy_it)  # type: ignore[arg-type]  # that is the point


@pytest.mark.parametrize("copy_it", [True, False, None])
@pytest.mark.parametrize("data", [3, 1.5, [b"x"], object()])
def test_an_object_without_a_buffer_is_refused(data: Any, copy_it: bool | None) -> None:
    with pytest.raises(TypeError):
        zmq.Frame(data, copy=copy_it)


@pytest.mark.parametrize("copy_it", [True, False, None])
def test_a_buffer_with_gaps_is_refused(copy_it: bool | None) -> None:
    with pytest.raises(BufferError):
        zmq.Frame(memoryview(200_000 * b"x")[::2], copy=copy_it)


def test_a_copied_frame_does_not_follow_its_source() -> None:
    source = bytearray(b"content")
    frame = zmq.Frame(source, copy=True)
    source[0:1] = b"C"
    assert frame.bytes == b"content"


@pytest.mark.pypy_skip("only bytes are pinned")
def test_a_pinned_frame_follows_its_source() -> None:
    source = bytearray(b"content")
    frame = zmq.Frame(source, copy=False)
    source[0:1] = b"C"
    assert bytes(frame.buffer) == b"Content"


@pytest.mark.pypy_skip("only bytes are pinned")
def test_a_pinned_source_cannot_be_resized() -> None:
    source = bytearray(b"content")
    frame = zmq.Frame(source, copy=False)
    with pytest.raises(BufferError):
        source.append(0)
    assert len(frame) == 7


@pytest.mark.pypy_skip("a bytearray can be resized when the Frame that copied it was collected")
def test_small_content_is_copied_by_default() -> None:
    source = bytearray(100)
    _ = zmq.Frame(source)
    source.append(0)


def test_large_content_is_pinned_by_default() -> None:
    source = bytearray(zmq.COPY_THRESHOLD)
    frame = zmq.Frame(source)
    with pytest.raises(BufferError):
        source.append(0)
    assert len(frame) == zmq.COPY_THRESHOLD


def test_copy_threshold_decides() -> None:
    source = bytearray(100)
    frame = zmq.Frame(source, copy_threshold=100)
    with pytest.raises(BufferError):
        source.append(0)
    del frame
    _ = zmq.Frame(source, copy_threshold=101)


def test_bytes_are_created_once() -> None:
    frame = zmq.Frame(bytearray(b"content"))
    assert frame.bytes is frame.bytes


@pytest.mark.parametrize("copy_it", [False])
def test_bytes_of_pinned_bytes_are_the_source(copy_it: bool) -> None:
    source = 100_000 * b"x"
    assert zmq.Frame(source, copy=copy_it).bytes is source


def test_the_buffer_is_not_copied() -> None:
    frame = zmq.Frame(b"content")
    view = memoryview(frame)
    assert view.format == "B"
    assert view.obj is frame
    assert frame.buffer == view


@pytest.mark.parametrize("size", SIZES[1:])
@pytest.mark.parametrize(
    "transport", ["tcp", pytest.param("ipc", marks=pytest.mark.skipif(not zmq.has("ipc"), reason="no ipc"))]
)
def test_a_frame_from_a_connection_can_be_changed_in_place(make_pair: MakePair, transport: str, size: int) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH, transport)
    for _ in range(3):  # small messages share the memory of one read
        push.send_multipart([size * b"1", size * b"2"])
    frames = [frame for _ in range(3) for frame in pull.recv_multipart(copy=False)]
    for number, frame in enumerate(frames):
        assert frame.bytes == size * (b"1", b"2")[number % 2]
        frame.buffer[:] = size * (b"%d" % number)
    assert [frame.bytes for frame in frames] == [size * (b"%d" % number) for number in range(6)]


def test_a_frame_made_by_copying_can_be_changed_in_place() -> None:
    source = bytearray(b"content")
    frame = zmq.Frame(source)
    memoryview(frame)[:3] = b"coo"
    assert frame.bytes == b"cootent"
    assert source == b"content"


def test_a_frame_over_pinned_bytes_is_read_only() -> None:
    assert zmq.Frame(100_000 * b"x", copy=False).buffer.readonly


@pytest.mark.pypy_skip("only bytes are pinned")
def test_a_frame_over_a_bytearray_changes_it() -> None:
    source = bytearray(100_000)
    frame = zmq.Frame(source, copy=False)
    frame.buffer[0] = 7
    assert frame.bytes[0] == source[0] == 7


@pytest.mark.parametrize("source", [bytes, bytearray])
def test_pinned_memory_that_was_sent_is_read_only(make_pair: MakePair, source: Callable[[bytes], Any]) -> None:
    frame = zmq.Frame(source(100_000 * b"x"), copy=False)
    assert copy.copy(frame).buffer.readonly
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    push.send(frame)
    push.send(source(100_000 * b"x"), copy=False)
    for _ in range(2):
        assert pull.recv(copy=False).buffer.readonly


@pytest.mark.parametrize("size", [100, 100_000])
def test_frames_that_share_their_memory_are_read_only(make_pair: MakePair, size: int) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH, "tcp")
    push.send(size * b"x")
    frame = pull.recv(copy=False)
    other = copy.copy(frame)
    assert frame.buffer.readonly
    assert other.buffer.readonly
    made = zmq.Frame(size * b"x", copy=True)
    push.send(made)
    assert made.buffer.readonly


def test_the_buffer_is_the_same_while_it_is_in_use(make_pair: MakePair) -> None:
    frame = zmq.Frame(b"content")
    view = frame.buffer
    assert frame.buffer is view
    view.release()
    assert frame.buffer.tobytes() == b"content"
    view = frame.buffer
    _, push = make_pair(zmq.PULL, zmq.PUSH)
    large = zmq.Frame(100_000 * b"x", copy=True)
    writable = large.buffer
    push.send(large)
    assert (writable.readonly, large.buffer.readonly) == (False, True)


def test_the_buffer_outlives_the_frame() -> None:
    view = zmq.Frame(b"content").buffer
    assert view.tobytes() == b"content"


def test_init_again_replaces_the_content() -> None:
    frame = zmq.Frame(b"old")
    assert frame.bytes == b"old"
    frame.__init__(b"new content")  # type: ignore[misc]  # unusual, but must not crash
    assert bytes(frame.buffer) == b"new content"
    assert frame.bytes == b"new content"


@pytest.mark.pypy_skip("only bytes are pinned")
def test_init_again_with_its_own_memory_is_refused() -> None:
    frame = zmq.Frame(100_000 * b"x", copy=True)
    with pytest.raises(BufferError):
        frame.__init__(frame, copy=False)  # type: ignore[misc]  # unusual, but must not crash
    assert frame.bytes == 100_000 * b"x"


# Text


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"", "<zmq.Frame(b'')>"),
        (b"content", "<zmq.Frame(b'content')>"),
        (b"0123456789012345", "<zmq.Frame(b'0123456789012345')>"),
        (b"01234567890123456", "<zmq.Frame(b'012345678901'...17B)>"),
        (999 * b"x", "<zmq.Frame(b'xxxxxxxxxxxx'...999B)>"),
        (1000 * b"x", "<zmq.Frame(b'xxxxxxxxxxxx'...1kB)>"),
        (2**20 * b"x", "<zmq.Frame(b'xxxxxxxxxxxx'...1MB)>"),
    ],
)
def test_repr_shows_the_beginning_and_the_size(content: bytes, shown: str) -> None:
    frame = zmq.Frame(content)
    assert repr(frame) == str(frame) == f"{frame}" == shown


def test_repr_names_the_subclass() -> None:
    class Tagged(zmq.Frame):
        pass

    assert repr(Tagged(b"content")) == f"<{__name__}.Tagged(b'content')>"


def test_frames_are_compared_by_identity() -> None:
    frame = zmq.Frame(b"content")
    assert frame != zmq.Frame(b"content")
    assert len({frame, frame}) == 1


# Copies


def test_a_copy_shares_the_content() -> None:
    frame = zmq.Frame(100_000 * b"x")
    twin = copy.copy(frame)
    assert twin is not frame
    assert twin.bytes == frame.bytes
    assert type(twin) is zmq.Frame


def test_a_copy_outlives_the_original(make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    push.send(100_000 * b"x")
    frame = pull.recv(copy=False)
    twin = copy.copy(frame)
    del frame
    assert twin.bytes == 100_000 * b"x"


def test_a_copy_has_the_same_tracker() -> None:
    frame = zmq.Frame(b"content", track=True, copy=False)
    twin = copy.copy(frame)
    assert twin.tracker is frame.tracker
    assert twin.tracker_event is frame.tracker_event


# Trackers


def test_a_frame_is_not_tracked_by_default() -> None:
    frame = zmq.Frame(b"content", copy=False)
    assert (frame.tracker, frame.tracker_event) == (None, None)


@pytest.mark.parametrize("data", [None, b"", b"content"])
def test_a_tracked_copy_is_done_at_once(data: bytes | None) -> None:
    frame = zmq.Frame(data, track=True, copy=True)
    assert frame.tracker is not None
    assert frame.tracker.done
    assert frame.tracker_event is None


def test_a_tracked_pinned_frame_is_done_when_it_is_gone(reclaim: Any) -> None:
    frame = zmq.Frame(b"content", track=True, copy=False)
    tracker, event = frame.tracker, frame.tracker_event
    assert tracker is not None
    assert event is not None
    assert (tracker.done, event.is_set(), event.wait(0)) == (False, False, False)
    del frame
    reclaim()
    tracker.wait(30)
    assert (tracker.done, event.is_set(), event.wait(0)) == (True, True, True)


# Options and properties


def test_more_is_true_if_another_frame_follows(make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    push.send_multipart([b"1", b"2"])
    first, second = pull.recv_multipart(copy=False)
    assert (first.more, second.more) == (True, False)
    assert (first.get(zmq.MORE), second.get(zmq.MORE)) == (1, 0)
    assert (first[zmq.MORE], second[zmq.MORE]) == (1, 0)


def test_a_new_frame_has_no_more() -> None:
    assert zmq.Frame(b"content").more is False


@pytest.mark.parametrize("name", ["MORE", "More", "SHARED", "shared"])
def test_options_are_attributes_in_any_case(name: str) -> None:
    assert getattr(zmq.Frame(b"content"), name) == 0


@pytest.mark.parametrize("transport", ["tcp"])
def test_a_received_frame_has_the_properties_of_its_peer(make_pair: MakePair, transport: str) -> None:
    rep, req = make_pair(zmq.REP, zmq.REQ, transport)
    req.send(b"content")
    frame = rep.recv(copy=False)
    assert frame["Socket-Type"] == frame.get("Socket-Type") == "REQ"
    assert frame["Peer-Address"] == "127.0.0.1"


@pytest.mark.parametrize("key", ["Peer-Address", "No-Such-Property"])
def test_a_property_it_does_not_have_raises(key: str) -> None:
    frame = zmq.Frame(b"content")
    with pytest.raises(zmq.ZMQError, match=f"cannot get property '{key}' of a frame") as caught:
        frame.get(key)
    assert caught.value.errno == zmq.EINVAL
    with pytest.raises(zmq.ZMQError):
        frame[key]


def test_an_option_that_libzmq_does_not_return_is_a_missing_attribute_of_the_frame() -> None:
    frame = zmq.Frame(b"content")
    assert not hasattr(frame, "SRCFD")
    assert not hasattr(frame, "srcfd")


@pytest.mark.parametrize(("threshold", "error"), [(-1, OverflowError), ("x", TypeError)])
def test_a_threshold_is_a_number_of_bytes(threshold: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        zmq.Frame(b"content", copy=True, copy_threshold=threshold)


def test_an_option_it_does_not_have_raises() -> None:
    with pytest.raises(zmq.ZMQError, match="cannot get option 99 of a frame") as caught:
        zmq.Frame(b"content").get(99)
    assert caught.value.errno == zmq.EINVAL


@pytest.mark.parametrize("option", [None, 1.5])
def test_neither_an_option_nor_a_property_is_refused(option: Any) -> None:
    with pytest.raises(TypeError):
        zmq.Frame(b"content").get(option)


@pytest.mark.parametrize("option", [zmq.MORE, 99])
def test_libzmq_lets_no_option_be_set(option: int) -> None:
    with pytest.raises(zmq.ZMQError, match="cannot set option") as caught:
        zmq.Frame(b"content").set(option, 1)
    assert caught.value.errno == zmq.EINVAL


@pytest.mark.parametrize("option", ["Peer-Address", None])
def test_a_property_cannot_be_set(option: Any) -> None:
    with pytest.raises(TypeError, match="cannot set .* of a frame"):
        zmq.Frame(b"content").set(option, "value")


def test_a_typo_raises() -> None:
    frame: Any = zmq.Frame(b"content")
    with pytest.raises(AttributeError, match="has no option 'mroe'"):
        _ = frame.mroe
    with pytest.raises(AttributeError, match="mroe"):
        frame.mroe = 1


@WITHOUT_DRAFTS
@pytest.mark.parametrize("name", ["routing_id", "group", "ROUTING_ID", "Group"])
def test_drafts_raise_errors_that_name_them(name: str) -> None:
    frame = zmq.Frame(b"content")
    with pytest.raises(zmq.ZMQVersionError, match=f"Frame.{name.lower()} requires libzmq"):
        getattr(frame, name)
    with pytest.raises(zmq.ZMQVersionError):
        frame.get(name.lower())


@WITHOUT_DRAFTS
@pytest.mark.parametrize(("name", "value"), [("routing_id", 7), ("group", "g")])
def test_drafts_cannot_be_set(name: str, value: int | str) -> None:
    frame = zmq.Frame(b"content")
    with pytest.raises(zmq.ZMQVersionError):
        setattr(frame, name, value)
    with pytest.raises(zmq.ZMQVersionError):
        frame.set(name, value)


# Sending


def test_a_frame_can_be_sent_many_times(make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    frame = zmq.Frame(b"content")
    for copy_it in (True, False, True):
        push.send(frame, copy=copy_it)
    assert [pull.recv() for _ in range(3)] == 3 * [b"content"]
    assert frame.bytes == b"content"


def test_a_subclass_can_be_sent(make_pair: MakePair) -> None:
    class Named(zmq.Frame):
        name = "anna"

    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    push.send(Named(b"content"))
    assert pull.recv() == b"content"
    assert type(copy.copy(Named(b"content"))) is Named


def test_programs_may_change_the_threshold(monkeypatch: pytest.MonkeyPatch, context: zmq.Context) -> None:
    monkeypatch.setattr(zmq, "COPY_THRESHOLD", 1)
    frame = zmq.Frame(bytearray(b"small"), track=True)
    assert frame.tracker is not None
    assert not frame.tracker.done  # the memory is pinned
    with context.socket(zmq.PAIR) as socket:
        assert socket.copy_threshold == 1
