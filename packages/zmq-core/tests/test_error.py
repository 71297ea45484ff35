"""Exceptions: their attributes and texts."""

from __future__ import annotations

import copy
import errno
import pickle
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import zmq
from zmq import error
from zmq.error import BY_ERRNO, from_errno

EXCEPTIONS: list[Exception] = [
    zmq.ZMQBaseError("text"),
    zmq.ZMQError(),
    zmq.ZMQError(zmq.EFSM),
    zmq.ZMQError(zmq.EFSM, "text"),
    zmq.ZMQError("text"),
    zmq.ZMQError(errno=zmq.EFSM, msg="text"),
    zmq.Again(),
    zmq.Again(zmq.EAGAIN, "text"),
    zmq.Again.__new__(zmq.Again),
    zmq.ContextTerminated(),
    zmq.InterruptedSystemCall(),
    zmq.InterruptedSystemCall(errno.EINTR, "text"),
    zmq.NotDone(),
    zmq.ZMQBindError("text"),
    zmq.ZMQVersionError("9.9"),
    zmq.ZMQVersionError(min_version="9.9", msg="text"),
    zmq.DraftFDWarning(),
    zmq.DraftFDWarning("text"),
    from_errno(zmq.EADDRINUSE, "bind 'tcp://x'"),
    from_errno(errno.EINTR, "wait"),
]


# Attributes


def test_an_error_has_the_text_of_its_number() -> None:
    e = zmq.ZMQError(zmq.EFSM)
    assert e.errno is zmq.Errno.EFSM
    assert e.strerror == str(e) == zmq.strerror(zmq.EFSM)
    assert e.args == (zmq.EFSM,)


def test_an_error_shows_its_text() -> None:
    assert repr(zmq.ZMQError(zmq.EFSM, "text")) == "ZMQError('text')"


def test_a_given_text_replaces_that_of_the_number() -> None:
    e = zmq.ZMQError(zmq.EFSM, "text")
    assert (e.errno, e.strerror, str(e)) == (zmq.EFSM, "text", "text")


def test_an_error_from_a_text_has_no_number() -> None:
    e = zmq.ZMQError("text")
    assert e.errno is None
    assert e.strerror == str(e) == "text"


@pytest.mark.parametrize("text", [b"text", 1.5, ("a", 1), OSError("text")])
def test_an_error_from_another_object_has_its_text(text: Any) -> None:
    e = zmq.ZMQError(text)
    assert (e.errno, e.strerror, str(e)) == (None, str(text), str(text))


def test_a_number_libzmq_names_becomes_an_errno() -> None:
    assert isinstance(zmq.ZMQError(int(zmq.EADDRINUSE)).errno, zmq.Errno)


def test_another_number_stays_an_int() -> None:
    assert type(zmq.ZMQError(errno.ENOENT).errno) is int


def test_an_error_without_a_number_takes_libzmq_s_last() -> None:
    assert zmq.ZMQError().errno == zmq.zmq_errno()
    assert zmq.ZMQError(msg="text").strerror == "text"


@pytest.mark.parametrize(
    ("kind", "number"),
    [(zmq.Again, zmq.EAGAIN), (zmq.ContextTerminated, zmq.ETERM), (zmq.InterruptedSystemCall, errno.EINTR)],
)
def test_errors_with_their_own_class_have_its_number(kind: type[zmq.ZMQError], number: int) -> None:
    e = kind()
    assert e.errno == number
    assert str(e) == e.strerror == zmq.strerror(number)
    assert kind(errno.EINVAL).errno == number
    assert str(kind(number, "text")) == "text"


def test_again_needs_no_init() -> None:
    e = zmq.Again.__new__(zmq.Again)
    assert e.errno is zmq.EAGAIN
    assert str(e) == e.strerror == zmq.strerror(zmq.EAGAIN)
    assert repr(e) == repr(zmq.Again())


def test_an_interrupted_call_is_python_s_interrupted_error() -> None:
    with pytest.raises(InterruptedError) as caught:
        raise zmq.InterruptedSystemCall
    assert caught.value.errno == errno.EINTR


def test_a_version_error_names_both_versions() -> None:
    e = zmq.ZMQVersionError("99.1", "Teleport")
    assert str(e) == f"Teleport requires libzmq >= 99.1, have {zmq.zmq_version()}"
    assert (e.msg, e.min_version, e.version) == ("Teleport", "99.1", zmq.zmq_version())
    assert isinstance(e, NotImplementedError)


