"""tools/elf.py and tools/exports.py: what they find in compiled modules."""

from __future__ import annotations

import importlib
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

from zmq.backend import errors

pytestmark = pytest.mark.skipif(not shutil.which("readelf"), reason="there is no readelf")
MODULE = Path(errors.__file__)


@pytest.fixture
def exports(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(sys, "path", [str(Path(__file__).parents[1]), *sys.path])
    return importlib.import_module("exports")


def test_a_module_exports_its_function_and_needs_those_of_python(exports: ModuleType) -> None:
    module = exports.elf.read(MODULE)
    assert module.exports == {"PyInit_errors"}
    assert {"PyErr_SetObject", "PyModuleDef_Init"} & module.undefined
    assert any(name.startswith("libc.") for name in module.needed)


def test_what_is_wrong_with_a_wheel_is_named(exports: ModuleType, tmp_path: Path) -> None:
    shutil.copy(MODULE, tmp_path / "other.so")
    assert exports.problems(tmp_path, bundled=False) == ["other.so exports ['PyInit_errors']"]
    assert "there is no licence of libsodium" in exports.problems(tmp_path, bundled=True)
    assert "there is no list of the bundled libraries" in exports.problems(tmp_path, bundled=True)
    (tmp_path / "other.so").rename(tmp_path / "errors.so")
    assert exports.problems(tmp_path, bundled=False) == []
