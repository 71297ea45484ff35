"""Names for string types from Python 2, kept for old programs.  New programs use ``str`` and ``bytes``."""

from __future__ import annotations

import builtins

__all__ = ["asbytes", "b", "basestring", "bytes", "cast_bytes", "cast_unicode", "u", "unicode"]

bytes = builtins.bytes
unicode = str
basestring = (str, builtins.bytes)


def cast_bytes(s: str | builtins.bytes, encoding: str = "utf8", errors: str = "strict") -> builtins.bytes:
    """Return *s* as bytes; a str is encoded with *encoding* and *errors*, as in ``str.encode``.

    Raises:
        TypeError: *s* is neither str nor bytes.
    """
    if isinstance(s, builtins.bytes):
        return s
    if isinstance(s, str):
        return s.encode(encoding, errors)
    raise TypeError(f"expected str or bytes, got {s!r}")


def cast_unicode(s: str | builtins.bytes, encoding: str = "utf8", errors: str = "strict") -> str:
    """Return *s* as a str; bytes are decoded with *encoding* and *errors*, as in ``bytes.decode``.

    Raises:
        TypeError: *s* is neither str nor bytes.
    """
    if isinstance(s, str):
        return s
    if isinstance(s, builtins.bytes):
        return s.decode(encoding, errors)
    raise TypeError(f"expected str or bytes, got {s!r}")


b = asbytes = cast_bytes
u = cast_unicode