@pytest.mark.parametrize("kind", [zmq.ZMQError, zmq.ZMQBindError, zmq.NotDone])
def test_errors_share_a_base(kind: type[Exception]) -> None:
    assert issubclass(kind, zmq.ZMQBaseError)


def test_the_draft_warning_says_how_to_silence_it() -> None:
    assert "simplefilter" in str(zmq.DraftFDWarning())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", zmq.DraftFDWarning)
        warnings.warn(zmq.DraftFDWarning(), stacklevel=1)


@pytest.mark.parametrize("e", EXCEPTIONS, ids=repr)
@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))])
def test_errors_survive_copying_and_pickling(e: Exception, clone: Callable[[Exception], Exception]) -> None:
    twin = clone(e)
    assert type(twin) is type(e)
    assert (str(twin), repr(twin), twin.args) == (str(e), repr(e), e.args)
    assert getattr(twin, "errno", None) == getattr(e, "errno", None)
    assert vars(twin) == vars(e)


def test_all_lists_the_exceptions() -> None:
    assert all(issubclass(getattr(error, name), Exception) for name in error.__all__)
    assert all(getattr(zmq, name) is getattr(error, name) for name in error.__all__)


# from_errno


@pytest.mark.parametrize(("number", "kind"), BY_ERRNO.items())
def test_the_class_matches_the_number(number: int, kind: type[zmq.ZMQError]) -> None:
    assert type(from_errno(number)) is kind


def test_other_numbers_are_plain_errors() -> None:
    assert type(from_errno(zmq.EINVAL)) is zmq.ZMQError


def test_the_text_names_the_operation_the_cause_and_the_cure() -> None:
    e = from_errno(zmq.EADDRINUSE, "bind 'tcp://127.0.0.1:5555'")
    assert str(e) == (
        f"cannot bind 'tcp://127.0.0.1:5555': {zmq.strerror(zmq.EADDRINUSE)}; "
        "another socket is bound to it: choose another port, or tcp://...:* for a free one"
    )
    assert e.errno is zmq.EADDRINUSE
    assert e.args == (zmq.EADDRINUSE, str(e))


def test_without_a_known_cure_the_text_ends_with_the_reason() -> None:
    assert str(from_errno(zmq.EFAULT, "fly")) == f"cannot fly: {zmq.strerror(zmq.EFAULT)}"


def test_without_an_operation_the_text_is_that_of_libzmq() -> None:
    assert str(from_errno(zmq.EINVAL)) == zmq.strerror(zmq.EINVAL)


# Texts of failed operations


@pytest.fixture
def context() -> Iterator[zmq.Context]:
    with zmq.Context() as context:
        context.linger = 0
        yield context
        context.destroy()


@pytest.mark.parametrize(
    ("endpoint", "number", "cure"),
    [
        ("nonsense", zmq.EINVAL, "TRANSPORT://ADDRESS"),
        ("tcp://127.0.0.1", zmq.EINVAL, "tcp://INTERFACE:PORT"),
        ("inproc://", zmq.EINVAL, "inproc://NAME"),
        ("carrier-pigeon://x", zmq.EPROTONOSUPPORT, "does not know that transport"),
        ("udp://127.0.0.1:5555", zmq.ENOCOMPATPROTO, "udp is for"),
        ("tcp://no-such-interface:5555", errno.ENODEV, "no interface of this machine"),
        ("tcp://192.0.2.1:5555", zmq.EADDRNOTAVAIL, "no interface of this machine"),
        ("ipc:///no-such-folder/socket", errno.ENOENT, "directory of the path must exist"),
        ("ipc:///" + 200 * "x", errno.ENAMETOOLONG, "at most 107 bytes"),
    ],
)
def test_an_endpoint_that_cannot_be_bound(context: zmq.Context, endpoint: str, number: int, cure: str) -> None:
    with context.socket(zmq.PUSH) as socket, pytest.raises(zmq.ZMQError) as caught:
        socket.bind(endpoint)
    assert caught.value.errno == number
    assert str(caught.value).startswith(f"cannot bind '{endpoint}': ")
    assert cure in str(caught.value)


