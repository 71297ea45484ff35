"""Wheels with libzmq and libsodium inside, built with zig for many Linux systems; and what is only compiled."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import emulated
import nox
import results
import sid

from sessions.environment import DIST, ROOT, install_group, pytest, python_of, sources, temporary

COMPILED = ["zmq-core", "zmq-devices"]
FOLDER = DIST / "portable"
BUILT = "manylinux2014 wheel, zig"
EMULATED = f"{BUILT}; run by qemu"
EMULATED_FILES = ["bundle", "context", "curve", "ending", "error", "socket"]
TARGETS = ["x86_64", "aarch64", "musl"]
REQUIREMENTS = ["pytest>=8", "pytest-timeout>=2.3", "hypothesis>=6"]
"""What the tests need on other processors, in wheels."""


def build(session: nox.Session) -> None:
    """Build, audit and test the wheels of one Python; arguments are targets, the first always comes along."""
    if sys.platform != "linux":
        session.skip("these wheels are built on Linux")
    found = sources(session, "--unstable")
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
    session.run("python", "tools/portable.py", "audit", "--record", str(results.WHEELS), *wheels)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for wheel in wheels:
        shutil.copy(wheel, FOLDER)
    test(session)
    if "aarch64" in wanted:
        test_emulated(session, sorted((built / "aarch64").glob("*.whl")))


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


def test_emulated(session: nox.Session, wheels: list[Path]) -> None:
    """Run tests on an arm64 Python that qemu runs: of zmq-core, whose suite takes long there, a few files."""
    series = str(session.python)
    try:
        python = emulated.make(ROOT / ".cache" / "arm64", series)
    except sid.UnavailableError as error:
        session.warn(f"the aarch64 wheels are not run: {error}")
        return
    environment = temporary(session, "arm64")
    session.run(str(python), "-m", "venv", "--without-pip", "--clear", str(environment), external=True)
    inside = str(environment / "bin" / "python")
    session.run("uv", "pip", "install", "--quiet", "--python", inside, *map(str, wheels), *REQUIREMENTS, external=True)
    session.run(inside, "-I", "tools/smoke.py", "zmq.devices", external=True)
    core = [f"packages/zmq-core/tests/test_{name}.py" for name in EMULATED_FILES]
    session.run(inside, "-I", "-m", "pytest", "--timeout=240", "-p", "no:cacheprovider", *core, external=True)
    pytest(session, "zmq-devices", python=inside, built=EMULATED)


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
