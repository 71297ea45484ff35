"""Directives that make tables of what the code declares: ``zmq-options``, ``zmq-constants``."""

from __future__ import annotations

import enum
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import zmq
from zmq.sugar import options as declared


class _Table(SphinxDirective):
    """A table written as reStructuredText, so that its cells may hold markup and targets."""

    def table(self, head: list[str], widths: list[int], rows: list[list[str]]) -> list[nodes.Node]:
        lines = [".. list-table::", "   :header-rows: 1", f"   :widths: {' '.join(map(str, widths))}", ""]
        for row in [head, *rows]:
            lines += [f"   {'*' if i == 0 else ' '} - {cell}" for i, cell in enumerate(row)]
        return self.parse_rst(lines)

    def parse_rst(self, lines: list[str]) -> list[nodes.Node]:
        from docutils.parsers.rst import Parser
        from docutils.utils import new_document

        document = new_document(self.env.doc2path(self.env.docname), self.state.document.settings)
        Parser().parse("\n".join(lines), document)
        return document.children


class OptionsTable(_Table):
    """``.. zmq-options:: socket`` or ``context``: each option with its type, unit, default and text."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        owner: Any = declared.SocketOptions if self.arguments[0] == "socket" else declared.ContextOptions
        rows = []
        for name, attribute in vars(owner).items():
            option = getattr(attribute, "option", None)
            if option is not None and (name.islower() or name.lower() not in vars(owner)):  # each once
                rows.append([f"``{name}``", f"``zmq.{option.name}``", " ".join((attribute.__doc__ or "").split())])
        return self.table(["attribute", "number", "what it is"], [20, 20, 60], rows)


class ConstantsTable(_Table):
    """``.. zmq-constants:: SocketType``: the members of an enum."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        kind: type[enum.IntEnum] = getattr(zmq, self.arguments[0])
        rows = [[f"``{name}``", str(int(member))] for name, member in kind.__members__.items()]
        return self.table(["name", "value"], [60, 40], rows)


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directives."""
    app.add_directive("zmq-options", OptionsTable)
    app.add_directive("zmq-constants", ConstantsTable)
    return {"parallel_read_safe": True}
