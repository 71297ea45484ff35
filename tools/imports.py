"""The imports between the modules of all packages: which module executes which while it is imported.

``python tools/imports.py`` prints them, one line for each module, and then the circles.  Imports inside functions and
for type checkers alone are left out: they are made when everything is there, or never.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Cython: at the beginning of a line, where no function is; names may go over several lines in parentheses.
_CYTHON = re.compile(r"^(?:from (zmq[\w.]*) c?import (\([^)]*\)|.*)|c?import (zmq[\w.]*))", re.MULTILINE)


def sources() -> dict[str, list[Path]]:
    """Return the files of each module: its .py or .pyx, and its .pxd."""
    found: dict[str, list[Path]] = {}
    for file in sorted(ROOT.glob("packages/*/src/**/*")):
        if file.suffix in (".py", ".pyx", ".pxd") and not file.stem.startswith("_build"):
            parts = file.relative_to(next(file.parents[i] for i in range(9) if file.parents[i].name == "src")).parts
            parts = (*parts[:-1], *(() if file.stem == "__init__" else (file.stem,)))
            if all(part.isidentifier() for part in parts):
                found.setdefault(".".join(parts), []).append(file)
    return found


def distribution(module: str, files: dict[str, list[Path]]) -> str:
    """Return the distribution that has *module*."""
    return files[module][0].relative_to(ROOT / "packages").parts[0]


def _in_python(body: Iterable[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Yield what is imported where *body* is executed: a module, and a name in it or ""."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.If):
            for_checkers = ast.unparse(node.test).removeprefix("typing.") == "TYPE_CHECKING"
            yield from _in_python(node.orelse if for_checkers else [*node.body, *node.orelse])
        elif isinstance(node, ast.Try):
            yield from _in_python([*node.body, *node.orelse, *node.finalbody])
            for handler in node.handlers:
                yield from _in_python(handler.body)
        elif isinstance(node, (ast.ClassDef, ast.With)):
            yield from _in_python(node.body)


def _in_cython(text: str) -> Iterator[tuple[str, str]]:
    for source, names, module in _CYTHON.findall(text):
        if module:
            yield module, ""
        for name in names.strip("()").partition("#")[0].replace("\n", " ").split(","):
            if name.strip():
                yield source, name.split()[0]


def imports() -> dict[str, set[str]]:
    """Return, for each module, the modules of ours that it imports by itself while it is imported.

    A package is among them if its name alone, or a name that it defines, is imported.  Its modules execute it in any
    case; that is no reason to count it, for it is there, or is just being imported, before they are.
    """
    files = sources()
    graph: dict[str, set[str]] = {}
    for module, paths in files.items():
        targets = graph.setdefault(module, set())
        if all(path.suffix == ".pxd" for path in paths):
            continue  # declarations alone are not executed
        for path in paths:
            text = path.read_text("utf-8")
            found = _in_python(ast.parse(text).body) if path.suffix == ".py" else _in_cython(text)
            for source, name in found:
                target = f"{source}.{name}" if f"{source}.{name}" in files else source
                if target in files and target != module:
                    targets.add(target)
                    packages = [target.rsplit(".", n)[0] for n in range(1, target.count(".") + 1)]
                    targets |= {package for package in packages if not f"{module}.".startswith(f"{package}.")}
    return graph


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the groups of modules in which each imports each, over others maybe (Tarjan's components)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        stack.append(module)
        for target in graph[module]:
            if target not in index:
                visit(target)
                low[module] = min(low[module], low[target])
            elif target in stack:
                low[module] = min(low[module], index[target])
        if low[module] == index[module]:
            members = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(members) > 1:
                found.append(sorted(members))

    for module in graph:
        if module not in index:
            visit(module)
    return found


if __name__ == "__main__":
    for module, targets in sorted(imports().items()):
        print(module, "->", *sorted(targets))
    print(*(f"circle: {' '.join(members)}" for members in circles(imports())), sep="\n")
