"""Socket options: each has a typed attribute, and libzmq gets only values of the right type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import zmq
from zmq.backend.attributes import IntOption, Option
from zmq.sugar.options import SocketOptions

Make = Callable[[int], zmq.Socket]

# Sockets have methods and a property with these names in lower case.
UPPER_ONLY = {"SUBSCRIBE", "UNSUBSCRIBE", "TYPE"}

ATTRIBUTES: dict[str, Option[Any, Any]] = {
    name: attribute
    for name, attribute in vars(SocketOptions).items()
    if isinstance(attribute, Option) and name == name.lower()
}

# Without SUB and XSUB, whose LINGER starts with 0.
KINDS = [zmq.PUB, zmq.REQ, zmq.REP, zmq.DEALER, zmq.ROUTER, zmq.PUSH, zmq.PULL, zmq.XPUB, zmq.STREAM]

KEY = b"JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"  # from zmq_curve_keypair(3)

# What each option that can be read and set takes: the type of a suitable socket, and a value.
ROUND_TRIP: dict[str, tuple[int, int | bytes]] = {
    "affinity": (zmq.PUSH, -1),
    "backlog": (zmq.PUSH, 7),
    "conflate": (zmq.PUSH, 1),
    "connect_timeout": (zmq.PUSH, 1000),
    "delay_attach_on_connect": (zmq.PUSH, 1),
    "handshake_ivl": (zmq.PUSH, 0),
    "hwm": (zmq.PUSH, 5),
    "heartbeat_ivl": (zmq.PUSH, 1000),
    "heartbeat_timeout": (zmq.PUSH, 1000),
    "heartbeat_ttl": (zmq.PUSH, 1000),
    "identity": (zmq.DEALER, b"anna\x00\xff"),
    "immediate": (zmq.PUSH, 1),
    "invert_matching": (zmq.PUB, 1),
    "ipv4only": (zmq.PUSH, 0),
    "ipv6": (zmq.PUSH, 1),
    "linger": (zmq.PUSH, 5),
    "maxmsgsize": (zmq.PULL, 2**40),
    "multicast_hops": (zmq.PUB, 3),
    "multicast_maxtpdu": (zmq.PUB, 1000),
    "rate": (zmq.PUB, 200),
    "rcvbuf": (zmq.PULL, 65536),
    "rcvhwm": (zmq.PULL, 0),
    "rcvtimeo": (zmq.PULL, 1000),
    "reconnect_ivl": (zmq.PUSH, -1),
    "reconnect_ivl_max": (zmq.PUSH, 1000),
    "recovery_ivl": (zmq.PUB, 1000),
    "routing_id": (zmq.DEALER, b"anna"),
    "sndbuf": (zmq.PUSH, 65536),
    "sndhwm": (zmq.PUSH, 5),
    "sndtimeo": (zmq.PUSH, 0),
    "socks_proxy": (zmq.PUSH, b"127.0.0.1:1080"),
    "tcp_keepalive": (zmq.PUSH, 1),
    "tcp_keepalive_cnt": (zmq.PUSH, 3),
    "tcp_keepalive_idle": (zmq.PUSH, 3),
    "tcp_keepalive_intvl": (zmq.PUSH, 3),
    "tcp_maxrt": (zmq.PUSH, 3),
    "tos": (zmq.PUSH, 3),
    "use_fd": (zmq.PULL, 7),
    "plain_server": (zmq.REP, 1),
    "plain_username": (zmq.REQ, b"anna"),
    "plain_password": (zmq.REQ, b"secret"),
    "zap_domain": (zmq.REP, b"global"),
}
if zmq.has("curve"):
    ROUND_TRIP |= {
        "curve_server": (zmq.REP, 1),
        "curve_publickey": (zmq.REQ, KEY),
        "curve_secretkey": (zmq.REQ, KEY),
        "curve_serverkey": (zmq.REQ, KEY),
    }
if zmq.has("gssapi"):
    ROUND_TRIP |= {
        "gssapi_server": (zmq.REP, 1),
        "gssapi_plaintext": (zmq.REP, 1),
        "gssapi_principal": (zmq.REP, b"zmq@example"),
        "gssapi_service_principal": (zmq.REQ, b"zmq@example"),
        "gssapi_principal_nametype": (zmq.REP, 1),
        "gssapi_service_principal_nametype": (zmq.REP, 1),
    }

# Options that libzmq 4.3 may lack: of other platforms, of optional parts, and drafts.
NOT_EVERYWHERE = {
    "bindtodevice",
    "blocky",
    "busy_poll",
    "in_batch_size",
    "loopback_fastpath",
    "metadata",
    "multicast_loop",
    "out_batch_size",
    "priority",
    "reconnect_stop",
    "router_notify",
    "socks_password",
    "socks_username",
    "zap_enforce_domain",
}

SET_ONLY: dict[str, tuple[int, int | bytes]] = {
    "connect_routing_id": (zmq.ROUTER, b"anna"),
    "connect_rid": (zmq.ROUTER, b"anna"),
    "probe_router": (zmq.ROUTER, 1),
    "req_correlate": (zmq.REQ, 1),
    "req_relaxed": (zmq.REQ, 1),
    "router_handover": (zmq.ROUTER, 1),
    "router_mandatory": (zmq.ROUTER, 1),
    "stream_notify": (zmq.STREAM, 0),
    "xpub_manual": (zmq.XPUB, 1),
    "xpub_nodrop": (zmq.XPUB, 1),
    "xpub_verbose": (zmq.XPUB, 1),
    "xpub_verboser": (zmq.XPUB, 1),
    "xpub_welcome_msg": (zmq.XPUB, b"hello"),
}

READ_ONLY = ["events", "fd", "last_endpoint", "mechanism", "rcvmore", "thread_safe"]


@pytest.fixture
def push(sockets: Make) -> zmq.Socket:
    return sockets(zmq.PUSH)


# Every option has an attribute


@pytest.mark.parametrize("name", zmq.SocketOption.__members__)
def test_every_option_has_an_attribute_in_upper_and_in_lower_case(name: str) -> None:
    attribute = vars(SocketOptions)[name]
    assert attribute.option is zmq.SocketOption[name]
    if name in UPPER_ONLY:
        assert hasattr(zmq.Socket, name.lower())
    else:
        assert vars(SocketOptions)[name.lower()] is attribute


def test_every_attribute_has_an_option() -> None:
    assert {name.upper() for name in ATTRIBUTES} == set(zmq.SocketOption.__members__) - UPPER_ONLY


@pytest.mark.parametrize("name", [name for name, attribute in ATTRIBUTES.items() if attribute.default is not None])
def test_the_default_of_an_option_is_as_documented(context: zmq.Context, name: str) -> None:
    default = ATTRIBUTES[name].default
    for kind in KINDS:
        with context.socket(kind) as socket:
            assert getattr(socket, name, default) == default


def test_dir_lists_the_options(push: zmq.Socket) -> None:
    assert {*zmq.SocketOption.__members__, *ATTRIBUTES, "send", "bind"} <= set(dir(push))


def test_every_readable_and_writable_option_is_tested_here() -> None:
    both = {name for name, attribute in ATTRIBUTES.items() if attribute.readable and attribute.writable}
    optional = {name for name in both if name.startswith(("norm_", "vmci_", "gssapi_", "curve_"))} | NOT_EVERYWHERE
    assert both - optional <= set(ROUND_TRIP) <= both


# Round trips


@pytest.mark.parametrize("name", ROUND_TRIP)
def test_an_attribute_returns_what_was_set(sockets: Make, name: str) -> None:
    kind, value = ROUND_TRIP[name]
    socket = sockets(kind)
    assert getattr(socket, name) != value
    setattr(socket, name, value)
    assert getattr(socket, name) == value
    assert type(getattr(socket, name)) is type(value)
    socket.use_fd = -1


@pytest.mark.parametrize("name", ROUND_TRIP)
def test_an_option_returns_what_was_set(sockets: Make, name: str) -> None:
    kind, value = ROUND_TRIP[name]
    socket = sockets(kind)
    option = ATTRIBUTES[name].option
    socket.set(option, value)
    assert socket.get(option) == socket.getsockopt(option) == getattr(socket, name) == value
    socket.use_fd = -1


@pytest.mark.parametrize("name", SET_ONLY)
def test_an_option_that_can_only_be_set(sockets: Make, name: str) -> None:
    kind, value = SET_ONLY[name]
    socket = sockets(kind)
    setattr(socket, name, value)
    socket.set(ATTRIBUTES[name].option, value)
    with pytest.raises(AttributeError, match=f"{ATTRIBUTES[name].option.name}: it can only be set"):
        getattr(socket, name)
    with pytest.raises(zmq.ZMQError, match="can only be set") as caught:
        socket.get(ATTRIBUTES[name].option)
    assert caught.value.errno == zmq.EINVAL


@pytest.mark.parametrize("name", READ_ONLY)
def test_an_option_that_can_only_be_read(push: zmq.Socket, name: str) -> None:
    before = getattr(push, name)
    assert push.get(ATTRIBUTES[name].option) == before
    with pytest.raises(zmq.ZMQError, match="can only be read") as caught:
        setattr(push, name, before)
    assert caught.value.errno == zmq.EINVAL
    with pytest.raises(zmq.ZMQError, match="can only be read") as caught:
        push.set(ATTRIBUTES[name].option, before)
    assert caught.value.errno == zmq.EINVAL


@pytest.mark.parametrize("name", ["blocky", "BLOCKY", "vmci_buffer_size", "connect_rid"])
def test_an_option_that_libzmq_does_not_return_is_a_missing_attribute_of_the_socket(
    push: zmq.Socket, name: str
) -> None:
    assert not hasattr(push, name)
    assert getattr(push, name, None) is None
    with pytest.raises(AttributeError, match=f"cannot get {name.upper().replace('RID', 'ROUTING_ID')}: "):
        getattr(push, name)


def test_subscriptions_can_only_be_set(sockets: Make) -> None:
    with pytest.raises(zmq.ZMQError, match="cannot get SUBSCRIBE: it can only be set") as caught:
        sockets(zmq.SUB).get(zmq.SUBSCRIBE)
    assert caught.value.errno == zmq.EINVAL


@pytest.mark.parametrize("name", ["linger", "LINGER", "Linger", "lInGeR"])
def test_attributes_are_in_any_case(push: zmq.Socket, name: str) -> None:
    setattr(push, name, 123)
    assert getattr(push, name) == push.get(zmq.LINGER) == 123


def test_options_can_be_set_by_plain_numbers(push: zmq.Socket) -> None:
    push.set(17, 5)
    assert push.get(17) == push.linger == 5


def test_rcvmore_is_1_if_another_frame_follows(make_pair: Callable[..., tuple[zmq.Socket, zmq.Socket]]) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    push.send_multipart([b"1", b"2"])
    pull.recv()
    assert pull.rcvmore == 1
    pull.recv()
    assert pull.rcvmore == 0


def test_events_tell_what_is_ready(make_pair: Callable[..., tuple[zmq.Socket, zmq.Socket]]) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    assert (pull.events, push.events) == (0, zmq.POLLOUT)
    push.send(b"")
    assert (pull.events, push.EVENTS) == (zmq.POLLIN, zmq.POLLOUT)


def test_fileno_is_the_fd_option(push: zmq.Socket) -> None:
    assert push.fileno() == push.fd == push.FD == push.get(zmq.FD) >= 0


def test_last_endpoint_is_where_the_socket_is_bound(push: zmq.Socket) -> None:
    assert push.last_endpoint == b""
    push.bind("inproc://here")
    assert push.last_endpoint == push.LAST_ENDPOINT == b"inproc://here"


# Wrong values do not reach libzmq


@pytest.mark.parametrize("name", ["lingr", "LINGR", "_private", "lingers"])
def test_a_typo_raises(push: zmq.Socket, name: str) -> None:
    with pytest.raises(AttributeError, match=f"Socket has no such option: {name.upper()}"):
        setattr(push, name, 0)
    with pytest.raises(AttributeError, match=f"Socket has no such option: {name.upper()}"):
        getattr(push, name)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("linger", [2**31, -(2**31) - 1, 2**40]),
        ("maxmsgsize", [2**63, -(2**63) - 1]),
        ("affinity", [2**63, 2**64 - 1]),
    ],
)
def test_an_int_that_does_not_fit_is_an_overflow_error(push: zmq.Socket, name: str, values: list[int]) -> None:
    before = getattr(push, name)
    for value in values:
        with pytest.raises(OverflowError, match=rf"{ATTRIBUTES[name].option.name} takes an int from .*: got {value}"):
            setattr(push, name, value)
        with pytest.raises(OverflowError):
            push.set(ATTRIBUTES[name].option, value)
    assert getattr(push, name) == before


@pytest.mark.parametrize(("name", "value"), [("immediate", 2), ("linger", -2), ("ipv6", -1), ("sndhwm", -1)])
def test_a_value_that_libzmq_refuses_is_einval(push: zmq.Socket, name: str, value: int) -> None:
    before = getattr(push, name)
    with pytest.raises(zmq.ZMQError, match=f"cannot set {ATTRIBUTES[name].option.name} to {value}") as caught:
        setattr(push, name, value)
    assert caught.value.errno == zmq.EINVAL
    assert getattr(push, name) == before


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [(zmq.ROUTER, "probe_router", 3), (zmq.PUB, "invert_matching", -1), (zmq.XPUB, "xpub_nodrop", 2**31 - 1)],
)
def test_any_int_is_true_where_libzmq_takes_it(sockets: Make, kind: int, name: str, value: int) -> None:
    setattr(sockets(kind), name, value)


def test_a_mask_may_be_negative(push: zmq.Socket) -> None:
    push.affinity = ~0
    assert push.affinity % 2**64 == 2**64 - 1
    push.set(zmq.AFFINITY, ~1)
    assert push.get(zmq.AFFINITY) == ~1


@pytest.mark.parametrize(("low", "high"), [(-1, 2**31 - 1)])
def test_the_limits_of_a_range_are_taken(push: zmq.Socket, low: int, high: int) -> None:
    for value in (low, high):
        push.linger = value
        assert push.linger == value


def test_booleans_are_ints(push: zmq.Socket) -> None:
    push.immediate = True
    assert push.immediate == 1


class Index:
    """An integer that is not an int, like those of numpy."""

    def __index__(self) -> int:
        return 5


@pytest.mark.parametrize(
    "value",
    [
        "text",
        None,
        5,
        1.5,
        Index(),
        [1, 2, 3],
        (b"a",),
        {},
        range(3),
        bytearray(b"anna"),
        memoryview(b"anna"),
        zmq.Frame(b"anna"),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("name", ["routing_id", "plain_username", "curve_serverkey"])
def test_an_option_of_bytes_refuses_other_types(sockets: Make, name: str, value: Any) -> None:
    dealer = sockets(zmq.DEALER)
    before = getattr(dealer, name, None)
    with pytest.raises(TypeError, match=f"{name.upper()} takes bytes, not {type(value).__name__}"):
        setattr(dealer, name, value)
    with pytest.raises(TypeError):
        dealer.set(ATTRIBUTES[name].option, value)
    assert getattr(dealer, name, None) == before


class Number(int):
    pass


class Bytes(bytes):
    pass


def test_options_take_subclasses_of_int_and_bytes(sockets: Make) -> None:
    dealer = sockets(zmq.DEALER)
    dealer.linger = Number(3)
    dealer.affinity = Number(1)
    dealer.routing_id = Bytes(b"anna")
    assert (dealer.linger, dealer.affinity, dealer.routing_id) == (3, 1, b"anna")


@pytest.mark.parametrize("value", [Index(), b"5", "5", None, 5.0, [5]], ids=lambda value: type(value).__name__)
def test_an_option_of_ints_refuses_other_types(push: zmq.Socket, value: Any) -> None:
    for option in (zmq.LINGER, zmq.AFFINITY, zmq.HWM, 9999):
        with pytest.raises(TypeError, match=f"takes an int, not {type(value).__name__}"):
            push.set(option, value)
    assert (push.linger, push.affinity, push.hwm) == (-1, 0, 1000)


def test_a_value_of_a_wrong_type_is_not_shown(push: zmq.Socket) -> None:
    with pytest.raises(TypeError) as caught:
        push.plain_password = "secret"  # type: ignore[assignment]  # the mistake
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("value", [b"", 256 * b"x"])
def test_a_value_libzmq_refuses_is_named_with_the_option_and_the_type(sockets: Make, value: bytes) -> None:
    dealer = sockets(zmq.DEALER)
    with pytest.raises(zmq.ZMQError, match="cannot set ROUTING_ID on a DEALER socket: .*refuses the value") as caught:
        dealer.routing_id = value
    assert caught.value.errno == zmq.EINVAL
    assert dealer.routing_id == b""


def test_an_option_of_another_type_of_socket_is_refused(push: zmq.Socket) -> None:
    with pytest.raises(zmq.ZMQError, match="cannot set ROUTER_MANDATORY to 1 on a PUSH socket") as caught:
        push.router_mandatory = 1
    assert caught.value.errno == zmq.EINVAL


@pytest.mark.parametrize("action", [lambda s: s.get(999), lambda s: s.set(999, 1), lambda s: s.get(-1)])
def test_an_unknown_option_is_refused(push: zmq.Socket, action: Callable[[zmq.Socket], object]) -> None:
    with pytest.raises(zmq.ZMQError, match=r"(999|-1).*libzmq has no such option") as caught:
        action(push)
    assert caught.value.errno == zmq.EINVAL


def test_an_unknown_option_takes_ints_only(push: zmq.Socket) -> None:
    with pytest.raises(TypeError, match="999 takes an int, not bytes"):
        push.set(999, b"5")


@pytest.mark.parametrize("option", ["linger", None])
def test_an_option_must_be_an_int(push: zmq.Socket, option: Any) -> None:
    with pytest.raises(TypeError, match=r"such as zmq\.LINGER"):
        push.get(option)
    with pytest.raises(TypeError, match=r"such as zmq\.LINGER"):
        push.set(option, 1)


def test_an_option_that_does_not_fit_into_an_int_is_an_overflow_error(push: zmq.Socket) -> None:
    with pytest.raises(OverflowError):
        push.get(2**31)


def test_options_of_a_closed_socket_cannot_be_read_or_set(push: zmq.Socket) -> None:
    push.close()
    actions: list[Callable[[], object]] = [
        lambda: push.linger,
        lambda: push.LINGER,
        lambda: push.get(zmq.LINGER),
        lambda: push.set(zmq.LINGER, 1),
        lambda: setattr(push, "linger", 1),
        lambda: push.get_string(zmq.LAST_ENDPOINT),
        push.get_hwm,
        push.fileno,
    ]
    for action in actions:
        with pytest.raises(zmq.ZMQError, match="closed") as caught:
            action()
        assert caught.value.errno == zmq.ENOTSOCK


# Text


def test_text_options_are_read_and_set_as_text(sockets: Make) -> None:
    dealer = sockets(zmq.DEALER)
    dealer.set_string(zmq.ROUTING_ID, "änna")
    assert dealer.routing_id == "änna".encode()
    assert dealer.get_string(zmq.ROUTING_ID) == "änna"


def test_text_options_take_an_encoding(sockets: Make) -> None:
    dealer = sockets(zmq.DEALER)
    dealer.set_string(zmq.ROUTING_ID, "änna", encoding="latin-1")
    assert dealer.routing_id == b"\xe4nna"
    assert dealer.get_string(zmq.ROUTING_ID, "latin-1") == "änna"


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("getsockopt", "get"),
        ("setsockopt", "set"),
        ("getsockopt_string", "get_string"),
        ("setsockopt_string", "set_string"),
        ("getsockopt_unicode", "get_string"),
        ("setsockopt_unicode", "set_string"),
    ],
)
def test_older_names_do_the_same(older: str, newer: str) -> None:
    assert getattr(zmq.Socket, older) is getattr(zmq.Socket, newer)


def test_set_string_takes_text_only(sockets: Make) -> None:
    with pytest.raises(TypeError, match="takes a str"):
        sockets(zmq.DEALER).set_string(zmq.ROUTING_ID, b"anna")  # type: ignore[arg-type]  # that is the point


def test_get_string_refuses_ints(push: zmq.Socket) -> None:
    with pytest.raises(TypeError, match="LINGER is an int"):
        push.get_string(zmq.LINGER)
    push.close()
    with pytest.raises(TypeError, match="LINGER is an int"):
        push.get_string(zmq.LINGER)


def test_get_string_refuses_an_unknown_option(push: zmq.Socket) -> None:
    with pytest.raises(ValueError, match="9999 is not a valid SocketOption"):
        push.get_string(9999)


def test_text_ends_without_a_zero(push: zmq.Socket) -> None:
    push.plain_username = b"anna"
    assert push.plain_username == b"anna"
    assert push.get_string(zmq.PLAIN_USERNAME) == "anna"


# Both high water marks


@pytest.mark.parametrize(
    "how",
    [
        zmq.Socket.set_hwm,
        lambda s, n: setattr(s, "hwm", n),
        lambda s, n: setattr(s, "HWM", n),
        lambda s, n: s.set(zmq.HWM, n),
    ],
)
def test_hwm_sets_both(sockets: Make, how: Callable[[zmq.Socket, int], None]) -> None:
    dealer = sockets(zmq.DEALER)
    how(dealer, 7)
    assert (dealer.sndhwm, dealer.rcvhwm, dealer.hwm, dealer.HWM, dealer.get_hwm()) == (7, 7, 7, 7, 7)


def test_hwm_reads_sndhwm(sockets: Make) -> None:
    dealer = sockets(zmq.DEALER)
    dealer.sndhwm, dealer.rcvhwm = 3, 4
    assert dealer.hwm == dealer.get(zmq.HWM) == 3


# Keys


@pytest.mark.skipif(not zmq.has("curve"), reason="libzmq was built without CURVE")
@pytest.mark.parametrize("name", ["curve_publickey", "curve_secretkey", "curve_serverkey"])
def test_a_key_is_taken_in_both_forms(sockets: Make, name: str) -> None:
    from zmq.utils import z85

    req = sockets(zmq.REQ)
    setattr(req, name, z85.decode(KEY))
    assert getattr(req, name) == KEY
    req.set_string(ATTRIBUTES[name].option, KEY.decode())
    assert req.get_string(ATTRIBUTES[name].option) == KEY.decode()


@pytest.mark.parametrize("key", [b"", b"short", 31 * b"x", 41 * b"x", 40 * b"~"])
def test_a_key_that_libzmq_refuses_is_einval_and_not_shown(sockets: Make, key: bytes) -> None:
    with pytest.raises(zmq.ZMQError, match="cannot set CURVE_SECRETKEY on a REQ socket") as caught:
        sockets(zmq.REQ).curve_secretkey = key
    assert caught.value.errno == zmq.EINVAL
    assert not key or repr(key) not in str(caught.value)


@pytest.mark.skipif(not zmq.has("curve"), reason="libzmq was built without CURVE")
def test_a_secret_that_libzmq_refuses_is_not_shown(sockets: Make) -> None:
    with pytest.raises(zmq.ZMQError, match="CURVE_SECRETKEY") as caught:
        sockets(zmq.REQ).curve_secretkey = 40 * b"\x01"
    assert "\\x01" not in str(caught.value)


# Attributes of subclasses


def test_a_subclass_has_the_attributes_it_declares(context: zmq.Context) -> None:
    class Named(zmq.Socket):
        name: str = "absent"

    with Named(context, zmq.PUSH) as socket:
        socket.name = "anna"
        assert socket.name == "anna"
        assert Named.name == "absent"


def test_the_error_for_an_undeclared_attribute_shows_the_declaration(context: zmq.Context) -> None:
    class Forgetful(zmq.Socket):
        pass

    with (
        Forgetful(context, zmq.PUSH) as socket,
        pytest.raises(AttributeError, match="Forgetful has no such option: NAME .*in its body: name = None"),
    ):
        socket.name = "anna"  # type: ignore[attr-defined]  # the mistake


def test_int_options_know_their_number() -> None:
    assert isinstance(zmq.Socket.linger, IntOption)
    assert zmq.Socket.linger.option is zmq.LINGER
