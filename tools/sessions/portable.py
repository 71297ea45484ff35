"""Wheels with libzmq and libsodium inside, built with zig for many Linux systems; and what is only compiled."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import nox

from sessions.environment import DIST, ROOT, install_group, pytest, python_of, temporary

COMPILED = ["zmq-core", "zmq-devices"]
FOLDER = DIST / "portable"
BUILT = "manylinux2014 wheel, zig"
TARGETS = ["x86_64", "aarch64", "musl"]


def build(session: nox.Session) -> None:
    """Build, audit and test the wheels of one Python; arguments are targets, the first always comes along."""
    if sys.platform != "linux":
        session.skip("these wheels are built on Linux")
    sources = ROOT / ".cache" / "sources"
    session.run("python", "tools/sources.py", str(sources), "--unstable")
    found = json.loads((sources / "found.json").read_text())
    if not found:
        session.skip("the sources of libzmq and libsodium cannot be had: set LIBZMQ_SOURCE and LIBSODIUM_SOURCE")
    install_group(session, "build")
    install_group(session, "portable")
    wanted = [target for target in session.posargs if target in TARGETS] or TARGETS
    built = temporary(session, "portable")
    shutil.rmtree(built, ignore_errors=True)
    for target in dict.fromkeys(["x86_64", *wanted]):
        for package in COMPILED:
            command = ["python", "tools/portable.py", "build", target, str(built / target), package]
            session.run(*command, env=found, silent=True)
            if target == "x86_64":  # zmq-devices is built with its .pxd files
                session.install("--no-deps", "--reinstall", *map(str, (built / target).glob("*.whl")))
    wheels = [str(wheel) for wheel in sorted(built.glob("*/*.whl"))]
    session.run("python", "tools/portable.py", "audit", *wheels)
    for core in (built / "x86_64").glob("zmq_core-*.whl"):
        session.run("python", "tools/exports.py", str(core))
    FOLDER.mkdir(parents=True, exist_ok=True)
    for wheel in wheels:
        shutil.copy(wheel, FOLDER)
    test(session)


def test(session: nox.Session) -> None:
    """Run the tests of the compiled packages on a machine without another libzmq."""
    install_group(session, "tests")
    hide: tuple[str, ...] = (str(ROOT / "tools" / "without_libzmq"),)
    if subprocess.run([*hide, "true"], check=False).returncode:
        session.warn("cannot hide the system's libzmq here, which takes Linux and root: tested beside it")
        hide = ()
    session.run(*hide, python_of(session), "-I", "tools/smoke.py", "zmq.devices", external=True)
    for package in COMPILED:
        pytest(session, package, prefix=hide, built=BUILT)


def compile_for_others(session: nox.Session) -> None:
    """Compile all modules for Windows and macOS."""
    install_group(session, "build")
    install_group(session, "portable")
    header = next(
        (path for path in map(Path, ("/usr/include", "/opt/homebrew/include")) if (path / "zmq.h").exists()), None
    )
    if header is None:
        session.skip("there is no zmq.h on this machine: apt-get install libzmq3-dev")
    cache = ROOT / ".cache" / "zig" / "cache"
    command = ["python", "tools/cross.py", str(temporary(session, "cross")), str(header)]
    session.run(*command, *session.posargs, env={"ZIG_GLOBAL_CACHE_DIR": str(cache)})
