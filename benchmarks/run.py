"""Compare ours with pyzmq, and both with plain C, side by side.

Each figure comes from a new process. The processes of one row run one after the other (C, ours, pyzmq), and all rows
are repeated in rounds. So a slow minute of the machine affects all sides of a row, and only one of its rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from statistics import median

from report import Results, markdown, publish
from rows import ROWS, Row

__all__ = ["Effort", "Sides", "WorkError", "compare", "compile_loops", "run"]

HERE = Path(__file__).resolve().parent
WORKER = HERE / "worker.py"
LATEST = HERE / "results" / "latest.json"
LONGEST_S = 120


@dataclass(frozen=True)
class Effort:
    """The time and the number of samples of each process."""

    rounds: int
    seconds: float
    repeats: int


class WorkError(Exception):
    """A process failed; the message is its last line."""


def run(command: Sequence[str | Path]) -> str:
    """Return the output of *command*. It and its children are killed after a timeout, and on Ctrl-C."""
    # Without PYTHONPATH and the like: one side could import the modules of the other.
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    try:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, start_new_session=True
        )
    except OSError as error:
        raise WorkError(f"cannot run {command[0]}: {error.strerror}") from None
    try:
        out, err = process.communicate(timeout=LONGEST_S)
    except BaseException as error:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.communicate()
        if isinstance(error, subprocess.TimeoutExpired):
            raise WorkError(f"took more than {LONGEST_S} s") from None
        raise
    if process.returncode != 0:
        raise WorkError((err.strip().splitlines() or [f"exit status {process.returncode}"])[-1])
    return out


def compile_loops(directory: Path) -> Path | None:
    """Compile loops.c with the libzmq that pkg-config finds; on failure print the reason and return None."""
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None or shutil.which("pkg-config") is None:
        print("no C figures: they need a C compiler and pkg-config", file=sys.stderr)
        return None
    program = directory / "loops"
    try:
        flags = shlex.split(run(["pkg-config", "--cflags", "--libs", "libzmq"]))
        run([compiler, "-std=c11", "-O2", "-o", program, HERE / "loops.c", *flags, "-pthread"])
    except WorkError as error:
        print(f"no C figures: {error}", file=sys.stderr)
        return None
    return program


@dataclass(frozen=True)
class Sides:
    """The programs that run the rows, one for each side."""

    loops: Path | None
    ours: str
    peer: str
    pyomq: str | None = None

    @property
    def programs(self) -> dict[str, list[str | Path]]:
        """The command of each side, without its last arguments, the row or --describe."""
        programs: dict[str, list[str | Path]] = {"c": [self.loops]} if self.loops else {}
        programs |= {"ours": [self.ours, WORKER], "peer": [self.peer, WORKER]}
        if self.pyomq:
            programs["pyomq"] = [self.pyomq, WORKER, "--as", "pyomq"]
        return programs

    def commands(self, row: Row) -> Iterator[tuple[str, list[str | Path]]]:
        """Yield each side that supports *row*, and its command without the arguments of the effort."""
        for side, program in self.programs.items():
            if side == "c":
                for key in run([*program, "--list"]).split():
                    name, _, variant = key.partition(".")
                    if name == row.key:
                        yield (f"c.{variant}" if variant else "c"), [*program, key]
            elif side == "ours" or (side == "peer" and row.peer) or (side == "pyomq" and row.group == "event_loop"):
                yield side, [*program, row.key]
                if side == "ours" and row.floor:
                    yield "floor", [*program, f"{row.key}.floor"]


def possible(rows: Sequence[Row], ours: str, peers: str) -> list[Row]:
    """Return the rows whose libraries are installed: in *ours*, and in *peers* where pyzmq takes part."""
    missing = set()
    for library, peer in {(row.needs, row.peer) for row in rows if row.needs}:
        for python in (ours, peers) if peer else (ours,):
            try:
                run([python, "-c", f"import {library}"])
            except WorkError:
                missing.add((library, peer))
                print(f"no rows with {library}: {python} does not have it", file=sys.stderr)
    return [row for row in rows if (row.needs, row.peer) not in missing]


def measure(row: Row, command: Sequence[str | Path], effort: Effort) -> float | WorkError:
    """Return the figure of one process in microseconds, or the reason of its failure."""
    try:
        samples: list[float] = json.loads(run([*command, str(effort.seconds), str(effort.repeats)]))
    except WorkError as error:
        return error
    return round(min(samples) if row.steady else median(samples), 4)


def compare(rows: Sequence[Row], effort: Effort, sides: Sides) -> Results:
    """Run all rows in rounds; failures are printed and skipped."""
    results: Results = {
        "date": f"{datetime.now(timezone.utc):%Y-%m-%d}",
        "rounds": effort.rounds,
        "quick": False,
        "machine": machine(),
        "sides": {side: json.loads(run([*command, "--describe"])) for side, command in sides.programs.items()},
        "rows": {row.key: {} for row in rows},
        "failures": {},
    }
    for number in range(effort.rounds):
        for row in rows:
            figures = results["rows"][row.key]
            for side, command in sides.commands(row):
                figure = measure(row, command, effort)
                if isinstance(figure, WorkError) and side == "pyomq":  # not a drop-in: some rows fail
                    print(f"pyomq cannot do {row.key}: {figure}", file=sys.stderr)
                elif isinstance(figure, WorkError):
                    results["failures"][f"{side} {row.key}"] = str(figure)
                else:
                    figures.setdefault(side, []).append(figure)
            latest = "  ".join(f"{side} {values[-1]:.3g}" for side, values in figures.items())
            print(f"round {number + 1} of {effort.rounds}: {row.key}: {latest}", file=sys.stderr)
    return results


def machine() -> dict[str, str | int]:
    """Return the processor, the number of cores and the system."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists() and (match := re.search(r"^model name\s*:\s*(.+)$", cpuinfo.read_text(), re.MULTILINE)):
        model = re.sub(r"\((R|TM)\)| CPU| @.*", "", match[1])
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    release = ".".join(platform.release().split(".")[:2])
    return {"cpu": model, "cores": cores, "system": f"{platform.system()} {release} {platform.machine()}"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ours", required=True, metavar="PYTHON", help="interpreter that has our zmq-core")
    parser.add_argument("--peer", required=True, metavar="PYTHON", help="interpreter that has pyzmq")
    parser.add_argument("--pyomq", metavar="PYTHON", help="interpreter that has pyomq, for the rows of asyncio")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one short round, to check that every row works")
    parser.add_argument("--only", nargs="+", metavar="KEY", choices=[row.key for row in ROWS], help="only these rows")
    parser.add_argument("--output", type=Path, default=LATEST, help="the file for the figures (default: %(default)s)")
    parser.add_argument("--write-readme", action="store_true", help="publish: README.md, the plot and results.json")
    options = parser.parse_args()
    if options.write_readme and (options.only or options.quick):
        parser.error("only a full run can be published: --write-readme excludes --only and --quick")

    effort = Effort(1, 0.02, 2) if options.quick else Effort(options.rounds, 0.2, 5)
    rows = [row for row in ROWS if not options.only or row.key in options.only]
    rows = possible(rows, options.ours, options.peer)
    with tempfile.TemporaryDirectory() as directory:
        try:
            sides = Sides(compile_loops(Path(directory)), options.ours, options.peer, options.pyomq)
            results = compare(rows, effort, sides)
        except WorkError as error:
            sys.exit(f"cannot compare: {error}")
    results["quick"] = options.quick
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(results, indent=1) + "\n")
    print(markdown(results))
    if results["failures"]:
        return 1  # not published
    if options.write_readme:
        publish(results, HERE.parent)
    return 0


if __name__ == "__main__":
    sys.exit(main())