@pytest.mark.parametrize(
    ("endpoint", "number", "cure"),
    [
        ("nonsense", zmq.EINVAL, "TRANSPORT://ADDRESS"),
        ("tcp://*:5555", zmq.EINVAL, "* is for bind"),
        ("carrier-pigeon://x", zmq.EPROTONOSUPPORT, "does not know that transport"),
    ],
)
def test_an_endpoint_that_cannot_be_connected_to(context: zmq.Context, endpoint: str, number: int, cure: str) -> None:
    with context.socket(zmq.PUSH) as socket, pytest.raises(zmq.ZMQError) as caught:
        socket.connect(endpoint)
    assert caught.value.errno == number
    assert endpoint in str(caught.value)
    assert cure in str(caught.value)


@pytest.mark.parametrize(
    ("endpoint", "cure"), [("tcp://127.0.0.1:*", "choose another port"), ("inproc://taken", "choose another name")]
)
def test_an_endpoint_in_use(context: zmq.Context, endpoint: str, cure: str) -> None:
    with context.socket(zmq.PULL) as first, context.socket(zmq.PULL) as second:
        first.bind(endpoint)
        with pytest.raises(zmq.ZMQError, match=cure) as caught:
            second.bind(first.last_endpoint.decode())
    assert caught.value.errno == zmq.EADDRINUSE


@pytest.mark.parametrize("action", ["unbind", "disconnect"])
def test_an_endpoint_the_socket_is_not_at(context: zmq.Context, action: str) -> None:
    with context.socket(zmq.PUSH) as socket, pytest.raises(zmq.ZMQError, match="the socket is not") as caught:
        getattr(socket, action)("tcp://127.0.0.1:5555")
    assert caught.value.errno == errno.ENOENT
    assert "tcp://127.0.0.1:5555" in str(caught.value)


def test_without_io_threads_only_inproc_works() -> None:
    with zmq.Context(io_threads=0) as context, context.socket(zmq.PUSH) as socket:
        with pytest.raises(zmq.ZMQError, match="no I/O threads") as caught:
            socket.bind("tcp://127.0.0.1:*")
        assert caught.value.errno == zmq.EMTHREAD


def test_too_many_sockets() -> None:
    with zmq.Context() as context:
        context.max_sockets = 1
        with context.socket(zmq.PUSH), pytest.raises(zmq.ZMQError, match="MAX_SOCKETS") as caught:
            context.socket(zmq.PUSH)
        assert caught.value.errno == errno.EMFILE


def test_sending_a_request_before_the_reply(context: zmq.Context) -> None:
    endpoint = "inproc://service"
    with context.socket(zmq.REP) as rep, context.socket(zmq.REQ) as req:
        rep.bind(endpoint)
        req.connect(endpoint)
        with pytest.raises(zmq.ZMQError, match="send a request first"):
            req.recv()
        with pytest.raises(zmq.ZMQError, match="receive a request first"):
            rep.send(b"")
        req.send(b"")
        with pytest.raises(zmq.ZMQError, match="receive the reply to the last request first") as caught:
            req.send(b"")
        assert caught.value.errno == zmq.EFSM
        rep.recv()
        with pytest.raises(zmq.ZMQError, match="send the reply to the last request first"):
            rep.recv()


def test_sending_or_receiving_in_the_wrong_direction(context: zmq.Context) -> None:
    with context.socket(zmq.PULL) as pull, context.socket(zmq.PUSH) as push:
        with pytest.raises(zmq.ZMQError, match="only receive") as caught:
            pull.send(b"")
        assert caught.value.errno == zmq.ENOTSUP
        with pytest.raises(zmq.ZMQError, match="only send"):
            push.recv()


def test_an_unknown_routing_id(context: zmq.Context) -> None:
    with context.socket(zmq.ROUTER) as router:
        router.router_mandatory = 1
        with pytest.raises(zmq.ZMQError, match="no peer with that routing id") as caught:
            router.send_multipart([b"absent", b""])
        assert caught.value.errno == zmq.EHOSTUNREACH


def test_a_closed_socket(context: zmq.Context) -> None:
    socket = context.socket(zmq.PUSH)
    socket.close()
    with pytest.raises(zmq.ZMQError, match="closed") as caught:
        socket.send(b"")
    assert caught.value.errno == zmq.ENOTSOCK
