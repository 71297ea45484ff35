"""``python3 dev.py SESSION [-- ARGUMENTS]``: everything from a bare checkout to a nox session, in one command.

It needs only Python 3.10 or later.  It checks for a C compiler, Python's header files and libzmq.  As root on Debian
and its derivatives it installs missing packages; elsewhere it prints what to install.  Then it creates the environment
.tools with nox and uv, and runs the session.  Without arguments it lists the sessions.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import time
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent
TOOLS = ROOT / ".tools"
REQUIREMENTS = ["nox>=2025.2", "uv>=0.9"]
APT_WAITS_S = (5, 20, 60, 120)
"""Seconds between attempts: apt-get waits for the lock of dpkg, but not for those of the lists and the archives."""


class Need(NamedTuple):
    """A requirement of the machine, and the packages that provide it."""

    what: str
    debian: str
    fedora: str
    macos: str


def missing(session: str) -> list[Need]:
    """Return the requirements of *session* that this machine lacks."""
    lacking = []
    if find_spec("ensurepip") is None or find_spec("venv") is None:
        lacking.append(Need("Python's venv module", "python3-venv", "python3", "brew install python"))
    if session in {"lint", "release", "cibuildwheel"}:
        return lacking
    if not any(shutil.which(compiler) for compiler in (os.environ.get("CC", "cc").split()[0], "gcc", "clang")):
        lacking.append(Need("a C compiler", "gcc libc6-dev", "gcc", "xcode-select --install"))
    if session.startswith("smoke") and not any(shutil.which(compiler) for compiler in ("c++", "g++", "clang++")):
        lacking.append(Need("a C++ compiler", "g++", "gcc-c++", "xcode-select --install"))
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        lacking.append(Need("the header files of Python", "python3-dev", "python3-devel", "brew install python"))
    if not _has_libzmq():
        lacking.append(
            Need("libzmq 4.3.4 or later and pkg-config", "libzmq3-dev pkg-config", "zeromq-devel pkgconf-pkg-config",
                 "brew install zeromq pkgconf")
        )  # fmt: skip
    if (
        "CI" in os.environ
        and _may_install()
        and session.startswith(("tests", "clients", "cases", "claims"))
        and not _has_sshd()
    ):
        # Only here: it would keep running on the machine. Without it, the tests of zmq-ssh that need it are skipped.
        lacking.append(Need("an SSH server", "openssh-server openssh-client", "openssh-server", ""))
    return lacking


def provide(needs: list[Need]) -> None:
    """Install *needs* as root on Debian and its derivatives; elsewhere print the commands and exit."""
    print("This machine lacks " + ", ".join(need.what for need in needs) + ".", flush=True)
    packages = [package for need in needs for package in need.debian.split()]
    if not _may_install():
        print("Install it and try again:")
        print("  Debian, Ubuntu:  apt-get install", *packages, " (as root; or run this command as root)")
        print("  Fedora, RHEL:    dnf install", *(need.fedora for need in needs))
        print("  macOS:          ", " && ".join(dict.fromkeys(need.macos for need in needs)))
        print("  Windows:         the Visual Studio Build Tools with 'Desktop development with C++', Python from")
        print("                   python.org; the build makes its own libzmq")
        sys.exit(1)
    if not _apt_install(packages):
        sys.exit(f"apt-get failed. Install by hand: apt-get install {' '.join(packages)}")


def tools() -> Path:
    """Create the environment with nox and uv, unless it exists; return the folder of its programs."""
    programs = TOOLS / ("Scripts" if os.name == "nt" else "bin")
    stamp = TOOLS / "requirements"
    wanted = f"{sys.version} {TOOLS} {REQUIREMENTS}"  # the first lines of its programs contain its path
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"+ making {TOOLS.name} with {' and '.join(REQUIREMENTS)}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", TOOLS], check=True)
        install = ["install", "--quiet", "--retries", "8", "--timeout", "60", *REQUIREMENTS]
        subprocess.run([programs / "python", "-m", "pip", *install], check=True)
        stamp.write_text(wanted)
    return programs


def main() -> int:
    """Prepare the machine and run nox."""
    if sys.version_info < (3, 10):  # noqa: UP036 (the message is for older Pythons)
        sys.exit(f"zmq needs Python 3.10 or later; this is {sys.version.split()[0]}")
    needs = missing(sys.argv[1] if len(sys.argv) > 1 else "")
    if needs:
        provide(needs)
    programs = tools()
    sessions = sys.argv[1:2] and ["--session", sys.argv[1]]
    path = os.pathsep.join([str(programs), os.environ.get("PATH", os.defpath)])
    command = [str(programs / "nox"), "--noxfile", str(ROOT / "noxfile.py"), *(sessions or ["--list"]), *sys.argv[2:]]
    return subprocess.run(command, env={**os.environ, "PATH": path}, check=False).returncode


def _may_install() -> bool:
    """Return whether this is Debian or a derivative, and the user is root."""
    return bool(shutil.which("apt-get")) and hasattr(os, "geteuid") and os.geteuid() == 0


def _apt_install(packages: list[str]) -> bool:
    """Install *packages*; retry while another apt is running, or the index is unavailable."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    options = ["-qq", "-o", "Acquire::Retries=3", "-o", "DPkg::Lock::Timeout=300"]
    update = ["update", "-o", "APT::Update::Error-Mode=any"]  # without this an unavailable index is only a warning
    install = ["install", "-y", "--no-install-recommends", *packages]
    for wait_s in (*APT_WAITS_S, None):
        ended = []
        for command in (update, install):  # a broken third-party index may not matter
            print("+ apt-get", *command, flush=True)
            apt = ["apt-get", *options, *command]
            ended.append(subprocess.run(apt, env=environment, stdin=subprocess.DEVNULL, check=False).returncode)
        if ended[-1] == 0:
            return True
        if wait_s is not None:
            print(f"apt-get failed, perhaps because another one is at work; again in {wait_s:g} s", flush=True)
            time.sleep(wait_s)
    return False


def _has_sshd() -> bool:
    return bool(shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin"))


def _has_libzmq() -> bool:
    """Return whether the build will find libzmq, or is configured to bundle it."""
    if os.environ.get("ZMQ_PREFIX") or os.environ.get("ZMQ_BUNDLE", "0") != "0" or os.name == "nt":
        return True
    if not shutil.which("pkg-config"):
        return False
    return subprocess.run(["pkg-config", "--atleast-version=4.3.4", "libzmq"], check=False).returncode == 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except subprocess.CalledProcessError as error:
        sys.exit(str(error))
