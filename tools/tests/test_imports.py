"""The modules of all packages import each other in one direction, and no private module of another package."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from imports import circles, distribution, imports, sources

FILES = sources()
GRAPH = imports()


def private_package(module: str) -> str:
    """Return the package whose modules may import *module*; "" for a public one."""
    names = module.split(".")
    private = [n for n, name in enumerate(names) if name.startswith("_") and not name.startswith("__")]
    return ".".join(names[: private[0]]) if private else ""


def test_no_module_imports_itself_over_others() -> None:
    assert circles(GRAPH) == []


def test_circles_are_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}) == [["b", "c"]]


@pytest.mark.parametrize(
    ("module", "target"),
    [
        ("zmq.backend.socket", "zmq.backend.frame"),  # from a .pyx file, names in parentheses
        ("zmq.backend.handle", "zmq.backend.pointer"),  # from a .pxd file
        ("zmq.green.eventloop.ioloop", "zmq.eventloop"),  # a package, executed for its module
        ("zmq", "zmq.backend.libzmq"),  # inside try
    ],
)
def test_imports_are_found(module: str, target: str) -> None:
    assert target in GRAPH[module]


def test_imports_for_type_checkers_and_inside_functions_do_not_count() -> None:
    assert "zmq.asyncio" not in GRAPH["zmq.utils.monitor"] | GRAPH["zmq._future"]


@pytest.mark.parametrize("module", sorted(GRAPH))
def test_private_modules_are_imported_only_inside_their_package_and_distribution(module: str) -> None:
    for target in GRAPH[module]:
        owner = private_package(target)
        if owner:
            assert module == owner or module.startswith(f"{owner}."), target
            assert distribution(module, FILES) == distribution(target, FILES), target


@pytest.mark.parametrize("module", sorted(GRAPH))
def test_core_imports_no_extension(module: str) -> None:
    if distribution(module, FILES) == "zmq-core":
        assert {distribution(target, FILES) for target in GRAPH[module]} <= {"zmq-core"}


@pytest.mark.parametrize(
    "package",
    sorted(
        module
        for module, files in FILES.items()
        if module.count(".") == 1 and files[0].name == "__init__.py" and distribution(module, FILES) != "zmq-core"
    ),
)
def test_packages_of_extensions_look_first_whether_the_core_is_ours(package: str) -> None:
    text = FILES[package][0].read_text()
    ours = [line for line in text.splitlines() if re.match(r"(import|from) zmq[._]", line)]  # with more than `zmq`
    assert ours[0].startswith(("import zmq_check.core", "from zmq_check.core import"))
