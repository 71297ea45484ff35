"""The decision depends only on the request and the policies."""

from __future__ import annotations

from typing import Any

import pytest

from zmq.auth._addresses import Addresses
from zmq.auth._keys import AnyKey, KeySet
from zmq.auth.policy import Policies, Question, decide
from zmq.auth.zap import ZapReply, ZapRequest
from zmq.utils import z85

KEY, OTHER_KEY = bytes(range(32)), bytes(32)


def request(mechanism: str = "NULL", *credentials: bytes, domain: str = "a", address: str = "192.0.2.1") -> ZapRequest:
    user = credentials[0].decode() if mechanism in {"PLAIN", "GSSAPI"} else ""
    return ZapRequest(b"7", domain, address, b"", mechanism, user, credentials)


def status(request: ZapRequest, policies: Policies) -> tuple[int, str]:
    reply = decide(request, policies)
    assert isinstance(reply, ZapReply)
    return reply.status, reply.user


def test_without_policies_only_null_and_gssapi_peers_are_accepted() -> None:
    policies = Policies()
    assert status(request("NULL"), policies) == (200, "anonymous")
    assert status(request("GSSAPI", b"alice@EXAMPLE.ORG"), policies) == (200, "alice@EXAMPLE.ORG")
    assert status(request("PLAIN", b"alice", b""), policies) == (400, "")
    assert status(request("CURVE", KEY), policies) == (400, "")
    assert status(request("OWN"), policies) == (400, "")


# ---- addresses


@pytest.mark.parametrize(
    ("addresses", "address", "found"),
    [
        (["192.0.2.1"], "192.0.2.1", True),
        (["192.0.2.1"], "192.0.2.10", False),
        (["192.0.2.1", "192.0.2.2"], "192.0.2.2", True),
        (["192.0.2.0/24"], "192.0.2.77", True),
        (["192.0.2.0/24"], "192.0.3.77", False),
        (["192.0.2.1"], "::ffff:192.0.2.1", True),
        (["::ffff:192.0.2.1"], "192.0.2.1", True),
        (["192.0.2.0/24"], "::ffff:192.0.2.1", True),
        (["2001:db8::1"], "2001:0DB8:0::1", True),
        (["2001:db8::/32"], "2001:db8:1::", True),
        (["2001:db8::/32"], "192.0.2.1", False),
        (["fe80::1"], "fe80::1%eth0", True),
        (["fe80::%eth0/64"], "fe80::1", True),
        (["::ffff:192.0.2.0/120"], "192.0.2.1", True),
        (["::ffff:192.0.2.0/120"], "192.0.3.1", False),
        (["::ffff:c000:200/120"], "::ffff:192.0.2.1", True),
        (["::/0"], "192.0.2.1", True),
        (["0.0.0.0/0"], "2001:db8::1", False),
        (["[2001:db8::1]"], "2001:db8::1", True),
        (["2001:db8::1"], "[2001:db8::1]", True),
        (["[2001:db8::]/32"], "[2001:db8::1%eth0]", True),
        (["[2001:db8::/32]"], "2001:db8::1", True),
        (["[::ffff:192.0.2.0]/120"], "192.0.2.1", True),
        (["[::1]5"], "::15", False),
        (["192.0.2.1"], "192.0.2.1/32", False),
        (["localhost:1000:1000:4711"], "localhost:1000:1000:4711", True),
        (["localhost"], "127.0.0.1", False),
        (["192.0.2.1"], "", False),
        ([], "192.0.2.1", False),
    ],
)
def test_addresses(addresses: list[str], address: str, found: bool) -> None:
    assert (address in Addresses(addresses)) is found


@pytest.mark.parametrize("mechanism", ["NULL", "GSSAPI", "CURVE", "PLAIN"])
def test_addresses_apply_to_all_mechanisms(mechanism: str) -> None:
    credentials = {"GSSAPI": [b"alice"], "CURVE": [KEY], "PLAIN": [b"alice", b"secret"]}.get(mechanism, [])
    policy: dict[str, Any] = {"keys": {"*": AnyKey()}, "passwords": {"*": {"alice": "secret"}}}
    here, there = (request(mechanism, *credentials, address=address) for address in ("192.0.2.1", "192.0.2.2"))
    allow = Policies(allowed=Addresses(["192.0.2.1"]), **policy)
    assert (status(here, allow)[0], status(there, allow)[0]) == (200, 400)
    deny = Policies(denied=Addresses(["192.0.2.1"]), **policy)
    assert (status(here, deny)[0], status(there, deny)[0]) == (400, 200)


def test_an_allowed_address_does_not_replace_a_password() -> None:
    policies = Policies(allowed=Addresses(["192.0.2.1"]), passwords={"*": {"alice": "secret"}})
    assert status(request("PLAIN", b"alice", b"guess"), policies) == (400, "")


