"""The documented facts of options agree with libzmq and zmq.h."""

from __future__ import annotations

import errno
import pydoc
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import zmq
import zmq.constants
from zmq.backend.described import LABELS, Facts, facts_of
from zmq.sugar.options import CONTEXT_OPTIONS, SOCKET_OPTIONS, ContextOptions, SocketOptions

Make = Callable[[int], zmq.Socket]


def options_of(owner: type) -> dict[str, Any]:
    """Return the options of *owner* by their upper-case names."""
    return {
        name.upper(): option
        for name, option in vars(owner).items()
        if hasattr(option, "facts") and (name.islower() or name.lower() not in vars(owner))
    }


SOCKET, CONTEXT = options_of(SocketOptions), options_of(ContextOptions)
EVERY = [*SOCKET.items(), *CONTEXT.items()]

# Numbers without a unit.
NO_UNIT = {
    "AFFINITY", "FD", "IPC_FILTER_GID", "IPC_FILTER_PID", "IPC_FILTER_UID", "PRIORITY", "TOS", "USE_FD",
    "THREAD_AFFINITY_CPU_ADD", "THREAD_AFFINITY_CPU_REMOVE", "THREAD_NAME_PREFIX", "THREAD_PRIORITY",
    "THREAD_SCHED_POLICY",
}  # fmt: skip

# Options whose values libzmq 4.3 checks not at all, or less strictly than documented.
UNCHECKED = {
    "HEARTBEAT_TTL", "INVERT_MATCHING", "LOOPBACK_FASTPATH", "MULTICAST_LOOP", "ONLY_FIRST_SUBSCRIBE", "PROBE_ROUTER",
    "REQ_CORRELATE", "REQ_RELAXED", "ROUTER_HANDOVER", "ROUTER_MANDATORY", "ROUTER_RAW", "XPUB_MANUAL",
    "XPUB_MANUAL_LAST_VALUE", "XPUB_NODROP", "XPUB_VERBOSE", "XPUB_VERBOSER", "ZAP_ENFORCE_DOMAIN", "FAIL_UNROUTABLE",
    "ROUTER_BEHAVIOR", "CONNECT_ROUTING_ID", "CONNECT_RID", "THREAD_NAME_PREFIX", "ZERO_COPY_RECV", "BUSY_POLL",
    "XSUB_VERBOSE_UNSUBSCRIBE", "WSS_TRUST_SYSTEM",
}  # fmt: skip
# Options that only remove a value that was added before.
REMOVES = {"THREAD_AFFINITY_CPU_REMOVE"}


def test_every_option_is_looked_at() -> None:
    assert SOCKET.keys() == {name.upper() for name in SOCKET_OPTIONS}
    assert CONTEXT.keys() == {name.upper() for name in CONTEXT_OPTIONS}


@pytest.mark.parametrize(("name", "option"), EVERY)
def test_the_documentation_has_a_text_and_the_facts(name: str, option: Any) -> None:
    head, _, facts = option.__doc__.partition("\n\n")
    assert re.fullmatch(rf"{name}: [A-Z0-9h].*[.]", head)
    assert option.facts.keys() <= Facts.__annotations__.keys(), "a fact that is not shown"
    told = facts_of(option)
    assert list(told) == [label for label in LABELS if label in told]
    assert {"Type", "See"} <= told.keys()
    assert facts == " ".join(f"{label}: {fact}." for label, fact in told.items())


@pytest.mark.parametrize(("name", "option"), EVERY)
def test_every_number_has_a_unit_or_its_values(name: str, option: Any) -> None:
    if option.holds.startswith("int") and name not in NO_UNIT:
        listed = re.fullmatch(r"[-\d, ]+|[A-Z]\w+", option.facts.get("values", ""))
        assert bool(listed) != ("unit" in option.facts)


