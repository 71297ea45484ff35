"""The documentation of an option: its facts by label, for the manual, and as one text, for help() and editors.

Loaded when documentation is asked for, not by ``import zmq``.
"""

from __future__ import annotations

import re
from typing import Any, Protocol, TypedDict

from zmq.constants import ContextOption

__all__ = ["LABELS", "Facts", "described", "facts_of"]

OLDEST_LIBZMQ = "4.2"  # that zmq-core can be built with


class Facts(TypedDict, total=False):
    """What the line of an option can tell, besides its text and its default; a fact that says nothing is left out."""

    unit: str
    values: str
    """Which ints it takes: ``0, 1``, ``0..`` or ``0..100``; or the enum that they come from."""
    length: str
    """How many bytes it takes, where it is of bytes: ``1..255``."""
    sockets: str
    """The types of sockets that it is for; of all without it."""
    transports: str
    since: str
    """The version of libzmq that brought it, where that is later than the oldest one."""
    draft: str
    """The same for an option that libzmq calls a draft."""
    page: str
    """The man page that tells about it, if it is not the usual one."""


class _Option(Protocol):  # of a socket or of a context
    @property
    def name(self) -> str: ...
    @property
    def option(self) -> Any: ...
    @property
    def text(self) -> str: ...
    @property
    def holds(self) -> str: ...
    @property
    def default(self) -> int | bytes | None: ...
    @property
    def readable(self) -> bool: ...
    @property
    def writable(self) -> bool: ...
    @property
    def facts(self) -> Facts: ...


LABELS = ["Type", "Unit", "Values", "Length", "Default", "Sockets", "Transports", "libzmq", "Access", "See"]


def facts_of(option: _Option) -> dict[str, str]:
    """Return what is to be told about *option* besides its text, by label, in the order of ``LABELS``."""
    facts = option.facts
    told = {
        "Type": option.holds,
        "Unit": facts.get("unit"),
        "Values": _in_words(facts.get("values")),
        "Length": _in_words(facts.get("length"), " bytes"),
        "Default": None if option.default is None else repr(option.default),
        "Sockets": None if isinstance(option.option, ContextOption) else facts.get("sockets", "all"),
        "Transports": facts.get("transports"),
        "libzmq": _versions(facts),
        "Access": _access(option),
        "See": f"{_page(option)}(3)",
    }
    return {label: fact for label in LABELS if (fact := told[label])}


def described(option: _Option) -> str:
    """Return the documentation of *option*: its name, what it does, and its facts."""
    facts = " ".join(f"{label}: {fact}." for label, fact in facts_of(option).items())
    return f"{option.name.upper()}: {option.text}\n\n{facts}"


def _in_words(numbers: str | None, unit: str = "") -> str | None:
    """Return a range as it is read: ``-1..`` is -1 or more."""
    match = re.fullmatch(r"(-?\d+)\.\.(\d*)", numbers or "")
    if match is None:
        return numbers
    return f"{match[1]} to {match[2]}{unit}" if match[2] else f"{match[1]} or more{unit}"


def _versions(facts: Facts) -> str:
    draft = facts.get("draft")
    return f"a draft since {draft}" if draft else f"{facts.get('since', OLDEST_LIBZMQ)} or later"


def _access(option: _Option) -> str | None:
    if not option.writable:
        return "it can only be read"
    return None if option.readable else "it can only be set"


def _page(option: _Option) -> str:
    family = ("zmq_ctx_get", "zmq_ctx_set") if isinstance(option.option, ContextOption) else (
        "zmq_getsockopt", "zmq_setsockopt")  # fmt: skip
    return option.facts.get("page", family[option.writable])
