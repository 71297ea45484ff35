"""The documentation of an option: facts by label for the manual, and one text for help() and editors.

Imported when a docstring is read, not by ``import zmq``.  The build of zmq-core runs this file by its path, so it
imports nothing of zmq.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from zmq.backend.attributes import Option

__all__ = ["LABELS", "Facts", "described", "facts_of", "sentences"]

# The man pages of options of sockets, and of contexts: where they are read, and where they are set.
_PAGES = (("zmq_getsockopt", "zmq_setsockopt"), ("zmq_ctx_get", "zmq_ctx_set"))


class Facts(TypedDict, total=False):
    """The facts of an option besides its text and default; a fact that does not apply is omitted."""

    unit: str
    values: str
    """The accepted ints: ``0, 1``, ``0..`` or ``0..100``; or the enum that contains them."""
    length: str
    """The accepted number of bytes of an option of bytes: ``1..255``."""
    sockets: str
    """The socket types that have the option; omitted if all have it."""
    transports: str
    since: str
    """The first version of libzmq that has the option, if it is later than the oldest supported one."""
    draft: str
    """The first version of libzmq that has the option as a draft."""
    page: str
    """The man page of the option, if it is not the usual one."""


LABELS = ["Type", "Unit", "Values", "Length", "Default", "Sockets", "Transports", "libzmq", "Access", "See"]


def facts_of(option: Option[Any, Any]) -> dict[str, str]:
    """Return the facts of *option* by label, in the order of ``LABELS``."""
    facts = option.facts
    readable, writable = option.readable, option.writable
    told = {
        "Type": option.holds,
        "Unit": facts.get("unit"),
        "Values": _in_words(facts.get("values")),
        "Length": _in_words(facts.get("length"), " bytes"),
        "Default": None if option.default is None else repr(option.default),
        "Sockets": None if option.of_context else facts.get("sockets", "all"),
        "Transports": facts.get("transports"),
        "libzmq": _versions(facts),
        "Access": None if readable and writable else f"it can only be {'read' if readable else 'set'}",
        "See": f"{facts.get('page') or _PAGES[option.of_context][writable]}(3)",
    }
    return {label: fact for label in LABELS if (fact := told[label])}


def sentences(facts: dict[str, str]) -> str:
    """Return labelled facts as text."""
    return " ".join(f"{label}: {fact}." for label, fact in facts.items())


def described(option: Option[Any, Any]) -> str:
    """Return the docstring of *option*: its name, its text and its facts."""
    return f"{option.name.upper()}: {option.text}\n\n{sentences(facts_of(option))}"


def _in_words(numbers: str | None, unit: str = "") -> str | None:
    """Return a range in words: ``-1..`` is "-1 or more"."""
    match = re.fullmatch(r"(-?\d+)\.\.(\d*)", numbers or "")
    if match is None:
        return numbers
    return f"{match[1]} to {match[2]}{unit}" if match[2] else f"{match[1]} or more{unit}"


def _versions(facts: Facts) -> str | None:
    if "draft" in facts:
        return f"a draft since {facts['draft']}"
    return f"{facts['since']} or later" if "since" in facts else None
