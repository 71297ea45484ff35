"""Z85: the example of RFC 32, encoded and decoded, and invalid values."""

from __future__ import annotations

import os

import pytest

import zmq
from zmq.utils import z85

RAW = bytes.fromhex("864fd26fb559f75b")
TEXT = b"HelloWorld"


def test_encodes_the_example_of_the_rfc() -> None:
    assert z85.encode(RAW) == TEXT


def test_decodes_the_example_of_the_rfc() -> None:
    assert z85.decode(TEXT) == RAW


def test_decodes_text() -> None:
    assert z85.decode("HelloWorld") == RAW


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_takes_other_kinds_of_bytes(kind: type[bytearray | memoryview]) -> None:
    assert z85.encode(kind(RAW)) == TEXT
    assert z85.decode(kind(TEXT)) == RAW


def test_empty_stays_empty() -> None:
    assert z85.encode(b"") == z85.decode(b"") == b""


@pytest.mark.parametrize("raw", [bytes(4), b"\xff" * 4, bytes(range(256)), os.urandom(32)], ids=len)
def test_decoding_undoes_encoding(raw: bytes) -> None:
    assert z85.decode(z85.encode(raw)) == raw


def test_every_character_is_a_digit() -> None:
    assert len(z85.Z85CHARS) == len(z85.Z85MAP) == 85
    assert [z85.Z85MAP[char] for char in z85.Z85CHARS] == list(range(85))


@pytest.mark.skipif(not zmq.has("curve"), reason="libzmq was built without CURVE")
def test_reads_the_keys_that_libzmq_writes() -> None:
    for key in zmq.curve_keypair():
        assert len(z85.decode(key)) == 32
        assert z85.encode(z85.decode(key)) == key


def test_encoding_needs_a_multiple_of_four_bytes() -> None:
    with pytest.raises(ValueError, match="6 bytes.*multiple of 4"):
        z85.encode(b"secret")


def test_decoding_needs_a_multiple_of_five_characters() -> None:
    with pytest.raises(ValueError, match="multiple of 5, not 6"):
        z85.decode(b"secret")


@pytest.mark.parametrize("text", [b'Hell"World', 'Hell"World'])
def test_a_character_that_is_no_digit_is_named_with_its_position(text: bytes | str) -> None:
    with pytest.raises(ValueError, match="position 4.*0x22"):
        z85.decode(text)


def test_text_that_is_not_ascii_is_refused() -> None:
    with pytest.raises(ValueError, match="position 4"):
        z85.decode("Hellö")


def test_five_characters_that_are_more_than_four_bytes_are_refused() -> None:
    with pytest.raises(ValueError, match="position 5"):
        z85.decode(b"Hello#####")


def test_text_is_not_encoded() -> None:
    with pytest.raises(TypeError):
        z85.encode("text")  # type: ignore[arg-type]  # what the test is about


def test_errors_never_quote_a_key() -> None:
    secret = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf"
    for wrong in (secret, secret + " ", "#####" + secret + "x"):
        with pytest.raises(ValueError, match="Z85") as caught:
            z85.decode(wrong)
        assert secret[:5] not in str(caught.value)
