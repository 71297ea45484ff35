"""Z85, which encodes 4 bytes as 5 printable characters (ZeroMQ RFC 32).

CURVE keys are encoded in Z85.  Error messages can end up in logs, so they give the position of an error and never quote
the value.
"""

from __future__ import annotations

import struct
from typing import Final

__all__ = ["Z85CHARS", "Z85MAP", "decode", "encode"]

Z85CHARS: Final = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
Z85MAP: Final[dict[int, int]] = {char: digit for digit, char in enumerate(Z85CHARS)}

_POWERS: Final = (85**4, 85**3, 85**2, 85, 1)


def encode(rawbytes: bytes | bytearray | memoryview) -> bytes:
    """Return *rawbytes* encoded in Z85.

    Args:
        rawbytes: The bytes; their number must be a multiple of 4.

    Raises:
        ValueError: The number of bytes is not a multiple of 4.

    libzmq: zmq_z85_encode(3)
    """
    raw = memoryview(rawbytes).cast("B")
    if len(raw) % 4:
        raise ValueError(f"cannot encode {len(raw)} bytes in Z85: length must be a multiple of 4")
    numbers: tuple[int, ...] = struct.unpack(f">{len(raw) // 4}I", raw)
    return bytes([Z85CHARS[number // power % 85] for number in numbers for power in _POWERS])


def decode(z85bytes: bytes | bytearray | memoryview | str) -> bytes:
    """Return the bytes that *z85bytes* encodes.

    Args:
        z85bytes: Z85, as bytes or str.

    Raises:
        ValueError: *z85bytes* is not Z85: its length is not a multiple of 5, a character is not one of the 85 digits,
            or the value of five digits exceeds 4 bytes.

    libzmq: zmq_z85_decode(3)
    """
    chars = z85bytes.encode() if isinstance(z85bytes, str) else bytes(memoryview(z85bytes))
    try:
        digits = [Z85MAP[char] for char in chars]
    except KeyError as error:
        char = error.args[0]
        raise ValueError(f"cannot decode Z85: no digit at position {chars.index(char)} (byte 0x{char:02x})") from None
    if len(chars) % 5:
        raise ValueError(f"cannot decode Z85: length must be a multiple of 5, not {len(chars)}")
    raw = bytearray()
    for start in range(0, len(chars), 5):
        first, second, third, fourth, fifth = digits[start : start + 5]
        number = (((first * 85 + second) * 85 + third) * 85 + fourth) * 85 + fifth
        if number > 0xFFFFFFFF:
            raise ValueError(f"cannot decode Z85: the value of the 5 digits at position {start} exceeds 4 bytes")
        raw += number.to_bytes(4, "big")
    return bytes(raw)
