"""tools/results.py: what is recorded of a run, and what the manual gets of the records."""

from __future__ import annotations

import importlib.util
import platform
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import zmq

TOOL = Path(__file__).parents[1] / "results.py"

SUITE = """
import pytest

@pytest.fixture
def breaks():
    yield
    raise RuntimeError

def test_passes(): pass
def test_passes_but_its_teardown_fails(breaks): pass
def test_fails(): assert False
def test_is_skipped(): pytest.skip("no such thing here")
class TestGroup:
    def test_passes(self): pass
"""


@pytest.fixture
def results(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("results", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "results", module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def junit(tmp_path: Path) -> Path:
    """The junit file of a small suite."""
    (tmp_path / "test_suite.py").write_text(SUITE)
    options = ["-p", "no:cacheprovider", "--junitxml=junit.xml", "-o", "junit_family=xunit1", "test_suite.py"]
    subprocess.run([sys.executable, "-m", "pytest", "-q", *options], cwd=tmp_path, capture_output=True, check=False)
    return tmp_path / "junit.xml"


def test_a_record_counts_each_test_once_by_its_worst_outcome(results: ModuleType, junit: Path) -> None:
    record = results.record("zmq-core", junit=[junit])
    assert (record["passed"], record["skipped"], record["failed"]) == (2, 1, 2)
    assert record["reasons"] == {"no such thing here": 1}


def test_a_suite_that_ran_in_parts_has_one_record(results: ModuleType, junit: Path) -> None:
    other = junit.with_name("other.xml")
    other.write_text(junit.read_text().replace("test_suite.py", "test_other.py"))
    record = results.record("zmq-core", junit=[junit, other])
    assert (record["passed"], record["skipped"], record["failed"]) == (4, 2, 4)
    assert record["reasons"] == {"no such thing here": 2}


def test_a_suite_of_which_a_part_has_no_result_has_none(results: ModuleType, junit: Path, tmp_path: Path) -> None:
    record = results.record("zmq-core", junit=[junit, tmp_path / "missing"])
    assert (record["passed"], record["left_out"]) == (0, "the run ended without a result")


def test_a_record_tells_the_interpreter_and_the_libzmq(results: ModuleType, junit: Path) -> None:
    record = results.record("zmq-core", "manylinux2014 wheel", junit=[junit])
    assert platform.python_version() in record["python"]
    assert (record["libzmq"], record["built"]) == (zmq.zmq_version(), "manylinux2014 wheel")


def test_a_run_that_has_ended_without_a_result_is_no_success(results: ModuleType, tmp_path: Path) -> None:
    assert results.record("zmq-core", junit=[tmp_path / "missing"])["left_out"] == "the run ended without a result"


def test_the_last_run_of_a_suite_counts_and_other_suites_stay(results: ModuleType, tmp_path: Path) -> None:
    runs, published = tmp_path / "deeper" / "runs", tmp_path / "published"
    first = results.record("zmq-core", left_out="first")
    other = {**first, "libzmq": "4.3.0"}
    for one in (first, other):
        results.append(runs, one)
    results.publish(runs, published)
    runs.unlink()
    second = {**first, "left_out": "second", "python": "a later version of the same series"}
    results.append(runs, second)
    results.publish(runs, published)
    assert sorted(one["left_out"] for one in results.read(published)) == ["first", "second"]


def test_the_interpreter_that_has_run_a_suite_records_it(results: ModuleType, junit: Path, tmp_path: Path) -> None:
    file = tmp_path / "runs"
    subprocess.run([sys.executable, "-I", str(TOOL), "add", str(file), "zmq-log", str(junit)], check=True)
    subprocess.run([sys.executable, "-I", str(TOOL), "leave-out", str(file), "zmq-ssh", "no ssh"], check=True)
    assert [(one["package"], one["passed"], one["left_out"]) for one in results.read(file)] == [
        ("zmq-log", 2, ""),
        ("zmq-ssh", 0, "no ssh"),
    ]


def test_the_last_audit_of_a_wheel_counts(results: ModuleType, tmp_path: Path) -> None:
    runs, published = tmp_path / "runs", tmp_path / "published"
    for wheel, size in (("one.whl", 1), ("other.whl", 2), ("one.whl", 3)):
        results.append(runs, {"wheel": wheel, "bytes": size})
    results.publish(runs, published)
    assert [(one["wheel"], one["bytes"]) for one in results.read(published)] == [("one.whl", 3), ("other.whl", 2)]
