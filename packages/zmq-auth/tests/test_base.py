"""An authenticator answers every request, keeps secrets out of the log, and reports invalid policies."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zmq
from zmq.auth import CURVE_ALLOW_ANY, Authenticator
from zmq.auth._logs import Throttle
from zmq.auth._socket import Pending
from zmq.utils import z85

KEY = bytes(range(32))
TEXT = z85.encode(KEY).decode()


def request(mechanism: bytes = b"NULL", *credentials: bytes, domain: bytes = b"a") -> list[bytes]:
    return [b"1.0", b"7", domain, b"192.0.2.1", b"", mechanism, *credentials]


class Replies:
    """Stands in for the ZAP socket; notes what is sent."""

    def __init__(self) -> None:
        self.pending = Pending([])
        self.sent: list[list[bytes]] = []

    def send_multipart(self, frames: list[bytes]) -> None:
        self.sent.append(frames)
        self.pending.answered = True


def answer(authenticator: Authenticator, message: list[bytes]) -> tuple[int, str, str]:
    """Return the status, its text and the user id of the reply to *message*."""
    replies = Replies()
    authenticator.zap_socket = replies  # type: ignore[assignment]
    asyncio.run(authenticator._answer(message))
    authenticator.zap_socket = None
    ((version, request_id, status, text, user, metadata),) = replies.sent
    assert (version, metadata) == (b"1.0", b"")
    assert request_id == (message[1] if len(message) > 1 else b"")
    return int(status), text.decode(), user.decode()


@pytest.fixture
def authenticator(context: zmq.Context) -> Authenticator:
    """An authenticator that is not started."""
    return Authenticator(context)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """The log, from DEBUG on."""
    caplog.set_level(logging.DEBUG, "zmq.auth")
    return caplog


# ---- policies


def test_configured_policies_apply(authenticator: Authenticator) -> None:
    authenticator.configure_plain("a", {"alice": "secret"})
    authenticator.configure_curve("a", {TEXT})
    authenticator.configure_gssapi("a", "anything")
    authenticator.deny("192.0.2.2")
    assert answer(authenticator, request()) == (200, "OK", "anonymous")
    assert answer(authenticator, request(b"PLAIN", b"alice", b"secret")) == (200, "OK", "alice")
    assert answer(authenticator, request(b"PLAIN", b"alice", b"secret", domain=b"b"))[0] == 400
    assert answer(authenticator, request(b"CURVE", KEY)) == (200, "OK", TEXT)
    assert answer(authenticator, request(b"GSSAPI", b"alice@EXAMPLE.ORG")) == (200, "OK", "alice@EXAMPLE.ORG")


def test_allow_any_applies_to_one_domain(authenticator: Authenticator) -> None:
    authenticator.configure_curve("a", CURVE_ALLOW_ANY)
    assert answer(authenticator, request(b"CURVE", KEY))[0] == 200
    assert answer(authenticator, request(b"CURVE", KEY, domain=b"b"))[0] == 400


def test_the_last_policy_of_a_domain_counts(authenticator: Authenticator) -> None:
    authenticator.configure_curve("a", CURVE_ALLOW_ANY)
    authenticator.configure_curve_callback("a", lambda _domain, _key: False)
    assert answer(authenticator, request(b"CURVE", KEY))[0] == 400
    authenticator.configure_curve("a", {KEY})
    assert answer(authenticator, request(b"CURVE", KEY))[0] == 200


def test_changes_of_a_dict_of_passwords_apply_at_once(authenticator: Authenticator) -> None:
    passwords: dict[str, str] = {}
    authenticator.configure_plain(passwords=passwords)
    assert answer(authenticator, request(b"PLAIN", b"alice", b"secret"))[0] == 400
    passwords["alice"] = "secret"
    assert answer(authenticator, request(b"PLAIN", b"alice", b"secret"))[0] == 200


def test_relative_paths_are_resolved_when_they_are_configured(
    authenticator: Authenticator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "passwords").write_text("alice=secret")
    (tmp_path / "peer.key").write_text(f"curve\n    public-key = {TEXT}\n")
    monkeypatch.chdir(tmp_path)
    authenticator.configure_plain(passwords="passwords")
    authenticator.configure_curve()  # "."
    monkeypatch.chdir("/")
    assert answer(authenticator, request(b"PLAIN", b"alice", b"secret"))[0] == 200
    assert answer(authenticator, request(b"CURVE", KEY))[0] == 200


def test_without_passwords_all_plain_peers_are_refused(authenticator: Authenticator) -> None:
    authenticator.configure_plain("a")
    assert answer(authenticator, request(b"PLAIN", b"", b""))[0] == 400


def test_addresses_are_allowed_or_denied_but_not_both(context: zmq.Context) -> None:
    one, other = Authenticator(context), Authenticator(context)
    one.allow("192.0.2.1")
    with pytest.raises(ValueError, match="not both"):
        one.deny("192.0.2.2")
    other.deny("192.0.2.1")
    with pytest.raises(ValueError, match="not both"):
        other.allow("192.0.2.2")


def test_addresses_add_up(authenticator: Authenticator) -> None:
    authenticator.allow("198.51.100.1", "203.0.113.0/24")
    assert answer(authenticator, request())[0] == 400
    authenticator.allow("192.0.2.1")
    authenticator.allow()
    assert answer(authenticator, request())[0] == 200


def test_an_address_that_is_not_an_ip_address_is_logged(
    authenticator: Authenticator, log: pytest.LogCaptureFixture
) -> None:
    authenticator.deny("localhost")
    authenticator.deny("192.0.2.2")
    warnings = [record.getMessage() for record in log.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "'localhost' is not an IP address" in warnings[0]


@pytest.mark.parametrize(
    ("method", "arguments", "error", "complaint"),
    [
        ("allow", ["192.0.2.1", 7], TypeError, "an address is a str such as"),
        ("deny", [b"192.0.2.1"], TypeError, "an address is a str such as"),
        ("deny", ["192.0.2.1/33"], ValueError, "not a network such as"),
        ("deny", ["192.0.2.1/24"], ValueError, "192.0.2.1/24 has host bits set"),
        ("configure_plain", [b"a", {}], TypeError, "a ZAP domain must be a str: got b'a'"),
        ("configure_plain", ["a", 7], TypeError, "a dict, or the path of a file: got a int"),
        ("configure_plain", ["a", {"alice": 12345}], TypeError, "users and passwords must be str"),
        ("configure_plain", ["a", {b"alice": "12345"}], TypeError, "users and passwords must be str"),
        ("configure_curve", ["a", ""], ValueError, "CURVE_ALLOW_ANY"),
        ("configure_curve", ["a", None], TypeError, "a directory of certificates, or a set of public keys: got None"),
        ("configure_curve", ["a", ["12345"]], ValueError, "40 characters of Z85"),
        ("configure_curve", ["a", [KEY[:-1]]], ValueError, "a public key is 32 bytes"),
        ("configure_curve", ["a", KEY], ValueError, "the set has an item that is neither"),
        ("configure_curve_callback", ["a", None], TypeError, r"a method callback\(domain, key\): got None"),
        ("configure_curve_callback", ["a", 7], TypeError, r"a method callback\(domain, key\): got 7"),
    ],
)
def test_an_invalid_policy_raises_and_changes_nothing(
    authenticator: Authenticator, method: str, arguments: list[Any], error: type[Exception], complaint: str
) -> None:
    with pytest.raises(error, match=complaint) as raised:
        getattr(authenticator, method)(*arguments)
    assert "12345" not in str(raised.value)
    assert answer(authenticator, request())[0] == 200  # and nothing has changed
    assert answer(authenticator, request(b"PLAIN", b"alice", b"12345"))[0] == 400


def test_an_unknown_encoding_raises(context: zmq.Context) -> None:
    with pytest.raises(ValueError, match="unknown encoding 'utf-88'"):
        Authenticator(context, encoding="utf-88")


def test_the_default_context_is_the_instance() -> None:
    context = zmq.Context.instance()
    assert Authenticator().context is context
    context.term()


# ---- credentials providers


class Provider:
    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[tuple[str, bytes]] = []

    def callback(self, domain: str, key: bytes) -> Any:
        self.asked.append((domain, key))
        return self.answer() if callable(self.answer) else self.answer


async def _later(result: object) -> object:
    await asyncio.sleep(0)
    return result


async def _cancelled() -> None:
    raise asyncio.CancelledError


@pytest.mark.parametrize(
    ("result", "status"),
    [(True, 200), (False, 400), (None, 400), (lambda: _later(True), 200), (lambda: _later(False), 400)],
)
def test_a_provider_decides_at_once_or_later(authenticator: Authenticator, result: Any, status: int) -> None:
    provider = Provider(result)
    authenticator.configure_curve_callback("*", provider)
    assert answer(authenticator, request(b"CURVE", KEY))[0] == status
    assert provider.asked == [("a", TEXT.encode())]


@pytest.mark.parametrize("failing", [lambda: 1 / 0, lambda: _later(True).throw(KeyError), _cancelled])
def test_a_provider_that_raises_refuses_the_peer_with_status_500(
    authenticator: Authenticator, log: pytest.LogCaptureFixture, failing: Callable[[], Any]
) -> None:
    authenticator.configure_curve_callback("*", Provider(failing))
    assert answer(authenticator, request(b"CURVE", KEY)) == (500, "Internal error", "")
    (record,) = [record for record in log.records if record.levelno == logging.ERROR]
    assert record.getMessage().startswith("cannot answer a ZAP request: ")
    assert record.exc_info is not None
    assert answer(authenticator, request())[0] == 200


class Unclear(Enum):
    """Its members are true, and its class defines a truth value."""

    NO = 0


async def _several() -> AsyncIterator[bool]:
    yield False


async def _coroutine_of_a_function() -> object:
    return _several


@pytest.mark.parametrize(
    ("result", "name"),
    [
        (Future, "Future"),
        (_several, "async_generator"),
        (lambda: (key for key in [KEY]), "generator"),
        (lambda: _later(_several()), "async_generator"),
        (_coroutine_of_a_function, "function"),
        pytest.param(
            lambda: print,
            "builtin_function_or_method",
            marks=pytest.mark.pypy_skip("builtin functions have another type"),
        ),
        (NotImplemented, "NotImplementedType"),
        (object(), "object"),
        (lambda: bool, "type"),
        (Unclear.NO, "Unclear"),
    ],
)
def test_an_answer_without_truth_value_refuses_the_peer(
    authenticator: Authenticator, log: pytest.LogCaptureFixture, result: Any, name: str
) -> None:
    authenticator.configure_curve_callback("*", Provider(result))
    assert answer(authenticator, request(b"CURVE", KEY)) == (500, "Internal error", "")
    (record,) = [record for record in log.records if record.levelno == logging.ERROR]
    assert record.exc_info is not None
    assert str(record.exc_info[1]).endswith(f"got a {name}")


def test_a_coroutine_in_a_coroutine_refuses_the_peer(authenticator: Authenticator) -> None:
    inner = _later(False)
    authenticator.configure_curve_callback("*", Provider(lambda: _later(inner)))
    assert answer(authenticator, request(b"CURVE", KEY))[0] == 500
    inner.close()  # it was not awaited


class Flag:
    """Like numpy's bool."""

    def __init__(self, value: bool) -> None:
        self.value = value

    def __bool__(self) -> bool:
        return self.value


