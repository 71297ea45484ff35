"""The stubs of the wheel contain the docstrings of the compiled modules, so that editors show them."""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import zmq
from zmq._stub_docs import docstrings, documented, with_option_texts, write_stubs
from zmq._stub_signatures import MARK, signatures
from zmq.backend.described import facts_of, sentences
from zmq.sugar.options import ContextOptions, SocketOptions

SOURCE = Path(__file__).parents[1] / "src" / "zmq"
INSTALLED = Path(zmq.__file__).parent
MODULES = sorted(path.stem for path in (SOURCE / "backend").glob("*.pyx"))

PYX = '''"""The module."""
cimport somewhere

cdef class Thing  # comes below: a declaration has no docstring


def function(a,
             b=(1, 2)):
    """Do *a*."""
    def inside():
        """Not seen from outside."""


cdef int hidden(int x) except? -1:
    """For compiled code."""
    return x


cdef class Thing:
    r"""Has a "docstring" of

    several lines, with \\ as it is.
    """

    cdef int field

    def __init__(self):
        pass

    cdef void method_in_c(self) noexcept:
        """For compiled code."""

    @property
    def value(self):
        """What it is."""
        return 1

    @value.setter
    def value(self, new):
        """Not that of the property."""

    def get(self, key):
        """Return *key*."""
'''

PYI = '''# A comment.
from typing import overload

class Thing:
    field: int
    """Told by the stub."""

    @property
    def value(self) -> int: ...
    @overload
    def get(self, key: int) -> int: ...  # type: ignore[overload-overlap]
    @overload
    def get(
        self,
        key: str,
    ) -> str: ...

def function(a: int, b: tuple[int, int] = ...) -> None: ...
def elsewhere() -> None: ...
'''

RESULT = '''"""The module."""

# A comment.
from typing import overload

class Thing:
    r"""Has a "docstring" of

    several lines, with \\ as it is.
    """
    field: int
    """Told by the stub."""

    @property
    def value(self) -> int:
        """What it is."""
    @overload
    def get(self, key: int) -> int:  # type: ignore[overload-overlap]
        """Return *key*."""
    @overload
    def get(
        self,
        key: str,
    ) -> str:
        """Return *key*."""

def function(a: int, b: tuple[int, int] = ...) -> None:
    """Do *a*."""
def elsewhere() -> None: ...
'''


def test_docstrings_are_found_by_qualified_name() -> None:
    assert docstrings(PYX).keys() == {"", "function", "Thing", "Thing.value", "Thing.get"}


def test_docstrings_go_below_what_they_tell_of() -> None:
    assert documented(PYI, PYX) == RESULT


def test_what_has_docstrings_already_stays_as_it_is() -> None:
    assert documented(RESULT.partition("\n\n")[2], PYX) == RESULT


def definitions(tree: ast.Module | ast.ClassDef, prefix: str = "") -> Iterator[tuple[str, str | None]]:
    """Yield the public classes, functions and methods of a stub by qualified name, each with its docstring."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            yield prefix + node.name, ast.get_docstring(node)
            if isinstance(node, ast.ClassDef):
                yield from definitions(node, f"{prefix}{node.name}.")


@pytest.fixture(scope="module")
def stubs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder zmq of a wheel, without its compiled modules."""
    tree = tmp_path_factory.mktemp("wheel") / "zmq"
    shutil.copytree(SOURCE, tree, ignore=shutil.ignore_patterns("*.so", "*.pyd", "*.pyx", "__pycache__"))
    write_stubs(SOURCE / "backend", tree / "backend")
    return tree


@pytest.mark.parametrize("name", MODULES)
def test_everything_public_of_a_compiled_module_has_its_docstring_in_the_stub(stubs: Path, name: str) -> None:
    module = importlib.import_module(f"zmq.backend.{name}")
    files = [file for stem in (name, f"_{name}") if (file := stubs / "backend" / f"{stem}.pyi").exists()]
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in files]
    assert {ast.get_docstring(tree) for tree in trees} == {inspect.cleandoc(module.__doc__ or "")}
    for qualified, docstring in itertools.chain.from_iterable(map(definitions, trees)):
        assert docstring, qualified
        compiled = module
        for part in qualified.split("."):
            compiled = getattr(compiled, part)
        if isinstance(compiled.__doc__, str):  # "cdef readonly" attributes have none
            assert docstring == inspect.cleandoc(compiled.__doc__)


