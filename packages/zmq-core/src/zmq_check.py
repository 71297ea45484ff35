"""``python -m zmq_check``: is every file of zmq the one that its distribution installed?

Lives outside ``zmq`` and does not import it, so that it still runs when another distribution has written over zmq.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from importlib.util import find_spec
from pathlib import Path

REPAIR = "pip install --force-reinstall {}"


def ours() -> list[Distribution]:
    """Return the installed distributions that make up zmq: zmq-core, its extensions, and zmq itself."""
    return [dist for dist in _installed() if _is_ours(dist)]


def editable_source(dist: Distribution) -> str | None:
    """Return where the sources of an editable installation are, None for an ordinary one."""
    url = json.loads(dist.read_text("direct_url.json") or "{}")
    return str(url["url"]) if url.get("dir_info", {}).get("editable") else None


def problems() -> Iterator[str]:
    """Compare the files of zmq with what was installed; yield a sentence for each problem."""
    for dist in _installed():
        record = _record(dist)
        if not _is_ours(dist):
            if record:
                yield f"{_name(dist)} {dist.version} also owns files of zmq/. Keep one: pip uninstall {_name(dist)}"
            continue
        broken: list[str] = []
        for file, wanted in record.items():
            path = Path(str(dist.locate_file(file)))
            if not path.is_file():
                broken.append(f"{file} is missing")
            elif wanted and _digest(path, wanted.partition("=")[0]) != wanted:
                broken.append(f"{file} is not the file that was installed")
        if broken:
            more = f" and {len(broken) - 3} more" if len(broken) > 3 else ""
            yield f"{_name(dist)}: {'; '.join(broken[:3])}{more}. Repair: {REPAIR.format(_name(dist))}"
    yield from _shadowed()


def main() -> int:
    """Print what is installed and what is wrong; return 1 if something is."""
    for dist in ours():
        source = editable_source(dist)
        print(f"{_name(dist)} {dist.version}" + (f" (editable, {source})" if source else ""))
    found = list(problems())
    for problem in found:
        print(f"problem: {problem}")
    print("zmq: " + ("not whole" if found else "every file is as installed"))
    return bool(found)


def _installed() -> list[Distribution]:
    """Return one distribution for each name: the first on sys.path, which is the one that imports use."""
    first: dict[str, Distribution] = {}
    for dist in distributions():
        first.setdefault(_name(dist), dist)
    return sorted(first.values(), key=_name)


def _name(dist: Distribution) -> str:
    # A folder left behind by a broken installation has no name.
    return re.sub(r"[-_.]+", "-", str(dist.metadata["Name"] or "")).lower()


def _is_ours(dist: Distribution) -> bool:
    return _name(dist) == "zmq" or _name(dist).startswith("zmq-")


def _record(dist: Distribution) -> dict[str, str]:
    """Return the files of zmq/ in *dist*, each with its digest as RECORD has it, "" for none."""
    # Not dist.files: since Python 3.12 that leaves out what is missing.
    rows = csv.reader((dist.read_text("RECORD") or "").splitlines())
    return {row[0]: row[1] for row in rows if row and row[0].startswith("zmq/") and not row[0].endswith(".pyc")}


def _digest(path: Path, algorithm: str) -> str:
    digest = hashlib.new(algorithm, path.read_bytes()).digest()
    return f"{algorithm}={base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def _shadowed() -> Iterator[str]:
    """Yield a sentence if ``import zmq`` does not find zmq-core at all."""
    spec = find_spec("zmq")  # does not import it
    if spec is None or spec.origin is None:
        yield f"there is no zmq to import. Repair: {REPAIR.format('zmq-core')}"
    elif not Path(spec.origin).with_name("_installation.py").is_file():
        yield f"import zmq finds {spec.origin}, which is not zmq-core's"


if __name__ == "__main__":
    sys.exit(main())
