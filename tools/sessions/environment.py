"""Environments of the sessions: uv builds our packages and installs them, from the workspace of pyproject.toml.

Each function that takes a session works in the environment of that session.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import nox
import results

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "dist"
PACKAGES = sorted(path.parent.name for path in ROOT.glob("packages/*/pyproject.toml"))
ACROSS = ["benchmarks", "tools"]  # tests that span packages: run with zmq, which brings them all
PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
# Retries, because a package index may fail temporarily.
PATIENCE = {"UV_HTTP_TIMEOUT": "120", "UV_HTTP_RETRIES": "8"}

_built: dict[str, dict[str, Path]] = {}


def prepare() -> None:
    """Make nox and uv find pyenv's interpreters, and the package index of pip's configuration."""
    # Newest first, then the rest of PATH: pyenv's shims work only for the activated versions.
    found = sorted(PYENV.glob("3.*/bin"), key=lambda path: [int(n) for n in path.parent.name.split(".") if n.isdigit()])
    os.environ["PATH"] = os.pathsep.join([*map(str, reversed(found)), os.environ["PATH"]])
    os.environ.setdefault("UV_PYTHON_DOWNLOADS", "never")
    for name, value in PATIENCE.items():
        os.environ.setdefault(name, value)
    settings = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    for line in settings.stdout.splitlines():
        name, _, value = line.partition("=")
        if name.endswith(".index-url"):
            os.environ.setdefault("UV_DEFAULT_INDEX", value.strip("'\""))
        elif name.endswith(".cert"):
            os.environ.setdefault("SSL_CERT_FILE", value.strip("'\""))
    os.environ["ZMQ_SOURCES"] = _state_of_sources()


def _state_of_sources() -> str:
    """Return a digest of the .py files of compiled packages.

    uv's cache-keys there name only what an installation in place has to compile, and this.
    """
    state = hashlib.sha256()
    for package in sorted(path.parent for path in ROOT.glob("packages/*/CMakeLists.txt")):
        for path in sorted(package.glob("src/**/*.py")):
            if path.name != "_build.py":  # written by the build
                state.update(path.read_bytes())
    return state.hexdigest()


def install(session: nox.Session, package: str, *groups: str, extras: bool = False) -> None:
    """Install *package* and what it requires, with groups of pyproject.toml; ours as wheels, which uv caches."""
    options = [f"--group={group}" for group in groups] + (["--all-extras"] if extras else [])
    options += ["--no-editable", "--package", package]
    if "zmq-devices" in {package, *requires(package)}:
        # In the environment of a build uv would install zmq-core in place: build against the wheel of the session.
        options += ["--group=build"]
        _sync(session, *options, "--no-install-package=zmq-devices")
        options += ["--no-build-isolation-package=zmq-devices"]
    _sync(session, *options)


def install_group(session: nox.Session, group: str) -> None:
    """Add a group of pyproject.toml, and nothing of ours."""
    _sync(session, "--inexact", "--only-group", group)


def _sync(session: nox.Session, *options: str) -> None:
    folder = str(Path(session.virtualenv.location).resolve())
    command = ["uv", "sync", "--quiet", *options, "--python", python_of(session)]
    session.run_install(*command, env={"UV_PROJECT_ENVIRONMENT": folder}, external=True)


def install_for_building(session: nox.Session, package: str) -> None:
    """Install the requirements of a build of *package* without isolation."""
    wheels(session)
    settings = settings_of(package)
    session.install(*from_dist(), *settings["build-system"]["requires"])


def from_dist() -> list[str]:
    """Return the options by which uv takes our wheels from dist, and not an older one of the same version."""
    DIST.mkdir(exist_ok=True)
    return ["--find-links", str(DIST), *(f"--refresh-package={package}" for package in PACKAGES)]


def wheels(session: nox.Session) -> dict[str, Path]:
    """Build sdists and wheels into dist, once in a run of nox for each Python; return the wheel of each package."""
    python = python_of(session)
    version = subprocess.run([python, "-VV"], capture_output=True, text=True, check=True).stdout
    if version not in _built:
        _built[version] = {package: wheel(session, package, DIST) for package in PACKAGES}
    return _built[version]


def wheel(session: nox.Session, package: str, folder: Path, env: Mapping[str, str] | None = None) -> Path:
    """Build the sdist of *package* and the wheel from it into *folder*; return the wheel."""
    work = temporary(session, "built")
    shutil.rmtree(work, ignore_errors=True)
    command = ["uv", "build", "--no-sources", *from_dist(), "--no-create-gitignore", "--python", python_of(session)]
    session.run(*command, "--out-dir", str(work), f"packages/{package}", env=env, external=True, silent=True)
    folder.mkdir(exist_ok=True)
    for path in work.iterdir():
        path.replace(folder / path.name)
        if path.suffix == ".whl":
            built = folder / path.name
    return built


def sources(session: nox.Session, *options: str) -> dict[str, str]:
    """Return the variables that name the sources of libzmq and libsodium for a build that bundles them, or skip."""
    folder = ROOT / ".cache" / "sources"
    session.run("python", "tools/sources.py", str(folder), *options)
    found: dict[str, str] = json.loads((folder / "found.json").read_text())
    if not found:
        session.skip("the sources of libzmq and libsodium cannot be had: set LIBZMQ_SOURCE and LIBSODIUM_SOURCE")
    return found


def requires(package: str) -> list[str]:
    """Return our other packages that *package* needs to be built and used."""
    settings = settings_of(package)
    required = chain(settings["build-system"]["requires"], settings["project"].get("dependencies", ()))
    names = {re.split(r"[^\w-]", requirement)[0] for requirement in required}
    return [name for name in PACKAGES if name in names]


def settings_of(package: str) -> dict[str, Any]:
    """Return the contents of a package's pyproject.toml."""
    return nox.project.load_toml(ROOT / "packages" / package / "pyproject.toml")


