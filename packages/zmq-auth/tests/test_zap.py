"""Parsing of requests and building of replies, as RFC 27 says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zmq.auth.zap import ZapError, ZapReply, ZapRequest

KEY = bytes(range(32))


def frames(mechanism: bytes = b"NULL", *credentials: bytes, **fields: bytes) -> list[bytes]:
    """Return a valid request, except for the given fields."""
    before = {"version": b"1.0", "request_id": b"7", "domain": b"global", "address": b"192.0.2.1", "routing_id": b"me"}
    return [*(before | fields).values(), mechanism, *credentials]


def test_request_has_names_for_its_frames() -> None:
    request = ZapRequest.parse(frames(b"PLAIN", b"alice", b"secret"))
    assert request == ZapRequest(
        b"7", "global", "192.0.2.1", b"me", "PLAIN", user="alice", credentials=(b"alice", b"secret")
    )


@pytest.mark.parametrize(
    ("mechanism", "credentials", "user"),
    [
        (b"NULL", [], ""),
        (b"PLAIN", [b"alice", b""], "alice"),
        (b"CURVE", [KEY], ""),
        (b"GSSAPI", [b"alice@EXAMPLE.ORG"], "alice@EXAMPLE.ORG"),
        (b"OWN", [b"anything", b"goes", b"\xff"], ""),
    ],
)
def test_mechanisms_have_their_credentials(mechanism: bytes, credentials: list[bytes], user: str) -> None:
    request = ZapRequest.parse(frames(mechanism, *credentials))
    assert (request.mechanism, request.credentials, request.user) == (mechanism.decode(), tuple(credentials), user)


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        ([], "Not enough frames"),
        ([b"1.0"], "Not enough frames"),
        (frames()[:5], "Not enough frames"),
        (frames(version=b"2.0"), "Invalid version"),
        (frames(version=b""), "Invalid version"),
        (frames(domain=b"d" * 256), "Invalid domain"),
        (frames(domain=b"\xff"), "Invalid domain"),
        (frames(domain=b"a\0b"), "Invalid domain"),
        (frames(address=b"1" * 256), "Invalid address"),
        (frames(routing_id=b"i" * 256), "Invalid identity"),
        (frames(b""), "Invalid mechanism"),
        (frames(b"M" * 256), "Invalid mechanism"),
        (frames(b"N\xc3\x9cLL"), "Invalid mechanism"),
        (frames(b"NULL", b"something"), "Invalid credentials"),
        (frames(b"PLAIN"), "Invalid credentials"),
        (frames(b"PLAIN", b"user"), "Invalid credentials"),
        (frames(b"PLAIN", b"user", b"password", b"more"), "Invalid credentials"),
        (frames(b"PLAIN", b"u" * 256, b"password"), "Invalid credentials"),
        (frames(b"PLAIN", b"user", b"p" * 256), "Invalid credentials"),
        (frames(b"PLAIN", b"\xff", b"password"), "Invalid credentials"),
        (frames(b"PLAIN", b"user", b"\xff"), "Invalid credentials"),
        (frames(b"CURVE"), "Invalid credentials"),
        (frames(b"CURVE", KEY[:-1]), "Invalid credentials"),
        (frames(b"CURVE", KEY + b"x"), "Invalid credentials"),
        (frames(b"CURVE", KEY, KEY), "Invalid credentials"),
        (frames(b"GSSAPI"), "Invalid credentials"),
        (frames(b"GSSAPI", b"admin\0@EXAMPLE.ORG"), "Invalid credentials"),
    ],
)
def test_an_invalid_request_raises(message: list[bytes], complaint: str) -> None:
    with pytest.raises(ZapError, match=f"^{complaint}$"):
        ZapRequest.parse(message)


def test_strings_of_the_maximum_length_are_accepted() -> None:
    longest = b"x" * 255
    request = ZapRequest.parse(frames(b"PLAIN", longest, longest, domain=longest, address=longest, routing_id=longest))
    assert request.domain == request.address == request.user == longest.decode()


def test_domain_may_be_empty() -> None:
    assert ZapRequest.parse(frames(domain=b"")).domain == ""


def test_strings_are_decoded_with_the_given_encoding() -> None:
    assert ZapRequest.parse(frames(b"PLAIN", b"J\xfcrgen", b"\xff", domain=b"\xe9"), "latin-1").user == "Jürgen"


def test_the_repr_of_a_request_has_no_credentials() -> None:
    assert "secret" not in repr(ZapRequest.parse(frames(b"PLAIN", b"alice", b"secret")))


@given(st.lists(st.binary(max_size=300), max_size=12))
@settings(database=None, deadline=None)
def test_random_frames_are_a_request_or_raise_zap_error(message: list[bytes]) -> None:
    try:
        ZapRequest.parse(message)
    except ZapError:
        pass


def test_reply_repeats_the_request_id() -> None:
    assert ZapReply(200, "OK", "alice").frames(b"\x00\xff") == [b"1.0", b"\x00\xff", b"200", b"OK", b"alice", b""]


@pytest.mark.parametrize("status", [300, 400, 500])
def test_only_accepted_peers_have_a_user_id(status: int) -> None:
    assert ZapReply(status, "no", "alice").frames(b"7") == [b"1.0", b"7", b"%d" % status, b"no", b"", b""]


def test_a_user_id_with_a_nul_character_raises() -> None:
    with pytest.raises(ValueError, match="NUL"):
        ZapReply(200, "OK", "admin\0istrator").frames(b"7")
