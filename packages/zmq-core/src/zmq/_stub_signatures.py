"""Writes the stub of a compiled module: the signatures of its ``.pyx``, with the types that stand there.

A type is an annotation, or what Python makes of a type of C; where neither is given it is Any.  Stubs that need more,
such as overloads, are written by hand.  The builds run this file by its path, as they do ``_stub_docs.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["MARK", "signatures"]

MARK = "# Written by the build: the signatures of the .pyx.\n"

_BEGINS = re.compile(r"(?: {4})?(?:@|from |cdef class |class |def |cpdef |cdef (?:readonly|public) |[A-Za-z]\w* = )")
_IMPORT = re.compile(r"from (\S+) c?import (.*)")
_CLASS = re.compile(r"(?:cdef )?class (\w+)(\(.*\))?:")
_FIELD = re.compile(r" +cdef (?:readonly|public) (\w+) (\w+)")
_FUNCTION = re.compile(r"( *)(?:def|cpdef (\w+)) (\w+)\((.*)\)(?: (?:no)?except\b[^:>]*)?(?: -> (.*))?:")
_PARAMETER = re.compile(r"(?:(\w+) )?(\*{0,2}\w+|\*)(?: not None)?(?:: ([^=]+?))?(?: ?= ?(.+))?")
_CONSTANT = re.compile(r"([A-Za-z]\w*) = (.*)")
_LITERAL = re.compile(r"-?\d[\d.]*|None|True|False")
_DECLARED = re.compile(r"^cdef .*?\(?\*?(\w+)(?:\)?\(.*)?$", re.MULTILINE)

_OF_C = {
    "bint": "bool",
    "dict": "dict[Any, Any]",
    "list": "list[Any]",
    "object": "Any",
    "Py_ssize_t": "int",
    "Socket": "Socket[Any]",
    "tuple": "tuple[Any, ...]",
}
_RETURNED = {"__contains__": "bool", "__del__": "None", "__init__": "None", "__repr__": "str"}
_CALLED = {"bool(": "bool", "set(": "set[Any]"}
_NOT_TOLD = {"__cinit__", "__dealloc__", "__dict__", "__getattr__", "__getbuffer__", "__releasebuffer__", "__setattr__"}
_TYPING = {
    "builtins": "import builtins\n",
    **{name: f"from typing import {name}\n" for name in ("Any", "final")},
    **{name: f"from collections.abc import {name}\n" for name in ("Callable", "Iterable", "Sequence")},
    **{name: f"from typing_extensions import {name}\n" for name in ("Buffer", "Self")},
}


def signatures(pyx: str, pxd: str = "") -> str:
    """Return the stub of a module, without docstrings; *pxd* is empty if it has none."""
    return _Stub(pyx, pxd).text()


class _Stub:
    def __init__(self, pyx: str, pxd: str) -> None:
        self._homes = dict(_TYPING)  # the import of each type
        self._classes: dict[str, list[str]] = {}  # by name: the attributes that the .pxd declares
        self._in_class = ""
        self._decorators: list[str] = []
        self._for_c = {*_NOT_TOLD, *_DECLARED.findall(pxd)}
        for line in _headers(pxd):
            self._read(line)
        self._lines: list[str] = []
        for line in _headers(pyx):
            self._lines += self._read(line)

    def text(self) -> str:
        text = "".join(self._lines)
        for name in self._classes:  # none is generic here
            text = text.replace(f"{name}[Any]", name)
        named = set(re.findall(r"\w+", text)) - self._classes.keys()
        return "".join([MARK, *sorted(self._homes[name] for name in named if name in self._homes), "\n", text])

    def _read(self, line: str) -> list[str]:
        """Return the lines of the stub for one header."""
        if line.lstrip().startswith("@"):
            self._decorators.append(line)
            return []
        decorators, self._decorators = self._decorators, []
        if not line.startswith(" "):
            self._in_class = ""
        if match := _IMPORT.match(line):
            for name in re.findall(r"[A-Z]\w+(?=,|$|\))", match[2]):
                self._homes[name] = f"from {match[1]} import {name}\n"
        elif match := _CLASS.match(line):
            self._in_class = match[1]
            final = ["@final\n"] if "@cython.final" in decorators else []
            attributes = self._classes.setdefault(match[1], [])
            return [*final, f"class {match[1]}{match[2] or ''}:\n    ...\n", *attributes]
        elif match := _FIELD.match(line):
            attribute = f"    {match[2]}: {_of_c(match[1] if match[1].islower() else None)}\n"
            self._classes[self._in_class].append(attribute)
            return [attribute]
        elif match := _FUNCTION.fullmatch(line):
            return self._function(match, [each for each in decorators if not each.lstrip().startswith("@cython")])
        elif (match := _CONSTANT.match(line)) and match[1] not in self._for_c:
            called = next((told for call, told in _CALLED.items() if match[2].startswith(call)), "Any")
            return [f"{match[1]}: {'int' if _LITERAL.fullmatch(match[2]) else called}\n"]
        return []

    def _function(self, match: re.Match[str], decorators: list[str]) -> list[str]:
        indent, in_c, name, parameters, annotation = match.groups()
        if name in self._for_c or bool(indent) != bool(self._in_class):
            return []
        told = [_parameter(each, is_self=bool(indent) and i == 0) for i, each in enumerate(_split(parameters))]
        if name == "__contains__":
            told.append("/")
        sets = any(each.endswith(("setter", "deleter")) for each in decorators)
        returned = annotation or ("None" if sets else _RETURNED.get(name)) or _of_c(in_c)
        lines = [*decorators, f"{indent}def {name}({', '.join(told)}) -> {returned}: ..."]
        return [f"{line}\n" for line in lines]


def _of_c(name: str | None) -> str:
    """Return what Python makes of a type of C; None is that of an object."""
    return _OF_C.get(name or "object", name or "")


def _parameter(text: str, *, is_self: bool) -> str:
    match = _PARAMETER.fullmatch(text)
    assert match is not None, text
    in_c, name, annotation, default = match.groups()
    if is_self or name == "*":
        return name
    told = annotation or _of_c(in_c)
    if default is None:
        return f"{name}: {told}"
    if default == "None" and in_c:
        told += " | None"
    return f"{name}: {told} = {default if _LITERAL.fullmatch(default) else '...'}"


def _headers(source: str) -> Iterator[str]:
    """Yield the headers of definitions, the imports and the constants, each on one line, without comments."""
    lines = iter(re.sub(r'r?"""(?:[^"\\]|\\.|"(?!""))*"""', "", source).splitlines())
    for line in lines:
        if _BEGINS.match(line):
            header = line.partition("#")[0].rstrip()
            while len(re.findall(r"[([{]", header)) > len(re.findall(r"[)\]}]", header)):
                header += " " + next(lines).partition("#")[0].strip()
            yield re.sub(r",? \)", ")", header.replace("( ", "("))


def _split(parameters: str) -> list[str]:
    """Return the parameters of a function; their types may have commas in brackets."""
    return [each.strip() for each in re.findall(r"(?:[^,[]|\[(?:[^[\]]|\[[^]]*\])*\])+", parameters)]
