"""Build and audit wheels with libzmq and libsodium inside for the oldest Linux that can use them, with zig.

    PYTHON tools/portable.py build TARGET FOLDER PACKAGE
                                        a wheel of a compiled package, for PYTHON
    PYTHON tools/portable.py audit [--record FILE] WHEEL...
                                        a line of JSON for each: name, size, and what the checks say; added to FILE if
                                        they agree

It takes the requirements of a build in the environment of PYTHON, without isolation, for the platform that the build is
told of is not the one that runs it.  So zmq-devices takes the .pxd files of the zmq-core that is installed there.
LIBZMQ_SOURCE and LIBSODIUM_SOURCE are the sources; without them the build downloads the pinned ones.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import pythonapi
from pathlib import Path
from typing import Any

import debian
import elf
import exports
import results
import sid
import zig

ROOT = Path(__file__).resolve().parent.parent
TARGETS = {"x86_64": zig.MANYLINUX, "aarch64": zig.MANYLINUX_ARM64, "musl": zig.MUSLLINUX}
PYTHON = re.compile("_?Py")
"""Begins the names of Python's functions and objects."""


def build(target: zig.Target, folder: Path, package: str) -> None:
    """Build the wheel of *package* for *target* into a folder."""
    cache = ROOT / ".cache" / "zig"
    tools = zig.toolchain(target, cache)
    work = cache / "build" / f"{package}-{sys.implementation.cache_tag}-{target.triple}"
    # of the archive, which is written more than once; hatchling's default
    variables = {
        "SOURCE_DATE_EPOCH": "1580601600",
        **os.environ,
        **zig.environment(target, tools, cache / "cache", work),
    }
    with tempfile.TemporaryDirectory() as name:
        built, unpacked = Path(name, "built"), Path(name, "unpacked")
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)]
        subprocess.run(command, cwd=ROOT / "packages" / package, env=variables, check=True)
        wheel = [sys.executable, "-m", "wheel"]
        if target.libc:
            subprocess.run([*wheel, "unpack", "--dest", str(unpacked), *built.iterdir()], check=True)
            for module in unpacked.rglob("*.so"):
                subprocess.run(["patchelf", "--replace-needed", "libc.so", target.libc, str(module)], check=True)
            subprocess.run([*wheel, "pack", "--dest-dir", str(built), *unpacked.iterdir()], env=variables, check=True)
        # The build calls it a wheel for any Linux; the audit shows whether it may be called this.
        tags = ["tags", "--remove", "--platform-tag", target.platform]
        subprocess.run([*wheel, *tags, *built.iterdir()], env=variables, check=True)
        (wheel_of_target,) = built.iterdir()
        folder.mkdir(parents=True, exist_ok=True)
        shutil.move(wheel_of_target, folder / wheel_of_target.name)


def audit(wheel: Path) -> dict[str, Any]:
    """Return what there is to say about a wheel; ``problems`` should be empty."""
    target = next(target for target in TARGETS.values() if wheel.stem.endswith(f"-{target.platform}"))
    says: dict[str, str] = {}
    problems: list[str] = []
    for check in (_auditwheel, _check_wheel_contents, _modules, _musl):
        says[check.__name__.strip("_")], found = check(wheel, target)
        problems += found
    return {
        "wheel": wheel.name,
        "bytes": wheel.stat().st_size,
        "says": says,
        "problems": problems,
    }


def _auditwheel(wheel: Path, target: zig.Target) -> tuple[str, list[str]]:
    said = _run("auditwheel", "show", str(wheel))
    found = re.search(r'consistent with the following platform tag: "(\w+)"', said)
    if not found or not _is_at_most(found[1], target.platform.split(".")[-1]):
        return said, [f"auditwheel does not call it {target.platform}: {said}"]
    # It would take the version of this machine's musl, if there was one.
    newest = "; it took its newest policy" if "latest known version will be used" in said else ""
    return f"is {found[0]}{newest}", []


def _check_wheel_contents(wheel: Path, _target: zig.Target) -> tuple[str, list[str]]:
    # PyInstaller finds its hooks by names that Python cannot import; zmq_check lives outside zmq on purpose.
    options = ["--ignore", "W004", "--toplevel", "zmq,zmq_check" if wheel.name.startswith("zmq_core-") else "zmq"]
    said = _run("check_wheel_contents", *options, str(wheel)).removeprefix(f"{wheel}: ")
    return said, [said] if said != "OK" else []


