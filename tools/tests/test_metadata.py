"""The metadata of all distributions is consistent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

tomllib = pytest.importorskip("tomllib")  # since Python 3.11

PACKAGES = sorted(path.parent for path in Path(__file__).parents[2].glob("packages/*/pyproject.toml"))
SAME = ["readme", "license", "license-files", "authors", "requires-python"]


def project(package: Path) -> dict[str, Any]:
    """Return the table ``[project]`` of a package."""
    metadata: dict[str, Any] = tomllib.loads((package / "pyproject.toml").read_text("utf-8"))["project"]
    return metadata


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_metadata_is_that_of_zmq_and_more(package: Path) -> None:
    common, own = project(package.with_name("zmq")), project(package)
    assert own["name"] == package.name
    assert {name: own[name] for name in SAME} == {name: common[name] for name in SAME}
    assert own["description"].startswith("ZeroMQ for Python")
    assert own["keywords"][: len(common["keywords"])] == common["keywords"]
    assert set(own["classifiers"]) >= set(common["classifiers"])
    assert len(set(own["classifiers"])) == len(own["classifiers"])


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_the_readme_names_the_distribution_and_how_to_install_it(package: Path) -> None:
    text = (package / "README.md").read_text("utf-8")
    assert text.startswith(f"# {package.name}\n")
    for heading in ("## Install", "## First example"):
        assert f"\n{heading}\n" in text
    assert f"--find-links dist {package.name}" in text or package.name == "zmq"
    assert '--find-links dist "zmq>=28"' in text
