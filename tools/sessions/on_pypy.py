"""The session pypy: the suites on PyPy, in the Debian unstable system of .cache."""

from __future__ import annotations

import subprocess
from pathlib import Path

import nox
import results
import sid

from sessions import unstable
from sessions.environment import ROOT

CHECKOUT = ROOT / ".cache" / "pypy"
SYSTEM_PACKAGES = [
    *("pypy3", "pypy3-dev", "pypy3-venv"),
    *("g++", "cmake", "ninja-build", "pkg-config", "libzmq3-dev"),
    *unstable.SSH,
]
PACKAGES = ["zmq-core", "zmq-devices", "zmq-eventloop", "zmq-auth", "zmq-log", "zmq-ssh"]
"""All but zmq-green: gevent would have to be compiled for each version of PyPy."""
BUILD = [
    "hatchling>=1.27",
    "scikit-build-core[hatchling]>=1.1,<2",
    "cython>=3.1",
    "cython-cmake>=0.3",
    "cmake",
    "ninja",
]
# hypothesis: the last without a part in Rust; neither uvloop nor paramiko nor numpy can be had ready-made for PyPy
TESTS = ["pytest>=8", "pytest-timeout>=2.3", "hypothesis>=6,<6.150", "tornado>=6.1", "anyio>=4.7", "trio", "sybil>=9"]

PYTHON = ".cache/environment/bin/python"
FILE_S = 1200
"""The longest time that the tests of one file may take, in seconds."""
NO_TESTS = 5
"""The exit status of pytest where all is skipped, or nothing is selected."""


def run_tests(session: nox.Session) -> None:
    """Build and install the packages there, and run their tests; the results count as ours.

    The arguments are packages, then those of pytest.
    """
    unstable.make(session, SYSTEM_PACKAGES)
    unstable.copy_checkout(CHECKOUT)
    there = CHECKOUT / results.RESULTS.relative_to(ROOT)
    there.unlink(missing_ok=True)
    _run("pypy3", "-m", "venv", "--clear", ".cache/environment")
    _run_python("-m", "pip", "install", "--quiet", *BUILD, *TESTS)
    for package in PACKAGES:
        _run_python("-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", f"./packages/{package}")
    wanted = [argument for argument in session.posargs if argument in PACKAGES] or PACKAGES
    arguments = [argument for argument in session.posargs if argument not in PACKAGES]
    failed = [package for package in wanted if not _passes(package, arguments)]
    for record in results.read(there):
        results.append(results.RESULTS, record)
    if failed:
        session.error(f"tests have failed on PyPy: {', '.join(failed)}")


def _passes(package: str, arguments: list[str]) -> bool:
    """Run the tests of *package*, each file in a process of its own; without *arguments* record the result.

    The tests collect often, and each collection goes through all that the tests before them have left in the process.
    """
    folder = CHECKOUT / "packages" / package / "tests"
    ended = {file.stem: _file_passes(file, arguments) for file in sorted(folder.glob("test_*.py"))}
    if not arguments:
        _run_python("tools/results.py", "add", ".cache/results.jsonl", package, *map(_junit, ended))
    return all(ended.values())


def _file_passes(file: Path, arguments: list[str]) -> bool:
    junit = _junit(file.stem)
    (CHECKOUT / junit).unlink(missing_ok=True)  # that of an earlier run
    options = ["--timeout=240", "--timeout-method=thread", "-p", "no:cacheprovider"]
    options += [f"--junitxml={junit}", "-o", "junit_family=xunit1"]
    python = ["timeout", "--signal=KILL", str(FILE_S), PYTHON, "-I"]  # a process may hang after its last test, too
    try:
        _run(*python, "-m", "pytest", *options, str(file.relative_to(CHECKOUT)), *arguments)
    except subprocess.CalledProcessError as error:
        return error.returncode == NO_TESTS
    return True


def _junit(name: str) -> str:
    return f".cache/{name}.xml"


def _run_python(*command: str) -> None:
    _run(PYTHON, "-I", *command)


def _run(*command: str) -> None:
    sid.run(unstable.SYSTEM, CHECKOUT, command)
