"""zmq/_installation.py and zmq_check: their messages about missing, foreign and unbuilt files."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

import zmq._installation
from zmq._installation import check_foreign_files, explain
from zmq_check import installed
from zmq_check.__main__ import main

SOURCE = Path(zmq._installation.__file__).parent


def install(site: Path, name: str, files: dict[str, str], version: str = "1.0") -> None:
    """Install *files* into *site* as pip does, as the distribution *name*."""
    record = []
    for path, text in files.items():
        target = site / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
        record.append(f"{path},sha256={digest},{len(text)}\n")
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "RECORD").write_text("".join([*record, f"{info.name}/RECORD,,\n"]))


CHECK = {f"zmq_check/{file.name}": file.read_text() for file in Path(installed.__file__).parent.glob("*.py")}
OURS = {"zmq/__init__.py": "OURS = True\n", "zmq/_installation.py": "", "zmq/sugar/__init__.py": ""}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed distributions; apart from the standard library the only entry of sys.path."""
    install(tmp_path, "zmq-core", OURS, "28.0.0")
    standard = [path for path in sys.path if "site-packages" not in path and not Path(path, "zmq").is_dir()]
    monkeypatch.setattr(sys, "path", [str(tmp_path), *standard])
    monkeypatch.delitem(sys.modules, "zmq")  # find_spec() would use it
    return tmp_path


class TestCheckForeignFiles:
    def test_accepts_zmq_core_alone(self, site: Path) -> None:
        check_foreign_files(str(site))

    def test_refuses_a_pyzmq_that_owns_files_of_zmq(self, site: Path) -> None:
        install(site, "pyzmq", {"zmq/__init__.py": "OURS = False\n"}, "27.0.0")
        install(site, "zmq-devices", {"zmq/devices/__init__.py": ""})
        with pytest.raises(ImportError, match=r"pip uninstall pyzmq\n.*--force-reinstall .*zmq-core zmq-devices\n"):
            check_foreign_files(str(site))

    def test_accepts_a_pyzmq_without_files_of_zmq(self, site: Path) -> None:
        install(site, "pyzmq", {"zmq_shim.txt": ""}, "27.0.0")
        check_foreign_files(str(site))

    def test_accepts_a_half_removed_pyzmq(self, site: Path) -> None:
        (site / "pyzmq-27.0.0.dist-info").mkdir()
        check_foreign_files(str(site))

    def test_accepts_other_distributions_with_similar_names(self, site: Path) -> None:
        install(site, "pyzmq-extras", {"zmq/extras.py": ""})
        check_foreign_files(str(site))

    def test_accepts_a_package_that_is_not_in_a_folder(self, tmp_path: Path) -> None:
        check_foreign_files(str(tmp_path / "archive.zip"))

    def test_looks_beside_itself_by_default(self) -> None:
        check_foreign_files()

    def test_is_cheap_among_hundreds_of_distributions(self, site: Path) -> None:
        for number in range(300):
            (site / f"package{number}").mkdir()
            (site / f"package{number}-1.0.dist-info").mkdir()
        took = []
        for _ in range(50):
            start = time.perf_counter()
            check_foreign_files(str(site))
            took.append(time.perf_counter() - start)
        assert min(took) < 0.001  # measured: 0.1 ms


