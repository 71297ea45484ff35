"""The report on given figures; nothing is measured here."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import report
from chart import svg
from report import Results


def results(**rows: dict[str, list[float]]) -> Results:
    versions = {"python": "3.12.1", "zmq": "28.0.0", "libzmq": "4.3.5"}
    return {
        "date": "2026-01-02",
        "rounds": 3,
        "quick": False,
        "machine": {"cpu": "Some Processor", "cores": 2, "system": "Linux 6.1 x86_64"},
        "sides": {"ours": versions, "peer": versions | {"zmq": "27.3.0"}, "c": {"libzmq": "4.3.4"}},
        "rows": rows,
        "failures": {},
    }


def only_line(**rows: dict[str, list[float]]) -> report.Line:
    [line] = report.lines(results(**rows))
    return line


def test_times_are_medians_and_the_fastest_c_variant_is_the_reference() -> None:
    line = only_line(pair_10={"c": [0.2, 0.2, 9], "c.msg": [0.1, 0.1, 9], "ours": [0.3, 0.2, 7], "peer": [1, 2, 1.5]})
    assert line.c == 0.1
    assert line.ours == 0.3
    assert line.peer == 1.5
    assert line.c_ratio == 15


def test_ratio_is_the_median_of_neighbouring_runs_not_the_ratio_of_medians() -> None:
    line = only_line(json={"ours": [1, 10, 2], "peer": [4, 20, 10]})
    assert list(line.ratios) == [4, 2, 5]
    assert line.ratio == 4


def test_no_ratio_when_a_run_failed_and_pairs_cannot_be_told() -> None:
    assert only_line(json={"ours": [1, 1], "peer": [4]}).ratio is None
    assert only_line(json={"ours": [1, 1]}).ratio is None
    assert only_line(json={}).ratio is None


@pytest.mark.parametrize(
    ("ours", "peer", "met"),
    [(0.3, 1.2, "yes"), (0.3, 0.9, "time only"), (0.5, 2.0, "ratio only"), (0.5, 1.2, "no")],
)
def test_budget_in_time_and_in_ratio(ours: float, peer: float, met: str) -> None:
    assert only_line(pair_10={"ours": [ours], "peer": [peer]}).met == met


def test_rows_without_a_budget_are_not_judged() -> None:
    assert only_line(json={"ours": [1], "peer": [2]}).met == ""


@pytest.mark.parametrize(("ours", "met"), [(20.0, "yes"), (20.1, "no")])
def test_budget_relative_to_another_row(ours: float, met: str) -> None:
    _, line = report.lines(results(poller_10_ready={"ours": [10]}, poller_1000_ready={"ours": [ours]}))
    assert (line.at_most, line.met) == (20, met)


@pytest.mark.parametrize(("ours", "met"), [(100, "yes"), (101, "no")])
def test_budget_relative_to_the_peer(ours: float, met: str) -> None:
    assert only_line(import_zmq={"ours": [ours], "peer": [100]}).met == met


def test_budget_relative_to_a_row_that_was_not_run_is_not_judged() -> None:
    line = only_line(poller_1000_ready={"ours": [10]})
    assert (line.at_most, line.met) == (None, "")


def test_table_shows_figures_versions_and_machine() -> None:
    text = report.markdown(results(pair_10={"c": [0.17], "ours": [0.3], "peer": [1.2]}))
    assert "| send + recv, 10 B, inproc, one thread | 0.17 | 1.2 | 0.30 | **4.0** | 0.33 (3.6x) | yes |" in text
    for part in ["2 cores", "Some Processor", "2026-01-02", "zmq-core 28.0.0", "pyzmq 27.3.0", "C (libzmq 4.3.4)"]:
        assert part in text


def test_the_explanation_stands_above_the_table() -> None:
    text = report.markdown(results(pair_10={"ours": [0.3], "peer": [1.2]}))
    assert text.index("*At most*") < text.index("| work")


def test_table_has_a_column_for_pyomq_if_it_took_part() -> None:
    given = results(asyncio_pair_10={"ours": [2], "peer": [20], "pyomq": [4]}, json={"ours": [1], "peer": [2]})
    assert "pyomq" not in report.markdown(given)
    given["sides"]["pyomq"] = {"python": "3.12.1", "zmq": "0.27.3", "libzmq": ""}
    text = report.markdown(given)
    assert "| asyncio: send + recv, 10 B, inproc |  | 4 | 20 | 2 |" in text
    assert "| send_json + recv_json, small dict |  |  | 2 | 1 |" in text
    assert "pyomq 0.27.3" in text


def test_table_shows_the_spread_of_the_ratios() -> None:
    assert "**4.0** (2.0 to 5.0)" in report.markdown(results(json={"ours": [1, 10, 2], "peer": [4, 20, 10]}))


def test_table_without_c_and_with_failures() -> None:
    given = results(json={"peer": [20_000]})
    del given["sides"]["c"]
    given["failures"]["ours json"] = "AttributeError: send_json"
    text = report.markdown(given)
    assert "| send_json + recv_json, small dict |  | 20,000 |  |  |  |  |" in text
    assert "Failed: ours json: AttributeError: send_json" in text


def test_insert_replaces_what_is_between_the_markers() -> None:
    readme = f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n"
    once = report.insert(readme, "new")
    assert once == f"before\n{report.BEGIN}\nnew\n{report.END}\nafter\n"
    assert report.insert(once, "new") == once


@pytest.mark.parametrize("readme", ["", report.BEGIN, report.END, f"{report.END}{report.BEGIN}"])
def test_insert_refuses_a_readme_without_markers(readme: str) -> None:
    with pytest.raises(ValueError, match="cannot insert"):
        report.insert(readme, "new")


def test_publish_writes_table_plot_and_figures(tmp_path: Path) -> None:
    for folder in ("docs", "benchmarks"):
        (tmp_path / folder).mkdir()
    (tmp_path / "README.md").write_text(f"{report.BEGIN}{report.END}")
    report.publish(results(pair_10={"ours": [0.3], "peer": [1.2]}), tmp_path)
    assert "**4.0**" in (tmp_path / "README.md").read_text()
    assert (tmp_path / "docs" / "benchmarks.svg").exists()
    assert '"pair_10"' in (tmp_path / "benchmarks" / "results.json").read_text()


@pytest.mark.parametrize("bars", [[], [("a < b & c", 4.0, 10.0)], [("slower", 0.3, None), ("faster", 340.0, 2.0)]])
def test_chart_is_well_formed_and_draws_inside_its_frame(bars: list[tuple[str, float, float | None]]) -> None:
    root = ET.fromstring(svg("a < b", bars))
    width = float(root.attrib["viewBox"].split()[2])
    rects = [element.attrib for element in root.iter() if element.tag.endswith("}rect")]
    assert min(float(rect.get("x", 0)) for rect in rects) >= 0
    assert max(float(rect.get("x", 0)) + float(rect["width"]) for rect in rects) <= width
    text = "".join(root.itertext())
    assert all(name in text for name, _, _ in bars)
