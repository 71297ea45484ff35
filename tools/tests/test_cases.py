"""tools/cases.py: which results of test programs count as failures."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
import cases

# Prints a line for each name, depending on the number of the run.
FILE = """\
import pathlib, sys
runs = pathlib.Path(__file__).with_suffix(".runs")
again = runs.exists()
runs.touch()
for line in {lines!r}:
    name = line.split()[1]
    if not sys.argv[1:] or name in sys.argv[1:]:
        print(line.replace("FAIL", "ok") if again and name == "late" else line)
print("passed 0/0")
"""


@pytest.fixture
def faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(cases, "DIFFERENT", {"other": "on purpose", "same": "no longer"})
    lines = ["ok good 0.1s", "FAIL bad 0.1s AssertionError", "FAIL late 0.1s", "FAIL other 0.1s", "ok same 0.1s",
             "skip none 0.1s"]  # fmt: skip
    file = tmp_path / "programs.py"
    file.write_text(FILE.format(lines=lines))
    found: list[str] = cases.check(file, [])
    return found


def test_what_fails_twice_is_a_fault(faults: list[str]) -> None:
    assert "FAILED bad: FAIL bad 0.1s AssertionError" in faults


def test_what_is_listed_as_different_and_is_not_is_a_fault(faults: list[str]) -> None:
    assert "FAILED same: it is listed as different, and is not" in faults


def test_nothing_else_is_a_fault(faults: list[str]) -> None:
    assert len(faults) == 2


def test_a_file_that_runs_nothing_is_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "empty.py"
    file.touch()
    assert cases.check(file, []) == ["FAILED empty.py: it has run nothing"]
