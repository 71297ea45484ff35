"""Compare ours with pyzmq, and both with plain C, side by side.

Each figure comes from a process of its own; the processes of one row follow each other at once (C, ours, pyzmq), and
all rows together are repeated in rounds. So a slow minute of the machine touches all sides alike, and no row twice.
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
    """How long each process measures."""

    rounds: int
    seconds: float
    repeats: int


class WorkError(Exception):
    """A process did not deliver; the message is the last thing it said."""


def run(command: Sequence[str | Path]) -> str:
    """Return what *command* prints. It and its children are stopped if they take too long or we are interrupted."""
    # Variables such as PYTHONPATH would let one side import the other's modules.
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
    """Compile loops.c against the libzmq that pkg-config finds; say so and return None where that cannot be done."""
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
    """What is compared: the programs that do the rows."""

    loops: Path | None
    ours: str
    peer: str
    pyomq: str | None = None

    @property
    def programs(self) -> dict[str, list[str | Path]]:
        """The command of each side; the row or --describe is still to come."""
        programs: dict[str, list[str | Path]] = {"c": [self.loops]} if self.loops else {}
        programs |= {"ours": [self.ours, WORKER], "peer": [self.peer, WORKER]}
        if self.pyomq:
            programs["pyomq"] = [self.pyomq, WORKER, "--as", "pyomq"]
        return programs

    def commands(self, row: Row) -> Iterator[tuple[str, list[str | Path]]]:
        """Yield each side that can do *row*, with the command for it; the arguments of the effort are still to come."""
        for side, program in self.programs.items():
            if side == "c":
                for key in run([*program, "--list"]).split():
                    name, _, variant = key.partition(".")
                    if name == row.key:
                        yield (f"c.{variant}" if variant else "c"), [*program, key]
            elif side != "pyomq" or row.group == "event_loop":
                yield side, [*program, row.key]


def possible(rows: Sequence[Row], pythons: Sequence[str]) -> list[Row]:
    """Return the rows whose libraries all *pythons* have."""
    missing = set()
    for library in {row.needs for row in rows if row.needs}:
        for python in pythons:
            try:
                run([python, "-c", f"import {library}"])
            except WorkError:
                missing.add(library)
                print(f"no rows with {library}: {python} does not have it", file=sys.stderr)
    return [row for row in rows if row.needs not in missing]


def measure(row: Row, command: Sequence[str | Path], effort: Effort) -> float | WorkError:
    """Return the figure of one process in microseconds, or why there is none."""
    try:
        samples: list[float] = json.loads(run([*command, str(effort.seconds), str(effort.repeats)]))
    except WorkError as error:
        return error
    return round(min(samples) if row.steady else median(samples), 4)


def compare(rows: Sequence[Row], effort: Effort, sides: Sides) -> Results:
    """Run all rows in rounds; what fails is reported and left out."""
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
                if isinstance(figure, WorkError) and side == "pyomq":  # is no drop-in, and lacks some of what rows use
                    print(f"pyomq cannot do {row.key}: {figure}", file=sys.stderr)
                elif isinstance(figure, WorkError):
                    results["failures"][f"{side} {row.key}"] = str(figure)
                else:
                    figures.setdefault(side, []).append(figure)
            latest = "  ".join(f"{side} {values[-1]:.3g}" for side, values in figures.items())
            print(f"round {number + 1} of {effort.rounds}: {row.key}: {latest}", file=sys.stderr)
    return results


def machine() -> dict[str, str | int]:
    """Describe the machine in general words."""
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
    parser.add_argument("--quick", action="store_true", help="one short round: shows that all works, and little more")
    parser.add_argument("--only", nargs="+", metavar="KEY", choices=[row.key for row in ROWS], help="only these rows")
    parser.add_argument("--output", type=Path, default=LATEST, help="where the figures go (default: %(default)s)")
    parser.add_argument("--write-readme", action="store_true", help="publish: README.md, the plot and results.json")
    options = parser.parse_args()
    if options.write_readme and (options.only or options.quick):
        parser.error("only a full run can be published: --write-readme excludes --only and --quick")

    effort = Effort(1, 0.02, 2) if options.quick else Effort(options.rounds, 0.2, 5)
    rows = [row for row in ROWS if not options.only or row.key in options.only]
    rows = possible(rows, [options.ours, options.peer])
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
        return 1  # and nothing is published
    if options.write_readme:
        publish(results, HERE.parent)
    return 0


if __name__ == "__main__":
    sys.exit(main())
