"""tools/release.py: the versions, pins and change logs of all packages, and what one tag publishes."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

pytest.importorskip("tomllib")  # since Python 3.11
sys.path.insert(0, str(Path(__file__).parents[1]))
import release

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what says the versions."""
    for folder in release.packages(ROOT).values():
        copy = tmp_path / "packages" / folder.name
        copy.mkdir(parents=True)
        for file in (folder / "pyproject.toml", folder / "CHANGELOG.md", release.version_file(folder)):
            target = copy / file.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    return tmp_path


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def test_the_packages_agree() -> None:
    assert list(release.problems(ROOT)) == []


def test_a_version_is_set_everywhere(tree: Path) -> None:
    release.set_version(tree, "31.4.0", "2031-05-09")
    assert list(release.problems(tree, "v31.4.0")) == []
    assert {release.version_of(folder) for folder in release.packages(tree).values()} == {"31.4.0"}
    assert '"zmq-core~=31.4"' in (tree / "packages/zmq-auth/pyproject.toml").read_text("utf-8")
    assert '"zmq-eventloop[tornado]~=31.4"' in (tree / "packages/zmq/pyproject.toml").read_text("utf-8")


def test_a_package_without_changes_says_so(tree: Path) -> None:
    release.set_version(tree, "31.4.0", "2031-05-09")
    release.set_version(tree, "31.4.1", "2031-05-10")
    log = (tree / "packages/zmq-log/CHANGELOG.md").read_text("utf-8")
    assert log.index("## 31.4.1 (2031-05-10)\n\nNo changes of its own.") < log.index("## 31.4.0 (2031-05-09)")
    assert list(release.problems(tree, "v31.4.1")) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("zmq-log/pyproject.toml", '"31.4.0"', '"31.4.1"', "zmq-log has the version 31.4.1, and zmq 31.4.0"),
        ("zmq-core/src/zmq/_version.py", '"31.4.0"', '"31.3.9"', "zmq-core has the version 31.3.9"),
        ("zmq-ssh/pyproject.toml", "zmq-core~=31.4", "zmq-core~=31.3", "zmq-ssh requires zmq-core~=31.3"),
        ("zmq-auth/pyproject.toml", "[tornado]~=31.4", "[tornado]", r"it should be zmq-eventloop\[tornado\]~=31.4"),
        ("zmq-green/CHANGELOG.md", "2031-05-09", "unreleased", "zmq-green's CHANGELOG.md calls 31.4.0 unreleased"),
        ("zmq-devices/CHANGELOG.md", "## 31.4.0", "## 31.3.0", "the first heading in zmq-devices's CHANGELOG.md"),
    ],
)
def test_what_does_not_agree_is_named(tree: Path, file: str, old: str, new: str, said: str) -> None:
    release.set_version(tree, "31.4.0", "2031-05-09")
    change(tree / "packages" / file, old, new)
    assert any(re.search(said, problem) for problem in release.problems(tree, "v31.4.0"))


def test_another_tag_than_the_version_is_a_problem(tree: Path) -> None:
    release.set_version(tree, "31.4.0", "2031-05-09")
    assert list(release.problems(tree, "v31.4.1")) == ["the tag is v31.4.1, and the version 31.4.0"]


def test_packages_are_published_after_those_that_they_require() -> None:
    workflow = (ROOT / ".github/workflows/release.yml").read_text("utf-8")
    published = re.findall(r"packages-dir: release/([\w-]+)", workflow)
    assert published == release.order(ROOT)
    for position, name in enumerate(published):
        required = " ".join(release.requirements(release.packages(ROOT)[name]))
        assert not any(re.search(rf"\b{later}[~\[]", required) for later in published[position + 1 :])


def test_every_package_is_published_as_sdist_and_the_pure_ones_as_wheels(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    release.build(ROOT, tmp_path / "release")
    built: dict[str, set[str]] = {path.parent.name: set() for path in tmp_path.glob("release/*/*")}
    for path in tmp_path.glob("release/*/*"):
        built[path.parent.name].add(path.suffix)
    compiled = {path.parent.name for path in ROOT.glob("packages/*/CMakeLists.txt")}
    assert built == {name: {".gz"} if name in compiled else {".gz", ".whl"} for name in release.packages(ROOT)}