@pytest.mark.parametrize(("name", "option"), EVERY)
def test_values_are_a_list_a_range_or_an_enum(name: str, option: Any) -> None:
    values = option.facts.get("values", "0")
    assert re.fullmatch(r"-?\d+(, -?\d+)*|-?\d+\.\.\d*", values) or hasattr(zmq.constants, values)
    assert re.fullmatch(r"\d+\.\.\d*", option.facts.get("length", "0.."))
    assert ("length" in option.facts) <= option.holds.startswith("bytes")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("linger", "Type: int. Unit: milliseconds. Values: -1 or more. Default: -1. Sockets: all. See: zmq"),
        ("heartbeat_ttl", "Values: 0 to 6553599."),
        ("maxmsgsize", "Type: int of 64 bits. Unit: bytes."),
        ("events", "Access: it can only be read. See: zmq_getsockopt(3)."),
        ("probe_router", "Sockets: ROUTER, DEALER, REQ. Access: it can only be set. See: zmq"),
        ("routing_id", "Type: bytes. Length: 1 to 255 bytes. Default: b''."),
        ("bindtodevice", "Transports: tcp, udp."),
        ("priority", "libzmq: a draft since 4.3.4."),
        ("blocky", "See: zmq_ctx_set(3)."),
    ],
)  # fmt: skip
def test_the_documentation_tells_the_facts_in_words(name: str, says: str) -> None:
    assert says in getattr(zmq.Socket, name).__doc__


def test_help_shows_the_documentation_of_options() -> None:
    for owner, names in ((zmq.Socket, ("linger", "SNDHWM")), (zmq.Context, ("io_threads", "MAX_SOCKETS", "linger"))):
        text = pydoc.plain(pydoc.render_doc(owner))
        for name in names:
            head, _, facts = getattr(owner, name).__doc__.partition("\n\n")
            assert f"{name}\n |      {head}\n |\n |      {facts}\n" in re.sub(r"\| +\n", "|\n", text)


# Compared with the header


@pytest.fixture(scope="module")
def header() -> tuple[str, str]:
    """The names that zmq.h declares always, and those that it declares for builds with drafts."""
    [path] = [file for folder in zmq.get_includes() if (file := Path(folder, "zmq.h")).is_file()]
    stable, _, drafts = path.read_text(encoding="utf-8").partition("#ifdef ZMQ_BUILD_DRAFT_API\n")
    assert drafts
    return stable, drafts


@pytest.mark.parametrize(("name", "option"), [item for item in EVERY if item[0] != "HWM"])  # of libzmq 2
def test_the_version_agrees_with_the_header(name: str, option: Any, header: tuple[str, str]) -> None:
    stable, drafts = (bool(re.search(rf"#define ZMQ_{name}\b", part)) for part in header)
    since = option.facts.get("draft") or option.facts.get("since", "0")
    there = tuple(map(int, since.split("."))) <= zmq.zmq_version_info()
    assert (stable, drafts) == (there and "draft" not in option.facts, there and "draft" in option.facts)


# Compared with libzmq


def edges(numbers: str) -> tuple[list[int], list[int]]:
    """Return the limits of a range or list, and the ints next to them; of an enum its members."""
    if numbers[0].isalpha():
        return list(map(int, getattr(zmq.constants, numbers))), []
    if ".." in numbers:
        first, _, last = numbers.partition("..")
        return [int(first), int(last or 2**31 - 1)], [int(first) - 1, *([int(last) + 1] if last else [])]
    listed = [int(number) for number in numbers.split(",")]
    return listed, [listed[0] - 1, listed[-1] + 1]


def accepted(target: zmq.Socket | zmq.Context, option: Any, value: int | bytes) -> bool:
    """Return whether libzmq accepts *value*."""
    try:
        target.set(option.option, value)  # type: ignore[arg-type]  # of a context: an int
    except zmq.ZMQError as error:
        if error.errno != errno.EINVAL:
            raise
        return False
    return True


def kinds(option: Any) -> Iterator[zmq.SocketType]:
    """Yield the socket types that have an option."""
    drafts = {name for name, kind in zmq.SocketType.__members__.items() if kind > zmq.STREAM}
    named = re.findall(r"\b[A-Z]{3,}\b", option.facts.get("sockets", ""))
    if named and "but" not in option.facts["sockets"]:
        yield from (zmq.SocketType[name] for name in named if name not in drafts)
    else:
        yield from (zmq.PUB, zmq.SUB, zmq.REQ, zmq.ROUTER, zmq.PAIR)


