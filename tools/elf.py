"""What compiled modules export and need, as readelf tells, which reads those for other processors, too."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

SYMBOL = re.compile(r"(?m)^ *\d+: \S+ +\S+ +\S+ +(?P<bind>\S+) +\S+ +(?P<index>\S+) +(?P<name>[^\s@]+)")
NEEDED = re.compile(r"\(NEEDED\).*\[(.+)\]")


class Module(NamedTuple):
    """A shared object."""

    exports: frozenset[str]
    undefined: frozenset[str]
    """What it must find in other objects; not what it can do without."""
    needed: tuple[str, ...]
    """The libraries that are loaded with it."""


def read(path: Path) -> Module:
    """Read a shared object."""
    exports, undefined = set(), set()
    for symbol in SYMBOL.finditer(_readelf("--dyn-syms", path)):
        if symbol["index"] != "UND":
            exports.add(symbol["name"])
        elif symbol["bind"] != "WEAK":
            undefined.add(symbol["name"])
    return Module(frozenset(exports), frozenset(undefined), tuple(NEEDED.findall(_readelf("--dynamic", path))))


def _readelf(what: str, path: Path) -> str:
    command = ["readelf", "--wide", what, str(path)]
    return subprocess.run(command, env={"LC_ALL": "C"}, capture_output=True, text=True, check=True).stdout
