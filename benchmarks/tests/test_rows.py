"""Every row runs, with the least effort, on the installed `zmq`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import run
import worker
from rows import ROWS, Row


def test_keys_are_unique() -> None:
    assert len({row.key for row in ROWS}) == len(ROWS)


def test_budgets_refer_to_rows_that_exist() -> None:
    assert {row.budget.of for row in ROWS if row.budget} <= {None, "peer", "floor", *(row.key for row in ROWS)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_row_runs(row: Row) -> None:
    if row.needs:
        pytest.importorskip(row.needs)
    samples = worker.measure(row, seconds=0.0001, repeats=2)
    assert len(samples) == 2


@pytest.mark.parametrize("row", [row for row in ROWS if row.floor], ids=lambda row: row.key)
def test_floor_runs(row: Row) -> None:
    if row.needs:
        pytest.importorskip(row.needs)
    assert len(worker.measure(row, seconds=0.0001, repeats=2, floor=True)) == 2


def test_floors_are_measured_with_our_interpreter_and_what_pyzmq_lacks_only_on_ours() -> None:
    sides = run.Sides(None, "ours", "peer")
    row = Row("with_anyio", "key", "title", floor=True, peer=False)
    assert [(side, command[0], command[-1]) for side, command in sides.commands(row)] == [
        ("ours", "ours", "key"),
        ("floor", "ours", "key.floor"),
    ]


@pytest.fixture(scope="session")
def loops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if program := run.compile_loops(tmp_path_factory.mktemp("loops")):
        return program
    pytest.skip("no C compiler, or no libzmq for it")


def test_every_c_loop_belongs_to_a_row_and_runs(loops: Path) -> None:
    for key in run.run([loops, "--list"]).split():
        assert key.partition(".")[0] in {row.key for row in ROWS}
        assert run.run([loops, key, "0.0001", "1"]).startswith("[")


def test_c_loops_refuse_an_unknown_key(loops: Path) -> None:
    assert subprocess.run([loops, "nonsense", "1", "1"], capture_output=True, check=False).returncode == 2


def test_compare_collects_a_figure_per_side_and_round() -> None:
    row = ROWS[0]
    results = run.compare([row], run.Effort(2, 0.0001, 1), run.Sides(None, sys.executable, sys.executable))
    assert {side: len(figures) for side, figures in results["rows"][row.key].items()} == {"ours": 2, "peer": 2}
    assert not results["failures"]


def test_pyomq_takes_part_in_the_rows_of_asyncio() -> None:
    sides = run.Sides(None, "ours", "peer", pyomq="pyomq")
    taking_part = {row.key for row in ROWS if "pyomq" in dict(sides.commands(row))}
    assert taking_part == {row.key for row in ROWS if row.group == "event_loop"}


def test_another_module_stands_in_for_zmq(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "__init__.py").write_text("__version__ = '1.5'\nzmq_version = str\n")
    (tmp_path / "other" / "asyncio.py").touch()
    code = f"import sys; sys.path += [{str(tmp_path)!r}, {str(run.HERE)!r}]; import worker; worker.main(sys.argv[1:])"
    assert '"zmq": "1.5"' in run.run([sys.executable, "-c", code, "--as", "other", "--describe"])


def test_rows_whose_library_is_missing_are_left_out() -> None:
    rows = [ROWS[0], Row("group", "key", "title", needs="no_such_library"), Row("group", "other", "title", needs="sys")]
    assert run.possible(rows, sys.executable, sys.executable) == [rows[0], rows[2]]


def test_compare_goes_on_when_a_row_fails() -> None:
    row = Row("one_thread", "missing", "a row without a workload")
    results = run.compare([row, ROWS[0]], run.Effort(1, 0.0001, 1), run.Sides(None, sys.executable, sys.executable))
    assert set(results["failures"]) == {"ours missing", "peer missing"}
    assert set(results["rows"][ROWS[0].key]) == {"ours", "peer"}


def test_a_process_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "LONGEST_S", 0.1)
    with pytest.raises(run.WorkError, match="took more than"):
        run.run([sys.executable, "-c", "import threading; threading.Event().wait()"])


def test_a_program_that_is_not_there_is_reported() -> None:
    with pytest.raises(run.WorkError, match="cannot run no-such-program"):
        run.run(["no-such-program"])


def test_a_failing_process_is_reported_with_its_last_words() -> None:
    with pytest.raises(run.WorkError, match="ZeroDivisionError"):
        run.run([sys.executable, "-c", "1 / 0"])
