"""The draft socket types, if libzmq has them: messages of one frame, addressed to a peer or a group."""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from typing import Any

import pytest

import zmq

pytestmark = pytest.mark.skipif(not zmq.DRAFT_API, reason="this libzmq has no drafts")

Make = Callable[[int], zmq.Socket]
MakePair = Callable[..., tuple[zmq.Socket, zmq.Socket]]
Background = Callable[..., Future[Any]]

TRANSPORTS = pytest.mark.parametrize("transport", ["inproc", "tcp"])
BIG = 100_000 * b"x"


# Addressed to a peer


@pytest.fixture
def client_and_server(make_pair: MakePair) -> tuple[zmq.Socket, zmq.Socket, int]:
    """A connected CLIENT and SERVER, and the routing id of the client."""
    server, client = make_pair(zmq.SERVER, zmq.CLIENT, "tcp")
    client.send(b"hello")
    return client, server, server.recv(copy=False).routing_id


@TRANSPORTS
def test_a_received_frame_has_the_routing_id_of_its_client(make_pair: MakePair, transport: str) -> None:
    server, client = make_pair(zmq.SERVER, zmq.CLIENT, transport)
    client.send(b"question")
    frame = server.recv(copy=False)
    assert frame.routing_id == frame["routing_id"] == frame.get("routing_id") > 0
    server.send(b"answer", routing_id=frame.routing_id)
    assert client.recv() == b"answer"


@pytest.mark.parametrize(
    ("send", "recv", "message"),
    [
        ("send", "recv", b"bytes"),
        ("send_multipart", "recv_multipart", [b"one frame"]),
        ("send_string", "recv_string", "text"),
        ("send_json", "recv_json", {"key": [1]}),
        ("send_pyobj", "recv_pyobj", (1, 2)),
    ],
)
def test_every_way_to_send_takes_a_routing_id(
    client_and_server: tuple[zmq.Socket, zmq.Socket, int], send: str, recv: str, message: object
) -> None:
    client, server, routing_id = client_and_server
    getattr(server, send)(message, routing_id=routing_id)
    assert getattr(client, recv)() == message


def test_a_forwarded_frame_keeps_its_routing_id(client_and_server: tuple[zmq.Socket, zmq.Socket, int]) -> None:
    client, server, routing_id = client_and_server
    frame = zmq.Frame(b"answer")
    frame.routing_id = routing_id
    server.send(frame)
    assert client.recv() == b"answer"
    tracker = server.send(BIG, copy=False, track=True, routing_id=routing_id)
    assert client.recv() == BIG
    tracker.wait(30)


@pytest.mark.parametrize(
    ("routing_id", "error", "text"),
    [
        (None, zmq.ZMQError, "cannot send on a SERVER socket: .*; pass the routing_id of a Frame"),
        (1, zmq.ZMQError, "cannot send on a SERVER socket: .*; pass the routing_id of a Frame"),
        (0, zmq.ZMQError, "cannot set the routing id 0: .*; it must not be 0"),
        (-1, ValueError, "ints from 1 to 4294967295: got -1"),
        (2**32, ValueError, "ints from 1 to 4294967295: got 4294967296"),
        ("client", TypeError, "routing ids of messages are ints: got 'client'"),
    ],
)
def test_a_server_needs_the_routing_id_of_a_client(
    client_and_server: tuple[zmq.Socket, zmq.Socket, int], routing_id: Any, error: type[Exception], text: str
) -> None:
    _, server, _ = client_and_server
    with pytest.raises(error, match=text):
        server.send(b"answer", routing_id=routing_id)


def test_peers_connect_and_are_answered(sockets: Make) -> None:
    one, two = sockets(zmq.PEER), sockets(zmq.PEER)
    one.bind("tcp://127.0.0.1:*")
    to_one = two.connect_peer(one.last_endpoint.decode())
    two.send(b"question", routing_id=to_one)
    frame = one.recv(copy=False)
    one.send(b"answer", routing_id=frame.routing_id)
    assert two.recv(copy=False).routing_id == to_one


def test_only_peers_connect_as_peers(sockets: Make) -> None:
    with pytest.raises(zmq.ZMQError, match="cannot connect to 'inproc://unbound'") as caught:
        sockets(zmq.CLIENT).connect_peer("inproc://unbound")
    assert caught.value.errno == zmq.ENOTSUP


# Addressed to a group


@TRANSPORTS
def test_a_dish_receives_the_groups_it_has_joined(
    make_pair: MakePair, transport: str, wait_until: Callable[[Callable[[], object]], None]
) -> None:
    dish, radio = make_pair(zmq.DISH, zmq.RADIO, transport)
    dish.join("news")
    dish.join(b"weather")
    dish.leave("weather")

    def has_joined() -> bool:
        radio.send(b"hello", group="news")
        return bool(dish.poll(10))

    wait_until(has_joined)
    radio.send(b"rain", group="weather")
    frame = zmq.Frame(b"last")
    frame.group = "news"
    radio.send(frame)
    received = [dish.recv(copy=False)]
    while received[-1].bytes != b"last":
        received.append(dish.recv(copy=False))
    assert {frame.bytes for frame in received} == {b"hello", b"last"}
    assert {frame.group for frame in received} == {frame["group"] for frame in received} == {"news"}


