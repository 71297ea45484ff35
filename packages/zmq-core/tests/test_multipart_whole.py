"""A message is delivered whole or not at all, even if a frame is bad, or a peer leaves or dies."""

from __future__ import annotations

import array
import os
import random
import signal
import subprocess
import sys
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


def _released() -> memoryview:
    view = memoryview(b"gone")
    view.release()
    return view


# ---- frames that cannot be sent


@pytest.mark.parametrize("copy", [True, False])
@pytest.mark.parametrize("position", [0, 1, 20])
@pytest.mark.parametrize(
    "bad",
    [
        *(1, "text", None, object(), [b"x"], memoryview(b"abcdef")[::2]),
        pytest.param(_released(), marks=pytest.mark.pypy_skip("its C API crashes for a released memoryview in a list")),
    ],
    ids=["int", "str", "None", "object", "list", "strided", "released"],
)
def test_one_bad_frame_and_nothing_is_sent(make_pair: MakePair, bad: Any, position: int, copy: bool) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    parts: list[Any] = [b"x"] * 21
    parts[position] = bad
    with pytest.raises((TypeError, BufferError, ValueError)):
        push.send_multipart(parts, copy=copy)
    push.send_multipart([b"the", b"next"])
    assert pull.recv_multipart() == [b"the", b"next"]
    assert not pull.poll(0)


def test_an_iterable_that_raises_sends_nothing(make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)

    def parts() -> Any:
        yield b"first"
        raise LookupError

    with pytest.raises(LookupError):
        push.send_multipart(parts())
    push.send_multipart([b"next"])
    assert pull.recv_multipart() == [b"next"]


def test_a_message_without_frames_is_refused(make_pair: MakePair) -> None:
    _, push = make_pair(zmq.PULL, zmq.PUSH)
    with pytest.raises(IndexError, match="without frames"):
        push.send_multipart([])


