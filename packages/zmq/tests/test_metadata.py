"""The meta-package holds no code and brings every distribution, and their versions belong together."""

from __future__ import annotations

import re
from importlib.metadata import distribution, requires, version

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
