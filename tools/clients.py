"""Run the test suites of programs that use zmq, on our wheels: ``python tools/clients.py WHEEL... [--peer]``.

jupyter_client and ipykernel come as sdists, with their tests.  They require pyzmq; a distribution of that name which
owns no file and only requires ours satisfies that.  With ``--peer`` the suites run on pyzmq, too, and only what fails
on ours alone counts.  A test that fails is tried once more, alone: the suites start processes and have deadlines.
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
from xml.etree import ElementTree as ET

# What is tested: the version, and the options of its suite.
SUITES: dict[str, tuple[str, list[str]]] = {
    # asyncio's plugin, which the other one needs, is none of its requirements and disturbs it
    "jupyter_client": ("8.10.0", ["-p", "no:asyncio"]),
    "ipykernel": ("7.4.0", ["-o", "asyncio_default_fixture_loop_scope=function"]),
}
PEER = "pyzmq==27.3.0"
REQUIREMENTS = [
    "pytest>=8,<10",
    "pytest-asyncio>=0.23.5",
    "pytest-cov",
    "pytest-jupyter[client]>=0.6.2",
    "pytest-timeout",
    "anyio",
    "flaky",
    "ipyparallel",
    "msgpack",
    "psutil>=5.7",
]
PYTEST = ["-q", "--tb=short", "--color=no", "-p", "no:cacheprovider", "-o", "log_cli=false", "-o", "addopts="]
SHIM_VERSION = "28.0.0"
DEADLINE_S = 1800.0
FAILURES = ("failed", "error")

Outcomes = dict[str, str]


def main() -> int:
    """Run the suites, and return 1 if a test fails on ours and not on the peer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheels", nargs="+", type=Path, help="wheels of zmq-core, zmq-eventloop and zmq-log")
    parser.add_argument("--peer", action="store_true", help="run the suites on pyzmq, too, and compare")
    parser.add_argument("--work", type=Path, default=Path(".cache/clients"), help="folder to work in, kept")
    parser.add_argument("--suite", choices=list(SUITES), action="append", help="run only this one")
    arguments = parser.parse_args()
    work: Path = arguments.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    sdists = download(work / "sdists")
    sides = {"ours": [str(shim(work)), *(str(wheel.resolve()) for wheel in arguments.wheels)]}
    if arguments.peer:
        sides["pyzmq"] = [PEER]
    suites = arguments.suite or list(SUITES)
    found: dict[str, dict[str, Outcomes]] = {}
    for side, zmq in sides.items():
        python = environment(work / side, zmq, sdists)
        found[side] = {suite: run_suite(python, suite, sdists[suite], work / side) for suite in suites}
    for side, outcomes in found.items():
        for suite in suites:
            print(f"{suite} {SUITES[suite][0]} on {side}: {summary(outcomes[suite])}")
    return report(found, suites)


def report(found: dict[str, dict[str, Outcomes]], suites: list[str]) -> int:
    """Print which tests fail on ours alone; return 1 if any does."""
    bad = [
        f"{suite}: {test}"
        for suite in suites
        for test, outcome in found["ours"][suite].items()
        if outcome in FAILURES and found.get("pyzmq", {}).get(suite, {}).get(test) not in FAILURES
    ]
    print("\nfail only on ours:" if "pyzmq" in found else "\nfail:", "" if bad else "none")
    print("\n".join(f"  {test}" for test in bad))
    return 1 if bad else 0


def summary(outcomes: Outcomes) -> str:
    """Return how many tests have passed, failed, ..."""
    counts = Counter(outcomes.values())
    return ", ".join(f"{counts[kind]} {kind}" for kind in sorted(counts, key=lambda kind: -counts[kind]))


def download(folder: Path) -> dict[str, Path]:
    """Return the unpacked sdist of each suite."""
    if not all((folder / f"{name}-{version}").is_dir() for name, (version, _) in SUITES.items()):
        pins = [f"{name}=={version}" for name, (version, _) in SUITES.items()]
        pip(Path(sys.executable), "download", "--no-deps", "--no-binary", ",".join(SUITES), "-d", str(folder), *pins)
        for name, (version, _) in SUITES.items():
            with tarfile.open(folder / f"{name}-{version}.tar.gz") as archive:
                archive.extractall(folder, filter="data")
    return {name: folder / f"{name}-{version}" for name, (version, _) in SUITES.items()}


def shim(folder: Path) -> Path:
    """Build a wheel named pyzmq that owns no file of zmq, and requires ours."""
    name = f"pyzmq-{SHIM_VERSION}"
    metadata = (
        f"Metadata-Version: 2.1\nName: pyzmq\nVersion: {SHIM_VERSION}\n"
        "Summary: Nothing: lets programs that require pyzmq run on zmq-core\n"
        "Requires-Dist: zmq-core\nRequires-Dist: zmq-eventloop[tornado]\n"
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
    # Ours comes without looking elsewhere: no index has it.
    pip(python, "install", "tornado")
    pip(python, "install", "--no-deps", "--force-reinstall", *zmq)
    pip(python, "install", *zmq, *(str(path) for path in sdists.values()), *REQUIREMENTS)
    pip(python, "check")
    subprocess.run(
        [str(python), "-I", "-c", "import zmq; print('zmq', zmq.__version__, 'from', zmq.__file__)"], check=True
    )
    return python


def pip(python: Path, *arguments: str) -> None:
    """Run pip, which says something only when it fails."""
    subprocess.run([str(python), "-m", "pip", "--disable-pip-version-check", "-qq", *arguments], check=True)


def run_suite(python: Path, suite: str, source: Path, folder: Path) -> Outcomes:
    """Return the outcome of each test; those that fail are tried once more."""
    outcomes = run_tests(python, suite, source, folder, ["tests"])
    failed = [test for test, outcome in outcomes.items() if outcome in FAILURES]
    if failed:
        files = sorted({test.partition("::")[0] for test in failed})
        names = sorted({test.rpartition("::")[2].partition("[")[0] for test in failed})
        again = run_tests(python, suite, source, folder, [*files, "-k", " or ".join(names)], "again")
        for test in failed:
            if again.get(test, "failed") not in FAILURES:
                outcomes[test] = f"{again[test]} at the second try"
    (folder / f"{suite}.json").write_text(json.dumps(outcomes, indent=1))
    return outcomes


def run_tests(python: Path, suite: str, source: Path, folder: Path, which: list[str], run: str = "first") -> Outcomes:
    """Run pytest in *source*."""
    result = folder / f"{suite}-{run}.xml"
    log = folder / f"{suite}-{run}.txt"
    result.unlink(missing_ok=True)
    # Its own home: the suites write kernels and configuration there.
    home = folder / "home"
    home.mkdir(exist_ok=True)
    env = {**os.environ, "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    env.pop("PYTHONPATH", None)
    command = [str(python), "-m", "pytest", *PYTEST, *SUITES[suite][1], f"--junitxml={result}", *which]
    print(f"{suite} with {python.parents[2].name}: see {log}", flush=True)
    start = time.monotonic()
    with log.open("w") as output:
        subprocess.run(
            command, cwd=source, env=env, stdout=output, stderr=subprocess.STDOUT, timeout=DEADLINE_S, check=False
        )
    print(f"  {time.monotonic() - start:.0f} s", flush=True)
    if not result.exists():
        raise SystemExit(f"pytest has written no result:\n{log.read_text()[-3000:]}")
    return read_results(result)


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