@pytest.mark.parametrize("yes", [1, "user", b"user", [0], {"user": 0}, Flag(True)])
@pytest.mark.parametrize("later", [False, True])
def test_other_answers_count_by_their_truth_value(authenticator: Authenticator, yes: Any, later: bool) -> None:
    no: Any = Flag(False) if isinstance(yes, Flag) else type(yes)()
    for result, status in ((yes, 200), (no, 400)):
        authenticator.configure_curve_callback("*", Provider(partial(_later, result) if later else result))
        assert answer(authenticator, request(b"CURVE", KEY))[0] == status


async def _exits() -> None:
    raise SystemExit


@pytest.mark.parametrize("error", [SystemExit, asyncio.CancelledError, GeneratorExit])
def test_a_provider_cannot_end_the_handler(
    authenticator: Authenticator, log: pytest.LogCaptureFixture, error: type[BaseException]
) -> None:
    def fail() -> None:
        raise error

    authenticator.configure_curve_callback("*", Provider(fail))
    assert answer(authenticator, request(b"CURVE", KEY)) == (500, "Internal error", "")
    assert answer(authenticator, request())[0] == 200


def test_a_provider_that_is_a_coroutine_cannot_end_the_loop(authenticator: Authenticator) -> None:
    authenticator.configure_curve_callback("*", Provider(_exits))
    assert answer(authenticator, request(b"CURVE", KEY)) == (500, "Internal error", "")


