"""Signatures with types for compiled functions and methods, from the stubs beside them."""

from __future__ import annotations

import ast
import sys
from functools import cache
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx


@cache
def _signatures(module_name: str) -> dict[str, tuple[str, str]]:
    """Return the arguments and the result of each function in a module's stub; of overloads the last, general one."""
    file = getattr(sys.modules.get(module_name), "__file__", None)
    stub = Path(file).parent / f"{module_name.rpartition('.')[2]}.pyi" if file else None
    if stub is None or not stub.exists():
        return {}
    found: dict[str, tuple[str, str]] = {}

    def visit(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                visit(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.FunctionDef):
                arguments = node.args
                decorators = {ast.unparse(decorator) for decorator in node.decorator_list}
                if prefix and "staticmethod" not in decorators and arguments.args:
                    arguments.args.pop(0)  # self
                found[prefix + node.name] = (
                    f"({ast.unparse(arguments)})",
                    ast.unparse(node.returns or ast.Constant(None)),
                )

    visit(ast.parse(stub.read_text("utf-8")).body, "")
    return found


def _process(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str | None, returns: str | None
) -> tuple[str, str] | None:
    if what not in {"function", "method"} or returns:
        return None
    return _signatures(getattr(obj, "__module__", None) or "").get(getattr(obj, "__qualname__", ""))


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to autodoc."""
    app.connect("autodoc-process-signature", _process)
    return {"parallel_read_safe": True}
