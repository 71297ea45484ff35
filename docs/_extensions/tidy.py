"""What autodoc makes of docstrings, put right: endpoints, colons in the texts of attributes, needless members."""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

TRANSPORTS = "tcp|ipc|inproc|wss?|udp|pgm|epgm|norm|vmci"
ENDPOINT = re.compile(rf'(?<!`)"((?:{TRANSPORTS})://[^"`]*)"(?!`)')
COLON = "\ue000"
"""Stands for a colon while napoleon reads the text of an attribute: it takes what is before a colon for the type."""


def _mark_endpoints(lines: list[str]) -> None:
    """Show endpoints in the text as code: Sphinx would take them for links and emphasis."""
    code_below: int | None = None
    for number, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        if code_below is not None and (not line.strip() or indent > code_below):
            continue
        code_below = indent if line.rstrip().endswith("::") or line.strip() in {"Example:", "Examples:"} else None
        lines[number] = ENDPOINT.sub(r"``\1``", line)


def _before_napoleon(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    _mark_endpoints(lines)
    if what in {"attribute", "data", "property"} and lines:
        lines[0] = lines[0].replace(":", COLON)


def _after_napoleon(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    lines[:] = [line.replace(COLON, ":") for line in lines]


def _skip(app: Sphinx, what: str, name: str, obj: Any, skip: bool, options: Any) -> bool | None:
    """Leave out constructors without a text of their own: the class describes its arguments."""
    texts = {object.__init__.__doc__, object.__new__.__doc__, None}
    return True if name == "__new__" or (name == "__init__" and obj.__doc__ in texts) else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to autodoc, before and after napoleon, whose priority is 500."""
    app.connect("autodoc-process-docstring", _before_napoleon, priority=400)
    app.connect("autodoc-process-docstring", _after_napoleon, priority=600)
    app.connect("autodoc-skip-member", _skip)
    return {"parallel_read_safe": True}
