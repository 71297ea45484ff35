"""Run programs that use zmq, on our wheels: ``python tools/clients.py WHEEL... [--peer]``.

ipyparallel and Locust do a job, a script of ``tools/jobs`` that says in a line what it has shown; jupyter_client and
ipykernel come as sdists, with their tests.  They require pyzmq; a distribution of that name which owns no file and only
requires ours satisfies that.  With ``--peer`` everything runs on pyzmq, too, and only what fails on ours alone counts.
A test that fails is tried once more, alone: the suites start processes and have deadlines.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import subprocess
import sys
import tarfile
import time
import zipfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

# What is run: a program's version, and the script of its job, or the options of its suite.
JOBS: dict[str, tuple[str, list[str]]] = {
    "map": ("ipyparallel==9.2.0", ["ipyparallel_map.py"]),
    "tunnels": ("ipyparallel==9.2.0", ["ipyparallel_map.py", "--tunnels"]),
    "workers": ("locust==2.47.0", ["locust_workers.py"]),
}
SUITES: dict[str, tuple[str, list[str]]] = {
    # asyncio's plugin, which the other one needs, is none of its requirements and disturbs it
    "jupyter_client": ("jupyter_client==8.10.0", ["-p", "no:asyncio"]),
    "ipykernel": ("ipykernel==7.4.0", ["-o", "asyncio_default_fixture_loop_scope=function"]),
}
PROGRAMS = {name: program for name, (program, _) in [*JOBS.items(), *SUITES.items()]}
PEER = "pyzmq==27.3.0"
REQUIREMENTS = [
    "pytest>=8,<10",
    "pytest-asyncio>=0.23.5",
    "pytest-cov",
    "pytest-jupyter[client]>=0.6.2",
    "pytest-timeout",
    "anyio",
    "flaky",
    "msgpack",
    "psutil>=5.7",
    *sorted({program for program, _ in JOBS.values()}),
]
PYTEST = ["-q", "--tb=short", "--color=no", "-p", "no:cacheprovider", "-o", "log_cli=false", "-o", "addopts="]
PYTEST += ["-p", "no:locust"]  # a plugin that has gevent patch the interpreter
if os.name != "nt":
    PYTEST += ["-o", "timeout_method=signal"]  # a test that hangs fails; the other way ends pytest
SCRIPTS = Path(__file__).resolve().parent / "jobs"
SHIM_VERSION = "28.0.0"
CHECK = """
import zmq, importlib.metadata
print("zmq", zmq.__version__, "from", zmq.__file__)
assert zmq.__version__ == importlib.metadata.version("pyzmq"), "this is not the zmq to run on"
"""
DEADLINE_S = 1800.0
FAILURES = ("failed", "error")
SKIPPED = 77  # how a job ends that cannot be done here

Outcomes = dict[str, str]


class Result(NamedTuple):
    """What has come out of a suite or a job."""

    outcomes: Outcomes
    line: str


def main() -> int:
    """Run suites and jobs, and return 1 if anything fails on ours and not on the peer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheels", nargs="+", type=Path, help="the wheels of all our distributions")
    parser.add_argument("--peer", action="store_true", help="run everything on pyzmq, too, and compare")
    parser.add_argument("--work", type=Path, default=Path(".cache/clients"), help="folder to work in, kept")
    parser.add_argument("--only", choices=list(PROGRAMS), action="append", help="run only this one")
    arguments = parser.parse_args()
    work: Path = arguments.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    sdists = download(work / "sdists")
    sides = {"ours": [str(shim(work)), *(str(wheel.resolve()) for wheel in arguments.wheels)]}
    if arguments.peer:
        sides["pyzmq"] = [PEER]
    found: dict[str, dict[str, Result]] = {}
    for side, zmq in sides.items():
        python = environment(work / side, zmq, sdists)
        found[side] = {
            name: run_job(python, name, work / side)
            if name in JOBS
            else run_suite(python, name, work / side, sdists[name])
            for name in arguments.only or PROGRAMS
        }
    for side, results in found.items():
        for name, result in results.items():
            print(f"{name} ({PROGRAMS[name]}) on {side}: {result.line}")
    return report(found)


def report(found: dict[str, dict[str, Result]]) -> int:
    """Print what fails on ours alone; return 1 if anything does."""
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


def download(folder: Path) -> dict[str, Path]:
    """Return the unpacked sdist of each suite."""
    sdists = {name: folder / pin.replace("==", "-") for name, (pin, _) in SUITES.items()}
    if not all(sdist.is_dir() for sdist in sdists.values()):
        pins = [pin for pin, _ in SUITES.values()]
        pip(Path(sys.executable), "download", "--no-deps", "--no-binary", ",".join(SUITES), "-d", str(folder), *pins)
        for sdist in sdists.values():
            with tarfile.open(f"{sdist}.tar.gz") as archive:
                archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Debian 12's Python has none
                archive.extractall(folder)
    return sdists


