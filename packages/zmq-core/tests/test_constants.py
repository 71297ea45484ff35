"""Constants: the enums against zmq.h, and the plain names against the enums."""

from __future__ import annotations

import enum
import errno
import os
import pickle
import re
import sys
from pathlib import Path
from typing import Literal

import pytest

import zmq
from zmq import _enums, constants

OF_ENUM = {"Enum", "IntEnum", "IntFlag"}
ENUMS: list[type[enum.Enum]] = [
    each
    for name, each in vars(constants).items()
    if isinstance(each, type) and issubclass(each, enum.Enum) and name not in (*OF_ENUM, "_OptType")
]
ALL: list[str] = vars(constants)["__all__"]  # computed, so unknown to type checkers
PREFIXES = {
    "Event": "EVENT_",
    "GssapiNameType": "GSSAPI_NT_",
    "NormMode": "NORM_",
    "ReconnectStop": "RECONNECT_STOP_",
    "RouterNotify": "NOTIFY_",
}
LIMITS = {name for name in ALL if name.endswith("_DFLT")} | {"GROUP_MAX_LENGTH"}

# Macros about the header itself
NOT_CONSTANTS = re.compile(r"VERSION|HAS_|HAVE_|EXPORT|DEFINED_|HAUSNUMERO|CURRENT_EVENT_VERSION")
# Numbers that are wrong or smaller in headers before 4.3.5
LATER = {"RECONNECT_STOP_AFTER_DISCONNECT", "GROUP_MAX_LENGTH"}

HAUSNUMERO = 156384712


def header() -> Path | None:
    """Return the zmq.h to compare with: that of the package, else that of the system."""
    folders = [*zmq.get_includes(), "/usr/include", "/usr/local/include", "/opt/homebrew/include"]
    return next((path for folder in folders if (path := Path(folder, "zmq.h")).exists()), None)


def macros(text: str) -> dict[str, str]:
    """Return the object-like macros ``ZMQ_...`` that have a value, without the prefix."""
    return dict(
        re.findall(r"^[ \t]*#[ \t]*define[ \t]+ZMQ_(\w+)[ \t]+([^/\n\\]+?)[ \t]*(?:/\*.*)?$", text, re.MULTILINE)
    )


def evaluate(text: str, known: dict[str, str]) -> int | None:
    """Return the value of a macro; None if it is not a number."""
    number = 0
    for term in text.strip("()").split("|"):
        name = term.strip().removeprefix("ZMQ_")
        try:
            number |= evaluate(known[name], known) or 0 if name in known else int(name, 0)
        except ValueError:
            return None
    return number


HEADER = header()
MACROS = macros(HEADER.read_text()) if HEADER else {}
CONSTANTS = {
    name: number
    for name, text in MACROS.items()
    if not NOT_CONSTANTS.match(name) and (number := evaluate(text, MACROS)) is not None
}
VERSION = tuple(int(MACROS[f"VERSION_{part}"]) for part in ("MAJOR", "MINOR", "PATCH")) if HEADER else (0, 0, 0)


@pytest.mark.skipif(HEADER is None, reason="no zmq.h")
def test_the_header_is_parsed() -> None:
    assert CONSTANTS["XREQ"] == 5
    assert CONSTANTS["PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC"] == 0x11000001
    assert len(CONSTANTS) > 150


@pytest.mark.parametrize(("name", "number"), CONSTANTS.items())
def test_every_constant_of_the_header_is_there(name: str, number: int) -> None:
    if name in LATER and VERSION < (4, 3, 5):
        assert hasattr(constants, name)
    else:
        assert getattr(constants, name) == number


@pytest.mark.skipif(HEADER is None, reason="no zmq.h")
def test_errors_the_platform_lacks_have_the_numbers_of_the_header() -> None:
    assert HEADER
    offsets = re.findall(r"#define (E\w+) \(ZMQ_HAUSNUMERO \+ (\d+)\)", HEADER.read_text())
    assert len(offsets) > 20
    for name, offset in offsets:
        assert constants.Errno[name] == getattr(errno, name, HAUSNUMERO + int(offset))


@pytest.mark.skipif(sys.platform == "win32", reason="the C library has numbers of its own there")
def test_errors_have_the_numbers_of_the_platform() -> None:
    assert constants.EADDRINUSE == errno.EADDRINUSE
    assert zmq.strerror(constants.EADDRINUSE) == os.strerror(errno.EADDRINUSE)


