"""What the test suites did, and where: a line of JSON for each run of a suite, from which the manual makes its tables.

    PYTHON -I tools/results.py add FILE PACKAGE JUNIT... [--built TEXT]      a suite has run: its junit files
    PYTHON -I tools/results.py leave-out FILE PACKAGE REASON [--built TEXT]  it cannot run here
    PYTHON tools/results.py publish [FILE]                                   put FILE, and wheels.jsonl beside it, into
                                                                             docs/platforms.jsonl and docs/wheels.jsonl

PYTHON is the interpreter that has run the suite, on the system where it did: it tells about itself, its system and its
libzmq.  FILE is ``.cache/results.jsonl`` by default.  ``--built`` says how zmq was built where that is not "wheel", the
ordinary one: "manylinux2014 wheel, zig".  JUNIT was written with ``-o junit_family=xunit1``: one file, or several if
parts of the suite ran in processes of their own.

A later run of the same suite on the same kind of interpreter, system and libzmq takes the place of the earlier one.
Several processes may write the file.  In sessions ``pytest()`` of ``sessions/environment.py`` calls this.  What the
audits say of wheels comes from portable.py.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import os
import platform
import re
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / ".cache" / "results.jsonl"
PUBLISHED = ROOT / "docs" / "platforms.jsonl"
WHEELS = RESULTS.with_name("wheels.jsonl")
BUILT = "wheel"
KIND = ("package", "series", "system", "machine", "link", "libzmq", "built")
"""The fields in which a later run equals the one whose place it takes."""
FAILURES = ("failed", "error")

Record = dict[str, Any]


class Outcome(NamedTuple):
    """How a test has ended: passed, skipped, failed or error; and why it was skipped."""

    kind: str
    reason: str


def outcomes(junit: Path) -> dict[str, Outcome]:
    """Return the worst outcome of each test in a junit file: the teardown of a passed test may fail."""
    found: dict[str, Outcome] = {}
    for case in ET.parse(junit).iter("testcase"):
        file = case.get("file", "")
        module = file.removesuffix(".py").replace("/", ".")
        group = case.get("classname", "").removeprefix(module).strip(".")
        test = "::".join([file, *filter(None, group.split(".")), case.get("name", "")])
        children = {child.tag: child.get("message", "") for child in case}
        kind = next((kind for kind in ("error", "failure", "skipped") if kind in children), "passed")
        outcome = Outcome("failed" if kind == "failure" else kind, children.get("skipped", ""))
        if test not in found or found[test].kind not in FAILURES:
            found[test] = outcome
    return found


def facts() -> Record:
    """Return what this interpreter, its system and its zmq are."""
    name = platform.python_implementation()
    series = f"{name} {'.'.join(platform.python_version_tuple()[:2])}"
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        series += " free-threaded"
    version = platform.python_version()
    if name == "PyPy":
        own = ".".join(map(str, sys.pypy_version_info[:3]))  # type: ignore[attr-defined, unused-ignore]
        version = f"{own} (Python {version})"
    libzmq = link = ""
    with contextlib.suppress(ImportError):  # it could not be installed
        import zmq
        from zmq.backend import _build

        libzmq, link = zmq.zmq_version(), str(_build.LINK)
    return {
        "series": series,
        "python": f"{name} {version}" + (" free-threaded" if series.endswith("free-threaded") else ""),
        "system": _system(),
        "machine": platform.machine(),
        "libc": _libc(),
        "libzmq": libzmq,
        "link": link,
    }


def _libc() -> str:
    # Not platform.libc_ver(), which reads the file of the interpreter: that of an emulated one is a script.
    with contextlib.suppress(AttributeError, OSError, ValueError):  # no confstr, or not this name
        if version := os.confstr("CS_GNU_LIBC_VERSION"):
            return version
    return "musl" if "musl" in (sysconfig.get_config_var("SOABI") or "") else ""


def _system() -> str:
    if platform.system() == "Linux":
        with contextlib.suppress(OSError):  # no file tells
            name = platform.freedesktop_os_release()["PRETTY_NAME"]
            return re.sub(r" \(.*|\w+/(?=sid)", "", name)  # "Debian GNU/Linux 12 (bookworm)"
    return f"{platform.system()} {platform.mac_ver()[0] or platform.release()}"


def record(package: str, built: str = BUILT, *, junit: Sequence[Path] = (), left_out: str = "") -> Record:
    """Return the record of a suite that has run, or cannot run here.  The suite has a result if each part of it has."""
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    if junit and all(part.exists() for part in junit):
        ended = [outcome for part in junit for outcome in outcomes(part).values()]
        counts.update("failed" if outcome.kind in FAILURES else outcome.kind for outcome in ended)
        reasons.update(outcome.reason for outcome in ended if outcome.kind == "skipped")
    elif junit:
        left_out = "the run ended without a result"
    return {
        "package": package,
        **facts(),
        "built": built,
        **{kind: counts[kind] for kind in ("passed", "skipped", "failed")},
        "reasons": dict(sorted(reasons.items())),
        "left_out": left_out,
        "date": dt.datetime.now(tz=dt.timezone.utc).date().isoformat(),
    }


def read(path: Path) -> list[Record]:
    """Return the records of a file; none if there is no such file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def newest(records: Iterable[Record]) -> list[Record]:
    """Return the last record of each kind, or of each wheel, in order."""
    last = {(one["wheel"],) if "wheel" in one else tuple(one[field] for field in KIND): one for one in records}
    return [last[kind] for kind in sorted(last)]


def append(path: Path, one: Record) -> None:
    """Add a record to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(one, sort_keys=True) + "\n")


def publish(path: Path, published: Path = PUBLISHED) -> None:
    """Put the records of *path* into the file of the manual."""
    records = newest([*read(published), *read(path)])
    published.write_text("".join(json.dumps(one, sort_keys=True) + "\n" for one in records), "utf-8")


def main() -> None:
    """Add a record, or publish them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("add", "leave-out"):
        one = verbs.add_parser(verb)
        one.add_argument("file", type=Path)
        one.add_argument("package")
        if verb == "add":
            one.add_argument("junit", type=Path, nargs="+")
        else:
            one.add_argument("reason")
        one.add_argument("--built", default=BUILT)
    verbs.add_parser("publish").add_argument("file", type=Path, nargs="?", default=RESULTS)
    arguments = parser.parse_args()
    if arguments.verb == "publish":
        publish(arguments.file)
        publish(arguments.file.with_name(WHEELS.name), PUBLISHED.with_name(WHEELS.name))
    elif arguments.verb == "add":
        append(arguments.file, record(arguments.package, arguments.built, junit=arguments.junit))
    else:
        append(arguments.file, record(arguments.package, arguments.built, left_out=arguments.reason))


if __name__ == "__main__":
    main()
