"""Names from Python 2, kept for old programs."""

from __future__ import annotations

import pytest

from zmq.utils import strtypes
from zmq.utils.strtypes import cast_bytes, cast_unicode


def test_cast_bytes_encodes_text() -> None:
    assert cast_bytes("é") == b"\xc3\xa9"
    assert cast_bytes("é", "latin1") == b"\xe9"
    assert cast_bytes("é", "ascii", "replace") == b"?"


def test_cast_bytes_leaves_bytes_alone() -> None:
    assert cast_bytes(b"\xff") == b"\xff"


def test_cast_unicode_decodes_bytes() -> None:
    assert cast_unicode(b"\xc3\xa9") == "é"
    assert cast_unicode(b"\xe9", encoding="latin1") == "é"
    assert cast_unicode(b"\xe9", errors="ignore") == ""


def test_cast_unicode_leaves_text_alone() -> None:
    assert cast_unicode("é") == "é"


@pytest.mark.parametrize("wrong", [None, 5, bytearray(b"x")])
@pytest.mark.parametrize("cast", [cast_bytes, cast_unicode])
def test_casts_refuse_other_types(cast: object, wrong: object) -> None:
    assert callable(cast)
    with pytest.raises(TypeError, match="expected str or bytes"):
        cast(wrong)


def test_the_other_names_are_the_same_things() -> None:
    assert strtypes.b is strtypes.asbytes is cast_bytes
    assert strtypes.u is cast_unicode
    assert (strtypes.bytes, strtypes.unicode, strtypes.basestring) == (bytes, str, (str, bytes))