def shim(folder: Path) -> Path:
    """Build a wheel named pyzmq that owns no file of zmq, and requires ours."""
    name = f"pyzmq-{SHIM_VERSION}"
    metadata = (
        f"Metadata-Version: 2.1\nName: pyzmq\nVersion: {SHIM_VERSION}\n"
        "Summary: Nothing: lets programs that require pyzmq run on zmq\n"
        "Requires-Dist: zmq[tornado]\n"
    )
    tags = "Wheel-Version: 1.0\nGenerator: tools/clients.py\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files = {f"{name}.dist-info/METADATA": metadata, f"{name}.dist-info/WHEEL": tags}
    record = ""
    wheel = folder / f"{name}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{path},sha256={digest},{len(text.encode())}\n"
            archive.writestr(path, text)
        archive.writestr(f"{name}.dist-info/RECORD", f"{record}{name}.dist-info/RECORD,,\n")
    return wheel


def environment(folder: Path, zmq: list[str], sdists: dict[str, Path]) -> Path:
    """Return the Python of an environment that has *zmq*, the programs and what their tests need."""
    python = folder / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    # In an environment that was kept, too: a wheel that was built again has the same version.
    pip(python, "install", "--no-deps", "--force-reinstall", *zmq)
    pip(python, "install", *zmq, *(str(path) for path in sdists.values()), *REQUIREMENTS)
    pip(python, "check")
    subprocess.run([str(python), "-I", "-c", CHECK], check=True)
    return python


def pip(python: Path, *arguments: str) -> None:
    """Run pip, which says something only when it fails."""
    subprocess.run([str(python), "-m", "pip", "--disable-pip-version-check", "-qq", *arguments], check=True)


def run_job(python: Path, name: str, folder: Path) -> Result:
    """Do a job; what it says last is what it has shown, or why not."""
    log = folder / f"{name}.txt"
    script, *options = JOBS[name][1]
    code = run([str(python), str(SCRIPTS / script), *options], folder, folder, log)
    said = log.read_text(errors="replace").splitlines() or ["nothing"]
    return Result({script: {0: "passed", SKIPPED: "skipped"}.get(code, "failed")}, said[-1])


def run_suite(python: Path, suite: str, folder: Path, source: Path) -> Result:
    """Run the tests of a program; those that fail are tried once more."""
    outcomes = run_tests(python, suite, folder, source, ["tests"])
    failed = [test for test, outcome in outcomes.items() if outcome in FAILURES]
    if failed:
        files = sorted({test.partition("::")[0] for test in failed})
        names = sorted({test.rpartition("::")[2].partition("[")[0] for test in failed})
        again = run_tests(python, suite, folder, source, [*files, "-k", " or ".join(names)], "again")
        for test in failed:
            if again.get(test, "failed") not in FAILURES:
                outcomes[test] = f"{again[test]} at the second try"
    (folder / f"{suite}.json").write_text(json.dumps(outcomes, indent=1))
    return Result(outcomes, summary(outcomes))


def run_tests(python: Path, suite: str, folder: Path, source: Path, which: list[str], try_: str = "first") -> Outcomes:
    """Run pytest in *source*."""
    result = folder / f"{suite}-{try_}.xml"
    log = result.with_suffix(".txt")
    result.unlink(missing_ok=True)
    run([str(python), "-m", "pytest", *PYTEST, *SUITES[suite][1], f"--junitxml={result}", *which], source, folder, log)
    if not result.exists():
        raise SystemExit(f"pytest has written no result:\n{log.read_text()[-3000:]}")
    return read_results(result)


def run(command: list[str], where: Path, folder: Path, log: Path) -> int:
    """Run a program with its output in *log*, and return how it has ended."""
    # Its own home: programs write kernels, profiles and configuration there.
    home = folder / "home"
    home.mkdir(exist_ok=True)
    env = {**os.environ, "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    env.pop("PYTHONPATH", None)
    print(f"{log.stem} with {folder.name}: see {log}", flush=True)
    start = time.monotonic()
    with log.open("w") as output:
        ended = subprocess.run(
            command, cwd=where, env=env, stdout=output, stderr=subprocess.STDOUT, timeout=DEADLINE_S, check=False
        )
    print(f"  {time.monotonic() - start:.0f} s", flush=True)
    return ended.returncode


def read_results(result: Path) -> Outcomes:
    """Return the outcome of each test of a junit file: its worst one, for a test may pass and its teardown fail."""
    outcomes: Outcomes = {}
    for case in ET.parse(result).iter("testcase"):
        module, _, group = case.get("classname", "").partition(".Test")
        test = "::".join([module.replace(".", "/") + ".py", *([f"Test{group}"] if group else []), case.get("name", "")])
        kinds = {child.tag for child in case}
        outcome = next((kind for kind in ("error", "failure", "skipped") if kind in kinds), "passed")
        outcome = "failed" if outcome == "failure" else outcome
        if outcomes.get(test) not in FAILURES:
            outcomes[test] = outcome
    return outcomes


if __name__ == "__main__":
    sys.exit(main())
