"""The socket types, and their messaging patterns."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable

import pytest

import zmq

Make = Callable[[int], zmq.Socket]
MakePair = Callable[..., tuple[zmq.Socket, zmq.Socket]]

TRANSPORTS = ["inproc", "tcp", *(["ipc"] if zmq.has("ipc") else [])]
TYPES = [
    zmq.PAIR,
    zmq.PUB,
    zmq.SUB,
    zmq.XPUB,
    zmq.XSUB,
    zmq.REQ,
    zmq.REP,
    zmq.DEALER,
    zmq.ROUTER,
    zmq.PUSH,
    zmq.PULL,
    zmq.STREAM,
]


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("kind", TYPES)
def test_a_socket_knows_its_type(sockets: Make, kind: zmq.SocketType) -> None:
    made = sockets(kind)
    assert made.type is kind
    assert made.TYPE == made.get(zmq.TYPE) == kind


def test_the_older_name_of_the_type_is_deprecated(sockets: Make) -> None:
    with pytest.warns(DeprecationWarning, match=r"use Socket\.type") as caught:
        assert sockets(zmq.PUSH).socket_type is zmq.PUSH
    assert caught[0].filename == __file__


@pytest.mark.parametrize("kind", TYPES)
def test_the_type_is_known_when_the_socket_is_closed(sockets: Make, kind: zmq.SocketType) -> None:
    made = sockets(kind)
    made.close()
    assert made.type is kind


# PAIR


def test_pair_sends_both_ways(make_pair: MakePair, transport: str) -> None:
    first, second = make_pair(zmq.PAIR, zmq.PAIR, transport)
    second.send(b"ping")
    assert first.recv() == b"ping"
    first.send(b"pong")
    assert second.recv() == b"pong"


def test_pair_has_one_peer(make_pair: MakePair, sockets: Make) -> None:
    first, _ = make_pair(zmq.PAIR, zmq.PAIR)
    third = sockets(zmq.PAIR)
    third.connect(first.last_endpoint.decode())
    assert not first.poll(0)  # refuses the connection
    with pytest.raises(zmq.Again):
        third.send(b"no receiver", zmq.NOBLOCK)


# PUSH and PULL


def test_push_reaches_pull_in_order(make_pair: MakePair, transport: str) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH, transport)
    for number in range(10):
        push.send(b"%d" % number)
    assert [pull.recv() for _ in range(10)] == [b"%d" % number for number in range(10)]


def test_push_shares_the_work_between_pulls(sockets: Make) -> None:
    push, first, second = sockets(zmq.PUSH), sockets(zmq.PULL), sockets(zmq.PULL)
    push.bind("inproc://work")
    first.connect("inproc://work")
    second.connect("inproc://work")
    for number in range(4):
        push.send(b"%d" % number)
    assert {first.recv(), first.recv()} | {second.recv(), second.recv()} == {b"0", b"1", b"2", b"3"}


def test_pull_reads_from_pushes_in_turn(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    pull.bind("inproc://fair")
    pushes = [sockets(zmq.PUSH) for _ in range(3)]
    for number, push in enumerate(pushes):
        push.connect("inproc://fair")
        for _ in range(2):
            push.send(b"%d" % number)
    assert {pull.recv() for _ in range(3)} == {b"0", b"1", b"2"}


@pytest.mark.parametrize(
    ("kind", "action", "message"),
    [
        (zmq.PUSH, "receive from a PUSH socket", "only send"),
        (zmq.PUB, "receive from a PUB socket", "only send"),
        (zmq.PULL, "send on a PULL socket", "only receive"),
        (zmq.SUB, "send on a SUB socket", "only receive"),
    ],
)
def test_one_way_sockets_refuse_the_other_way(sockets: Make, kind: int, action: str, message: str) -> None:
    made = sockets(kind)
    with pytest.raises(zmq.ZMQError, match=f"cannot {action}: .*{message}") as caught:
        made.recv() if action.startswith("receive") else made.send(b"")
    assert caught.value.errno == zmq.ENOTSUP


# PUB and SUB


def test_sub_receives_what_it_subscribed_to(make_pair: MakePair, transport: str) -> None:
    xpub, sub = make_pair(zmq.XPUB, zmq.SUB, transport)
    sub.subscribe(b"news")
    assert xpub.recv() == b"\x01news"
    xpub.send(b"weather: rain")
    xpub.send(b"news: none")
    assert sub.recv() == b"news: none"


def test_pub_drops_messages_without_a_subscriber(sockets: Make) -> None:
    pub = sockets(zmq.PUB)
    pub.bind("inproc://silent")
    pub.send(b"unheard")


def test_sub_without_a_subscription_receives_nothing(make_pair: MakePair) -> None:
    xpub, sub = make_pair(zmq.XPUB, zmq.SUB)
    xpub.send(b"news")
    with pytest.raises(zmq.Again):
        sub.recv(zmq.NOBLOCK)


def test_the_empty_topic_prefix_is_everything(make_pair: MakePair) -> None:
    xpub, sub = make_pair(zmq.XPUB, zmq.SUB)
    sub.subscribe(b"")
    assert xpub.recv() == b"\x01"
    xpub.send(b"anything")
    assert sub.recv() == b"anything"


def test_unsubscribe_ends_a_subscription(make_pair: MakePair) -> None:
    xpub, sub = make_pair(zmq.XPUB, zmq.SUB)
    sub.subscribe(b"a")
    sub.subscribe(b"b")
    sub.unsubscribe(b"a")
    assert [xpub.recv() for _ in range(3)] == [b"\x01a", b"\x01b", b"\x00a"]
    xpub.send(b"a")
    xpub.send(b"b")
    assert sub.recv() == b"b"


@pytest.mark.parametrize("topic", ["é", "é".encode()])
def test_topics_are_bytes_or_text_in_utf_8(make_pair: MakePair, topic: str | bytes) -> None:
    xpub, sub = make_pair(zmq.XPUB, zmq.SUB)
    sub.subscribe(topic)
    assert xpub.recv() == b"\x01\xc3\xa9"
    sub.unsubscribe(topic)
    assert xpub.recv() == b"\x00\xc3\xa9"


def test_a_subscription_can_be_set_as_an_attribute(make_pair: MakePair) -> None:
    xpub, sub = make_pair(zmq.XPUB, zmq.SUB)
    sub.subscribe = b"a"  # type: ignore[method-assign, assignment]  # the contract has both
    sub.SUBSCRIBE = "b"
    sub.set(zmq.SUBSCRIBE, b"c")
    sub.unsubscribe = b"a"  # type: ignore[method-assign, assignment]  # the contract has both
    assert [xpub.recv() for _ in range(4)] == [b"\x01a", b"\x01b", b"\x01c", b"\x00a"]


def test_only_sub_subscribes(sockets: Make) -> None:
    with pytest.raises(zmq.ZMQError, match="SUBSCRIBE on a PUB socket") as caught:
        sockets(zmq.PUB).subscribe(b"")
    assert caught.value.errno == zmq.EINVAL


def test_xsub_subscribes_by_message(make_pair: MakePair) -> None:
    xpub, xsub = make_pair(zmq.XPUB, zmq.XSUB)
    xsub.send(b"\x01news")
    assert xpub.recv() == b"\x01news"
    xpub.send(b"news: some")
    assert xsub.recv() == b"news: some"


def test_xpub_is_told_once_about_each_topic_prefix(make_pair: MakePair, sockets: Make) -> None:
    xpub, first = make_pair(zmq.XPUB, zmq.SUB)
    second = sockets(zmq.SUB)
    second.connect(xpub.last_endpoint.decode())
    for sub in (first, second):
        sub.subscribe(b"same")
    first.subscribe(b"other")
    assert [xpub.recv(), xpub.recv()] == [b"\x01same", b"\x01other"]


def test_xpub_verbose_is_told_about_all(make_pair: MakePair, sockets: Make) -> None:
    xpub, first = make_pair(zmq.XPUB, zmq.SUB)
    xpub.xpub_verbose = 1
    second = sockets(zmq.SUB)
    second.connect(xpub.last_endpoint.decode())
    first.subscribe(b"same")
    second.subscribe(b"same")
    assert [xpub.recv(), xpub.recv()] == [b"\x01same", b"\x01same"]


def test_xpub_welcomes_new_subscribers(sockets: Make) -> None:
    xpub, sub = sockets(zmq.XPUB), sockets(zmq.SUB)
    xpub.xpub_welcome_msg = b"welcome"
    xpub.bind("inproc://welcome")
    sub.subscribe(b"welcome")
    sub.connect("inproc://welcome")
    assert xpub.recv() == b"\x01welcome"
    assert sub.recv() == b"welcome"


def test_conflate_keeps_the_last_message(sockets: Make) -> None:
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    pull.conflate = 1
    pull.bind("inproc://conflate")
    push.conflate = 1
    push.connect("inproc://conflate")
    push.send(b"1")
    push.send(b"2")
    assert pull.recv() == b"2"
    with pytest.raises(zmq.Again):
        pull.recv(zmq.NOBLOCK)


# REQ and REP


def test_req_asks_and_rep_answers(make_pair: MakePair, transport: str) -> None:
    rep, req = make_pair(zmq.REP, zmq.REQ, transport)
    for _ in range(2):
        req.send(b"question")
        assert rep.recv() == b"question"
        rep.send(b"answer")
        assert req.recv() == b"answer"


def test_a_second_request_before_the_reply_is_refused_and_harmless(make_pair: MakePair) -> None:
    rep, req = make_pair(zmq.REP, zmq.REQ)
    req.send(b"question")
    with pytest.raises(zmq.ZMQError, match="cannot send on a REQ socket: .*receive the reply") as caught:
        req.send(b"again")
    assert caught.value.errno == zmq.EFSM
    assert rep.recv() == b"question"
    rep.send(b"answer")
    assert req.recv() == b"answer"


def test_multipart_requests_obey_the_same_order(make_pair: MakePair) -> None:
    _, req = make_pair(zmq.REP, zmq.REQ)
    req.send_multipart([b"a", b"b"])
    with pytest.raises(zmq.ZMQError, match="cannot send on a REQ socket") as caught:
        req.send_multipart([b"a", b"b"])
    assert caught.value.errno == zmq.EFSM


def test_rep_answers_only_requests(make_pair: MakePair) -> None:
    rep, _ = make_pair(zmq.REP, zmq.REQ)
    with pytest.raises(zmq.ZMQError, match="cannot send on a REP socket: .*receive a request first") as caught:
        rep.send(b"unasked")
    assert caught.value.errno == zmq.EFSM


def test_req_relaxed_drops_the_request_under_way(make_pair: MakePair) -> None:
    rep, req = make_pair(zmq.REP, zmq.REQ)
    req.req_relaxed = 1
    req.req_correlate = 1
    req.send(b"1")
    req.send(b"2")
    assert rep.recv() == b"1"
    rep.send(b"one")
    assert rep.recv() == b"2"
    rep.send(b"two")
    assert req.recv() == b"two"


# DEALER and ROUTER


def test_router_prepends_the_routing_id(make_pair: MakePair, transport: str) -> None:
    router, dealer = make_pair(zmq.ROUTER, zmq.DEALER, transport)
    dealer.send(b"hello")
    routing_id, message = router.recv_multipart()
    assert (len(routing_id), message) == (5, b"hello")
    router.send_multipart([routing_id, b"world"])
    assert dealer.recv() == b"world"


@pytest.mark.parametrize("name", ["routing_id", "identity", "IDENTITY"])
def test_a_peer_can_choose_its_routing_id(sockets: Make, name: str) -> None:
    router, dealer = sockets(zmq.ROUTER), sockets(zmq.DEALER)
    router.bind("inproc://named")
    setattr(dealer, name, b"anna")
    dealer.connect("inproc://named")
    dealer.send(b"hello")
    assert router.recv_multipart() == [b"anna", b"hello"]


def test_router_drops_messages_to_an_unknown_peer(sockets: Make) -> None:
    router = sockets(zmq.ROUTER)
    router.bind("inproc://unbound")
    router.send_multipart([b"absent", b"lost"])


def test_a_mandatory_router_raises_for_an_unknown_peer(sockets: Make) -> None:
    router = sockets(zmq.ROUTER)
    router.router_mandatory = 1
    router.bind("inproc://unbound")
    with pytest.raises(zmq.ZMQError, match="cannot send on a ROUTER socket: .*no peer") as caught:
        router.send_multipart([b"absent", b"lost"])
    assert caught.value.errno == zmq.EHOSTUNREACH


def test_a_mandatory_router_works_after_the_error(make_pair: MakePair) -> None:
    router, dealer = make_pair(zmq.ROUTER, zmq.DEALER)
    router.router_mandatory = 1
    dealer.send(b"hello")
    routing_id = router.recv_multipart()[0]
    with pytest.raises(zmq.ZMQError):
        router.send_multipart([b"absent", b"lost"])
    router.send_multipart([routing_id, b"found"])
    assert dealer.recv_multipart() == [b"found"]


def test_probe_router_announces_the_peer(sockets: Make) -> None:
    router, dealer = sockets(zmq.ROUTER), sockets(zmq.DEALER)
    router.bind("inproc://probe")
    dealer.probe_router = 1
    dealer.routing_id = b"anna"
    dealer.connect("inproc://probe")
    assert router.recv_multipart() == [b"anna", b""]


def test_router_can_set_the_routing_id_of_the_peer_that_it_connects_to(sockets: Make) -> None:
    router, dealer = sockets(zmq.ROUTER), sockets(zmq.DEALER)
    dealer.bind("tcp://127.0.0.1:*")
    router.connect_routing_id = b"berta"
    router.connect(dealer.last_endpoint.decode())
    router.send_multipart([b"berta", b"hello"])
    assert dealer.recv() == b"hello"


def test_router_talks_to_req_with_an_empty_frame(make_pair: MakePair) -> None:
    router, req = make_pair(zmq.ROUTER, zmq.REQ)
    req.send(b"question")
    routing_id, empty, question = router.recv_multipart()
    assert (empty, question) == (b"", b"question")
    router.send_multipart([routing_id, b"", b"answer"])
    assert req.recv() == b"answer"


# STREAM


def test_stream_talks_to_plain_tcp(sockets: Make) -> None:
    stream = sockets(zmq.STREAM)
    port = stream.bind_to_random_port("tcp://127.0.0.1")
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        routing_id, connected = stream.recv_multipart()
        assert connected == b""
        plain.sendall(b"GET /")
        assert stream.recv_multipart() == [routing_id, b"GET /"]
        stream.send_multipart([routing_id, b"200 OK"])
        assert plain.recv(100) == b"200 OK"


# Drafts


@pytest.mark.skipif(zmq.has("draft") or zmq.DRAFT_API, reason="this libzmq has drafts")
@pytest.mark.parametrize("action", ["join", "leave"])
def test_groups_need_drafts(sockets: Make, action: str) -> None:
    with pytest.raises(zmq.ZMQVersionError, match=f"Socket.{action} requires libzmq >= .*draft"):
        getattr(sockets(zmq.SUB), action)("group")


@pytest.mark.skipif(zmq.has("draft") or zmq.DRAFT_API, reason="this libzmq has drafts")
@pytest.mark.parametrize("description", [{"routing_id": 7}, {"group": "g"}])
@pytest.mark.parametrize("method", ["send", "send_multipart"])
def test_describing_a_message_needs_drafts(make_pair: MakePair, method: str, description: dict[str, int | str]) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    with pytest.raises(zmq.ZMQVersionError, match="draft"):
        getattr(push, method)([b""] if method == "send_multipart" else b"", **description)
    assert not pull.poll(0)


# High water marks


def test_push_raises_again_at_its_high_water_mark(sockets: Make) -> None:
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    pull.rcvhwm = push.sndhwm = 1
    pull.bind("inproc://full")
    push.connect("inproc://full")
    push.send(b"1", zmq.NOBLOCK)
    push.send(b"2", zmq.NOBLOCK)
    with pytest.raises(zmq.Again) as caught:
        push.send(b"3", zmq.NOBLOCK)
    assert caught.value.errno == zmq.EAGAIN == errno.EAGAIN
    assert [pull.recv(), pull.recv()] == [b"1", b"2"]


def test_pub_drops_at_its_high_water_mark(sockets: Make) -> None:
    xpub, sub = sockets(zmq.XPUB), sockets(zmq.SUB)
    xpub.sndhwm = sub.rcvhwm = 1
    xpub.bind("inproc://drops")
    sub.subscribe(b"")
    sub.connect("inproc://drops")
    assert xpub.recv() == b"\x01"
    for number in range(5):
        xpub.send(b"%d" % number)
    assert [sub.recv(), sub.recv()] == [b"0", b"1"]
    assert not sub.poll(0)


def test_xpub_with_nodrop_raises_again_instead(sockets: Make) -> None:
    xpub, sub = sockets(zmq.XPUB), sockets(zmq.SUB)
    xpub.xpub_nodrop = 1
    xpub.sndhwm = sub.rcvhwm = 1
    xpub.bind("inproc://keeps")
    sub.subscribe(b"")
    sub.connect("inproc://keeps")
    assert xpub.recv() == b"\x01"
    xpub.sndtimeo = 1
    with pytest.raises(zmq.Again):
        for _ in range(5):
            xpub.send(b"")
    sub.recv()
    sub.recv()
    xpub.send(b"room again")