def test_a_password_that_cannot_be_encoded_gives_status_500_and_is_not_logged(
    context: zmq.Context, log: pytest.LogCaptureFixture
) -> None:
    authenticator = Authenticator(context, encoding="ascii")
    authenticator.configure_plain("*", {"alice": "p\xe4ss"})
    assert answer(authenticator, request(b"PLAIN", b"alice", b"pass"))[0] == 500
    assert "a password cannot be encoded in ascii" in log.text
    assert "xe4" not in log.text


def test_a_policy_that_raises_refuses_the_peer_with_status_500(
    authenticator: Authenticator, log: pytest.LogCaptureFixture
) -> None:
    passwords: dict[str, Any] = {"alice": "12345"}
    authenticator.configure_plain("*", passwords)
    passwords["alice"] = 12345
    assert answer(authenticator, request(b"PLAIN", b"alice", b"12345"))[0] == 500
    assert "12345" not in log.text


# ---- subclasses


@pytest.mark.parametrize(("user", "expected"), [("bob", (200, "OK", "bob")), ("a\0b", (500, "Internal error", ""))])
def test_curve_user_id_may_be_overridden(context: zmq.Context, user: str, expected: tuple[int, str, str]) -> None:
    class Named(Authenticator):
        def curve_user_id(self, client_public_key: bytes) -> str:
            assert client_public_key == KEY
            return user

    authenticator = Named(context)
    authenticator.configure_curve("*", {KEY})
    assert answer(authenticator, request(b"CURVE", KEY)) == expected


