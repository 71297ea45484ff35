"""Run files of test programs, each for one behaviour of zmq: ``python tools/cases.py FILE... [--only NAME]``.

Such a file runs its programs and prints a line for each: ``ok``, ``FAIL`` or ``skip``, and the name.  A failed program
is retried once, alone, because the programs have deadlines.  Deliberate differences from pyzmq are listed here.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

# Each of these has a row in docs/compatibility.md.
DIFFERENT = {
    "backend_variable": "there is one backend",
    "frame_buffer_readonly": "memory that belongs to the Frame alone may be written to, as with pyzmq 27",
    "log_exact": "records end with a newline, as with pyzmq 27",
    "message_text": "str() describes a Frame, as with pyzmq 27",
    "send_returns": "sends with copy=False return a tracker, as with pyzmq 27",
}
RUN_SSHD = Path("/run/sshd")
"""A folder that sshd requires, created when the system starts sshd."""


def main() -> int:
    """Run the files; return 1 if an unlisted program fails, or a listed one passes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--only", action="append", default=[], help="run only this program")
    arguments = parser.parse_args()
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        with contextlib.suppress(OSError):
            RUN_SSHD.mkdir(mode=0o755, exist_ok=True)
    bad = [line for file in arguments.files for line in check(file.resolve(), arguments.only)]
    print("\n".join(bad) or "all is as it should be")
    return 1 if bad else 0


def check(file: Path, names: list[str]) -> list[str]:
    """Run the programs of *file*; return a line for each unexpected result."""
    lines = run(file, names)
    failed = [name for name, line in lines.items() if line.startswith("FAIL") and name not in DIFFERENT]
    if failed:
        print(f"once more: {' '.join(failed)}", flush=True)
        lines.update(run(file, failed))
    if not lines:
        return [f"FAILED {file.name}: it has run nothing"]
    bad = [f"FAILED {name}: {lines[name]}" for name in failed if lines[name].startswith("FAIL")]
    good = [name for name in DIFFERENT if lines.get(name, "").startswith("ok")]
    return bad + [f"FAILED {name}: it is listed as different, and is not" for name in good]


def run(file: Path, names: list[str]) -> dict[str, str]:
    """Run the named programs of *file*, or all; return the line of each."""
    lines: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        # SEED_EXTRA: a folder with libraries of another Python
        environment = {**os.environ, "SEED_EXTRA": "", "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-u", str(file), *names]
        with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                print(line, end="", flush=True)
                outcome, _, rest = line.partition(" ")
                if outcome in {"ok", "FAIL", "skip"}:
                    lines[rest.split()[0]] = line.strip()
    return lines


if __name__ == "__main__":
    sys.exit(main())
