"""Endpoints in docstrings, such as "tcp://*:5555", as code: Sphinx would take them for links and emphasis."""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

TRANSPORTS = "tcp|ipc|inproc|wss?|udp|pgm|epgm|norm|vmci"
ENDPOINT = re.compile(rf'(?<!`)"((?:{TRANSPORTS})://[^"`]*)"(?!`)')


def _mark(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    lines[:] = [ENDPOINT.sub(r"``\1``", line) for line in lines]


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to autodoc, before napoleon reads the docstrings."""
    app.connect("autodoc-process-docstring", _mark, priority=400)
    return {"parallel_read_safe": True}
