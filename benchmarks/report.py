"""Turn the results of a run into a Markdown table, and publish them: README, plot and the figures themselves."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypedDict

from chart import svg
from rows import ROWS, Budget, Row

__all__ = ["Line", "Results", "insert", "lines", "markdown", "publish"]

BEGIN, END = "<!-- benchmarks:begin -->", "<!-- benchmarks:end -->"

# Per side, one figure for each round, in microseconds: "ours", "peer", "pyomq", "floor" (of the event loop), "c" and
# "c.VARIANT" (other ways in C).
Figures = Mapping[str, Sequence[float]]


class Results(TypedDict):
    """The results that run.py writes."""

    date: str
    rounds: int
    quick: bool
    machine: dict[str, str | int]
    sides: dict[str, dict[str, str]]
    rows: dict[str, dict[str, list[float]]]
    failures: dict[str, str]


@dataclass(frozen=True)
class Line:
    """One line of the table. Times are medians over the rounds, in microseconds; None where there is no figure."""

    row: Row
    c: float | None
    """Plain C, or the least that the event loop takes."""
    pyomq: float | None
    peer: float | None
    ours: float | None
    ratios: tuple[float, ...]
    """How many times faster than pyzmq, one for each round."""
    at_most: float | None
    met: str

    @property
    def ratio(self) -> float | None:
        """How many times faster than pyzmq."""
        return median(self.ratios) if self.ratios else None

    @property
    def c_ratio(self) -> float | None:
        """How many times faster than pyzmq plain C is."""
        return self.peer / self.c if self.peer and self.c else None


def lines(results: Results) -> list[Line]:
    """Return a line for each row that was run."""
    figures = results["rows"]
    return [_line(row, figures[row.key], figures) for row in ROWS if row.key in figures]


def _line(row: Row, sides: Figures, figures: Mapping[str, Figures]) -> Line:
    peer, ours = _middle(sides, "peer"), _middle(sides, "ours")
    in_c = [median(values) for side, values in sides.items() if side.partition(".")[0] in {"c", "floor"} and values]
    ratios = _ratios(sides)
    at_most = _at_most(row.budget, sides, figures)
    return Line(
        row=row,
        c=min(in_c, default=None),  # compare with the fastest variant in C
        pyomq=_middle(sides, "pyomq"),
        peer=peer,
        ours=ours,
        ratios=ratios,
        at_most=at_most,
        met=_met(row.budget, at_most, ours, median(ratios) if ratios else None),
    )


def _ratios(sides: Figures) -> tuple[float, ...]:
    """Return the ratio of each round; its processes ran one after the other, so common slowdowns cancel out."""
    if len(sides.get("peer", ())) != len(sides.get("ours", ())):  # some rounds failed: the figures cannot be paired
        return ()
    return tuple(peer / ours for peer, ours in zip(sides.get("peer", ()), sides.get("ours", ()), strict=True))


def _middle(sides: Figures, side: str) -> float | None:
    return median(sides[side]) if sides.get(side) else None


def _at_most(budget: Budget | None, sides: Figures, figures: Mapping[str, Figures]) -> float | None:
    if budget is None:
        return None
    if budget.of is None:
        return budget.at_most
    of_this_row = budget.of in {"peer", "floor"}
    base = _middle(sides, budget.of) if of_this_row else _middle(figures.get(budget.of, {}), "ours")
    return None if base is None else base * budget.at_most


def _met(budget: Budget | None, at_most: float | None, ours: float | None, ratio: float | None) -> str:
    if budget is None or at_most is None or ours is None:
        return ""
    in_time = ours <= at_most
    if budget.peer_then is None or ratio is None:
        return "yes" if in_time else "no"
    in_ratio = ratio >= budget.peer_then / budget.at_most
    return {(True, True): "yes", (True, False): "time only", (False, True): "ratio only"}.get((in_time, in_ratio), "no")


def markdown(results: Results) -> str:
    """Return how the figures were measured, and the table."""
    header = ["work, in us", "C or loop", "pyomq", "pyzmq", "zmq", "times faster", "at most", "met"]
    table = [header, ["---"] + ["---:"] * 6 + ["---"]]
    for line in lines(results):
        figures = [_us(figure) for figure in (line.c, line.pyomq, line.peer, line.ours)]
        table.append([line.row.title, *figures, _spread(line.ratios), _budget(line), line.met])
    if "pyomq" not in results["sides"]:
        for cells in table:
            del cells[2]
    text = "\n".join(f"| {' | '.join(cells)} |" for cells in table)
    return f"{_caption(results)}\n\n{text}"


def _us(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}" if value >= 1 else f"{value:.2f}"


def _spread(ratios: Sequence[float]) -> str:
    if not ratios:
        return ""
    middle = f"**{median(ratios):.1f}**"
    return middle if len(ratios) == 1 else f"{middle} ({min(ratios):.1f} to {max(ratios):.1f})"


def _budget(line: Line) -> str:
    budget = line.row.budget
    if budget is None or line.at_most is None:
        return ""
    ratio = f" ({budget.peer_then / budget.at_most:.1f}x)" if budget.peer_then else ""
    return f"{_us(line.at_most)}{ratio}"


def _caption(results: Results) -> str:
    machine, sides = results["machine"], results["sides"]
    ours, peer, pyomq, c = sides["ours"], sides["peer"], sides.get("pyomq"), sides.get("c")
    versions = [
        f"zmq-core {ours['zmq']} (libzmq {ours['libzmq']}, Python {ours['python']})",
        f"pyzmq {peer['zmq']} (libzmq {peer['libzmq']}, Python {peer['python']})",
        *([f"pyomq {pyomq['zmq']} (in Rust, without libzmq; measured with asyncio only)"] if pyomq else []),
        *([f"C (libzmq {c['libzmq']})"] if c else []),
    ]
    explanations = [
        f"Columns with names: microseconds per operation, median of {results['rounds']} rounds. Empty: not measured.",
        "*C or loop*: plain C; in event loops the least they take: two eventfds for a round trip, a checkpoint.",
        "*Times faster*: each run against the run of pyzmq next to it; median, lowest and highest. Below 1 pyzmq wins.",
        "*At most*: the goal of this row, in microseconds and as times faster than pyzmq. *Met*: both are reached.",
        f"Machine: {machine['cores']} cores, {machine['cpu']}, {machine['system']}. Date: {results['date']}.",
        f"Versions: {', '.join(versions)}.",
        *(["This was a quick run: the figures mean little."] if results["quick"] else []),
        *(f"Failed: {side}: {why}" for side, why in results["failures"].items()),
    ]
    return "\n".join(f"- {text}" for text in explanations)


def insert(readme: str, table: str) -> str:
    """Return *readme* with *table* between its two markers."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"cannot insert the table: no {BEGIN} ... {END} in the README")
    return f"{before}{begin}\n{table}\n{end}{after}"


def publish(results: Results, root: Path) -> None:
    """Write the table into the README of the repository at *root*, and the plot and the figures beside it."""
    readme = root / "README.md"
    readme.write_text(insert(readme.read_text(), markdown(results)))
    (root / "docs" / "benchmarks.svg").write_text(plot(results))
    (root / "benchmarks" / "results.json").write_text(json.dumps(results, indent=1) + "\n")


def plot(results: Results) -> str:
    """Return the plot of how many times faster than pyzmq each row is."""
    bars = [(line.row.title, line.ratio, line.c_ratio) for line in lines(results) if line.ratio is not None]
    ours, peer = results["sides"]["ours"]["zmq"], results["sides"]["peer"]["zmq"]
    return svg(f"Times faster than pyzmq {peer}: zmq {ours}, and plain C", bars)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("--write-readme", action="store_true", help="update README.md, the plot and results.json")
    options = parser.parse_args()
    results: Results = json.loads(options.results.read_text())
    sys.stdout.write(markdown(results) + "\n")
    if options.write_readme:
        publish(results, Path(__file__).resolve().parents[1])


if __name__ == "__main__":
    main()