def test_a_frame_whose_buffer_code_changes_the_list(make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    parts: list[Any] = []

    class Evil:
        def __buffer__(self, flags: int) -> memoryview:
            parts.clear()
            return memoryview(b"evil")

    try:
        memoryview(Evil())
    except TypeError:
        pytest.skip("classes cannot have buffers before Python 3.12")
    parts.extend([Evil(), *(array.array("b", b"x" * 10) for _ in range(50))])
    push.send_multipart(parts, copy=False)
    assert pull.recv_multipart() == [b"evil", *[b"x" * 10] * 50]


# ---- a peer that leaves in the middle of a message


def _continue(sender: zmq.Socket, tail: list[Any]) -> bool:
    """Send the rest of a message whose peer has left; return whether it was refused, and not dropped silently."""
    refused = None
    try:
        for part in tail[:-1]:
            sender.send(part, zmq.SNDMORE)
        sender.send(tail[-1])
    except zmq.ZMQError as error:
        refused = error.errno
    assert refused in (None, Errno.EHOSTUNREACH)
    return refused is not None


def _next_is_whole(sender: zmq.Socket, receiver: zmq.Socket, tries: int = 2000) -> bool:
    """Send until a message arrives: messages to a leaving peer are lost with it."""
    while not receiver.poll(5):
        tries -= 1
        if tries == 0:
            return False
        try:
            sender.send_multipart([b"3", b"3", b"3"], zmq.NOBLOCK)
        except zmq.Again:
            sender.poll(0)  # a PAIR releases a lost peer only when its events are read
    while receiver.poll(0):
        message = receiver.recv_multipart()
        if receiver.type == zmq.ROUTER:
            message.pop(0)
        assert message == [message[0]] * int(message[0])
    return True


@pytest.mark.parametrize("kind", [zmq.PUSH, zmq.DEALER])
@pytest.mark.parametrize("steps", [1, 2, 50])
def test_a_message_whose_peer_left_half_way_never_continues_on_another_peer(
    sockets: Make, kind: int, steps: int
) -> None:
    sender = sockets(kind)
    receivers = [sockets(zmq.PULL if kind == zmq.PUSH else zmq.DEALER) for _ in range(2)]
    for number, receiver in enumerate(receivers):
        receiver.bind(f"inproc://peer-{number}")
        sender.connect(f"inproc://peer-{number}")
    sender.send(b"head", zmq.SNDMORE)
    receivers[0].close(linger=0)
    for _ in range(steps):
        sender.getsockopt(zmq.EVENTS)  # processes the commands of the leaving peer that have arrived
    _continue(sender, [b"tail"])
    assert _next_is_whole(sender, receivers[1])


@pytest.mark.parametrize("tail", [[b"tail"], [b"tail", b"end"], [bytearray(b"tail"), zmq.Frame(b"end")]])
def test_continuing_a_message_that_was_dropped_raises_and_the_next_is_whole(sockets: Make, tail: list[Any]) -> None:
    refused = 0
    for round_ in range(200):
        sender, first, second = sockets(zmq.PUSH), sockets(zmq.PULL), sockets(zmq.PULL)
        sender.bind(f"inproc://round-{round_}")
        first.connect(f"inproc://round-{round_}")
        sender.send(b"head", zmq.SNDMORE)
        first.close(linger=0)
        sender.getsockopt(zmq.EVENTS)
        second.connect(f"inproc://round-{round_}")
        refused += _continue(sender, tail)
        assert _next_is_whole(sender, second)
        sender.close(linger=0)
        second.close(linger=0)
    print(f"{refused} of 200 were refused, the rest was dropped")


LENGTHS = (1, 2, 9, 3000)


@pytest.mark.parametrize(
    ("here", "there"), [(zmq.PUSH, zmq.PULL), (zmq.DEALER, zmq.DEALER), (zmq.PAIR, zmq.PAIR), (zmq.DEALER, zmq.ROUTER)]
)
@pytest.mark.parametrize("transport", ["inproc", "tcp"])
def test_peers_that_come_and_go_get_whole_messages(
    sockets: Make, background: Start, here: int, there: int, transport: str
) -> None:
    """A receiver closes at random; libzmq processes commands between the frames of the long messages."""
    sender = sockets(here)
    sender.sndhwm = 3
    sender.sndtimeo = 20
    sender.bind("inproc://stress" if transport == "inproc" else "tcp://127.0.0.1:*")
    endpoint = sender.last_endpoint.decode()
    done = threading.Event()
    chance = random.Random(f"{here} {there} {transport}")

    def receive() -> int:
        received = 0
        for _ in range(150):
            receiver = sockets(there)
            receiver.rcvhwm = 3
            receiver.rcvtimeo = 20
            receiver.connect(endpoint)
            try:
                for _ in range(chance.randrange(4)):
                    message = receiver.recv_multipart()
                    if there == zmq.ROUTER:
                        message.pop(0)
                    assert message == [message[0]] * int(message[0])
                    received += 1
            except zmq.Again:
                pass
            finally:
                receiver.close(linger=0)
        done.set()
        return received

    receiving = background(receive)
    number = 0
    while not done.is_set():
        length = LENGTHS[number % len(LENGTHS)]
        number += 1
        try:
            sender.send_multipart([b"%d" % length] * length)
        except zmq.Again:
            pass
    assert receiving.result(40)
    while True:
        last = sockets(there)
        last.connect(endpoint)
        if _next_is_whole(sender, last, tries=100):
            break
        last.close(linger=0)  # a PAIR that connected before the old peer was released is never accepted


def test_a_request_whose_peer_left_half_way_is_not_torn(sockets: Make, background: Start) -> None:
    """REQ adds frames; a REP receives the whole message or nothing."""
    done = threading.Event()
    endpoint = "inproc://requests"
    asking = sockets(zmq.REQ)
    asking.bind(endpoint)
    asking.rcvtimeo = asking.sndtimeo = 20
    asking.req_relaxed = True

    def answer() -> int:
        answered = 0
        for _ in range(150):
            with sockets(zmq.REP) as answering:
                answering.rcvtimeo = 20
                answering.linger = 0
                answering.connect(endpoint)
                try:
                    message = answering.recv_multipart()
                except zmq.Again:
                    continue
                assert message == [message[0]] * int(message[0])
                answering.send(message[0])
                answered += 1
        done.set()
        return answered

    answers = background(answer)
    number = 0
    while not done.is_set():
        length = LENGTHS[number % len(LENGTHS)]
        number += 1
        try:
            asking.send_multipart([b"%d" % length] * length)
            asking.recv()
        except zmq.Again:
            pass
    assert answers.result(40)


# ---- processes that are killed

RECEIVE = """
    import sys, zmq
    context = zmq.Context()
    pull = context.socket(zmq.PULL)
    pull.rcvhwm = 2
    pull.connect(sys.argv[1])
    while True:
        message = pull.recv_multipart()
        assert message == [message[0]] * len(message), len(message)
        print("message", flush=True)
"""

SEND = """
    import sys, zmq
    context = zmq.Context()
    push = context.socket(zmq.PUSH)
    push.connect(sys.argv[1])
    number = 0
    while True:
        push.send_multipart([b"%d" % number] * 2000)
        print("message", flush=True)
        number += 1
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL")
def test_messages_to_the_next_receiver_are_whole_after_one_was_killed(
    sockets: Make, start_script: Callable[..., subprocess.Popen[str]], background: Start
) -> None:
    push = sockets(zmq.PUSH)
    push.sndhwm = 2
    push.sndtimeo = 100
    push.bind("tcp://127.0.0.1:*")
    done = threading.Event()

    def send() -> None:
        number = 0
        while not done.is_set():
            try:
                push.send_multipart([b"%d" % number] * (1 + number % 3000))
            except zmq.Again:
                continue
            number += 1

    sending = background(send)
    try:
        for _ in range(5):
            process = start_script(RECEIVE, push.last_endpoint.decode())
            assert process.stdout is not None
            for _ in range(3):
                assert process.stdout.readline() == "message\n"
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        with zmq.Context() as context, context.socket(zmq.PULL) as pull:
            pull.connect(push.last_endpoint.decode())
            pull.rcvtimeo = 30_000
            for _ in range(20):
                message = pull.recv_multipart()
                assert message == [message[0]] * (1 + int(message[0]) % 3000)
    finally:
        done.set()
    sending.result()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL")
def test_a_killed_sender_leaves_no_partial_message(
    sockets: Make, start_script: Callable[..., subprocess.Popen[str]]
) -> None:
    pull = sockets(zmq.PULL)
    monitor = pull.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    pull.bind("tcp://127.0.0.1:*")
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
    poller.register(monitor, zmq.POLLIN)
    for _ in range(5):
        process = start_script(SEND, pull.last_endpoint.decode())
        for expected in range(5):
            assert pull.recv_multipart() == [b"%d" % expected] * 2000
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        # Its last messages come before the event of its end.
        while monitor not in dict(poller.poll()) or pull.poll(0):
            message = pull.recv_multipart()
            assert message == [message[0]] * 2000
        monitor.recv_multipart()
    pull.disable_monitor()


# ---- receiving


def test_recv_multipart_of_very_many_frames(make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    for count in (1, 7, 8, 9, 16, 17, 1000, 50_000):
        frames = [b"%d" % number for number in range(count)]
        push.send_multipart(frames)
        assert pull.recv_multipart() == frames
        push.send_multipart(frames, copy=False)
        assert [frame.bytes for frame in pull.recv_multipart(copy=False)] == frames


def test_recv_multipart_after_recv_returns_the_rest_of_that_message_only(make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    push.send_multipart([b"1", b"2", b"3"])
    push.send_multipart([b"4", b"5"])
    assert pull.recv() == b"1"
    assert pull.recv_multipart() == [b"2", b"3"]
    assert pull.recv_multipart() == [b"4", b"5"]


def test_an_empty_message_and_empty_frames(make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    for message in ([b""], [b"", b""], [b"x", b"", b"y"]):
        push.send_multipart(message)
        assert pull.recv_multipart() == message


@pytest.mark.parametrize("copy", [True, False])
def test_frames_of_all_sizes_in_one_message(make_pair: MakePair, copy: bool) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    frames = [bytes([size % 251]) * size for size in (0, 1, 33, 34, 300_000, 5, 262_143, 262_144, 0, 1_000_000, 7)]
    push.send_multipart(frames)
    assert [bytes(frame) for frame in pull.recv_multipart(copy=copy)] == frames


SHORT_OF_MEMORY = """
    import resource, zmq
    with zmq.Context() as context, context.socket(zmq.PULL) as pull, context.socket(zmq.PUSH) as push:
        pull.bind("inproc://messages")
        push.connect("inproc://messages")
        push.send_multipart([bytearray(200_000)] * 200, copy=False)  # which is copied when it is received
        push.send_multipart([b"the", b"next"])
        with open("/proc/self/statm") as statm:
            used = int(statm.read().split()[0]) * resource.getpagesize()
        limits = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (used + 8_000_000, limits[1]))
        held = []
        try:
            while True:
                held.append(bytes(200_000))  # an allocator may have set a gigabyte aside
        except MemoryError:
            del held[-20:]
        try:
            pull.recv_multipart()
        except MemoryError:
            print("MemoryError")
        resource.setrlimit(resource.RLIMIT_AS, limits)
        print(pull.recv_multipart())
"""


@pytest.mark.pypy_skip("PyPy itself crashes without memory")
@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on memory that is kept")
def test_a_message_without_memory_for_it_is_lost_as_a_whole(run_script: Callable[..., str]) -> None:
    assert run_script(SHORT_OF_MEMORY).splitlines() == ["MemoryError", "[b'the', b'next']"]
