"""Build and audit wheels with libzmq and libsodium inside for the oldest Linux that can use them, with zig.

    PYTHON tools/portable.py build TARGET FOLDER PACKAGE   a wheel of a compiled package, for PYTHON
    PYTHON tools/portable.py audit WHEEL...                a line of JSON for each: name, size, and what auditwheel says

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
from pathlib import Path
from typing import Any

import zig

ROOT = Path(__file__).resolve().parent.parent
TARGETS = {"x86_64": zig.MANYLINUX, "aarch64": zig.MANYLINUX_ARM64, "musl": zig.MUSLLINUX}


def build(target: zig.Target, folder: Path, package: str) -> None:
    """Build the wheel of *package* for *target* into a folder."""
    cache = ROOT / ".cache" / "zig"
    tools = zig.toolchain(target, cache)
    work = cache / "build" / f"{package}-{sys.implementation.cache_tag}-{target.triple}"
    # of the archive, which is written twice; hatchling's default
    variables = {
        "SOURCE_DATE_EPOCH": "1580601600",
        **os.environ,
        **zig.environment(target, tools, cache / "cache", work),
    }
    with tempfile.TemporaryDirectory() as built:
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", built]
        subprocess.run(command, cwd=ROOT / "packages" / package, env=variables, check=True)
        # The build calls it a wheel for any Linux; the audit shows whether it may be called this.
        (wheel,) = Path(built).iterdir()
        command = [sys.executable, "-m", "wheel", "tags", "--remove", "--platform-tag", target.platform, str(wheel)]
        subprocess.run(command, env=variables, check=True)
        (wheel,) = Path(built).iterdir()
        folder.mkdir(parents=True, exist_ok=True)
        shutil.move(wheel, folder / wheel.name)


def audit(wheel: Path) -> dict[str, Any]:
    """Return what there is to say about a wheel; ``problems`` should be empty."""
    platform = wheel.stem.split("-")[-1].split(".")[-1]
    command = [sys.executable, "-m", "auditwheel", "show", str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = re.sub(r"\s+", " ", done.stdout + done.stderr).strip()
    found = re.search(r'consistent with the following platform tag: "(\w+)"', said)
    problems = []
    if not found or not _is_at_most(found[1], platform):
        problems.append(f"auditwheel does not call it {platform}: {said}")
    # PyInstaller finds its hooks by names that Python cannot import; zmq_check lives outside zmq on purpose.
    command = [sys.executable, "-m", "check_wheel_contents", "--ignore", "W004"]
    command += ["--toplevel", "zmq,zmq_check" if wheel.name.startswith("zmq_core-") else "zmq", str(wheel)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    if checked.returncode:
        problems.append(checked.stdout.strip())
    with zipfile.ZipFile(wheel) as archive:
        modules = [name for name in archive.namelist() if name.endswith((".so", ".pyd"))]
    misnamed = [name for name in modules if not name.endswith(f"-{_suffix(platform)}.so")]
    problems += [f"{name} is not named as a module for {platform}" for name in misnamed]
    return {
        "wheel": wheel.name,
        "bytes": wheel.stat().st_size,
        "auditwheel": found[1] if found else "",
        "modules": len(modules),
        "problems": problems,
    }


def _is_at_most(found: str, platform: str) -> bool:
    """Return whether what auditwheel *found* is *platform*, or an older one of the same family and processor."""
    pattern = r"(many|musl)linux_(\d+)_(\d+)_(\w+)"
    one, other = re.fullmatch(pattern, found), re.fullmatch(pattern, platform)
    if not one or not other or (one[1], one[4]) != (other[1], other[4]):
        return False
    return (int(one[2]), int(one[3])) <= (int(other[2]), int(other[3]))


def _suffix(platform: str) -> str:
    return next(target.suffix for target in TARGETS.values() if target.platform.endswith(platform))


def main() -> int:
    """Build or audit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    building = verbs.add_parser("build")
    building.add_argument("target", choices=TARGETS)
    building.add_argument("folder", type=Path)
    building.add_argument("package")
    verbs.add_parser("audit").add_argument("wheels", type=Path, nargs="+")
    arguments = parser.parse_args()
    if arguments.verb == "build":
        build(TARGETS[arguments.target], arguments.folder, arguments.package)
        return 0
    audits = [audit(wheel) for wheel in arguments.wheels]
    print(*map(json.dumps, audits), sep="\n")
    return 1 if any(one["problems"] for one in audits) else 0


if __name__ == "__main__":
    sys.exit(main())