def test_a_user_id_that_is_not_a_str_refuses_the_peer_with_status_500(context: zmq.Context) -> None:
    class Named(Authenticator):
        def curve_user_id(self, client_public_key: bytes) -> Any:
            return 7

    authenticator = Named(context)
    authenticator.configure_curve("*", {KEY})
    assert answer(authenticator, request(b"CURVE", KEY))[0] == 500


def test_handle_zap_message_may_be_overridden(context: zmq.Context) -> None:
    seen = []

    class Curious(Authenticator):
        async def handle_zap_message(self, msg: list[bytes]) -> None:
            seen.append(msg)
            await super().handle_zap_message(msg)

    class Plain(Authenticator):  # as old programs do
        def handle_zap_message(self, msg: list[bytes]) -> Awaitable[None]:  # type: ignore[override]
            assert self.zap_socket is not None
            self.zap_socket.send_multipart([b"1.0", msg[1], b"200", b"OK", b"me", b""])
            return None  # type: ignore[return-value]

    assert answer(Curious(context), request())[0] == 200
    assert seen == [request()]
    assert answer(Plain(context), request(b"PLAIN", b"a", b"b")) == (200, "OK", "me")


def test_an_override_that_raises_refuses_the_peer_with_status_500(context: zmq.Context) -> None:
    class Failing(Authenticator):
        async def handle_zap_message(self, msg: list[bytes]) -> None:
            raise KeyError

    assert answer(Failing(context), request())[0] == 500


# ---- invalid requests


@pytest.mark.parametrize(
    ("message", "text"),
    [([], "Not enough frames"), ([b"1.0", b"7"], "Not enough frames"), ([b"2.0", *request()[1:]], "Invalid version")],
)
def test_an_invalid_request_is_answered_and_logged(
    authenticator: Authenticator, log: pytest.LogCaptureFixture, message: list[bytes], text: str
) -> None:
    assert answer(authenticator, message) == (400, text, "")
    assert log.messages == [f"a ZAP request is invalid: {text}"]


