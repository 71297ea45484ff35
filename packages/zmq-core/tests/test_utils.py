"""The package zmq.utils."""

from __future__ import annotations

import subprocess
import sys

import pytest

import zmq.utils


@pytest.mark.parametrize("name", zmq.utils.__all__)
def test_a_tool_needs_no_import_of_its_own(name: str) -> None:
    program = f"import zmq; print(zmq.utils.{name}.__name__)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == f"zmq.utils.{name}\n"


def test_an_unknown_tool_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"'zmq\.utils' has no attribute 'nonsense'"):
        zmq.utils.nonsense  # noqa: B018  # the access is the test
