"""The stubs agree with the modules; stubtest and typing_usage.py check the rest."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

import zmq
import zmq.backend.options
from zmq.backend.attributes import BytesOption, KeyOption, Option, TextOption, TopicOption
from zmq.sugar.options import SocketOptions

PACKAGE = Path(zmq.__file__).parent


def test_package_says_that_it_is_typed() -> None:
    assert (PACKAGE / "py.typed").is_file()


def test_each_compiled_module_has_a_stub() -> None:
    compiled = {
        path.name.partition(".")[0] for path in (PACKAGE / "backend").iterdir() if path.suffix in (".so", ".pyd")
    }
    assert compiled
    assert {name for name in compiled if not (PACKAGE / "backend" / f"{name}.pyi").is_file()} == set()


def names_for_checkers(module: str) -> set[str]:
    """Return the names that a type checker imports from *module* by a star, also through stars in the module."""
    path = PACKAGE.parent.joinpath(*module.split("."))
    files = (path / "__init__.py", path.with_suffix(".pyi"), path.with_suffix(".py"))
    tree = ast.parse(next(file for file in files if file.exists()).read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in tree.body:
        for each in (node, *(node.body if isinstance(node, ast.Try) else ())):
            if isinstance(each, ast.ImportFrom) and each.module and each.names[0].name == "*":
                names |= names_for_checkers(each.module)
            elif isinstance(each, ast.ImportFrom):
                names |= {alias.name for alias in each.names if alias.name == alias.asname}
            elif isinstance(each, (ast.FunctionDef, ast.ClassDef)):
                names.add(each.name)
            elif isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
                names.add(each.target.id)
            elif isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name):
                if each.targets[0].id == "__all__":
                    return set(ast.literal_eval(each.value))
                names.add(each.targets[0].id)
    return {name for name in names if not name.startswith("_")}


def test_checkers_see_every_public_name() -> None:
    modules = {"constants", "error", "sugar", "utils"}
    assert names_for_checkers("zmq") == {name for name in vars(zmq)["__all__"] if not name.startswith("_")} | modules


@pytest.mark.parametrize(("alias", "holds_bytes"), [("HoldsBytes", True), ("HoldsInt", False)])
def test_type_of_get_follows_the_type_of_the_attribute(alias: str, holds_bytes: bool) -> None:
    options = {name: vars(SocketOptions)[name] for name in zmq.SocketOption.__members__}
    kinds = (BytesOption, KeyOption, TextOption, TopicOption)
    expected = {
        name for name, option in options.items() if option.readable and isinstance(option, kinds) == holds_bytes
    }
    tree = ast.parse((PACKAGE / "backend" / "_option_types.pyi").read_text(encoding="utf-8"))
    (listed,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == alias
    )
    assert {node.attr for node in ast.walk(listed or tree) if isinstance(node, ast.Attribute)} == expected


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (zmq.Socket.send, ["self", "data", "flags", "copy", "track", "routing_id", "group"]),
        (zmq.Socket.send_multipart, ["self", "msg_parts", "flags", "copy", "track", "routing_id", "group"]),
        (zmq.Socket.recv, ["self", "flags", "copy", "track"]),
        (zmq.Socket.recv_multipart, ["self", "flags", "copy", "track"]),
        (zmq.Socket.bind, ["self", "addr"]),
        (zmq.Socket.set, ["self", "option", "optval"]),
        (zmq.Socket.poll, ["self", "timeout", "flags"]),
        (zmq.Context.term, ["self"]),
        (zmq.Poller.register, ["self", "socket", "flags"]),
        (zmq.MessageTracker.wait, ["self", "timeout"]),
        (zmq.proxy, ["frontend", "backend", "capture"]),
    ],
    ids=lambda value: getattr(value, "__qualname__", None),
)
def test_compiled_functions_tell_their_parameters(function: object, parameters: list[str]) -> None:
    assert callable(function)
    assert list(inspect.signature(function).parameters) == parameters


def test_classes_are_generic_at_run_time() -> None:
    assert zmq.SyncSocket == zmq.Socket[bytes]
    assert zmq.Context[zmq.Socket[bytes]].__origin__ is zmq.Context  # type: ignore[attr-defined]  # to checkers a class
    assert isinstance(zmq.Socket.linger, Option)
