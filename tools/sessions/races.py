"""The session races: ThreadSanitizer looks for races between threads, where no GIL hides them.

The interpreter, libzmq and zmq-core are compiled with it.  ``tools/races.txt`` has what is not reported, with reasons.
"""

from __future__ import annotations

import shutil

import free_threaded
import nox
import sid

from sessions.environment import ROOT, python_of, sources, temporary, wheel
from sessions.free_threaded import REQUIREMENTS

OWN = ROOT / ".cache" / "thread-sanitizer"
"""Where the interpreter is built."""
FILES = ["calls", "engine", "free_threading", "futures", "pinned", "poller", "threads", "tracker", "wakeups", "watch"]
FLAGS = "-fsanitize=thread -fno-omit-frame-pointer -g -O1"
OPTIONS = f"suppressions={ROOT / 'tools' / 'races.txt'} history_size=4 exitcode=0 log_path="


def run_tests(session: nox.Session) -> None:
    """Run the tests; arguments are those of pytest, in place of the files."""
    try:
        python = free_threaded.build(OWN, "--with-thread-sanitizer")
    except sid.UnavailableError as error:
        session.skip(str(error))
    archives = sources(session)
    flags = dict.fromkeys(["CFLAGS", "CXXFLAGS", "LDFLAGS"], FLAGS)
    settings = {"ZMQ_BUNDLE": "1", "SKBUILD_INSTALL_STRIP": "false", **archives, **flags}
    built = wheel(session, "zmq-core", temporary(session, "with ThreadSanitizer"), settings)
    session.install("--reinstall-package=zmq-core", str(built), *REQUIREMENTS)
    # The session's own Python has installed; the other one has the same ABI.
    where = session.run(
        python_of(session), "-I", "-c", "import sysconfig; print(sysconfig.get_path('platlib'))", silent=True
    )
    arguments = session.posargs or [f"packages/zmq-core/tests/test_{name}.py" for name in FILES]
    reports = temporary(session, "reports")
    shutil.rmtree(reports, ignore_errors=True)
    reports.mkdir()
    options = ["-p", "no:cacheprovider", "--timeout=600"]
    session.run(
        *(str(python), "-P", "-m", "pytest", *options, *arguments),
        env={"PYTHONPATH": str(where).strip(), "TSAN_OPTIONS": f"{OPTIONS}{reports / 'of'}"},
        external=True,
    )
    found = [text for path in sorted(reports.iterdir()) if "SUMMARY: " in (text := path.read_text())]
    if found:
        session.error("\n".join([*found, f"races: {sum(text.count('SUMMARY: ') for text in found)}"]))
