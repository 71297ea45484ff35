"""The meta-package holds no code and brings every distribution."""

from __future__ import annotations

from importlib.metadata import distribution, version

import zmq


def test_owns_no_file_of_the_import_package() -> None:
    assert not [file for file in distribution("zmq").files or () if file.parts[0] == "zmq"]


def test_brings_zmq_core() -> None:
    assert zmq.__version__ == version("zmq-core")
