"""PyInstaller, cx_Freeze and Nuitka find all of zmq by imports in Python code, without those in compiled modules."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

import pytest

import zmq

ROOT = Path(__file__).parents[2]
HINT = "name it in _for_freezers() of zmq/backend/__init__.py"
MODULES = [
    "zmq",
    "zmq.anyio",
    "zmq.asyncio",
    "zmq.auth.asyncio",
    "zmq.auth.thread",
    "zmq.devices",
    "zmq.eventloop.zmqstream",
    "zmq.green",
    "zmq.green.eventloop.zmqstream",
    "zmq.log.handlers",
    "zmq.ssh",
    "zmq.utils.garbage",
]


def _imports(module: str, file: Path, *, is_package: bool) -> Iterator[str]:
    """Yield the names that the imports anywhere in a file may refer to."""
    package = module if is_package else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.rsplit(".", node.level - 1)[0] if node.level > 1 else package
            base = ".".join(filter(None, [base if node.level else "", node.module]))
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _seen_from(module: str) -> set[str]:
    """Return the modules that a scan finds from *module* on, through the imports of zmq's own files."""
    seen: set[str] = set()
    todo = [module]
    while todo:
        name = todo.pop()
        parents = name.split(".")
        todo += [parent for n in range(1, len(parents)) if (parent := ".".join(parents[:n])) not in seen]
        if name in seen:
            continue
        seen.add(name)
        if name.partition(".")[0] != "zmq":
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # it imports what is in front of the last dot
                spec = find_spec(name)
        except (ImportError, AttributeError):  # the name is not a module
            continue
        if spec is not None and spec.origin is not None and spec.origin.endswith(".py"):
            is_package = spec.submodule_search_locations is not None
            todo += _imports(name, Path(spec.origin), is_package=is_package)
    return seen


def _loaded(code: str) -> set[str]:
    command = [sys.executable, "-W", "ignore", "-c", f"{code}\nimport sys\nprint(*sys.modules)"]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


@pytest.mark.parametrize("module", MODULES)
def test_every_module_that_an_import_loads_is_seen_by_a_scan(module: str) -> None:
    if find_spec(module) is None:
        pytest.skip(f"there is no {module}")
    loaded = {name for name in _loaded(f"import {module}") - _loaded("") if name.partition(".")[0] == "zmq"}
    assert loaded
    assert loaded - _seen_from(module) == set(), HINT


def test_every_compiled_module_of_the_core_is_seen_from_import_zmq() -> None:
    suffix = {".so", ".pyd"}
    folder = Path(zmq.backend.__file__).parent
    compiled = {f"zmq.backend.{file.name.partition('.')[0]}" for file in folder.iterdir() if file.suffix in suffix}
    assert compiled
    assert compiled - _seen_from("zmq") == set()


@pytest.mark.parametrize("package", ["zmq-core", "zmq-devices"])
def test_what_compiled_modules_import_is_seen(package: str) -> None:
    seen = _seen_from("zmq" if package == "zmq-core" else "zmq.devices")
    sources = list((ROOT / "packages" / package / "src").rglob("*.pyx"))
    assert sources
    for source in sources:
        text = source.read_text(encoding="utf-8")
        named = {
            name
            for pair in re.findall(r"(?m)^ *(?:import ([\w.]+)$|from ([\w.]+) import )", text)
            for name in pair
            if name
        }
        assert named - seen == set(), f"{source}: {HINT}"


def test_pyinstaller_finds_our_hook() -> None:
    [found] = [point for point in entry_points(group="pyinstaller40") if point.module.startswith("zmq")]
    assert found.name == "hook-dirs"
    folders = found.load()()
    assert [file.name for folder in folders for file in Path(folder).glob("hook-*.py")] == ["hook-zmq.py"]
