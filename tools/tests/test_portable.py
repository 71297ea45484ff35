"""tools/portable.py and tools/reproducible.py: what they say of wheels."""

from __future__ import annotations

import importlib
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

TOOLS = Path(__file__).parents[1]


def load(monkeypatch: pytest.MonkeyPatch, name: str) -> ModuleType:
    monkeypatch.setattr(sys, "path", [str(TOOLS), *sys.path])
    return importlib.import_module(name)


@pytest.mark.parametrize(
    ("found", "claimed", "good"),
    [
        ("manylinux_2_17_x86_64", "manylinux_2_17_x86_64", True),
        ("manylinux_2_5_x86_64", "manylinux_2_17_x86_64", True),
        ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", False),
        ("manylinux_2_17_x86_64", "manylinux_2_17_aarch64", False),
        ("musllinux_1_2_x86_64", "manylinux_2_17_x86_64", False),
        ("linux_x86_64", "manylinux_2_17_x86_64", False),
    ],
)
def test_a_wheel_may_not_claim_more_than_auditwheel_finds(
    monkeypatch: pytest.MonkeyPatch, found: str, claimed: str, good: bool
) -> None:
    assert load(monkeypatch, "portable")._is_at_most(found, claimed) is good


def test_what_differs_between_two_builds_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wheels = tmp_path / "one.whl", tmp_path / "other.whl"
    for number, wheel in enumerate(wheels):
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr(zipfile.ZipInfo("same"), b"")
            archive.writestr(zipfile.ZipInfo("changed"), bytes([number]))
    difference = load(monkeypatch, "reproducible").difference
    assert not difference(wheels[0], wheels[0])
    assert difference(*wheels) == "changed"


def test_modules_for_musl_are_named_as_each_python_wants_them(monkeypatch: pytest.MonkeyPatch) -> None:
    musl = load(monkeypatch, "zig").MUSLLINUX
    monkeypatch.setattr(sys, "version_info", (3, 11))
    assert musl.suffix == f".{sys.implementation.cache_tag}-x86_64-linux-musl.so"
    monkeypatch.setattr(sys, "version_info", (3, 10))
    assert musl.suffix == f".{sys.implementation.cache_tag}-x86_64-linux-gnu.so"
