"""The messages of ZAP, the ZeroMQ Authentication Protocol (RFC 27): a request and a reply, without any socket.

libzmq asks, once for each peer that wants to connect to a server socket, and the handler answers:

- request: version "1.0", request id, domain, address, routing id, mechanism, credentials
- reply: version "1.0", request id, status code, status text, user id, metadata

Of the credentials NULL has none, PLAIN a user name and a password, CURVE the peer's public key of 32 bytes, and GSSAPI
the principal that Kerberos has vouched for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

__all__ = ["ENDPOINT", "VERSION", "ZapError", "ZapReply", "ZapRequest"]

ENDPOINT: Final = "inproc://zeromq.zap.01"
"""Where libzmq looks for the handler, in each context."""

VERSION: Final = b"1.0"

_LONGEST = 255  # bytes of a string, says RFC 27
_KEY_BYTES = 32
_CREDENTIALS: Final = {"NULL": 0, "PLAIN": 2, "CURVE": 1, "GSSAPI": 1}


class ZapError(ValueError):
    """A message is no request that could be decided on.  Its text goes into the reply, and quotes no credentials."""


@dataclass(frozen=True)
class ZapRequest:
    """One question of libzmq's: may this peer connect?

    Attributes:
        request_id: What the reply repeats.
        domain: The ZAP domain of the server socket; may be empty.
        address: The peer's IP address; something else, or empty, where the transport has none.
        routing_id: The routing id that the peer has chosen; often empty.
        mechanism: "NULL", "PLAIN", "CURVE", "GSSAPI"; any other name is left to the decision.
        user: PLAIN's user name or GSSAPI's principal; empty for other mechanisms.
        credentials: The frames as they came; not shown, since one may be a password.
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
        """Return the request that a message is.

        Args:
            frames: The message as a REP socket receives it, without the envelope.
            encoding: How domains and users are written; RFC 27 says ASCII, which UTF-8 includes.

        Raises:
            ZapError: It is not what RFC 27 says.
        """
        if len(frames) < 6:
            raise ZapError("Not enough frames")
        version, request_id, domain, address, routing_id, mechanism, *credentials = map(bytes, frames)
        if version != VERSION:
            raise ZapError("Invalid version")
        if len(routing_id) > _LONGEST:
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
    """The answer to a request.

    Attributes:
        status: 200 lets the peer in, 400 turns it away, 300 lets it try again later, 500 says that we have failed.
        text: Why.
        user: Who the peer is: the metadata "User-Id" of each of its frames.  Only sent with status 200.
    """

    status: int
    text: str
    user: str = ""

    def frames(self, request_id: bytes, encoding: str = "utf-8") -> list[bytes]:
        """Return the message that answers the request of that id, without the envelope.

        Raises:
            ValueError: The user id cannot be encoded, or has a NUL character, where libzmq would cut it off.
        """
        user = self.user if self.status == 200 else ""
        if "\0" in user:
            raise ValueError("a user id cannot have NUL characters")
        return [VERSION, request_id, b"%d" % self.status, self.text.encode(), user.encode(encoding), b""]


def _text(frame: bytes, encoding: str, field: str) -> str:
    # NUL: libzmq hands metadata out as C strings, so "admin\0x" would become "admin".
    if len(frame) <= _LONGEST and b"\0" not in frame:
        try:
            return frame.decode(encoding)
        except UnicodeDecodeError:
            pass
    raise ZapError(f"Invalid {field}")
