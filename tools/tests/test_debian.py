"""tools/debian.py and tools/emulated.py where packages cannot be had: a reason, and nothing left behind."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

TOOLS = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it is for Debian")


@pytest.fixture
def debian(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(sys, "path", [str(TOOLS), *sys.path])
    return importlib.import_module("debian")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder for programs, which come before those of the machine."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("apt-get", "dpkg-deb"):
        put(folder, name, "exit 0")
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def put(folder: Path, name: str, text: str) -> None:
    """Make a program of a shell script."""
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


APT = 'case "$1" in indextargets) echo http://mirror/debian;; *) {};; esac'


def test_without_apt_there_are_no_packages(debian: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(debian.UnavailableError, match="without apt-get"):
        debian.unpack(tmp_path / "folder", "bookworm", "arm64", ["one"])
    assert not (tmp_path / "folder").exists()


@pytest.mark.usefixtures("programs")
def test_without_a_mirror_there_are_no_packages(debian: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(debian.UnavailableError, match="apt knows no mirror"):
        debian.unpack(tmp_path / "folder", "bookworm", "arm64", ["one"])


def test_what_the_mirror_lacks_is_named(debian: ModuleType, programs: Path, tmp_path: Path) -> None:
    put(programs, "apt-get", APT.format('[ "$2" = update ]'))
    with pytest.raises(debian.UnavailableError, match="cannot get one two for arm64 of bookworm from http://mirror"):
        debian.unpack(tmp_path / "folder", "bookworm", "arm64", ["one", "two"])
    put(programs, "apt-get", APT.format("exit 0"))
    assert debian.unpack(tmp_path / "folder", "bookworm", "arm64", ["one", "two"]) == tmp_path / "folder"


def test_packages_that_are_there_are_not_downloaded_again(debian: ModuleType, programs: Path, tmp_path: Path) -> None:
    put(programs, "apt-get", APT.format("exit 0"))
    debian.unpack(tmp_path / "folder", "bookworm", "arm64", ["one"])
    put(programs, "apt-get", "exit 1")
    debian.unpack(tmp_path / "folder", "bookworm", "arm64", ["one"])
    with pytest.raises(debian.UnavailableError):
        debian.unpack(tmp_path / "folder", "bookworm", "arm64", ["other"])


@pytest.mark.usefixtures("debian")
def test_a_python_that_debian_has_not_for_arm64_is_a_reason(tmp_path: Path) -> None:
    command = [sys.executable, str(TOOLS / "emulated.py"), str(tmp_path / "folder"), "3.9"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (77, "")
    assert "Debian has no arm64 Python 3.9" in done.stderr
    assert not (tmp_path / "folder").exists()
