"""The session pypy: the suites on PyPy, in the Debian unstable system of .cache."""

from __future__ import annotations

import subprocess

import nox
import results
import sid

from sessions import unstable
from sessions.environment import ROOT

CHECKOUT = ROOT / ".cache" / "pypy"
SYSTEM_PACKAGES = [
    *("pypy3", "pypy3-dev", "pypy3-venv"),
    *("g++", "cmake", "ninja-build", "pkg-config", "libzmq3-dev"),
    *("openssh-client", "openssh-server"),
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
    """Run the tests of *package*; without *arguments*, which may select some, record the result."""
    junit = f".cache/{package}.xml"
    (CHECKOUT / junit).unlink(missing_ok=True)  # that of an earlier run
    options = ["--timeout=240", "--timeout-method=thread", "-p", "no:cacheprovider"]
    options += [f"--junitxml={junit}", "-o", "junit_family=xunit1"]
    try:
        _run_python("-m", "pytest", *options, f"packages/{package}/tests", *arguments)
    except subprocess.CalledProcessError:
        return False
    finally:
        if not arguments:
            _run_python("tools/results.py", "add", ".cache/results.jsonl", package, junit)
    return True


def _run_python(*command: str) -> None:
    _run(".cache/environment/bin/python", "-I", *command)


def _run(*command: str) -> None:
    sid.run(unstable.SYSTEM, CHECKOUT, command)
