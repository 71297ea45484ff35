"""Copies the docstrings of a ``.pyx`` into its ``.pyi``, so that editors show them; writes stubs of what is computed.

The builds of zmq-core and zmq-devices run this file by its path; ``import zmq`` does not import it.  It imports nothing
of zmq, because a build may not be able to run the modules that it builds.
"""

from __future__ import annotations

import ast
import re
import runpy
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from types import SimpleNamespace

__all__ = ["docstrings", "documented", "with_option_texts", "write_computed", "write_options", "write_stubs"]

_OPENS = re.compile(r"(?P<indent> *)(?:cdef class|class|def|cpdef (?:\w+ )?) *(?P<name>\w+)")
_CLASS = re.compile(r" *(?:cdef )?class\b")
_LITERAL = re.compile(r' *(r?"""(?:[^"\\]|\\.|"(?!""))*""")', re.DOTALL)

_CONSTANTS = """\
from enum import Enum as Enum, IntEnum as IntEnum, IntFlag as IntFlag
from typing import Final

from zmq._enums import *
"""

_OPTION_TYPES = """\
from typing import Literal, TypeAlias

from zmq.constants import SocketOption
"""


def write_stubs(source: Path, target: Path) -> None:
    """Write the stubs of the folder *source* into *target*, with the docstrings of their modules."""
    texts = {stub.stem: stub.read_text(encoding="utf-8") for stub in source.glob("*.pyi")} | dict(_generated(source))
    for name, text in sorted(texts.items()):
        stems = {"signatures": ["socket"]}.get(name, [name, name.removeprefix("_")])
        pyx = next((path for stem in stems if (path := source / f"{stem}.pyx").exists()), None)
        if pyx is not None:
            text = documented(text, pyx.read_text(encoding="utf-8"))
        (target / f"{name}.pyi").write_text(text, encoding="utf-8")


def _generated(source: Path) -> Iterator[tuple[str, str]]:
    """Yield the names and stubs of the modules in *source*, and of signatures.

    The name has an underscore where a stub that is written by hand imports the generated one, and adds to it.
    """
    code = runpy.run_path(str(Path(__file__).with_name("_stub_signatures.py")))
    if (source / "socket.pyx").exists():
        yield "signatures", runpy.run_path(str(Path(__file__).with_name("_stub_methods.py")))["methods"]()
    for pyx in source.glob("*.pyx"):
        stub, pxd = pyx.with_suffix(".pyi"), pyx.with_suffix(".pxd")
        by_hand = stub.read_text(encoding="utf-8") if stub.exists() else code["MARK"]
        generated = by_hand.startswith(code["MARK"])
        if generated or f"._{pyx.stem} import" in by_hand:
            declared = pxd.read_text(encoding="utf-8") if pxd.exists() else ""
            text = code["signatures"](pyx.read_text(encoding="utf-8"), declared)
            yield pyx.stem if generated else f"_{pyx.stem}", text


def write_computed(target: Path) -> None:
    """Write stubs into the folder *target* of ``zmq``: of what is compiled, the constants, and the types of options."""
    zmq = Path(__file__).parent
    for name, text in _generated(zmq / "backend"):
        (target / "backend" / f"{name}.pyi").write_text(text, encoding="utf-8")
    _write_constants(zmq / "_enums.py", target / "constants.pyi")
    _write_option_types(zmq / "sugar" / "options.py", target / "backend" / "_option_types.pyi")


def _write_constants(source: Path, target: Path) -> None:
    names = runpy.run_path(str(source))["plain_names"]()
    lines = [_CONSTANTS, "\n"]
    for name, value in names.items():
        lines.append(f"{name}: Final = {value if type(value) is int else f'{type(value).__name__}.{value.name}'}\n")
    target.write_text("".join(lines), encoding="utf-8")


def _write_option_types(source: Path, target: Path) -> None:
    """Write the types that ``Socket.get()`` returns, by option: those that it lists hold an int, or bytes."""
    listed: dict[str, list[str]] = {"HoldsInt": [], "HoldsBytes": []}
    for node, call, kind in _options(source.read_text(encoding="utf-8")):
        readable = not any(keyword.arg == "readable" for keyword in call.keywords)
        if readable and kind != "IntContextOption":
            names = [each.id for each in node.targets if isinstance(each, ast.Name) and each.id.isupper()]
            listed["HoldsInt" if "Int" in kind or kind == "SwitchOption" else "HoldsBytes"] += names
    lines = [_OPTION_TYPES, "\n"]
    for alias, names in listed.items():
        lines += [f"{alias}: TypeAlias = Literal[\n", *(f"    SocketOption.{name},\n" for name in names), "]\n"]
    target.write_text("".join(lines), encoding="utf-8")


