"""A CPython for arm64, Debian's, that qemu runs on this machine: it is used like any other interpreter.

    python tools/emulated.py FOLDER 3.11      make it in FOLDER, unless it is there, and print its path

It takes apt on an x86_64 machine, and not root.  Where it cannot be made the reason is printed, and the exit status is
77.
"""

from __future__ import annotations

import platform
import shlex
import sys
from pathlib import Path

import debian
import sid

SUITES = {"3.11": "bookworm", "3.13": "trixie"}
"""The Debian that has each Python."""


def make(folder: Path, series: str) -> Path:
    """Return the path of an arm64 Python *series*.

    Raises:
        sid.UnavailableError: It cannot be made on this machine.
    """
    if series not in SUITES:
        raise sid.UnavailableError(f"Debian has no arm64 Python {series}, but {' and '.join(SUITES)}")
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise sid.UnavailableError("qemu is taken from Debian for x86_64")
    folder = folder.resolve()
    emulator = debian.unpack(folder / "qemu", "bookworm", "amd64", ["qemu-user-static"])
    root = debian.unpack(
        folder / series, SUITES[series], "arm64", [f"python{series}", f"python{series}-venv", "base-files"]
    )
    python = root / "usr" / "bin" / f"python{series}"
    program = python.with_name(f"{python.name}.arm64")
    if not program.exists():
        python.replace(program)
    # Python finds its libraries by the name that it is called by, and is called by it again in subprocesses.
    # EMULATED_ON is for tests that look at /proc.
    emulate = shlex.join([str(emulator / "usr/bin/qemu-aarch64-static"), "-L", str(root)])
    command = f'{emulate} -0 "$0" {shlex.quote(str(program))} "$@"'
    python.write_text(f"#!/bin/sh\nEMULATED_ON={platform.machine()} exec {command}\n")
    python.chmod(0o755)
    return python


def main() -> int:
    """Make it."""
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    try:
        print(make(Path(sys.argv[1]), sys.argv[2]))
    except sid.UnavailableError as error:
        print(error, file=sys.stderr)
        return sid.SKIPPED
    return 0


if __name__ == "__main__":
    sys.exit(main())
