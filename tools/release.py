"""The versions of all packages, which one tag releases together.

    python tools/release.py set 28.1.0       write the version, its pins between our packages, and today's date
    python tools/release.py check v28.1.0    check that the tag, versions, pins and change logs agree
    python tools/release.py build            sdists, and the wheels without compiled modules, into dist/release

It needs Python 3.11 or later, and ``build`` the package hatchling.
"""

from __future__ import annotations

import argparse
import datetime as dt
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any

TOML = import_module("tomllib")  # not an import statement: type checkers look for it in Python 3.10
ROOT = Path(__file__).resolve().parents[1]
VERSION = re.compile(r"\d+\.\d+\.\d+((a|b|rc)\d+)?")
STATIC = re.compile(r'(?m)^(version|__version__) = "(.+)"$')
PIN = re.compile(r"\b(zmq(?:-\w+)?(?:\[[\w,]+\])?)~=[\d.]+")
HEADING = re.compile(r"(?m)^## (\S+) \((.+)\)$")


def packages(root: Path) -> dict[str, Path]:
    """Return the folders of our packages by name."""
    return {path.parent.name: path.parent for path in sorted(root.glob("packages/*/pyproject.toml"))}


def settings(package: Path) -> dict[str, Any]:
    """Return the contents of a package's pyproject.toml."""
    contents: dict[str, Any] = TOML.loads((package / "pyproject.toml").read_text("utf-8"))
    return contents


def version_file(package: Path) -> Path:
    """Return the file that holds the version of *package*."""
    path: str = settings(package)["tool"]["hatch"].get("version", {}).get("path", "pyproject.toml")
    return package / path


def version_of(package: Path) -> str:
    """Return the version of *package*."""
    found = STATIC.search(version_file(package).read_text("utf-8"))
    assert found is not None, f"{version_file(package)} holds no version"
    return found[2]


def requirements(package: Path) -> list[str]:
    """Return all requirements of *package*, without their markers: of its build, and of its extras, too."""
    contents = settings(package)
    project = contents["project"]
    extras = chain.from_iterable(project.get("optional-dependencies", {}).values())
    required = [*contents["build-system"]["requires"], *project.get("dependencies", ()), *extras]
    return [requirement.partition(";")[0] for requirement in required]


def order(root: Path) -> list[str]:
    """Return the names of our packages, each after those that it requires."""
    folders = packages(root)
    ordered: list[str] = []

    def add(name: str) -> None:
        for requirement in requirements(folders[name]):
            required = re.split(r"[^\w-]", requirement)[0]
            if required in folders and required != name:
                add(required)
        if name not in ordered:
            ordered.append(name)

    for name in folders:
        add(name)
    return ordered


def pin(version: str) -> str:
    """Return how our packages require each other: any later version that is compatible."""
    return "~=" + ".".join(version.split(".")[:2])


def problems(root: Path, tag: str | None = None) -> Iterator[str]:
    """Yield what does not agree; without *tag* the changes need not have a date yet."""
    folders = packages(root)
    version = version_of(folders["zmq"])
    if tag is not None and tag != f"v{version}":
        yield f"the tag is {tag}, and the version {version}"
    for name, folder in folders.items():
        own = version_of(folder)
        if own != version:
            yield f"{name} has the version {own}, and zmq {version}"
        for requirement in requirements(folder):
            found = re.match(r"(zmq[\w-]*)(\[[\w,]+\])?(.*)", requirement)
            if found and found[1] in folders and found[1] != name and found[3] != pin(version):
                yield f"{name} requires {requirement}: it should be {found[1]}{found[2] or ''}{pin(version)}"
        heading = HEADING.search((folder / "CHANGELOG.md").read_text("utf-8"))
        if heading is None or heading[1] != version:
            yield f"the first heading in {name}'s CHANGELOG.md is not '## {version} (date)'"
        elif not (re.fullmatch(r"\d{4}-\d\d-\d\d", heading[2]) or (tag is None and heading[2] == "unreleased")):
            yield f"{name}'s CHANGELOG.md calls {version} {heading[2]}: a release has a date"


def set_version(root: Path, version: str, date: str) -> None:
    """Write *version* and *date* into all packages."""
    for folder in packages(root).values():
        file = version_file(folder)
        file.write_text(STATIC.sub(rf'\1 = "{version}"', file.read_text("utf-8"), count=1), "utf-8")
        project = folder / "pyproject.toml"
        project.write_text(PIN.sub(rf"\1{pin(version)}", project.read_text("utf-8")), "utf-8")
        changes = folder / "CHANGELOG.md"
        text = changes.read_text("utf-8")
        heading = HEADING.search(text)
        if heading is None or heading[2] != "unreleased":
            entry = f"## {version} ({date})\n\nNo changes of its own.\n\n"
            changes.write_text(re.sub(r"(?m)^(?=## )", entry, text, count=1), "utf-8")
        else:
            changes.write_text(HEADING.sub(f"## {version} ({date})", text, count=1), "utf-8")


def build(root: Path, folder: Path) -> None:
    """Build into one folder for each package; cibuildwheel makes the wheels of compiled packages.

    Without isolation: for its sdist zmq-devices needs none of the packages that its build requires.
    """
    shutil.rmtree(folder, ignore_errors=True)
    for name, package in packages(root).items():
        kinds = ["sdist"] if (package / "CMakeLists.txt").exists() else ["sdist", "wheel"]
        options = [option for kind in kinds for option in ("--target", kind)]
        command = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder / name), *options]
        subprocess.run(command, cwd=package, check=True)


def main(arguments: list[str]) -> int:
    """Run one command; return 1 if something does not agree."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("set").add_argument("version")
    commands.add_parser("check").add_argument("tag", nargs="?")
    commands.add_parser("build")
    given = parser.parse_args(arguments)
    if given.command == "set":
        if not VERSION.fullmatch(given.version):
            parser.error(f"{given.version} is no version such as 28.1.0 or 28.1.0rc1")
        set_version(ROOT, given.version, dt.datetime.now(dt.timezone.utc).date().isoformat())
    elif given.command == "build":
        build(ROOT, ROOT / "dist" / "release")
    wrong = list(problems(ROOT, getattr(given, "tag", None)))
    print(*wrong or [f"all packages agree; they are published in this order: {', '.join(order(ROOT))}"], sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