def test_the_methods_that_send_and_receive_have_their_docstrings(stubs: Path) -> None:
    tree = ast.parse((stubs / "backend" / "signatures.pyi").read_text(encoding="utf-8"))
    told = {name: docstring for name, docstring in definitions(tree) if name.startswith("Socket.")}
    assert told.keys() == {
        f"Socket.{name}" for name in ("recv", "recv_multipart", "recv_into", "send", "send_multipart", "poll")
    }
    for name, docstring in told.items():
        assert docstring == inspect.cleandoc(getattr(zmq.Socket, name.partition(".")[2]).__doc__ or "")


def test_type_checkers_accept_the_stubs(stubs: Path) -> None:
    pytest.importorskip("mypy")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "-p", "zmq.backend", "-p", "zmq.sugar"]
    done = subprocess.run(
        command, cwd=stubs.parent, env={**os.environ, "MYPYPATH": str(stubs.parent)}, capture_output=True, text=True,
        timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_each_option_has_its_text_where_editors_look_for_it() -> None:
    source = (SOURCE / "sugar" / "options.py").read_text(encoding="utf-8")
    classes = [node for node in ast.parse(with_option_texts(source)).body if isinstance(node, ast.ClassDef)]
    told: dict[str, str] = {}
    for class_ in classes:
        for node, below in itertools.pairwise(class_.body):
            if isinstance(node, ast.Assign) and isinstance(below, ast.Expr):
                text = ast.literal_eval(below.value)
                told |= {target.id: text for target in node.targets if isinstance(target, ast.Name)}
    for owner in (SocketOptions, ContextOptions):
        for name, option in vars(owner).items():
            if hasattr(option, "text"):
                facts = {label: fact for label, fact in facts_of(option).items() if label != "Type"}  # editors know it
                assert told[name] == f"{option.text} {sentences(facts)}"
    assert "Unit: milliseconds. Values: -1 or more. Default: -1. Sockets: all." in told["linger"]


@pytest.mark.skipif(SOURCE == INSTALLED, reason="installed in place, where the stubs are the sources")
def test_the_wheel_has_the_docstrings(stubs: Path) -> None:
    for stub in (stubs / "backend").glob("*.pyi"):
        assert (INSTALLED / "backend" / stub.name).read_text(encoding="utf-8") == stub.read_text(encoding="utf-8")


SIGNATURES = '''from weakref import ref
from zmq.backend.thing cimport Thing, Other

LIMIT = 5
known = set()
cdef int hidden = 1


@cython.final
cdef class Derived(Thing):
    """A class."""

    cdef readonly bint done  # told
    cdef object inner

    def __cinit__(self):
        pass

    def wait(self, timeout: float | None = None, *, int flags=0,
             Other other=None) -> bool:
        def inside(x):
            pass

    @property
    def size(self) -> int | None:
        return 1

    @size.setter
    def size(self, value):
        pass

    cdef int for_c(self) except -1:
        return 0

    cpdef int close(self) except -1:
        return 0


def function(Thing thing not None, data, flags=LIMIT):
    pass
'''

STUB = """\
from typing import Any
from typing import final
from zmq.backend.thing import Other
from zmq.backend.thing import Thing

LIMIT: int
known: set[Any]
@final
class Derived(Thing):
    ...
    shared: str
    done: bool
    def wait(self, timeout: float | None = None, *, flags: int = 0, other: Other | None = None) -> bool: ...
    @property
    def size(self) -> int | None: ...
    @size.setter
    def size(self, value: Any) -> None: ...
    def close(self) -> int: ...
def function(thing: Thing, data: Any, flags: Any = ...) -> Any: ...
"""


def test_stubs_have_the_signatures_of_the_pyx() -> None:
    declared = "cdef class Derived(Thing):\n    cdef readonly str shared  # told\n    cdef int for_c(self) except -1\n"
    assert signatures(SIGNATURES, declared) == MARK + STUB


def test_names_that_the_pxd_declares_are_not_those_of_python() -> None:
    assert "LIMIT" not in signatures("LIMIT = 5\n", "cdef int LIMIT\n")