@given(st.lists(st.sampled_from([b"1.0", b"PLAIN", b"CURVE", b"a", KEY]) | st.binary(max_size=260), max_size=9))
@settings(database=None, deadline=None)
def test_random_frames_are_answered_and_accept_no_peer(message: list[bytes]) -> None:
    with zmq.Context() as context:
        authenticator = Authenticator(context)
        authenticator.configure_plain("a", {"alice": "secret"})
        authenticator.configure_curve("a", {bytes(31) + b"\1"})
        status = answer(authenticator, message)[0]
    assert status == 400 or (status == 200 and message[5] in {b"NULL", b"GSSAPI"})


# ---- the log


def test_secrets_are_not_logged(context: zmq.Context, tmp_path: Path, log: pytest.LogCaptureFixture) -> None:
    authenticator = Authenticator(context)
    (tmp_path / "passwords").write_text("alice=hunter2\nnonsense-hunter2\n")
    authenticator.configure_plain("a", {"alice": "hunter2"})
    authenticator.configure_plain("b", tmp_path / "passwords")
    authenticator.configure_curve("a", {KEY})
    authenticator.configure_curve_callback("c", Provider(lambda: 1 / 0))
    for domain in (b"a", b"b", b"c"):
        for credentials in (
            [b"alice", b"hunter2"],
            [b"alice", b"hunter22"],
            [b"hunter2", b""],
            [b"hunter2\xff", b"hunter2"],
        ):
            answer(authenticator, request(b"PLAIN", *credentials, domain=domain))
        answer(authenticator, request(b"CURVE", KEY, domain=domain))
        answer(authenticator, request(b"CURVE", KEY, b"hunter2", domain=domain))
        answer(authenticator, [b"hunter2", *request(b"CURVE", KEY)])
    assert "allowed PLAIN from '192.0.2.1' as 'alice' to the domain 'a'" in log.text
    assert f"allowed CURVE from '192.0.2.1' with the key {TEXT[:10]}... to the domain 'a'" in log.text
    assert "hunter2" not in log.text
    assert TEXT not in log.text
    assert repr(KEY) not in log.text


def test_names_cannot_forge_log_lines(authenticator: Authenticator, log: pytest.LogCaptureFixture) -> None:
    authenticator.configure_plain("*", {"a\nb": "secret"})
    answer(authenticator, request(b"PLAIN", b"a\nb", b"secret", domain=b"x\ny"))
    assert all("\n" not in message for message in log.messages)


def test_a_given_logger_is_used(context: zmq.Context) -> None:
    stream = io.StringIO()
    logger = logging.Logger("mine")  # noqa: LOG001 (no parent to hand messages to)
    logger.addHandler(logging.StreamHandler(stream))
    answer(Authenticator(context, log=logger), request())
    assert stream.getvalue() == "allowed NULL from '192.0.2.1' to the domain 'a'\n"


def test_exceptions_of_the_logger_are_suppressed(context: zmq.Context) -> None:
    class Broken:
        def _fail(self, *args: object, **kwargs: object) -> None:
            raise RuntimeError

        debug = info = warning = error = _fail

    authenticator = Authenticator(context, log=Broken())
    assert answer(authenticator, request())[0] == 200
    assert answer(authenticator, request(b"PLAIN", b"a", b"b"))[0] == 400
    assert answer(authenticator, [])[0] in {400, 500}


