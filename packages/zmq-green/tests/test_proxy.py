"""Proxies and devices: whole messages pass while other greenlets run."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import gevent
import pytest

import zmq as plain
import zmq.green as zmq

Start = Callable[..., "gevent.Greenlet[..., Any]"]
Sockets = Callable[[int], zmq.Socket]


def bind(sockets: Sockets, *types: int) -> list[zmq.Socket]:
    """Create a socket of each type, each bound to a new endpoint."""
    made = [sockets(socket_type) for socket_type in types]
    for number, socket in enumerate(made):
        socket.bind(f"inproc://proxy-{number}")
    return made


def connect(sockets: Sockets, socket_type: int, peer: zmq.Socket) -> zmq.Socket:
    """Create a socket that is connected to *peer*."""
    socket = sockets(socket_type)
    socket.connect(peer.last_endpoint.decode())
    return socket


@pytest.mark.parametrize("name", ["proxy", "device", "device of whatever type"])
def test_requests_and_replies_pass_whole(name: str, sockets: Sockets, start: Start) -> None:
    router, dealer = bind(sockets, zmq.ROUTER, zmq.DEALER)
    client, server = connect(sockets, zmq.REQ, router), connect(sockets, zmq.REP, dealer)
    if name == "proxy":
        proxying = start(zmq.proxy, router, dealer)
    else:
        proxying = start(zmq.device, zmq.QUEUE if name == "device" else 0, router, dealer)
    for _ in range(3):
        client.send_multipart([b"question", b"", b"?"])
        assert server.recv_multipart() == [b"question", b"", b"?"]
        server.send_multipart([b"answer", b"!"])
        assert client.recv_multipart() == [b"answer", b"!"]
    proxying.kill()


def test_subscriptions_and_messages_pass(sockets: Sockets, start: Start) -> None:
    xsub, xpub = bind(sockets, zmq.XSUB, zmq.XPUB)
    publisher, subscriber = connect(sockets, zmq.XPUB, xsub), connect(sockets, zmq.SUB, xpub)
    proxying = start(zmq.proxy, frontend=xsub, backend=xpub)
    subscriber.subscribe(b"news")
    assert publisher.recv() == b"\x01news"
    publisher.send_multipart([b"weather", b"rain"])
    publisher.send_multipart([b"news", b"none"])
    assert subscriber.recv_multipart() == [b"news", b"none"]
    proxying.kill()


def test_everything_is_captured(sockets: Sockets, start: Start) -> None:
    router, dealer, capture = bind(sockets, zmq.ROUTER, zmq.DEALER, zmq.PUSH)
    client, server = connect(sockets, zmq.REQ, router), connect(sockets, zmq.REP, dealer)
    captured = connect(sockets, zmq.PULL, capture)
    proxying = start(zmq.proxy, router, dealer, capture)
    client.send(b"question")
    server.send(server.recv() + b"!")
    assert client.recv() == b"question!"
    assert captured.recv_multipart()[1:] == [b"", b"question"]
    assert captured.recv_multipart()[1:] == [b"", b"question!"]
    proxying.kill()


def test_messages_wait_in_the_queue_before_the_proxy_and_survive_its_end(sockets: Sockets, start: Start) -> None:
    pull, push = bind(sockets, zmq.PULL, zmq.PUSH)
    source = connect(sockets, zmq.PUSH, pull)
    proxying = start(zmq.device, zmq.STREAMER, pull, push)
    source.send_multipart([b"a", b"b"])
    gevent.sleep(0)
    proxying.kill()
    assert pull.recv_multipart() == [b"a", b"b"]


def test_messages_wait_in_the_queue_before_the_proxy_while_the_capture_has_no_room(
    sockets: Sockets, start: Start
) -> None:
    pull, push, capture = bind(sockets, zmq.PULL, zmq.PUSH, zmq.PUSH)
    source, target = connect(sockets, zmq.PUSH, pull), connect(sockets, zmq.PULL, push)
    proxying = start(zmq.proxy, pull, push, capture)
    source.send_multipart([b"a", b"b"])
    gevent.sleep(0)
    proxying.kill()
    assert pull.recv_multipart() == [b"a", b"b"]
    with pytest.raises(zmq.Again):
        target.recv(zmq.NOBLOCK)


@pytest.mark.parametrize("captured", [False, True])
def test_the_next_proxy_sends_the_message_that_a_killed_proxy_had_received(
    captured: bool, sockets: Sockets, start: Start
) -> None:
    pull, router, capture = bind(sockets, zmq.PULL, zmq.ROUTER, zmq.PUSH)
    router.router_mandatory = 1
    router.sndhwm = 1
    source, capturing = connect(sockets, zmq.PUSH, pull), connect(sockets, zmq.PULL, capture)
    sockets_of_proxy = [pull, router, capture] if captured else [pull, router]
    peers = {}
    for name in (b"slow", b"other"):
        peers[name] = dealer = sockets(zmq.DEALER)
        dealer.routing_id = name
        dealer.rcvhwm = 1
        dealer.connect(router.last_endpoint.decode())
        dealer.send(b"here I am")
        router.recv_multipart()
    for number in range(10):
        source.send_multipart([b"slow", b"%d" % number])
    received: list[bytes] = []
    for _ in range(3):
        proxying = start(zmq.proxy, *sockets_of_proxy)
        gevent.sleep(0.02)
        proxying.kill()
        received.append(peers[b"slow"].recv())
    proxying = start(zmq.proxy, *sockets_of_proxy)
    received += [peers[b"slow"].recv() for _ in range(7)]
    proxying.kill()
    assert received == [b"%d" % number for number in range(10)]
    if captured:
        assert [capturing.recv_multipart()[1] for _ in range(10)] == received
        assert not capturing.poll(0)


def test_a_direction_that_cannot_send_does_not_delay_the_other(sockets: Sockets, start: Start) -> None:
    front, back = bind(sockets, zmq.DEALER, zmq.DEALER)
    back.sndhwm = 1
    client, server = connect(sockets, zmq.DEALER, front), sockets(zmq.DEALER)
    server.rcvhwm = 1
    server.connect(back.last_endpoint.decode())
    proxying = start(zmq.proxy, front, back)
    for number in range(20):
        client.send(b"%d" % number)
    server.send(b"back")
    assert client.recv() == b"back"
    assert [server.recv() for _ in range(20)] == [b"%d" % number for number in range(20)]
    proxying.kill()


@pytest.mark.parametrize("types", [(zmq.REP, zmq.REQ), (zmq.ROUTER, zmq.DEALER)])
def test_one_socket_echoes(types: tuple[int, int], sockets: Sockets, start: Start) -> None:
    (server,) = bind(sockets, types[0])
    client = connect(sockets, types[1], server)
    proxying = start(zmq.device, zmq.QUEUE, server, server)
    for _ in range(3):
        client.send_multipart([b"", b"hello"] if types[0] == zmq.ROUTER else [b"hello"])
        assert client.recv_multipart()[-1] == b"hello"
    proxying.kill()


def test_a_rep_and_a_req_make_a_proxy(sockets: Sockets, start: Start) -> None:
    rep, req = bind(sockets, zmq.REP, zmq.REQ)
    client, server = connect(sockets, zmq.REQ, rep), connect(sockets, zmq.REP, req)
    proxying = start(zmq.proxy, rep, req)
    for _ in range(3):
        client.send(b"question")
        server.send(server.recv() + b"!")
        assert client.recv() == b"question!"
    proxying.kill()


def test_a_flood_passes_whole_while_other_greenlets_run(sockets: Sockets, start: Start) -> None:
    pull, push = bind(sockets, zmq.PULL, zmq.PUSH)
    source, sink = connect(sockets, zmq.PUSH, pull), connect(sockets, zmq.PULL, push)
    proxying = start(zmq.proxy, pull, push)

    def flood() -> None:
        for number in range(5000):
            source.send_multipart([b"%d" % number, b"x"])

    flooding = start(flood)
    for number in range(5000):
        assert sink.recv_multipart() == [b"%d" % number, b"x"]
    flooding.get()
    proxying.kill()


def test_one_socket_may_be_both_sides(sockets: Sockets, start: Start) -> None:
    (echo,) = bind(sockets, zmq.ROUTER)
    client = connect(sockets, zmq.DEALER, echo)
    proxying = start(zmq.device, zmq.QUEUE, echo)
    client.send_multipart([b"", b"hello"])
    assert client.recv_multipart() == [b"", b"hello"]
    proxying.kill()


def test_plain_sockets_do_not_block_the_thread_in_a_proxy(start: Start) -> None:
    with plain.Context() as context, context.socket(zmq.PULL) as pull, context.socket(zmq.PUSH) as push:
        proxying = start(zmq.proxy, pull, push)
        assert not proxying.ready()
        proxying.kill()


@pytest.mark.parametrize("end", ["terminate", "close"])
def test_proxies_end_with_their_context_or_sockets(end: str, start: Start) -> None:
    context = zmq.Context()
    pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)

    def proxy() -> zmq.ZMQError:
        with pytest.raises(zmq.ZMQError) as caught:
            zmq.proxy(pull, push)
        pull.close()
        push.close()
        return caught.value

    proxying = start(proxy)
    if end == "close":
        pull.close()
        assert proxying.get().errno == zmq.ENOTSOCK
    context.term()
    assert isinstance(proxying.get(), zmq.ContextTerminated) == (end == "terminate")


@pytest.mark.parametrize("control_types", [(zmq.PAIR, zmq.PAIR), (zmq.REP, zmq.REQ)], ids=["PAIR", "REP"])
def test_a_steerable_proxy_obeys(control_types: tuple[int, int], sockets: Sockets, start: Start) -> None:
    pull, push, control = bind(sockets, zmq.PULL, zmq.PUSH, control_types[0])
    source, sink = connect(sockets, zmq.PUSH, pull), connect(sockets, zmq.PULL, push)
    steering = connect(sockets, control_types[1], control)
    proxying = start(zmq.proxy_steerable, pull, push, control=control)

    def steer(command: bytes) -> list[bytes]:
        steering.send(command)
        if command == b"STATISTICS" or control_types[1] == zmq.REQ:
            return steering.recv_multipart()
        return []

    source.send_multipart([b"12", b"3"])
    assert sink.recv_multipart() == [b"12", b"3"]
    steer(b"PAUSE")
    assert [struct.unpack("=Q", part)[0] for part in steer(b"STATISTICS")] == [1, 3, 0, 0, 0, 0, 1, 3]
    source.send(b"later")
    assert not sink.poll(10)
    steer(b"RESUME")
    assert sink.recv() == b"later"
    steering.send_multipart([b"no command", b"TERMINATE"])
    if control_types[1] == zmq.REQ:
        assert steering.recv_multipart() == [b""]
    source.send(b"passes")
    assert sink.recv() == b"passes"
    steer(b"TERMINATE")
    assert proxying.get() == 0


def test_a_control_socket_that_cannot_reply_does_not_end_the_proxy(sockets: Sockets, start: Start) -> None:
    pull, push, control = bind(sockets, zmq.PULL, zmq.PUSH, zmq.PULL)
    steering = connect(sockets, zmq.PUSH, control)
    proxying = start(zmq.proxy_steerable, pull, push, control=control)
    steering.send(b"STATISTICS")
    steering.send(b"TERMINATE")
    assert proxying.get() == 0


def test_a_message_that_cannot_be_routed_is_dropped_and_the_others_pass(sockets: Sockets, start: Start) -> None:
    pull, router, control = bind(sockets, zmq.PULL, zmq.ROUTER, zmq.REP)
    router.router_mandatory = True
    source, steering = connect(sockets, zmq.PUSH, pull), connect(sockets, zmq.REQ, control)
    sink = sockets(zmq.DEALER)
    sink.routing_id = b"there"
    sink.connect(router.last_endpoint.decode())
    sink.send(b"hello")
    assert router.recv_multipart() == [b"there", b"hello"]
    start(zmq.proxy_steerable, pull, router, control=control)
    for number in range(3):
        source.send_multipart([b"absent", b"a", b"b"])
        source.send_multipart([b"there", b"%d" % number])
    assert [sink.recv() for _ in range(3)] == [b"0", b"1", b"2"]
    steering.send(b"STATISTICS")
    counted = [struct.unpack("=Q", part)[0] for part in steering.recv_multipart()]
    assert (counted[0], counted[6]) == (6, 3)
    steering.send(b"TERMINATE")
    assert steering.recv() == b""
