"""The decision whether to accept the peer of a ZAP request: a pure function of the request and the policies.

A peer is accepted if

1. its address is allowed, or at least not denied;
2. its mechanism is known.  NULL needs nothing more, nor does GSSAPI, where Kerberos has authenticated the peer;
3. for PLAIN and CURVE, the policy of the server's ZAP domain, or else the policy of "*", accepts it.  Without a policy
   the peer is refused.

Where a credentials provider decides, the result is a Question for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from hmac import compare_digest
from typing import Final, TypeVar

from zmq.auth._addresses import Addresses
from zmq.auth._keys import Callback, Keys
from zmq.auth.zap import ZapReply, ZapRequest
from zmq.utils import z85

__all__ = ["ALL_DOMAINS", "Policies", "Question", "decide"]

ALL_DOMAINS: Final = "*"
"""The domain whose policy applies to all domains without a policy, the empty domain included."""

_T = TypeVar("_T")


@dataclass
class Policies:
    """The policies of an authenticator.  One thread may change an item while another thread decides.

    Attributes:
        allowed: If not empty, peers from other addresses are refused.
        denied: Peers from these addresses are refused.
        passwords: For PLAIN: the passwords by domain, then by user.
        keys: For CURVE: the known keys, or a credentials provider's callback, by domain.
        encoding: The encoding of passwords.
    """

    allowed: Addresses = field(default_factory=Addresses)
    denied: Addresses = field(default_factory=Addresses)
    passwords: dict[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    keys: dict[str, Keys | Callback] = field(default_factory=dict[str, "Keys | Callback"])
    encoding: str = "utf-8"


@dataclass(frozen=True)
class Question:
    """A question for a credentials provider, whose answer decides.

    Attributes:
        callback: The callback of the provider.
        domain: The ZAP domain; "*" for a server without a domain.
        key: The peer's public key, in Z85.
        user_id: Returns the peer's user id; called if the answer is true.
    """

    callback: Callback
    domain: str
    key: bytes
    user_id: Callable[[], str]

    def reply(self, answer: object) -> ZapReply:
        """Return the ZAP reply for the provider's answer.

        Raises:
            TypeError: The answer has no truth value of its own.
        """
        return ZapReply(200, "OK", self.user_id()) if _truth(answer) else ZapReply(400, "Unknown key")


def curve_user_id(key: bytes) -> str:
    """Return the user id of a CURVE peer: its public key, in Z85."""
    return z85.encode(key).decode()


def decide(
    request: ZapRequest, policies: Policies, user_id: Callable[[bytes], str] = curve_user_id
) -> ZapReply | Question:
    """Return the reply to a request, or the question for a credentials provider.

    Args:
        request: The request.
        policies: The policies.
        user_id: Called with the public key of an accepted CURVE peer; returns its user id.

    Raises:
        ValueError: A password cannot be encoded.
    """
    if policies.allowed and request.address not in policies.allowed:
        return ZapReply(400, "Address not allowed")
    if policies.denied and request.address in policies.denied:
        return ZapReply(400, "Address denied")
    if request.mechanism == "NULL":
        return ZapReply(200, "OK", "anonymous")
    if request.mechanism == "PLAIN":
        return _decide_plain(request, policies)
    if request.mechanism == "CURVE":
        return _decide_curve(request, policies, user_id)
    if request.mechanism == "GSSAPI":
        return ZapReply(200, "OK", request.user)
    return ZapReply(400, "Mechanism not supported")


def _decide_plain(request: ZapRequest, policies: Policies) -> ZapReply:
    passwords = _of_domain(policies.passwords, request.domain)
    if passwords is None:
        return ZapReply(400, "No passwords defined" if not policies.passwords else "Invalid domain")
    password = passwords.get(request.user)
    try:
        expected = (password or "").encode(policies.encoding)
    except UnicodeEncodeError:  # whose message quotes the password
        raise ValueError(f"a password cannot be encoded in {policies.encoding}") from None
    matches = _same(request.credentials[1], expected)  # also for unknown users: their refusal must take as long
    if password is None:
        return ZapReply(400, "Invalid username")
    return ZapReply(200, "OK", request.user) if matches else ZapReply(400, "Invalid password")


def _decide_curve(request: ZapRequest, policies: Policies, user_id: Callable[[bytes], str]) -> ZapReply | Question:
    keys = _of_domain(policies.keys, request.domain)
    (key,) = request.credentials
    if keys is None:
        return ZapReply(400, "Unknown domain")
    if callable(keys):
        return Question(keys, request.domain or ALL_DOMAINS, z85.encode(key), partial(user_id, key))
    return ZapReply(200, "OK", user_id(key)) if key in keys else ZapReply(400, "Unknown key")


def _of_domain(policies: Mapping[str, _T], domain: str) -> _T | None:
    policy = policies.get(domain)
    return policies.get(ALL_DOMAINS) if policy is None else policy


def _truth(answer: object) -> bool:
    """Return the truth value of an answer whose type defines one.

    In Python all other objects are true: also a future, generator or function that a provider returns by mistake.

    Raises:
        TypeError: The type defines no truth value.
    """
    defined = any("__bool__" in vars(base) or "__len__" in vars(base) for base in type(answer).__mro__)
    if not defined or answer is NotImplemented:  # its truth value is deprecated
        raise TypeError(f"a credentials provider must return True or False: got a {type(answer).__name__}")
    return bool(answer)


def _same(given: bytes, expected: bytes) -> bool:
    """Compare two passwords in a time that reveals neither where they differ nor their lengths."""
    return compare_digest(sha256(given).digest(), sha256(expected).digest())
