"""Build packages twice, in two folders: sdists and wheels must be the same bytes.

    PYTHON tools/reproducible.py [PACKAGE...]

It takes the requirements of the builds in the environment of PYTHON.  The date in the archives is SOURCE_DATE_EPOCH,
here a fixed one.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATE = "1704164645"  # 2024-01-02 03:04:05; the dates of wheels are even
LEFT_BY_BUILDS = shutil.ignore_patterns("build", "bundled", "licenses", "*.so", "*.pyd", "_build.py", "tests")


def build(package: str, folder: Path) -> dict[str, Path]:
    """Copy the package into *folder*, and build its sdist and wheel there; return them by their names."""
    tree = folder / package
    shutil.copytree(ROOT / "packages" / package, tree, ignore=LEFT_BY_BUILDS)
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder / "built")]
    done = subprocess.run(
        command,
        cwd=tree,
        env={**os.environ, "SOURCE_DATE_EPOCH": DATE},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stdout)
    return {path.name: path for path in sorted((folder / "built").iterdir())}


def members(archive: Path) -> dict[str, str]:
    """Return a digest of each file in an archive, with its date."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return {one.filename: f"{one.date_time} {_digest(wheel.read(one))}" for one in wheel.infolist()}
    with tarfile.open(archive) as sdist:
        files = ((one, sdist.extractfile(one)) for one in sdist)
        return {one.name: f"{one.mtime} {_digest(file.read() if file else b'')}" for one, file in files}


def difference(one: Path, other: Path) -> str:
    """Return what differs between two archives, or the empty string."""
    if one.read_bytes() == other.read_bytes():
        return ""
    here, there = members(one), members(other)
    differ = sorted(name for name in here.keys() | there.keys() if here.get(name) != there.get(name))
    return ", ".join(differ) or "the order or the packing of the files"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def main(packages: list[str]) -> int:
    """Build all *packages* twice; return 1 if something differs."""
    failed = 0
    for package in packages:
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory(prefix="another-longer-name-") as other:
            first, second = build(package, Path(one)), build(package, Path(other, "and deeper"))
            for name in sorted(first.keys() | second.keys()):
                differs = difference(first[name], second[name]) if first.keys() == second.keys() else "the name"
                print(f"{name}: {f'differs in {differs}' if differs else 'the same twice'}", flush=True)
                failed |= bool(differs)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or sorted(path.parent.name for path in ROOT.glob("packages/*/pyproject.toml"))))
