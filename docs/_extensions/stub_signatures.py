"""Signatures with types for compiled functions and methods, from the stubs beside them; none with private names."""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx


@cache
def _signatures(module_name: str) -> dict[str, tuple[str, str]]:
    """Return the arguments and the result of each function in a module's stub; of overloads the last, general one."""
    module_file = getattr(sys.modules.get(module_name), "__file__", None)
    stub = Path(module_file).parent / f"{module_name.rpartition('.')[2]}.pyi" if module_file else None
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

    bases = [stub.with_name(f"_{stub.name}"), *([stub.with_name("signatures.pyi")] if stub.stem == "socket" else [])]
    for file in (*bases, stub):  # what is written by hand adds to what the build writes
        if file.exists():
            visit(ast.parse(file.read_text("utf-8")).body, "")
    return found


def _process(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str | None, returns: str | None
) -> tuple[str, str] | None:
    if what not in {"function", "method"} or returns:
        return None
    return _signatures(getattr(obj, "__module__", None) or "").get(getattr(obj, "__qualname__", ""))


PRIVATE = {
    r"\bUnpack\[_\w+\]": "Any",  # further keyword arguments
    r"\b_Attached\[": "ContextManager[",
    r"\b_Bytes\b": "bytes",
    r"(?<=[\[ (|])_(?=[A-Z]\w+)": "",  # type variables
}
"""What stands for private types in signatures, as regular expressions."""


def _public(text: str | None) -> str | None:
    for private, public in PRIVATE.items():
        text = text and re.sub(private, public, text)
    return text


def _show_public_types(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str | None, returns: str | None
) -> tuple[str | None, str | None]:
    signature, returns = _process(app, what, name, obj, options, signature, returns) or (signature, returns)
    return _public(signature), (_public(f" {returns}") or "").strip() or None


def _show_public_bases(app: Sphinx, name: str, obj: Any, options: Any, bases: list[Any]) -> None:
    """Replace private base classes by theirs."""
    bases[:] = [
        public
        for base in bases
        for public in (base.__bases__ if getattr(base, "__name__", "").startswith("_") else (base,))
    ]


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to autodoc."""
    app.connect("autodoc-process-signature", _show_public_types)
    app.connect("autodoc-process-bases", _show_public_bases)
    return {"parallel_read_safe": True}
