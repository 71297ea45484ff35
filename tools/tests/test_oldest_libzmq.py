"""The oldest libzmq that the build accepts: one number, and one on which the tests have passed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = ROOT / "packages" / "zmq-core"


@pytest.fixture(scope="module")
def oldest() -> str:
    """The number in the build."""
    found = re.search(r"^set\(oldest ([\d.]+)\)", (CORE / "cmake" / "libzmq.cmake").read_text("utf-8"), re.MULTILINE)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("dev.py", "libzmq {} or later"),
        ("dev.py", "--atleast-version={}"),
        ("README.md", "libzmq {} or later"),
        ("docs/start/install.md", "libzmq, {} or later"),
        ("packages/zmq-core/README.md", "libzmq, {} or later"),
        ("packages/zmq-core/cmake/libzmq.cmake", "pkg-config knows as libzmq, {} or later"),
        ("packages/zmq-core/src/zmq/backend/libzmq.pyx", '#error "zmq-core needs libzmq {} or later"'),
    ],
)
def test_it_is_the_same_everywhere(file: str, says: str, oldest: str) -> None:
    assert says.format(oldest) in (ROOT / file).read_text("utf-8")


def test_the_compiler_checks_it(oldest: str) -> None:
    text = (CORE / "src" / "zmq" / "backend" / "libzmq.pyx").read_text("utf-8")
    assert f"#if ZMQ_VERSION < ZMQ_MAKE_VERSION({oldest.replace('.', ', ')})" in text


def test_the_tests_of_zmq_core_have_passed_on_it(oldest: str) -> None:
    lines = (ROOT / "docs" / "platforms.jsonl").read_text("utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    ran = [one for one in records if one["package"] == "zmq-core" and one["libzmq"] == oldest and one["passed"]]
    assert ran
    assert not any(one["failed"] for one in ran)
