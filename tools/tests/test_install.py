"""``pip install .`` in the root of the repository, which is not a distribution."""

from __future__ import annotations

import importlib
import re
import runpy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("hook", ["get_requires_for_build_wheel", "get_requires_for_build_editable", "build_sdist"])
def test_the_root_says_where_the_distributions_are(hook: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    found = re.search(r'build-backend = "(\w+)"\nbackend-path = \["(\w+)"\]', settings)
    assert found is not None
    monkeypatch.syspath_prepend(ROOT / found[2])
    with pytest.raises(SystemExit, match="The root of this repository cannot be installed") as stopped:
        getattr(importlib.import_module(found[1]), hook)({})
    packages = re.findall(r"\./(packages/[\w-]+)", str(stopped.value))
    assert packages
    assert all((ROOT / package / "pyproject.toml").is_file() for package in packages)


@pytest.mark.parametrize("package", ["zmq-core", "zmq-devices"])
def test_a_build_on_python_39_ends_in_a_sentence(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 18, "final", 0))
    monkeypatch.setitem(sys.modules, "scikit_build_core", None)  # cannot be had there
    with pytest.raises(SystemExit, match=f"{package} cannot be built: it needs Python 3.10 or later"):
        runpy.run_path(str(ROOT / "packages" / package / "hatch_build.py"))
