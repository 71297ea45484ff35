"""Sessions in a Debian unstable system, which the tool sid makes in .cache: as root on Debian."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import nox
import results
import sid

from sessions.environment import ROOT

SYSTEM = ROOT / ".cache" / "sid"
CHECKOUT = ROOT / ".cache" / "newest"
"""A copy of the checkout: the environments there are those of that system."""
SSH = ("openssh-client", "openssh-server")
"""For zmq-ssh: without them most of its tests are skipped.  The server is not started with that system."""


def run_tests(session: nox.Session, pythons: Sequence[str], arguments: Sequence[str]) -> None:
    """Run the session tests there, on *pythons*; its results count as ours."""
    make(session, [*SSH, *(f"python{python}-{part}" for python in pythons for part in ("dev", "venv"))])
    copy_checkout(CHECKOUT)
    there = CHECKOUT / results.RESULTS.relative_to(ROOT)
    there.unlink(missing_ok=True)
    command = ["python3", "dev.py", "tests", "--python", *pythons, *(["--", *arguments] if arguments else [])]
    environment = {"UV_LINK_MODE": "copy"}  # uv's cache is on another mount
    if "UV_DEFAULT_INDEX" in os.environ:  # that of pip on this machine
        environment["PIP_INDEX_URL"] = os.environ["UV_DEFAULT_INDEX"]
    try:
        sid.run(SYSTEM, CHECKOUT, command, environment)
    except subprocess.CalledProcessError:
        session.error("tests have failed in the Debian unstable system: see above")
    finally:
        for record in results.read(there):
            results.append(results.RESULTS, record)


def make(session: nox.Session, packages: Sequence[str]) -> None:
    """Make the system, with *packages*; skip the session where there cannot be one."""
    try:
        sid.make(SYSTEM, ["python3-dev", "python3-venv", *packages])
    except sid.UnavailableError as error:
        session.skip(str(error))


def copy_checkout(tree: Path) -> None:
    """Make *tree* a copy of what git knows, or would add; keep what sessions have left there."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    tree.mkdir(parents=True, exist_ok=True)
    for old in tree.glob("[!.]*"):
        if old.is_dir():
            shutil.rmtree(old)
        else:
            old.unlink()
    for name in names:
        if name and (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