def known(name: str) -> bool:
    """Return whether the loaded libzmq has an option: drafts and optional parts may be missing."""
    option = SOCKET[name]
    if name.startswith(("VMCI_", "NORM_", "BLOCKY")) or not option.writable:
        return False
    if name.startswith("GSSAPI_") and not zmq.has("gssapi"):
        return False
    if name.startswith("CURVE_") and not zmq.has("curve"):
        return False
    since = option.facts.get("draft") or option.facts.get("since", "0")
    return tuple(map(int, since.split("."))) <= zmq.zmq_version_info() and ("draft" not in option.facts or DRAFTS[name])


def _drafts_in_use() -> dict[str, bool]:
    """Return the draft options that libzmq accepts: it accepts some of them even if it was built without drafts."""
    found = {}
    with zmq.Context() as context:
        for name, option in SOCKET.items():
            if "draft" in option.facts and option.writable:
                kind = next(kinds(option), zmq.PAIR)
                with context.socket(kind) as socket:
                    found[name] = bool(accepted(socket, option, 1 if option.holds.startswith("int") else b"a"))
    return found


DRAFTS = _drafts_in_use()
KNOWN = [name for name in SOCKET if known(name)]


def that_tell(fact: str) -> list[str]:
    return [name for name in KNOWN if fact in SOCKET[name].facts]


@pytest.mark.parametrize("name", that_tell("values"))
def test_libzmq_accepts_only_the_values_of_the_range(sockets: Make, name: str) -> None:
    option = SOCKET[name]
    inside, outside = edges(option.facts["values"])
    for kind in kinds(option):
        assert [accepted(sockets(kind), option, value) for value in inside] == [True] * len(inside)
        if name not in UNCHECKED:
            for value in outside:
                assert not accepted(sockets(kind), option, value)


@pytest.mark.parametrize("name", that_tell("length"))
def test_libzmq_accepts_only_bytes_of_the_documented_length(sockets: Make, name: str) -> None:
    option = SOCKET[name]
    inside, outside = edges(option.facts["length"])
    for kind in kinds(option):
        assert [accepted(sockets(kind), option, b"a" * size) for size in inside] == [True] * len(inside)
        if name not in UNCHECKED:
            for size in outside:
                assert size < 0 or not accepted(sockets(kind), option, b"a" * size)


@pytest.mark.parametrize(("name", "option"), CONTEXT.items())
def test_a_context_accepts_only_the_values_of_the_range(name: str, option: Any) -> None:
    if "values" not in option.facts or name in REMOVES:
        pytest.skip("no range" if "values" not in option.facts else "takes what was added")
    inside, outside = edges(option.facts["values"])
    for value in inside:
        with zmq.Context() as context:
            assert accepted(context, option, value)
    for value in outside if name not in UNCHECKED else ():
        with zmq.Context() as context:
            try:
                assert not accepted(context, option, value)
            except OverflowError:
                pass


@pytest.mark.parametrize(("name", "option"), [item for item in CONTEXT.items() if item[1].default is not None])
def test_the_default_of_a_context_is_as_documented(context: zmq.Context, name: str, option: Any) -> None:
    assert context.get(option.option) == option.default


@pytest.mark.parametrize("name", [name for name in KNOWN if SOCKET[name].facts.get("sockets", "all")[:3] != "all"])
def test_an_option_of_some_socket_types_is_refused_or_ignored_by_all_other_types(sockets: Make, name: str) -> None:
    """The documented types can be checked only if libzmq refuses all other types."""
    option = SOCKET[name]
    value: int | bytes = 1 if option.holds.startswith("int") else b"a"
    named = set(kinds(option)) - ({zmq.XPUB} if name in {"SUBSCRIBE", "UNSUBSCRIBE"} else set())  # it needs xpub_manual
    assert all(accepted(sockets(kind), option, value) for kind in named)
    others = {kind for kind in zmq.SocketType if kind <= zmq.STREAM} - named
    taken = {kind for kind in others if accepted(sockets(kind), option, value)}
    # in libzmq REP is derived from ROUTER, and PUB from XPUB
    assert taken == others or taken <= {zmq.REP, zmq.PUB}
