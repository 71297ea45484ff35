"""A CPython without the GIL, built from Debian's source: for systems whose packages have none.

    python tools/free_threaded.py FOLDER      build it into FOLDER, unless it is there; FOLDER/bin/python3.13t

It takes Debian (or a system with its apt), the mirror that apt uses, and a C compiler with the header files that
CPython's modules need; about ten minutes.  Where it cannot be built the reason is printed, and the exit status is 77.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from sid import KEYRING, SKIPPED, UnavailableError, mirror

SERIES = "3.13"
SUITE = "trixie"
"""The Debian that has its source."""
HEADERS = ["libffi-dev", "libssl-dev", "zlib1g-dev"]


def build(folder: Path, *options: str) -> Path:
    """Build the interpreter into *folder* unless it is there; return its path.

    Args:
        folder: The folder.
        options: More options of ``configure``.

    Raises:
        UnavailableError: This machine, or its network, does not allow it.
    """
    python = folder / "bin" / f"python{SERIES}t"
    if python.exists():
        return python
    if not shutil.which("apt-get") or not shutil.which("dpkg-source"):
        raise UnavailableError(f"a free-threaded CPython {SERIES} is built from Debian's source: apt and dpkg-dev")
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        source = _download(work)
        # Not CC or CFLAGS of the caller: the interpreter records them for the extensions that it builds.
        environment = {key: value for key, value in os.environ.items() if key not in {"CC", "CFLAGS", "LDFLAGS"}}
        log = folder.with_suffix(".log")
        folder.parent.mkdir(parents=True, exist_ok=True)
        environment["TSAN_OPTIONS"] = "report_bugs=0"  # of interpreters with ThreadSanitizer, which the build runs
        own = ["--disable-gil", f"--prefix={folder.resolve()}", "--with-ensurepip=install"]
        jobs = f"-j{len(os.sched_getaffinity(0))}" if hasattr(os, "sched_getaffinity") else "-j2"
        with log.open("w") as output:
            for command in (["./configure", *own, *options], ["make", jobs], ["make", "install"]):
                print("+", *command, flush=True)
                done = subprocess.run(command, cwd=source, env=environment, stdout=output, stderr=output, check=False)
                if done.returncode:
                    raise UnavailableError(
                        f"CPython {SERIES} cannot be built, see {log}; apt-get install gcc make {' '.join(HEADERS)}"
                    )
    return python


def _download(work: Path) -> Path:
    """Return the folder of CPython's source, taken with apt, whose own lists stay as they are."""
    for part in ("lists/partial", "archives/partial"):
        (work / "apt" / part).mkdir(parents=True)
    uri = mirror()
    if uri is None:
        raise UnavailableError(f"the source of CPython {SERIES} cannot be had where apt knows no mirror of Debian")
    sources = work / "apt" / "sources.list"
    sources.write_text(f"deb-src [signed-by={KEYRING}] {uri} {SUITE} main\n")
    configuration = work / "apt" / "apt.conf"
    configuration.write_text(
        f'Dir::Etc::sourcelist "{sources}";\n'
        'Dir::Etc::sourceparts "-";\n'
        f'Dir::State::lists "{work}/apt/lists";\n'
        f'Dir::Cache "{work}/apt";\n'
        'Acquire::Check-Valid-Until "false";\n'  # a mirror may be some weeks old
        'APT::Sandbox::User "root";\n'  # may write to a temporary folder
    )
    environment = {**os.environ, "APT_CONFIG": str(configuration)}
    for command in (["apt-get", "-qq", "update"], ["apt-get", "-qq", "source", "--download-only", f"python{SERIES}"]):
        print("+", *command, flush=True)
        if subprocess.run(command, cwd=work, env=environment, check=False).returncode:
            raise UnavailableError(f"the source of CPython {SERIES} cannot be had from {uri}")
    archive = next(work.glob(f"python{SERIES}_*.orig.tar.*[!c]"))
    shutil.unpack_archive(archive, work)
    return next(path for path in work.glob("Python-*") if path.is_dir())


def main() -> None:
    """Build it."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    try:
        print(build(Path(sys.argv[1])))
    except UnavailableError as error:
        print(error, file=sys.stderr)
        raise SystemExit(SKIPPED) from None


if __name__ == "__main__":
    main()
