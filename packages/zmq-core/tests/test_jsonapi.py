"""JSON from and to bytes."""

from __future__ import annotations

import json

import pytest

from zmq.utils import jsonapi


def test_dumps_makes_bytes() -> None:
    assert jsonapi.dumps({"a": [1, None]}) == b'{"a": [1, null]}'


def test_dumps_writes_utf8() -> None:
    assert jsonapi.dumps("é", ensure_ascii=False) == b'"\xc3\xa9"'


def test_dumps_passes_keywords_on() -> None:
    assert jsonapi.dumps({"b": 1, "a": object}, sort_keys=True, default=lambda _: "?") == b'{"a": "?", "b": 1}'


@pytest.mark.parametrize("text", ['"\u00e9"', b'"\xc3\xa9"', bytearray(b'"\xc3\xa9"'), memoryview(b'"\xc3\xa9"')])
def test_loads_takes_text_and_bytes(text: str | bytes | bytearray | memoryview) -> None:
    assert jsonapi.loads(text) == "é"


def test_loads_passes_keywords_on() -> None:
    assert jsonapi.loads(b"1.5", parse_float=str) == "1.5"


@pytest.mark.parametrize("wrong", [b"{", b"", b'"\xff"', '"x"'.encode("utf-16")])
def test_loads_refuses_anything_but_json_in_utf8(wrong: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        jsonapi.loads(wrong)


def test_jsonmod_is_the_implementation() -> None:
    assert jsonapi.jsonmod is json
