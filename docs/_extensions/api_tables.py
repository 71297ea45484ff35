"""The directive ``zmq-options``: an entry for each option, from the table in ``zmq.sugar.options``."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from zmq.sugar.options import ContextOptions, SocketOptions

OWNERS: dict[str, Any] = {"Socket": SocketOptions, "Context": ContextOptions}


class Options(SphinxDirective):
    """``.. zmq-options:: Socket`` or ``Context``: each option with its number's name, type, default and text."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the entries, in the order of the table."""
        owner = self.arguments[0]
        lines = [".. py:currentmodule:: zmq", ""]
        for name, attribute in vars(OWNERS[owner]).items():
            option = getattr(attribute, "option", None)
            if option is None or (name.isupper() and name.lower() in vars(OWNERS[owner])):
                continue
            head, _, text = (attribute.__doc__ or "").partition(": ")
            text, _, rest = text.partition(" Type: ")
            kind, _, access = rest.partition(".")
            lines += [f".. py:attribute:: {owner}.{name}", f"   :type: {kind}"]
            if attribute.default is not None:
                lines.append(f"   :value: {attribute.default!r}")
                access = access.replace(f" Default: {attribute.default!r}.", "")
            lines += ["", f"   ``zmq.{head}``. {text}{access}", ""]
        return self.parse_text_to_nodes("\n".join(lines))


def _skip(app: Sphinx, what: str, name: str, obj: Any, skip: bool, options: Any) -> bool | None:
    return True if hasattr(obj, "option") and hasattr(obj, "readable") else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directive; the options need no second entry among the members of their classes."""
    app.add_directive("zmq-options", Options)
    app.connect("autodoc-skip-member", _skip)
    return {"parallel_read_safe": True}
