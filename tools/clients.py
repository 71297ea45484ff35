"""Run programs that use zmq, on our wheels: ``python tools/clients.py WHEEL... [--peer]``.

``tools/programs.py`` lists them.  A job is a script of ``tools/jobs`` that uses a program and prints its result in one
line.  A suite is the tests in the sdist of a program, or of pyzmq.  The programs require pyzmq, which the stand-in of
``zmq_check`` satisfies.  With ``--peer`` everything runs on pyzmq, too, and only failures on our wheels alone count.  A
failed test is retried once, alone, because the suites start processes and have deadlines.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tarfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from programs import ENVIRONMENTS, JOBS, PEER, SUITES, Job, Suite
from results import FAILURES, outcomes

PROGRAMS: dict[str, Job | Suite] = {**JOBS, **SUITES}
PYTEST = ["-q", "--tb=short", "--color=no", "-p", "no:cacheprovider", "-o", "log_cli=false", "-o", "addopts="]
PYTEST += ["-o", "junit_family=xunit1"]  # which names the files
PYTEST += ["-p", "no:locust"]  # a plugin that lets gevent patch the interpreter
if os.name != "nt":
    PYTEST += ["-o", "timeout_method=signal"]  # a test that hangs fails; the other way ends pytest
SCRIPTS = Path(__file__).resolve().parent / "jobs"
CHECK = """
import zmq, importlib.metadata
print("zmq", zmq.__version__, "from", zmq.__file__)
assert zmq.__version__ == importlib.metadata.version("pyzmq"), "this is not the zmq to run on"
"""
DEADLINE_S = 1800.0
SKIPPED = 77  # the exit status of a job that cannot run here

Outcomes = dict[str, str]


class Result(NamedTuple):
    """The result of a suite or a job."""

    outcomes: Outcomes
    line: str


def main() -> int:
    """Run suites and jobs; return 1 if anything fails on our wheels but not on pyzmq."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheels", nargs="+", type=Path, help="the wheels of all our distributions")
    parser.add_argument("--peer", action="store_true", help="run everything on pyzmq, too, and compare")
    parser.add_argument("--work", type=Path, default=Path(".cache/clients"), help="folder to work in, kept")
    parser.add_argument("--only", choices=list(PROGRAMS), action="append", help="run only this one")
    arguments = parser.parse_args()
    names: list[str] = arguments.only or list(PROGRAMS)
    work: Path = arguments.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    sdists = {name: download(name, work / "sdists") for name in names if name in SUITES}
    sides = {"ours": [str(wheel.resolve()) for wheel in arguments.wheels]}
    if arguments.peer:
        sides["pyzmq"] = [PEER]
    found: dict[str, dict[str, Result]] = {}
    for side, zmq in sides.items():
        folder = work / side
        pythons = {
            name: environment(folder, name, zmq, sdists) for name in {PROGRAMS[name].environment for name in names}
        }
        found[side] = {}
        for name in names:
            python = pythons[PROGRAMS[name].environment]
            job = name in JOBS
            found[side][name] = run_job(python, name, folder) if job else run_suite(python, name, folder, sdists[name])
    for side, results in found.items():
        for name, result in results.items():
            print(f"{name} ({PROGRAMS[name].program}) on {side}: {result.line}")
    return report(found)


def report(found: dict[str, dict[str, Result]]) -> int:
    """Print the failures on our wheels alone; return 1 if there are any."""
    peer = {name: result.outcomes for name, result in found.get("pyzmq", {}).items()}
    bad = [
        f"{name}: {test}"
        for name, result in found["ours"].items()
        for test, outcome in result.outcomes.items()
        if outcome in FAILURES and peer.get(name, {}).get(test) not in FAILURES
    ]
    print("\nfail only on ours:" if peer else "\nfail:", "" if bad else "none")
    print("\n".join(f"  {test}" for test in bad))
    return 1 if bad else 0


def summary(outcomes: Outcomes) -> str:
    """Return how many tests have passed, failed, ..."""
    counts = Counter(outcomes.values())
    return ", ".join(f"{counts[kind]} {kind}" for kind in sorted(counts, key=lambda kind: -counts[kind]))


