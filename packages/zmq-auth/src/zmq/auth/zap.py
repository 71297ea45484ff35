"""The messages of ZAP, the ZeroMQ Authentication Protocol (RFC 27), without I/O.

libzmq sends a request for each peer that connects to a server socket, and the handler replies:

- request: version "1.0", request id, domain, address, routing id, mechanism, credentials
- reply: version "1.0", request id, status code, status text, user id, metadata

The credentials are nothing for NULL, a user name and a password for PLAIN, the peer's public key of 32 bytes for CURVE,
and the principal that Kerberos has authenticated for GSSAPI.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

__all__ = ["ENDPOINT", "VERSION", "ZapError", "ZapReply", "ZapRequest"]

ENDPOINT: Final = "inproc://zeromq.zap.01"
"""The endpoint of the handler in each context, fixed by RFC 27."""

VERSION: Final = b"1.0"

_MAX_BYTES = 255
"""The limit for strings in RFC 27."""
_KEY_BYTES = 32
_CREDENTIALS: Final = {"NULL": 0, "PLAIN": 2, "CURVE": 1, "GSSAPI": 1}


class ZapError(ValueError):
    """A message is not a valid ZAP request.  Its text goes into the reply, and quotes no credentials."""


@dataclass(frozen=True)
class ZapRequest:
    """A request of libzmq: whether to accept a peer.

    Attributes:
        request_id: The reply repeats it.
        domain: The ZAP domain of the server socket; may be empty.
        address: The peer's IP address; something else, or empty, for transports without IP addresses.
        routing_id: The routing id that the peer has set; often empty.
        mechanism: "NULL", "PLAIN", "CURVE" or "GSSAPI"; other names are parsed, too.
        user: The user name of PLAIN or the principal of GSSAPI; empty for other mechanisms.
        credentials: The frames of the credentials; not in the repr, because one may be a password.
    """

    request_id: bytes
    domain: str
    address: str
    routing_id: bytes
    mechanism: str
    user: str = ""
    credentials: tuple[bytes, ...] = field(default=(), repr=False)

    @classmethod
    def parse(cls, frames: Sequence[bytes], encoding: str = "utf-8") -> ZapRequest:
        """Parse a request.

        Args:
            frames: The message without its envelope.
            encoding: The encoding of domains and users; RFC 27 says ASCII, which UTF-8 includes.

        Raises:
            ZapError: The message is not a request as RFC 27 defines it.
        """
        if len(frames) < 6:
            raise ZapError("Not enough frames")
        version, request_id, domain, address, routing_id, mechanism, *credentials = map(bytes, frames)
        if version != VERSION:
            raise ZapError("Invalid version")
        if len(routing_id) > _MAX_BYTES:
            raise ZapError("Invalid identity")
        name = _text(mechanism, "ascii", "mechanism")
        if not name:
            raise ZapError("Invalid mechanism")
        if len(credentials) != _CREDENTIALS.get(name, len(credentials)):
            raise ZapError("Invalid credentials")
        if name == "CURVE" and len(credentials[0]) != _KEY_BYTES:
            raise ZapError("Invalid credentials")
        if name == "PLAIN":
            _text(credentials[1], encoding, "credentials")
        has_user = name in {"PLAIN", "GSSAPI"}
        return cls(
            request_id=request_id,
            domain=_text(domain, encoding, "domain"),
            address=_text(address, encoding, "address"),
            routing_id=routing_id,
            mechanism=name,
            user=_text(credentials[0], encoding, "credentials") if has_user else "",
            credentials=tuple(credentials),
        )


@dataclass(frozen=True)
class ZapReply:
    """The reply to a request.

    Attributes:
        status: 200 accepts the peer; 300 is a temporary error, 400 a refusal, 500 an internal error.
        text: The reason.
        user: The user id: the metadata "User-Id" of the peer's frames.  Only sent with status 200.
    """

    status: int
    text: str
    user: str = ""

    def frames(self, request_id: bytes, encoding: str = "utf-8") -> list[bytes]:
        """Return the frames of the reply to the request with that id, without the envelope.

        Raises:
            ValueError: The user id cannot be encoded, or has a NUL character, at which libzmq would cut it off.
        """
        user = self.user if self.status == 200 else ""
        if "\0" in user:
            raise ValueError("a user id cannot have NUL characters")
        return [VERSION, request_id, b"%d" % self.status, self.text.encode(), user.encode(encoding), b""]


def _text(frame: bytes, encoding: str, field: str) -> str:
    # libzmq returns metadata as C strings, so "admin\0x" would become "admin".
    if len(frame) <= _MAX_BYTES and b"\0" not in frame:
        try:
            return frame.decode(encoding)
        except UnicodeDecodeError:
            pass
    raise ZapError(f"Invalid {field}")
