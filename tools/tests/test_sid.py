"""tools/sid.py where a Debian unstable system cannot be made: a reason, no trace, and nothing left behind."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

TOOL = Path(__file__).parents[1] / "sid.py"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it is for Debian")


@pytest.fixture
def sid() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sid", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder for programs, which come before those of the machine."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def put(folder: Path, name: str, text: str) -> None:
    """Make a program of a shell script."""
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def a_debian(sid: ModuleType, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make this machine look like a Debian on which root may mount; return the folder of its programs."""
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("sys.platform", "linux")
    (tmp_path / "keyring").touch()
    monkeypatch.setattr(sid, "KEYRING", tmp_path / "keyring")
    put(programs, "apt-get", "echo http://mirror.test/debian")
    put(programs, "unshare", 'shift; exec "$@"')
    return programs


def test_a_user_who_is_not_root_is_told_so(sid: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(sid.UnavailableError, match="as root on Debian"):
        sid.make(tmp_path / "root")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_bootstrap_is_told_with_its_last_words(sid: ModuleType, a_debian: Path, tmp_path: Path) -> None:
    put(a_debian, "debootstrap", "echo I: Retrieving; echo E: the mirror is down; exit 1")
    with pytest.raises(sid.UnavailableError, match=r"from http://mirror\.test/debian: E: the mirror is down"):
        sid.make(tmp_path / "root")


def test_what_an_interrupted_bootstrap_has_left_is_made_anew(sid: ModuleType, a_debian: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "half").mkdir(parents=True)
    put(a_debian, "debootstrap", f"mkdir -p {root}/etc/apt/apt.conf.d {root}/usr/sbin")
    sid.make(root)
    assert not (root / "half").exists()
    put(a_debian, "debootstrap", "exit 1")
    sid.make(root)  # it exists


def test_a_reason_is_printed_and_the_status_says_skipped(tmp_path: Path) -> None:
    command = [sys.executable, "-I", str(TOOL), "make", str(tmp_path / "root")]
    environment = {**os.environ, "PATH": str(tmp_path)}  # no apt-get
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (77, "")
    assert "as root on Debian" in done.stdout


def test_a_command_gets_no_variable_that_names_a_path_or_tool_of_this_machine(
    sid: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    (root / "etc/ssl/certs").mkdir(parents=True)
    given: dict[str, str] = {}
    monkeypatch.setattr("subprocess.run", lambda _, env, **_options: given.update(env))
    for name in ("CMAKE_C_COMPILER_LAUNCHER", "TMPDIR", "https_proxy", "CI"):
        monkeypatch.setenv(name, "set")
    sid.run(root, tmp_path, ["true"], {"MINE": "set"})
    assert {"https_proxy", "CI", "MINE", "SSL_CERT_FILE"} <= given.keys()
    assert not {"CMAKE_C_COMPILER_LAUNCHER", "TMPDIR"} & given.keys()