def pytest(
    session: nox.Session,
    package: str,
    *args: str,
    prefix: tuple[str, ...] = (),
    python: str | None = None,
    built: str = results.BUILT,
) -> None:
    """Run the tests of *package*; without *args*, which may select some, record the result (see tools/results.py).

    *python* is one outside the session's environment.
    """
    folders = [f"packages/{package}/tests", *(ACROSS if package == "zmq" else [])]
    command = [*prefix, python or python_of(session), "-I"]  # which keeps the source tree off sys.path
    junit = temporary(session, f"{package}.xml")
    junit.unlink(missing_ok=True)
    # A hanging test prints the stack of every thread, and ends the run.
    options = ["--timeout=240", "--timeout-method=thread", "-p", "no:cacheprovider"]
    options += [f"--junitxml={junit}", "-o", "junit_family=xunit1"]
    whole = not args
    try:
        session.run(*command, "-m", "pytest", *options, *folders, *args, external=True)
    except KeyboardInterrupt:
        whole = False
        raise
    finally:
        if whole:
            record = ["tools/results.py", "add", str(results.RESULTS), package, str(junit), "--built", built]
            session.run(*command, *record, external=True, silent=True)


def run_cases(session: nox.Session) -> None:
    """Run files of test programs on our wheels."""
    install(session, "zmq", "cases")
    session.run("python", "-I", "tools/cases.py", *session.posargs)


def uninstall(session: nox.Session, package: str) -> None:
    """Uninstall one package."""
    session.run("uv", "pip", "uninstall", package, external=True)


def python_of(session: nox.Session) -> str:
    """Return the path of the session's Python."""
    return str(shutil.which("python", path=session.bin))


def in_packages(name: str) -> list[str]:
    """Return the paths of *name* in all packages that have it."""
    paths = (ROOT / "packages" / package / name for package in PACKAGES)
    return [str(path) for path in paths if path.exists()]


def temporary(session: nox.Session, name: str) -> Path:
    """Return a path in the temporary folder of the session.

    Not ``create_tmp`` alone: it also sets TMPDIR, to a path that may be too long for ipc endpoints of the tests.
    """
    folder = session.env_dir / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve() / name
