"""The tables of what ran where, and of wheels, from docs/platforms.jsonl and docs/wheels.jsonl: tools/results.py."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

RESULTS = Path(__file__).parent.parent / "platforms.jsonl"
WHEELS = RESULTS.with_name("wheels.jsonl")
CHECKS = {
    "auditwheel": "auditwheel",
    "check_wheel_contents": "check-wheel-contents",
    "modules": "readelf",
    "musl": "musl's loader",
}
PACKAGES = Path(__file__).parents[2] / "packages"
COLUMNS = ["Python", "System", "libzmq", "Built", "Suites", "Passed", "Skipped", "Failed", "Run"]
ROW = ("series", "system", "machine", "link", "libzmq", "built")

Record = dict[str, Any]


class Platforms(SphinxDirective):
    """``.. zmq-platforms::`` a row for each platform; then why tests were skipped."""

    def run(self) -> list[nodes.Node]:
        """Return the table, and the list of reasons."""
        self.env.note_dependency(str(RESULTS))
        records = [json.loads(line) for line in RESULTS.read_text("utf-8").splitlines()]
        rows: dict[tuple[str, ...], list[Record]] = {}
        for record in sorted(records, key=_order):
            rows.setdefault(tuple(record[field] for field in ROW), []).append(record)
        lines = _table(COLUMNS, [_cells(row) for row in rows.values()])
        reasons: dict[str, Counter[str]] = {}
        for record in records:
            for reason, count in record["reasons"].items():
                reasons.setdefault(reason, Counter())[record["series"]] += count
        if reasons:
            lines += ["", ".. rubric:: Skipped tests, and why", ""]
            lines += _table(["Reason", "Tests"], [[_literal(one), _counted(reasons[one])] for one in sorted(reasons)])
        return self.parse_text_to_nodes("\n".join(lines))


class Wheels(SphinxDirective):
    """``.. zmq-wheels::`` a row for each wheel: its name, its size, and what the checks say of it."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        self.env.note_dependency(str(WHEELS))
        records = [json.loads(line) for line in WHEELS.read_text("utf-8").splitlines()]
        rows = [
            [_literal(one["wheel"]), f"{one['bytes'] / 1000:,.0f}", *map(one["says"].get, CHECKS)] for one in records
        ]
        return self.parse_text_to_nodes("\n".join(_table(["Wheel", "kB", *CHECKS.values()], rows)))


def _order(record: Record) -> tuple[object, ...]:
    """Sort by system, then by the number of the Python."""
    name, _, version = record["series"].partition(" ")
    number = [int(part) for part in version.partition(" ")[0].split(".")]
    return (record["built"], record["machine"], record["system"], name, number, version, record["package"])


def _cells(row: list[Record]) -> list[str]:
    """Return the cells of the records of all suites on one platform."""
    first = max(row, key=lambda record: str(record["date"]))
    ran = [record for record in row if not record["left_out"]]
    known = len(list(PACKAGES.glob("*/pyproject.toml")))
    suites = "all" if len(ran) == known else ", ".join(record["package"] for record in ran) or "none"
    left_out = [f"not {record['package']}: {record['left_out']}" for record in row if record["left_out"]]
    counts = [f"{sum(record[kind] for record in ran):,}" for kind in ("passed", "skipped", "failed")]
    system = ", ".join(filter(None, (first["system"], first["machine"], first["libc"])))
    libzmq = f"{first['libzmq']} ({first['link']})" if first["libzmq"] else "none"
    return [first["python"], system, libzmq, first["built"], "; ".join([suites, *left_out]), *counts, first["date"]]


def _counted(counts: Counter[str]) -> str:
    """Return the number of tests, and on which Pythons if it is not on all the same."""
    return ", ".join(f"{series}: {count}" for series, count in counts.items())


def _literal(text: str) -> str:
    return f"``{text}``" if text and "`" not in text else text


def _table(columns: list[str], rows: list[list[str]]) -> list[str]:
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for cells in [columns, *rows]:
        lines += [f"   {'*' if number == 0 else ' '} - {cell}" for number, cell in enumerate(cells)]
    return lines


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directives."""
    app.add_directive("zmq-platforms", Platforms)
    app.add_directive("zmq-wheels", Wheels)
    return {"parallel_read_safe": True}