def test_a_flood_of_errors_is_counted_instead_of_logged(
    authenticator: Authenticator, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("zmq.auth._logs.time.monotonic", lambda: now[0])
    for _ in range(1000):
        answer_at_once(authenticator, [])
    assert log.messages == ["a ZAP request is invalid: Not enough frames"]
    now[0] += 10
    answer_at_once(authenticator, [])
    assert log.messages[1:] == ["a ZAP request is invalid: Not enough frames (and 999 like it before)"]


def answer_at_once(authenticator: Authenticator, message: list[bytes]) -> None:
    """Answer *message* without an event loop, which only asynchronous providers need."""
    with pytest.raises(StopIteration):
        authenticator.handle_zap_message(message).send(None)


def test_each_kind_of_error_is_throttled_separately() -> None:
    throttle = Throttle(interval_s=1e9)
    assert [throttle.admit(kind) for kind in ("a", "b", "a", "b")] == ["", "", None, None]


# ---- the socket


def test_programs_may_receive_and_answer_themselves(context: zmq.Context, sockets: Callable[[int], zmq.Socket]) -> None:
    with Authenticator(context) as authenticator:
        assert authenticator.zap_socket is not None
        client = sockets(zmq.REQ)
        client.connect("inproc://zeromq.zap.01")
        client.send_multipart(request())
        asyncio.run(authenticator.handle_zap_message(authenticator.zap_socket.recv_multipart()))
        assert client.recv_multipart() == [b"1.0", b"7", b"200", b"OK", b"anonymous", b""]
    assert authenticator.zap_socket is None


def test_programs_may_receive_with_another_object_on_the_same_c_socket(
    context: zmq.Context, sockets: Callable[[int], zmq.Socket]
) -> None:
    with Authenticator(context) as authenticator:
        assert authenticator.zap_socket is not None
        shadow = zmq.Socket.shadow(authenticator.zap_socket)
        client = sockets(zmq.REQ)
        client.connect("inproc://zeromq.zap.01")
        for message, status in [(request(), b"200"), ([b"2.0", *request()[1:]], b"400")]:
            client.send_multipart(message)
            asyncio.run(authenticator.handle_zap_message(shadow.recv_multipart()))
            assert client.recv_multipart()[2] == status


def test_the_socket_answers_each_request_once_and_to_its_peer(
    context: zmq.Context, sockets: Callable[[int], zmq.Socket]
) -> None:
    with Authenticator(context) as authenticator:
        socket = authenticator.zap_socket
        assert socket is not None
        first, second, dealer = sockets(zmq.REQ), sockets(zmq.REQ), sockets(zmq.DEALER)
        for client in (dealer, first, second):
            client.connect("inproc://zeromq.zap.01")
        with pytest.raises(zmq.ZMQError, match="not be accomplished"):
            socket.send_multipart([b"no request"])
        dealer.send_multipart([b"no", b"envelope"])  # dropped
        dealer.send_multipart([b"a", b"proxy", b"", b"zero"])
        first.send(b"one")
        second.send(b"two")
        for _ in range(3):
            (message,) = socket.recv_multipart()
            socket.send_multipart([b"answer to", message])
            with pytest.raises(zmq.ZMQError, match="not be accomplished"):
                socket.send_multipart([b"again"])
        assert dealer.recv_multipart() == [b"a", b"proxy", b"", b"answer to", b"zero"]
        assert first.recv_multipart() == [b"answer to", b"one"]
        assert second.recv_multipart() == [b"answer to", b"two"]
        with pytest.raises(zmq.Again):
            socket.recv_multipart(zmq.NOBLOCK)


def test_a_context_has_one_handler(context: zmq.Context) -> None:
    with Authenticator(context) as first:
        for second in (first, Authenticator(context)):
            with pytest.raises(zmq.ZMQError) as raised:
                second.start()
            assert raised.value.errno == zmq.EADDRINUSE
        assert first.zap_socket is not None


def test_stop_can_be_repeated_and_start_works_again(context: zmq.Context) -> None:
    authenticator = Authenticator(context)
    authenticator.stop()
    for _ in range(20):
        authenticator.start()
        authenticator.stop()
        authenticator.stop()


def test_start_in_a_terminated_context_raises(context: zmq.Context) -> None:
    context.term()
    with pytest.raises(zmq.ZMQError):
        Authenticator(context).start()


def test_the_defaults_of_the_context_do_not_apply_to_the_zap_socket(context: zmq.Context) -> None:
    context.rcvtimeo = context.linger = 1
    with Authenticator(context) as authenticator:
        assert authenticator.zap_socket is not None
        assert (authenticator.zap_socket.rcvtimeo, authenticator.zap_socket.linger) == (-1, 0)