def write_options(source: Path, target: Path) -> None:
    """Write the table of options *source* to *target*, with the text of each option where editors look for it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(with_option_texts(source.read_text(encoding="utf-8")), encoding="utf-8")


def with_option_texts(source: str) -> str:
    """Return the table of options with a docstring below each option: its text and its facts."""
    words = runpy.run_path(str(Path(__file__).with_name("backend") / "described.py"))
    lines = source.splitlines()
    for node, call, kind in sorted(_options(source), key=lambda option: option[0].lineno, reverse=True):
        option = SimpleNamespace(holds=None, default=None, readable=True, facts={})
        if kind == "SwitchOption":
            option.default, option.facts["values"] = 0, "0, 1"
        option.of_context = kind == "IntContextOption"
        option.writable = isinstance(call.func, ast.Name)
        for keyword in call.keywords:
            told = vars(option) if keyword.arg in vars(option) else option.facts
            told[str(keyword.arg)] = ast.literal_eval(keyword.value)
        text = f"{ast.literal_eval(call.args[0])} {words['sentences'](words['facts_of'](option))}"
        assert node.end_lineno is not None
        lines.insert(node.end_lineno, " " * node.col_offset + repr(text))
    return "\n".join([*lines, ""])


def _options(source: str) -> Iterator[tuple[ast.Assign, ast.Call, str]]:
    """Yield the options of the table, with the call that makes each and the name of its class."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Assign) and isinstance(call := node.value, ast.Call)):
            continue
        kind = call.func.value if isinstance(call.func, ast.Attribute) else call.func  # .read_only
        if isinstance(kind, ast.Name) and kind.id.endswith("Option"):
            yield node, call, kind.id


def docstrings(source: str) -> dict[str, str]:
    """Return the docstring literals of a ``.pyx`` by qualified name; the key "" is the module."""
    found: dict[str, str] = {}
    lines = source.splitlines(keepends=True)
    opened: list[tuple[int, str, bool]] = []  # the enclosing definitions of a line: indent, name, whether it is a class
    if match := _LITERAL.match(source):
        found[""] = match[1]
    for number, line in enumerate(lines):
        match = _OPENS.match(line)
        if match is None:
            continue
        indent = len(match["indent"])
        while opened and opened[-1][0] >= indent:
            opened.pop()
        if all(is_class for _, _, is_class in opened) and indent == 4 * len(opened):
            body = _after_header(lines, number)
            name = ".".join([*(name for _, name, _ in opened), match["name"]])
            if literal := _LITERAL.match("".join(lines[body:])):
                found.setdefault(name, literal[1])  # the getter comes first: skip the setter
        opened.append((indent, match["name"], bool(_CLASS.match(line))))
    return found


def _after_header(lines: list[str], number: int) -> int:
    """Return the number of the line after the header that begins in line *number*; past the end if it has no body."""
    depth = 0
    for last in range(number, len(lines)):
        code = lines[last].partition("#")[0].rstrip()
        depth += sum(code.count(opening) for opening in "([{") - sum(code.count(closing) for closing in ")]}")
        if depth == 0:
            return last + 1 if code.endswith(":") else len(lines)  # a forward declaration, for example
    return len(lines)


def documented(stub: str, source: str) -> str:
    """Return *stub* with the docstrings of *source*; each overload gets that of its function.

    Docstrings in the stub are kept: a ``.pyx`` cannot contain those of ``cdef readonly`` attributes.
    """
    found = docstrings(source)
    lines = stub.splitlines()
    for node, name in reversed(list(_definitions(ast.parse(stub)))):
        if name in found:
            _insert(lines, node, found[name])
    return "\n".join([*([found[""], ""] if "" in found else []), *lines, ""])


def _definitions(tree: ast.Module | ast.ClassDef, prefix: str = "") -> Iterator[tuple[ast.stmt, str]]:
    """Yield the definitions without a docstring, with their qualified names, in the order of the lines."""
    for node, following in zip_longest(tree.body, tree.body[1:]):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and not _is_docstring(following):
            yield node, prefix + node.target.id
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            if not _is_docstring(node.body[0]):
                yield node, prefix + node.name
            if isinstance(node, ast.ClassDef):
                yield from _definitions(node, f"{prefix}{node.name}.")


def _is_docstring(node: ast.stmt | None) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _insert(lines: list[str], node: ast.stmt, literal: str) -> None:
    indent = " " * node.col_offset
    if isinstance(node, ast.AnnAssign):
        lines.insert(node.end_lineno or node.lineno, indent + literal)
    elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        first = node.body[0]
        line = lines[first.lineno - 1]
        if isinstance(first, ast.Expr) and line.isascii():  # columns count bytes
            header = line[: first.col_offset].rstrip() + line[first.col_offset + len("...") :]  # includes its comment
            lines[first.lineno - 1 : first.lineno] = [header, f"{indent}    {literal}"]
        elif isinstance(node, ast.ClassDef):
            lines.insert(node.lineno, f"{indent}    {literal}")  # the body is on the line of the header