# ---- PLAIN


@pytest.mark.parametrize(
    ("user", "password", "expected"),
    [
        (b"alice", b"secret", (200, "alice")),
        (b"alice", b"Secret", (400, "")),
        (b"alice", b"", (400, "")),
        (b"alice", b"secret and more", (400, "")),
        (b"bob", b"secret", (400, "")),
        (b"", b"", (400, "")),
        ("jürgen".encode(), "paßwort".encode(), (200, "jürgen")),
    ],
)
def test_plain(user: bytes, password: bytes, expected: tuple[int, str]) -> None:
    policies = Policies(passwords={"*": {"alice": "secret", "jürgen": "paßwort"}})
    assert status(request("PLAIN", user, password), policies) == expected


def test_passwords_are_compared_in_the_encoding_of_the_policies() -> None:
    policies = Policies(passwords={"*": {"alice": "é"}}, encoding="latin-1")
    assert status(request("PLAIN", b"alice", b"\xe9"), policies) == (200, "alice")


# ---- CURVE


@pytest.mark.parametrize("keys", [{KEY}, {z85.encode(KEY)}, {z85.encode(KEY).decode()}, {z85.encode(KEY): True}, [KEY]])
def test_keys_in_memory(keys: Any) -> None:
    policies = Policies(keys={"*": KeySet(keys)})
    assert status(request("CURVE", KEY), policies) == (200, z85.encode(KEY).decode())
    assert status(request("CURVE", OTHER_KEY), policies) == (400, "")


def test_curve_peers_have_the_user_id_that_the_program_gives_them() -> None:
    given: list[bytes] = []

    def user_id(key: bytes) -> str:
        given.append(key)
        return "alice"

    policies = Policies(keys={"*": KeySet({KEY})})
    assert decide(request("CURVE", KEY), policies, user_id) == ZapReply(200, "OK", "alice")
    decide(request("CURVE", OTHER_KEY), policies, user_id)
    assert given == [KEY]  # not called for refused peers


def test_a_provider_is_asked_and_its_answer_decides() -> None:
    policies = Policies(keys={"*": lambda _domain, _key: True})
    question = decide(request("CURVE", KEY), policies, lambda _: "alice")
    assert isinstance(question, Question)
    assert (question.domain, question.key) == ("a", z85.encode(KEY))
    assert question.reply(True) == ZapReply(200, "OK", "alice")
    assert question.reply(False).status == 400
    assert question.reply(None).status == 400


# ---- domains


def test_a_policy_of_one_domain_applies_to_that_domain_only() -> None:
    policies = Policies(keys={"a": AnyKey()}, passwords={"a": {"alice": "secret"}})
    for domain, expected in [("a", 200), ("b", 400), ("", 400), ("*", 400)]:
        assert status(request("CURVE", KEY, domain=domain), policies)[0] == expected
        assert status(request("PLAIN", b"alice", b"secret", domain=domain), policies)[0] == expected


def test_the_policy_of_all_domains_applies_to_domains_without_a_policy() -> None:
    policies = Policies(keys={"*": KeySet({KEY}), "a": KeySet({OTHER_KEY})})
    known = {domain: status(request("CURVE", KEY, domain=domain), policies)[0] for domain in ["a", "b", "", "*"]}
    assert known == {"a": 400, "b": 200, "": 200, "*": 200}


def test_a_policy_of_the_empty_domain_applies_to_servers_without_a_domain() -> None:
    policies = Policies(keys={"": AnyKey()})
    known = {domain: status(request("CURVE", KEY, domain=domain), policies)[0] for domain in ["a", "", "*"]}
    assert known == {"a": 400, "": 200, "*": 400}


def test_a_domain_with_an_empty_policy_does_not_fall_back() -> None:
    policies = Policies(passwords={"*": {"alice": "secret"}, "a": {}}, keys={"*": AnyKey(), "a": KeySet(set())})
    assert status(request("PLAIN", b"alice", b"secret"), policies)[0] == 400
    assert status(request("CURVE", KEY), policies)[0] == 400


def test_each_mechanism_falls_back_separately() -> None:
    policies = Policies(passwords={"a": {}}, keys={"*": AnyKey()})
    assert status(request("CURVE", KEY), policies)[0] == 200
    assert status(request("PLAIN", b"alice", b"secret", domain="b"), policies)[0] == 400


def test_a_provider_gets_the_domain_of_the_server() -> None:
    policies = Policies(keys={"*": lambda _domain, _key: True})
    for domain, told in [("a", "a"), ("", "*")]:
        question = decide(request("CURVE", KEY, domain=domain), policies)
        assert isinstance(question, Question)
        assert question.domain == told