def test_libzmq_has_errors_of_its_own() -> None:
    assert constants.ETERM == HAUSNUMERO + 53


def test_on_windows_errors_have_the_numbers_of_the_c_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert _enums._number("EADDRINUSE", 5) == 100
    assert _enums._number("ENOSUCHERROR", 5) == HAUSNUMERO + 5


@pytest.mark.parametrize("kind", ENUMS, ids=lambda kind: kind.__name__)
def test_every_member_of_an_enum_has_a_plain_name(kind: type[enum.Enum]) -> None:
    prefix = PREFIXES.get(kind.__name__, "")
    for name, member in kind.__members__.items():
        plain = name if name.startswith("PROTOCOL_") else prefix + name
        assert getattr(constants, plain) is member


def test_every_plain_name_is_a_member_of_an_enum() -> None:
    plain = set(ALL) - {kind.__name__ for kind in ENUMS} - LIMITS - OF_ENUM
    assert len(plain) == sum(len(kind.__members__) for kind in ENUMS)


def test_all_lists_each_public_name_once() -> None:
    assert len(ALL) == len(set(ALL))
    assert not [name for name in ALL if name.startswith("_")]
    assert {"SocketType", "PUB", "EVENT_ALL", "IO_THREADS_DFLT"} <= set(ALL)
    assert "Final" not in ALL


def test_zmq_has_every_constant() -> None:
    for name in ALL:
        assert getattr(zmq, name) is getattr(constants, name)
        assert name in vars(zmq)["__all__"]


def test_type_checkers_know_plain_names_exactly() -> None:
    kind: Literal[constants.SocketType.PUB] = zmq.PUB
    option: Literal[constants.SocketOption.LINGER] = zmq.LINGER
    number: Literal[constants.Errno.EFSM] = zmq.EFSM
    assert [kind, option, number] == [1, 17, HAUSNUMERO + 51]


def test_constants_are_numbers() -> None:
    assert int(constants.SUB) == 2
    assert constants.SocketType(2) is constants.SUB
    assert repr(constants.SUB) == "<SocketType.SUB: 2>"


@pytest.mark.parametrize(
    ("older", "newer"), [("XREP", "ROUTER"), ("XREQ", "DEALER"), ("NOBLOCK", "DONTWAIT"), ("IDENTITY", "ROUTING_ID")]
)
def test_older_names_are_the_same_members(older: str, newer: str) -> None:
    assert getattr(constants, older) is getattr(constants, newer)


def test_events_and_flags_combine() -> None:
    assert isinstance(constants.POLLIN | constants.POLLOUT, constants.PollEvent)
    assert isinstance(constants.DONTWAIT | constants.SNDMORE, constants.Flag)
    assert constants.EVENT_CONNECTED in constants.EVENT_CONNECTED | constants.EVENT_CLOSED


def test_events_of_a_later_libzmq_are_still_events() -> None:
    assert constants.Event(0x8000) == 0x8000


# Names that programs for pyzmq use


@pytest.mark.parametrize("name", zmq.Event.__members__)
def test_the_repr_of_an_event_has_its_name(name: str) -> None:
    assert name in repr(zmq.Event[name])


def test_socket_options_have_their_kind() -> None:
    kinds = {name: option._opt_type.value for name, option in zmq.SocketOption.__members__.items()}
    assert kinds["LINGER"] == kinds["HWM"] == kinds["TYPE"] == kinds["BLOCKY"] == "int"
    assert {name for name, kind in kinds.items() if kind == "int64"} == {
        "AFFINITY",
        "MAXMSGSIZE",
        "VMCI_BUFFER_SIZE",
        "VMCI_BUFFER_MIN_SIZE",
        "VMCI_BUFFER_MAX_SIZE",
    }
    assert kinds["IDENTITY"] == kinds["SUBSCRIBE"] == kinds["CURVE_SERVERKEY"] == kinds["ZAP_DOMAIN"] == "bytes"
    assert kinds["FD"] == "fd"


@pytest.mark.parametrize("kind", ENUMS, ids=lambda kind: kind.__name__)
def test_pickles_name_the_public_module(kind: type[enum.Enum]) -> None:
    member = next(iter(kind))
    pickled = pickle.dumps(member, 0)
    assert b"zmq.constants" in pickled
    assert b"_enums" not in pickled
    assert pickle.loads(pickled) is member