def _run(module: str, *arguments: str) -> str:
    """Return what a module has said, in one line."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return re.sub(r"\s+", " ", done.stdout).strip()


def _modules(wheel: Path, target: zig.Target) -> tuple[str, list[str]]:
    """Check names and symbols: what a Python does not export is not there on the platform of the wheel, either."""
    with _unpacked(wheel) as folder:
        problems = exports.problems(folder, bundled=wheel.name.startswith("zmq_core-"))
        paths = sorted(folder.rglob("*.so"))
        modules = {path.name: elf.read(path) for path in paths}
    for name, module in modules.items():
        if not name.endswith(target.suffix):
            problems.append(f"{name} does not end with {target.suffix}")
        lacking = [symbol for symbol in module.undefined if PYTHON.match(symbol) and not hasattr(pythonapi, symbol)]
        problems += [f"{name} needs {symbol}, which this Python does not export" for symbol in lacking]
    needed = sorted({library for module in modules.values() for library in module.needed})
    return f"{len(modules)} modules export PyInit alone, and need {', '.join(needed)}", problems


def _musl(wheel: Path, target: zig.Target) -> tuple[str, list[str]]:
    """Let musl's loader look for all that the modules need: Python's functions are all that it must not find."""
    if "musl" not in target.triple:
        return "", []
    try:
        musl = debian.unpack(ROOT / ".cache" / "musl", "bookworm", "amd64", ["musl"])
    except sid.UnavailableError as error:
        return f"not asked: {error}", []
    loader = musl / "lib" / "ld-musl-x86_64.so.1"
    asked = subprocess.run([loader], stderr=subprocess.PIPE, text=True, check=False).stderr
    version = re.search(r"Version (\S+)", asked)
    problems = []
    with _unpacked(wheel) as folder:
        for path in sorted(folder.rglob("*.so")):
            # which the loader would look for in its folders
            (path.parent / target.libc).unlink(missing_ok=True)
            (path.parent / target.libc).symlink_to(loader)
            command = [str(loader), "--library-path", str(path.parent), "--list", str(path)]
            said = subprocess.run(command, capture_output=True, text=True, check=False).stderr
            lacking = re.findall(r"Error relocating .*: (\S+): symbol not found", said)
            problems += [f"musl does not find {name} for {path.name}" for name in lacking if not PYTHON.match(name)]
            problems += re.findall(r"Error loading .*", said)
            if not lacking:
                problems.append(f"musl does not miss Python for {path.name}: {said}")
    return f"musl {version[1] if version else asked} finds all but Python's functions", problems


@contextmanager
def _unpacked(wheel: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
        yield Path(folder)


def _is_at_most(found: str, platform: str) -> bool:
    """Return whether what auditwheel *found* is *platform*, or an older one of the same family and processor."""
    pattern = r"(many|musl)linux_(\d+)_(\d+)_(\w+)"
    one, other = re.fullmatch(pattern, found), re.fullmatch(pattern, platform)
    if not one or not other or (one[1], one[4]) != (other[1], other[4]):
        return False
    return (int(one[2]), int(one[3])) <= (int(other[2]), int(other[3]))


def main() -> int:
    """Build or audit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    building = verbs.add_parser("build")
    building.add_argument("target", choices=TARGETS)
    building.add_argument("folder", type=Path)
    building.add_argument("package")
    auditing = verbs.add_parser("audit")
    auditing.add_argument("--record", type=Path)
    auditing.add_argument("wheels", type=Path, nargs="+")
    arguments = parser.parse_args()
    if arguments.verb == "build":
        build(TARGETS[arguments.target], arguments.folder, arguments.package)
        return 0
    audits = [audit(wheel) for wheel in arguments.wheels]
    print(*map(json.dumps, audits), sep="\n")
    if any(one["problems"] for one in audits):
        return 1
    for one in audits if arguments.record else ():
        results.append(arguments.record, one)
    return 0


if __name__ == "__main__":
    sys.exit(main())
