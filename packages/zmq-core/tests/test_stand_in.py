"""``python -m zmq_check --stand-in-for-pyzmq``: a pyzmq without files, for programs that require one."""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from zmq_check import stand_in
from zmq_check.__main__ import main
from zmq_check.installed import problems


def add_distribution(site: Path, name: str, version: str, *files: str) -> None:
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    for file in files:
        (site / file).parent.mkdir(exist_ok=True)
        (site / file).touch()
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in [*files, f"{info.name}/RECORD"]))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with zmq-core 28.1.0; apart from the standard library the only entry of sys.path."""
    add_distribution(tmp_path, "zmq-core", "28.1.0", "zmq/__init__.py", "zmq/_installation.py")
    standard = [path for path in sys.path if "site-packages" not in path and not Path(path, "zmq").is_dir()]
    monkeypatch.setattr(sys, "path", [str(tmp_path), *standard])
    monkeypatch.delitem(sys.modules, "zmq")
    return tmp_path


def test_it_has_the_version_of_zmq_core_and_no_files(site: Path) -> None:
    assert main(["--stand-in-for-pyzmq"]) == 0
    dist = importlib.metadata.distribution("pyzmq")
    assert dist.version == "28.1.0"
    assert dist.requires == ["zmq-core"]
    assert dist.files is not None
    assert {file.parent.name for file in dist.files} == {"pyzmq-28.1.0.dist-info"}
    assert list(problems()) == []


def test_its_record_lists_each_file_with_its_digest(site: Path) -> None:
    stand_in.install()
    dist = importlib.metadata.distribution("pyzmq")
    recorded = {file.name: file for file in dist.files or ()}
    folder = site / "pyzmq-28.1.0.dist-info"
    assert set(recorded) == {file.name for file in folder.iterdir()} == {"METADATA", "WHEEL", "INSTALLER", "RECORD"}
    for file in recorded.values():
        if file.name != "RECORD":
            assert file.size == len(file.read_binary())
            assert file.hash is not None
            assert file.hash.mode == "sha256"


def test_removing_it_leaves_nothing(site: Path) -> None:
    before = sorted(site.rglob("*"))
    stand_in.install()
    assert main(["--remove-stand-in"]) == 0
    assert sorted(site.rglob("*")) == before
    assert main(["--remove-stand-in"]) == 0


def test_installing_it_again_follows_the_version_of_zmq_core(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stand_in.install()
    shutil.rmtree(site / "zmq_core-28.1.0.dist-info")
    add_distribution(site, "zmq-core", "28.2.0", "zmq/__init__.py")
    assert main() == 1
    assert "Repair: python -m zmq_check --stand-in-for-pyzmq" in capsys.readouterr().out
    assert main(["--stand-in-for-pyzmq"]) == 0
    assert [path.name for path in site.glob("pyzmq-*")] == ["pyzmq-28.2.0.dist-info"]


def test_it_refuses_where_pyzmq_is_installed(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_distribution(site, "pyzmq", "27.3.0", "zmq/backend/other.py")
    assert main(["--stand-in-for-pyzmq"]) == 1
    assert "pip uninstall pyzmq" in capsys.readouterr().out
    assert main(["--remove-stand-in"]) == 1
    assert (site / "pyzmq-27.3.0.dist-info").is_dir()


def test_it_keeps_a_pyzmq_without_files_that_another_program_has_installed(site: Path) -> None:
    add_distribution(site, "pyzmq", "99.0")
    assert main(["--stand-in-for-pyzmq"]) == 0
    assert importlib.metadata.version("pyzmq") == "99.0"
    with pytest.raises(stand_in.Refused, match="pip uninstall pyzmq"):
        stand_in.remove()


def test_it_refuses_without_zmq_core(site: Path) -> None:
    shutil.rmtree(site / "zmq_core-28.1.0.dist-info")
    with pytest.raises(stand_in.Refused, match="zmq-core is not installed"):
        stand_in.install()


def test_a_read_only_folder_gives_a_short_message(
    site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(site))

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert main(["--stand-in-for-pyzmq"]) == 1
    assert "Permission denied" in capsys.readouterr().out


def test_pip_uninstalls_it(tmp_path: Path) -> None:
    venv.create(tmp_path, with_pip=True, symlinks=sys.platform != "win32")
    (site,) = (*tmp_path.glob("lib/py*/site-packages"), *tmp_path.glob("Lib/site-packages"))
    python = next(path for path in (tmp_path / "bin" / "python", tmp_path / "Scripts" / "python.exe") if path.exists())
    stand_in.write(site, "28.1.0")

    def pip(*args: str) -> str:
        command = [str(python), "-I", "-m", "pip", "--disable-pip-version-check", *args]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
        return str(done.stdout)

    assert "pyzmq==28.1.0" in pip("list", "--format=freeze")
    pip("uninstall", "--yes", "pyzmq")
    assert not list(site.glob("pyzmq*"))
