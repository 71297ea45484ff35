"""The test suites without the GIL."""

from __future__ import annotations

import os

import free_threaded
import nox
import results
import sid

from sessions.environment import ROOT, from_dist, pytest, python_of, wheels

PYTHONS = ["3.13t", "3.14t"]
OWN = ROOT / ".cache" / "free-threaded"
"""Where the session free_threaded_python builds one."""
SUITES = ["zmq-core", "zmq-devices", "zmq-eventloop", "zmq-auth", "zmq-log"]
LEFT_OUT = {
    "zmq": "the snippets of the manual need libraries that have no builds without the GIL",
    "zmq-green": "gevent has no build without the GIL",
    "zmq-ssh": "paramiko's libraries have no builds without the GIL",
}
REQUIREMENTS = ["pytest>=8", "pytest-timeout>=2.3", "cython>=3.1", "tornado>=6.1", "anyio>=4.7", "trio"]
# later ones are compiled with Rust where there is no wheel
REQUIREMENTS += ["hypothesis>=6,<6.140"]


def find_own() -> None:
    """Put the interpreter that was built here on PATH."""
    if (OWN / "bin").is_dir():
        os.environ["PATH"] = os.pathsep.join([os.environ["PATH"], str(OWN / "bin")])


def build_python(session: nox.Session) -> None:
    """Build an interpreter, or skip the session."""
    try:
        session.log(f"it is {free_threaded.build(OWN)}")
    except sid.UnavailableError as error:
        session.skip(str(error))


def run_tests(session: nox.Session) -> None:
    """Run the suites in the session's environment."""
    built = wheels(session)
    session.install(*from_dist(), *(str(built[package]) for package in SUITES), *REQUIREMENTS)
    keeps = "import sys, zmq.devices, zmq.asyncio, zmq.auth; sys.exit(sys._is_gil_enabled())"
    session.run("python", "-I", "-c", keeps)
    wanted = [arg for arg in session.posargs if arg in SUITES]
    failed = [package for package in wanted or SUITES if not _passes(session, package)]
    for package, reason in LEFT_OUT.items() if not session.posargs else ():
        left_out = ["tools/results.py", "leave-out", str(results.RESULTS), package, reason]
        session.run(python_of(session), "-I", *left_out, silent=True)
    if failed:
        session.error(f"tests have failed without the GIL: {', '.join(failed)}")


def _passes(session: nox.Session, package: str) -> bool:
    try:
        pytest(session, package, *(arg for arg in session.posargs if arg not in SUITES))
    except nox.command.CommandFailed:
        return False
    return True
