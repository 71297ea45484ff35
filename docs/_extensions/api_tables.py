"""The directive ``zmq-options``: an entry for each option, from the table in ``zmq.sugar.options``."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from zmq.backend.described import facts_of
from zmq.sugar.options import ContextOptions, SocketOptions

OWNERS: dict[str, Any] = {"Socket": SocketOptions, "Context": ContextOptions}
MAN_PAGES = "https://zeromq.github.io/libzmq"


class Options(SphinxDirective):
    """``.. zmq-options:: Socket`` or ``Context``: each option with the name of its number, its text and its facts."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the entries, in the order of the table."""
        owner = self.arguments[0]
        lines = [".. py:currentmodule:: zmq", ""]
        for name, option in vars(OWNERS[owner]).items():
            if not hasattr(option, "facts") or (name.isupper() and name.lower() in vars(OWNERS[owner])):
                continue
            facts = facts_of(option)
            lines += [f".. py:attribute:: {owner}.{name}", f"   :type: {facts.pop('Type')}"]
            if "Default" in facts:
                lines.append(f"   :value: {facts.pop('Default')}")
            lines += ["", f"   ``zmq.{name.upper()}``. {option.text}", ""]
            lines += [f"   {_in_markup(label, fact)} " for label, fact in facts.items()]
            lines.append("")
        return self.parse_text_to_nodes("\n".join(lines))


def _in_markup(label: str, fact: str) -> str:
    """Return a fact with its label; a man page becomes a link."""
    page = re.fullmatch(r"(\w+)\(3\)", fact)
    shown = f"`{fact} <{MAN_PAGES}/{page[1]}.html>`__" if page else fact
    return f"*{label}:* {shown}."


def _skip(app: Sphinx, what: str, name: str, obj: Any, skip: bool, options: Any) -> bool | None:
    return True if hasattr(obj, "option") and hasattr(obj, "readable") else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directive; the options need no second entry among the members of their classes."""
    app.add_directive("zmq-options", Options)
    app.connect("autodoc-skip-member", _skip)
    return {"parallel_read_safe": True}