class TestExplain:
    def test_the_error_says_how_to_build_missing_modules(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(zmq._installation, "__file__", str(tmp_path / "zmq" / "_installation.py"))
        error = explain(ImportError("cannot import name 'libzmq' from 'zmq.backend'"))
        assert "zmq-core is not built for this Python" in str(error)
        assert "pip install -e packages/zmq-core" in str(error)

    def test_the_error_says_that_libzmq_is_missing(self) -> None:
        error = explain(ImportError("libzmq.so.5: cannot open shared object file"))
        assert "libzmq.so.5: cannot open shared object file" in str(error)
        assert "libzmq5" in str(error)


class TestCheck:
    def test_finds_no_problem_with_zmq_core_alone(self, site: Path) -> None:
        assert list(installed.problems()) == []

    def test_names_the_other_owner_of_zmq(self, site: Path) -> None:
        install(site, "pyzmq", {"zmq/backend/other.py": ""}, "27.0.0")
        (problem,) = installed.problems()
        assert problem == (
            "pyzmq 27.0.0 also owns files of zmq/. Keep one; to keep ours: pip uninstall pyzmq &&"
            " pip install --no-index --find-links dist --force-reinstall --no-deps zmq-core"
        )

    def test_accepts_a_pyzmq_without_files_of_zmq(self, site: Path) -> None:
        install(site, "pyzmq", {"zmq_shim.txt": ""}, "27.0.0")
        assert list(installed.problems()) == []

    def test_finds_overwritten_and_missing_files(self, site: Path) -> None:
        (site / "zmq" / "__init__.py").write_text("OURS = False\n")
        (site / "zmq" / "sugar" / "__init__.py").unlink()
        (problem,) = installed.problems()
        assert "zmq/__init__.py is not the file that was installed" in problem
        assert "zmq/sugar/__init__.py is missing" in problem
        assert "--force-reinstall --no-deps zmq-core" in problem

    def test_checks_extensions_too(self, site: Path) -> None:
        install(site, "zmq-devices", {"zmq/devices/__init__.py": ""})
        (site / "zmq" / "devices" / "__init__.py").unlink()
        (problem,) = installed.problems()
        assert problem.startswith("zmq-devices: zmq/devices/__init__.py is missing")

    def test_finds_another_zmq_in_front(self, site: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
        front = tmp_path_factory.mktemp("front")
        (front / "zmq.py").touch()
        sys.path.insert(0, str(front))
        assert list(installed.problems()) == [f"import zmq finds {front / 'zmq.py'}, which is not zmq-core's"]

    def test_finds_no_zmq_at_all(self, site: Path) -> None:
        shutil.rmtree(site / "zmq")
        assert any("there is no zmq to import" in problem for problem in installed.problems())

    def test_main_prints_distributions_and_problems(self, site: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main() == 0
        assert capsys.readouterr().out == "zmq-core 28.0.0\nzmq: every file is as installed\n"
        (site / "zmq" / "_installation.py").write_text("#")
        assert main() == 1
        assert "problem: zmq-core: zmq/_installation.py is not" in capsys.readouterr().out

    def test_shows_where_an_editable_installation_is(self, site: Path) -> None:
        info = site / "zmq_core-28.0.0.dist-info"
        (info / "direct_url.json").write_text('{"url": "file:///somewhere", "dir_info": {"editable": true}}')
        (dist,) = installed.ours()
        assert installed.editable_source(dist) == "file:///somewhere"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., subprocess.CompletedProcess[str]]:
    """A real environment with our Python files and a pyzmq installed last; call it to run Python in it."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=sys.platform != "win32")
    (site,) = (*folder.glob("lib/py*/site-packages"), *folder.glob("Lib/site-packages"))
    python = next(path for path in (folder / "bin" / "python", folder / "Scripts" / "python.exe") if path.exists())
    install(site, "zmq-core", {**OURS, **CHECK}, "28.0.0")
    install(site, "pyzmq", {"zmq/__init__.py": "raise SystemExit('the other one ran')\n"}, "27.0.0")

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([python, "-I", *args], capture_output=True, text=True, check=False, timeout=60)

    return run


def test_zmq_check_runs_if_pyzmq_was_installed_last(
    environment: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = environment("-m", "zmq_check")
    assert done.returncode == 1
    assert (
        "problem: pyzmq 27.0.0 also owns files of zmq/. Keep one; to keep ours: pip uninstall pyzmq &&" in done.stdout
    )
    assert "zmq-core: zmq/__init__.py is not the file that was installed" in done.stdout


def test_an_extension_says_which_commands_repair_a_pyzmq_installed_last(
    tmp_path: Path, environment: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import zmq, zmq_check.core"
    install(tmp_path, "pyzmq", {"zmq/__init__.py": "__version__ = '27.0.0'\n"}, "27.0.0")
    done = environment("-c", code)
    assert "ImportError: pyzmq and zmq-core are both installed" in done.stderr
    assert "--no-deps zmq-core\n" in done.stderr
    assert "pip uninstall pyzmq\n" in done.stderr


def run_copy(tmp_path: Path, *ignored: str) -> subprocess.CompletedProcess[str]:
    """Import zmq from a copy of its folder in *tmp_path* without the *ignored* files."""
    shutil.copytree(SOURCE, tmp_path / "zmq", ignore=shutil.ignore_patterns("__pycache__", *ignored))
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import zmq"
    return subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False, timeout=60)


def test_import_refuses_when_pyzmq_owns_files_of_zmq(tmp_path: Path) -> None:
    install(tmp_path, "pyzmq", {"zmq/other.py": ""}, "27.0.0")
    shutil.rmtree(tmp_path / "zmq")
    done = run_copy(tmp_path)
    assert "ImportError: pyzmq and zmq-core are both installed" in done.stderr


def test_the_import_error_of_a_source_tree_says_how_to_build_it(tmp_path: Path) -> None:
    done = run_copy(tmp_path, "*.so", "*.pyd")
    assert "ImportError: zmq-core is not built for this Python" in done.stderr


def test_python_m_zmq_reports() -> None:
    done = subprocess.run([sys.executable, "-I", "-m", "zmq"], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"zmq-core {zmq.__version__}, " in done.stdout
    assert f"libzmq {zmq.zmq_version()}: " in done.stdout
    assert "zmq: every file is as installed" in done.stdout


def test_the_import_error_of_a_missing_subpackage_names_the_distribution_to_install() -> None:
    code = (
        "import importlib, sys, zmq\n"
        "zmq.__path__ = zmq.__path__[:1] if len(zmq.__path__) > 1 else []\n"  # independent of the installed extensions
        "importlib.import_module(sys.argv[1])"
    )

    def last_line(module: str) -> str:
        command = [sys.executable, "-I", "-c", code, module]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).stderr.splitlines()[-1]

    assert "No module named 'zmq.devices': pip install --find-links dist 'zmq-devices'" in last_line("zmq.devices")
    assert last_line("zmq.nonsense").endswith("No module named 'zmq.nonsense'")