@pytest.mark.parametrize("use", ["join", "leave", "send", "frame"])
@pytest.mark.parametrize(
    ("group", "error", "text"),
    [
        (3, TypeError, "groups are named by str or bytes: got 3"),
        (None, TypeError, "groups are named by str or bytes: got None"),
        ("a\0b", ValueError, "no null characters"),
        (256 * "g", ValueError, "at most 255 bytes: got 256"),
    ],
)
def test_an_invalid_group_is_refused(sockets: Make, use: str, group: Any, error: type[Exception], text: str) -> None:
    if use == "send" and group is None:
        pytest.skip("sends to the group that has no name")
    with pytest.raises(error, match=text):
        if use == "send":
            sockets(zmq.RADIO).send(b"", group=group)
        elif use == "frame":
            zmq.Frame(b"").group = group
        else:
            getattr(sockets(zmq.DISH), use)(group)


@pytest.mark.parametrize("kind", [zmq.RADIO, zmq.PUSH])
def test_only_a_dish_joins(sockets: Make, kind: int) -> None:
    with pytest.raises(zmq.ZMQError, match="cannot join group 'g': .*; only DISH sockets join groups"):
        sockets(kind).join("g")


# One frame


@pytest.mark.parametrize(
    "kinds",
    [(zmq.GATHER, zmq.SCATTER), (zmq.CHANNEL, zmq.CHANNEL), (zmq.SERVER, zmq.CLIENT)],
    ids=lambda kinds: kinds[1].name,
)
@TRANSPORTS
def test_messages_have_one_frame(make_pair: MakePair, kinds: tuple[int, int], transport: str) -> None:
    receiver, sender = make_pair(*kinds, transport)
    with pytest.raises(zmq.ZMQError, match="one frame, sent without SNDMORE"):
        sender.send_multipart([b"two", b"frames"])
    with pytest.raises(zmq.ZMQError, match="one frame, sent without SNDMORE"):
        sender.send(b"more", zmq.SNDMORE)
    sender.send(b"one")
    assert receiver.recv_multipart() == [b"one"]


def _free_udp_addresses(count: int) -> list[str]:
    """Return unused addresses: libzmq cannot let the system choose a port of UDP."""
    with ExitStack() as stack:
        plain = [stack.enter_context(socket.socket(type=socket.SOCK_DGRAM)) for _ in range(count)]
        for each in plain:
            each.bind(("127.0.0.1", 0))
        return ["{}:{}".format(*each.getsockname()) for each in plain]


def test_datagrams_have_an_address_and_a_content(sockets: Make) -> None:
    one, two = sockets(zmq.DGRAM), sockets(zmq.DGRAM)
    addresses = _free_udp_addresses(2)
    for dgram, address in zip((one, two), addresses, strict=True):
        dgram.bind(f"udp://{address}")
    two.send_multipart([addresses[0].encode(), b"datagram"])
    sender, content = one.recv_multipart()
    assert sender.rstrip(b"\0") == addresses[1].encode()  # from libzmq, with a terminating zero
    assert content == b"datagram"
    with pytest.raises(zmq.ZMQError, match="two frames: the address"):
        two.send(b"without an address")


# Waiting without a descriptor


def test_draft_sockets_have_no_descriptor(sockets: Make) -> None:
    client = sockets(zmq.CLIENT)
    assert client.thread_safe
    with pytest.raises(zmq.ZMQError, match=r"thread-safe sockets .*poll\(\)"):
        client.fileno()
    assert not hasattr(client, "fd")


def test_a_draft_socket_can_be_polled(make_pair: MakePair, background: Background) -> None:
    server, client = make_pair(zmq.SERVER, zmq.CLIENT, "tcp")
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    poller = zmq.Poller()
    poller.register(server, zmq.POLLIN)
    poller.register(pull, zmq.POLLIN)
    assert poller.poll(0) == []
    polling = background(poller.poll)
    client.send(b"x")
    assert polling.result() == [(server, zmq.POLLIN)]
    push.send(b"x")
    assert zmq.select([server, pull], [], []) == ([server, pull], [], [])
    assert server.poll() == zmq.POLLIN


def test_a_receive_on_a_draft_socket_waits_for_a_message(make_pair: MakePair, background: Background) -> None:
    server, client = make_pair(zmq.SERVER, zmq.CLIENT, "tcp")
    receiving = background(server.recv)
    client.send(b"message")
    assert receiving.result() == b"message"
    client.rcvtimeo = 1
    with pytest.raises(zmq.Again):
        client.recv()


@pytest.mark.parametrize("end", ["close", "term"])
def test_close_wakes_a_thread_that_waits_for_a_draft_socket(background: Background, end: str) -> None:
    context = zmq.Context()
    client = context.socket(zmq.CLIENT)

    def receive() -> int | None:
        with client:
            try:
                client.recv()
            except zmq.ZMQError as error:
                return error.errno
        return None

    receiving = background(receive)
    assert not receiving.done()
    if end == "close":
        client.close()
    context.term()
    assert receiving.result() in {zmq.ENOTSOCK, zmq.ETERM}
