"""The meta-package has no code and requires every distribution, in matching versions."""

from __future__ import annotations

import re
from importlib.metadata import PackagePath, distribution, metadata, requires, version

import pytest

import zmq
from zmq import _installation

BROUGHT = [requirement.partition("~")[0] for requirement in requires("zmq") or () if "extra" not in requirement]


def test_owns_no_file_of_the_import_package() -> None:
    assert not [file for file in distribution("zmq").files or () if file.parts[0] == "zmq"]


def test_brings_zmq_core() -> None:
    assert zmq.__version__ == version("zmq-core")


def test_brings_every_distribution_that_adds_to_zmq() -> None:
    adding = {name.partition("[")[0] for name in _installation._ELSEWHERE.values()}
    assert set(BROUGHT) == {"zmq-core", *adding}


@pytest.mark.parametrize("name", BROUGHT)
def test_versions_belong_together(name: str) -> None:
    series = version("zmq").rpartition(".")[0]
    assert version(name).startswith(f"{series}.")
    for requirement in requires(name) or ():
        if requirement.startswith("zmq-"):
            assert re.match(rf"zmq-[a-z]+(\[[a-z]+\])?~={re.escape(series)}(;|$)", requirement)


@pytest.mark.parametrize("name", ["zmq", *BROUGHT])
def test_says_the_same_of_python_and_the_licence(name: str) -> None:
    def said(name: str) -> dict[str, list[str]]:
        of = metadata(name)
        keys = ("Requires-Python", "License-Expression", "License-File", "Author")
        # Not all of them are built for other implementations of Python, and without the GIL.
        pythons = [text for text in of.get_all("Classifier", []) if re.search(r"^Programming.*:: (3|CPython)\b", text)]
        said = {"pythons": pythons, **{key: of.get_all(key, []) for key in keys}}
        # A wheel with libzmq inside names its licences, too.
        said["License-File"] = [file for file in said["License-File"] if not file.startswith("bundled/")]
        said["License-Expression"] = [text.split(" AND ")[0] for text in said["License-Expression"]]
        return said

    assert said(name) == said("zmq-core")
    assert said(name)["License-File"] == ["LICENSE"]


@pytest.fixture(params=BROUGHT)
def files(request: pytest.FixtureRequest) -> list[PackagePath]:
    """The files of a distribution installed from its wheel."""
    files = distribution(request.param).files or []
    if any(file.suffix == ".pth" for file in files):
        pytest.skip("it is installed in place")
    return files


def test_brings_its_licence(files: list[PackagePath]) -> None:
    assert any(file.parts[-2:] == ("licenses", "LICENSE") for file in files)


def test_brings_neither_tests_nor_what_it_was_compiled_from(files: list[PackagePath]) -> None:
    assert not [str(file) for file in files if "tests" in file.parts or file.suffix in {".pyx", ".c", ".cpp"}]


def test_is_typed(files: list[PackagePath]) -> None:
    marked = {file.parts[:-1] for file in files if file.name == "py.typed"}
    folders = {file.parts[:2] for file in files if file.suffix == ".py" and file.parts[0] == "zmq" and file.parts[2:]}
    assert marked - {("zmq_check",)} in ({("zmq",)}, folders)  # that of zmq-core covers all its folders
