"""The decision: may the peer of this request come in?  A function of the request and the policies, and nothing else.

1. The peer's address is allowed, or at least not denied.
2. Its mechanism is one we know.  NULL needs nothing more, nor does GSSAPI, where Kerberos has vouched for the peer.
3. For PLAIN and CURVE the server's ZAP domain has a policy, its own or else that of "*", and that lets the peer in.
   Without a policy nobody comes in.

What a credentials provider would say is not for us to know: then the decision is a Question, whose answer decides.
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
"""The domain whose policy is that of all domains without one, and of servers without a domain, which is ""."""

_T = TypeVar("_T")


@dataclass
class Policies:
    """Who may come in.  One thread may change it, item by item, while another one decides.

    Attributes:
        allowed: If there are any, only these addresses come in.
        denied: These addresses do not.
        passwords: For PLAIN; by domain, then by user.
        keys: For CURVE; by domain: the keys that are known, or the callback that knows.
        encoding: What passwords are written in.
    """

    allowed: Addresses = field(default_factory=Addresses)
    denied: Addresses = field(default_factory=Addresses)
    passwords: dict[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    keys: dict[str, Keys | Callback] = field(default_factory=dict[str, "Keys | Callback"])
    encoding: str = "utf-8"


@dataclass(frozen=True)
class Question:
    """What to ask a credentials provider, before there is a reply.

    Attributes:
        callback: The provider's.
        domain: The ZAP domain; "*" for a server that has none.
        key: The peer's public key, in Z85.
        user_id: Returns the peer's user id; called if the answer is yes.
    """

    callback: Callback
    domain: str
    key: bytes
    user_id: Callable[[], str]

    def reply(self, answer: object) -> ZapReply:
        """Return the reply that follows from the provider's answer, which is true or false.

        Raises:
            TypeError: It is neither.
        """
        return ZapReply(200, "OK", self.user_id()) if _truth(answer) else ZapReply(400, "Unknown key")


def curve_user_id(key: bytes) -> str:
    """Return the user id of a CURVE peer: its public key, in Z85."""
    return z85.encode(key).decode()


def decide(
    request: ZapRequest, policies: Policies, user_id: Callable[[bytes], str] = curve_user_id
) -> ZapReply | Question:
    """Return the reply to a request, or what to ask before.

    Args:
        request: The request.
        policies: Who may come in.
        user_id: Called with the public key of each CURVE peer that comes in; returns its user id.
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
        raise ValueError(f"a password cannot be written in {policies.encoding}") from None
    matches = _same(request.credentials[1], expected)  # an unknown user takes as long as a known one
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
    """Return the truth of an answer whose type defines one.

    All other objects are true in Python: a future, a generator or a function, which a provider returns by mistake.
    """
    defined = any("__bool__" in vars(base) or "__len__" in vars(base) for base in type(answer).__mro__)
    if not defined or answer is NotImplemented:  # whose truth is deprecated
        raise TypeError(f"a credentials provider returns True or False: got a {type(answer).__name__}")
    return bool(answer)


def _same(given: bytes, expected: bytes) -> bool:
    """Whether two passwords are the same, in a time that tells neither where they differ nor how long they are."""
    return compare_digest(sha256(given).digest(), sha256(expected).digest())
