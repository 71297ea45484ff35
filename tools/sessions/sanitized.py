"""The session sanitized: suites on compiled modules in which gcc's sanitizers look at each access to memory.

Two kinds of tests are left out.  Of those that fork one fails now and then with gcc 12: other threads may hold a lock
of the sanitizer's allocator, for which the child waits; ``-k fork`` runs them.  Where there is no memory the sanitizer
ends the process.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nox

from sessions.environment import PACKAGES, install, pytest, temporary

LEFT_OUT = "fork or without_memory"
SUITES = ["zmq-core", "zmq-eventloop", "zmq-devices", "zmq-green"]
COMPILED = ["zmq-core", "zmq-devices"]
BUILT = "wheel, AddressSanitizer and UBSan"
FLAGS = (
    "-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g -O1 --param=asan-stack=0"
)
"""Without the stack: greenlets copy parts of it, which looks like faults."""
OPTIONS = {
    # A report ends the process by a signal, so that the traces of Python follow.  The interpreter itself leaks; and an
    # allocation that is too large is a MemoryError.
    "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=1:allocator_may_return_null=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:abort_on_error=1",
    "PYTHONMALLOC": "malloc",  # Python's own allocator would hide objects that are used after they were freed
}


def run_tests(session: nox.Session) -> None:
    """Run the suites; arguments are packages, then those of pytest."""
    libraries = [_library(name) for name in ("libasan.so", "libstdc++.so.6")]
    if sys.platform != "linux" or None in libraries:
        session.skip("it takes gcc with libasan and libstdc++, on Linux")
    install(session, "zmq", "tests", extras=True)
    for package in COMPILED:
        build = {"CFLAGS": FLAGS, "LDFLAGS": FLAGS, "SKBUILD_BUILD_DIR": str(temporary(session, f"{package}-build"))}
        # no cache: uv would give these modules to other sessions
        options = ["--no-cache", "--no-deps", "--no-build-isolation", "--reinstall"]
        session.install(*options, f"packages/{package}", env=build)
    # before all other libraries; the second, which modules bring later, has functions that the first watches
    session.env.update(OPTIONS, LD_PRELOAD=" ".join(map(str, libraries)))
    wanted = [argument for argument in session.posargs if argument in PACKAGES] or SUITES
    arguments = [argument for argument in session.posargs if argument not in PACKAGES]
    for package in wanted:
        pytest(session, package, "-k", f"not ({LEFT_OUT})", *arguments, built=BUILT)


def _library(name: str) -> str | None:
    """Return the path of a library of gcc; None without it."""
    command = [os.environ.get("CC", "gcc"), f"-print-file-name={name}"]
    try:
        path = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
    return path if Path(path).is_absolute() else None
