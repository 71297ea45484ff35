"""A zmq-core with another C interface than zmq-devices was built with is reported."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

import zmq
from zmq.devices import _abi, _build

HERE = Path(_abi.__file__).parent
SOURCE = (Path(__file__).parent / "../src/zmq/devices/_monitored.pyx").resolve()
CORE = Path(zmq.__file__).parent

Script = Callable[..., str]

IMPORT = """
    import sys
    import zmq
    zmq.__path__.insert(0, sys.argv[1])
    try:
        import zmq.devices
    except ImportError as error:
        print(f"{error.name}: {error}")
    else:
        print("imported", zmq.devices.__file__)
"""


@pytest.fixture
def core(tmp_path: Path) -> Path:
    """A copy of the declarations of zmq-core, which tests change."""
    core = tmp_path / "core" / "zmq"
    for pattern in ("*.pxd", "backend/*.pxd", "backend/*.h", "include/zmq.h", "_version.py"):
        for path in CORE.glob(pattern):
            copy = core / path.relative_to(CORE)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    if not (core / "backend" / "relay.pxd").exists():
        pytest.skip("this zmq-core has no declarations")
    (core / "_version.py").write_text('__version__ = "28.7.0"\n')
    return core


@pytest.fixture
def devices(tmp_path: Path, core: Path) -> Path:
    """The folder ``zmq`` of a zmq-devices built with these declarations."""
    folder = tmp_path / "built" / "zmq"
    shutil.copytree(HERE, folder / "devices", ignore=shutil.ignore_patterns("__pycache__", "_build.py"))
    return folder


def _build_with(core: Path, devices: Path) -> None:
    _abi._write_build(core, "28.8.0", devices / "devices" / "_build.py")


def _change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def _compile(core: Path, devices: Path, code: str = "") -> None:
    compiling = pytest.importorskip("Cython.Compiler.Main", reason="Cython is not installed")
    compiler = shlex.split(sysconfig.get_config_var("CC") or "cc")
    if sys.platform == "win32" or shutil.which(compiler[0]) is None or not SOURCE.exists():
        pytest.skip("no C compiler, or no source code")
    folder = devices / "devices"
    source, c = folder / "_monitored.pyx", folder / "_monitored.c"
    source.write_text(SOURCE.read_text() + code)
    options = compiling.CompilationOptions(
        compiling.default_options,
        include_path=[str(core.parent)],
        output_file=str(c),
        compiler_directives={"language_level": "3", "freethreading_compatible": True},
    )
    assert compiling.compile(str(source), options, full_module_name="zmq.devices._monitored").num_errors == 0
    includes = [sysconfig.get_path("include"), core / "include", core.parent]
    shared = ["-bundle", "-undefined", "dynamic_lookup"] if sys.platform == "darwin" else ["-shared"]
    library = folder / f"_monitored{sysconfig.get_config_var('EXT_SUFFIX')}"
    subprocess.run(
        [*compiler, "-O0", "-w", "-fPIC", *shared, *(f"-I{include}" for include in includes), c, "-o", library],
        check=True,
    )


def _assert_explained(said: str, reason: str) -> None:
    assert said.startswith("zmq.devices: zmq-devices ")
    assert f"with the C interface of zmq-core 28.7.0, and that of the installed zmq-core {zmq.__version__}" in said
    assert reason in said
    assert "pip install --upgrade zmq-core zmq-devices" in said


def test_it_is_imported_where_it_matches(core: Path, devices: Path, run_script: Script) -> None:
    _build_with(core, devices)
    assert run_script(IMPORT, devices).startswith(f"imported {devices}")


def test_a_function_of_another_signature_is_reported(core: Path, devices: Path, run_script: Script) -> None:
    _change(core / "backend" / "libzmq.pxd", "cdef int (*zmq_msg_move)(", "cdef long long (*zmq_msg_move)(")
    _build_with(core, devices)
    _compile(core, devices)
    _assert_explained(run_script(IMPORT, devices), "zmq_msg_move")


def test_a_function_that_is_missing_is_reported(core: Path, devices: Path, run_script: Script) -> None:
    declarations = core / "backend" / "libzmq.pxd"
    declarations.write_text(declarations.read_text() + "cdef int (*zmq_of_tomorrow)() noexcept nogil\n")
    _build_with(core, devices)
    _compile(core, devices, "\n\ndef tomorrow():\n    return libzmq.zmq_of_tomorrow()\n")
    _assert_explained(run_script(IMPORT, devices), "zmq_of_tomorrow")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "cdef void arrange(",
            "cdef int added(self)\n    cdef void arrange(",
        ),
        ("cdef bint paused", "cdef bint paused\n    cdef int added"),
    ],
    ids=["method", "field"],
)
def test_a_class_that_is_declared_differently_is_reported(
    old: str, new: str, core: Path, devices: Path, run_script: Script
) -> None:
    _change(core / "backend" / "relay.pxd", old, new)
    _build_with(core, devices)
    _assert_explained(run_script(IMPORT, devices), "a class is declared differently")


def test_comments_and_spaces_make_no_difference(core: Path) -> None:
    before = _abi.fingerprint(core / "backend")
    relay = core / "backend" / "relay.pxd"
    relay.write_text(
        "# what it is\n" + relay.read_text().replace("cdef bint paused\n", "cdef  bint paused  # or not\n")
    )
    assert _abi.fingerprint(core / "backend") == before == _build.FINGERPRINT


@pytest.mark.parametrize("lost", ["_build.py", "_monitored.*"])
def test_the_error_says_how_to_build_a_missing_module(lost: str, core: Path, devices: Path, run_script: Script) -> None:
    _build_with(core, devices)
    for path in (devices / "devices").glob(lost):
        path.unlink()
    said = run_script(IMPORT, devices)
    assert said.startswith(f"zmq.devices: zmq-devices is not built for this Python: {devices / 'devices'} holds no")
    assert "pip install -e packages/zmq-devices" in said


def test_an_unknown_version_stops_the_build(core: Path, devices: Path) -> None:
    (core / "_version.py").write_text("")
    with pytest.raises(ValueError, match=r"_version\.py contains no version"):
        _build_with(core, devices)