def download(name: str, folder: Path) -> Path:
    """Return the unpacked sdist of a suite."""
    suite = SUITES[name]
    sdist = folder / suite.program.replace("==", "-")
    if not sdist.is_dir():
        program = suite.program.partition("==")[0]
        pip(Path(sys.executable), "download", "--no-deps", "--no-binary", program, "-d", str(folder), suite.program)
        with tarfile.open(f"{sdist}.tar.gz") as archive:
            archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Debian 12's Python has none
            # the tests must import the installed zmq
            hidden = "" if suite.installed else f"{sdist.name}/zmq/"
            archive.extractall(folder, [file for file in archive if not (hidden and file.name.startswith(hidden))])
    return sdist


def environment(folder: Path, name: str, zmq: list[str], sdists: dict[str, Path]) -> Path:
    """Return the Python of an environment with *zmq*, the programs and the requirements of their tests."""
    venv = folder / f"venv-{name}"
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    # In a kept environment, too: a rebuilt wheel has the same version.
    pip(python, "install", "--no-deps", "--force-reinstall", *zmq)
    if zmq != [PEER]:
        subprocess.run([str(python), "-I", "-m", "zmq_check", "--stand-in-for-pyzmq"], check=True)
    suites = [str(sdists[suite]) for suite in sdists if SUITES[suite].environment == name and SUITES[suite].installed]
    pip(python, "install", *zmq, *suites, *ENVIRONMENTS[name])
    pip(python, "check")
    subprocess.run([str(python), "-I", "-c", CHECK], check=True)
    return python


def pip(python: Path, *arguments: str) -> None:
    """Run pip; print its output only if it fails."""
    subprocess.run([str(python), "-m", "pip", "--disable-pip-version-check", "-qq", *arguments], check=True)


def run_job(python: Path, name: str, folder: Path) -> Result:
    """Run a job; its last line is the result, or the reason for its failure."""
    log = folder / f"{name}.txt"
    job = JOBS[name]
    code = run([str(python), str(SCRIPTS / job.script), *job.options], folder, folder, log)
    said = log.read_text(errors="replace").splitlines() or ["nothing"]
    return Result({job.script: {0: "passed", SKIPPED: "skipped"}.get(code, "failed")}, said[-1])


def run_suite(python: Path, suite: str, folder: Path, source: Path) -> Result:
    """Run the tests of a program; retry failed tests once."""
    left_out = SUITES[suite].left_out
    outcomes = run_tests(python, suite, folder, source, ["tests", *(f"--deselect={test}" for test in left_out)])
    failed = [test for test, outcome in outcomes.items() if outcome in FAILURES]
    if failed:
        files = sorted({test.partition("::")[0] for test in failed})
        names = sorted({test.rpartition("::")[2].partition("[")[0] for test in failed})
        again = run_tests(python, suite, folder, source, [*files, "-k", " or ".join(names)], "again")
        for test in failed:
            if again.get(test, "failed") not in FAILURES:
                outcomes[test] = f"{again[test]} at the second try"
    (folder / f"{suite}.json").write_text(json.dumps(outcomes, indent=1))
    for test, reason in left_out.items():
        print(f"  left out: {test}: {reason}")
    return Result(outcomes, summary(outcomes) + (f", {len(left_out)} left out" if left_out else ""))


def run_tests(python: Path, suite: str, folder: Path, source: Path, which: list[str], try_: str = "first") -> Outcomes:
    """Run pytest in *source*."""
    result = folder / f"{suite}-{try_}.xml"
    log = result.with_suffix(".txt")
    result.unlink(missing_ok=True)
    options = [*PYTEST, *SUITES[suite].options, f"--junitxml={result}"]
    run([str(python), "-m", "pytest", *options, *which], source, folder, log)
    if not result.exists():
        raise SystemExit(f"pytest has written no result:\n{log.read_text()[-3000:]}")
    return {test: outcome.kind for test, outcome in outcomes(result).items()}


def run(command: list[str], where: Path, folder: Path, log: Path) -> int:
    """Run a program with its output in *log*; return its exit status."""
    # A separate home: programs write kernels, profiles and configuration there.
    home = folder / "home"
    home.mkdir(exist_ok=True)
    env = {**os.environ, "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    for name in ("PYTHONPATH", "VIRTUAL_ENV"):  # variables of the environment that runs this script
        env.pop(name, None)
    print(f"{log.stem} with {folder.name}: see {log}", flush=True)
    start = time.monotonic()
    with log.open("w") as output:
        ended = subprocess.run(
            command, cwd=where, env=env, stdout=output, stderr=subprocess.STDOUT, timeout=DEADLINE_S, check=False
        )
    print(f"  {time.monotonic() - start:.0f} s", flush=True)
    return ended.returncode


if __name__ == "__main__":
    sys.exit(main())
