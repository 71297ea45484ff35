"""The installed distributions that own files of ``zmq``: what is wrong with these, and the commands that mend it."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from importlib.util import find_spec
from pathlib import Path

# Nothing is published yet: ``dist`` is the folder with our wheels, see README.md.
_REINSTALL = "pip install --no-index --find-links dist --force-reinstall --no-deps {}"

_CONFLICT = """\
pyzmq and zmq-core are both installed and have written over each other's files of zmq/. Keep one of them. For zmq-core:
    pip uninstall pyzmq
    {reinstall}
For pyzmq:
    pip uninstall {all_names}
    pip install --force-reinstall pyzmq"""


def ours() -> list[Distribution]:
    """Return the installed distributions that make up zmq: zmq-core, its extensions, and zmq itself."""
    return [dist for dist in _installed() if _is_ours(dist)]


def distribution(name: str) -> Distribution | None:
    """Return an installed distribution, None if there is none of that name."""
    return next((dist for dist in _installed() if name_of(dist) == name), None)


def conflict() -> str:
    """Return what to say, and what to do, when pyzmq and ours have written over each other's files.

    Uninstalling pyzmq removes what it has written over, of every distribution of ours: all have to be reinstalled.
    """
    everything = " ".join(name_of(dist) for dist in ours()) or "zmq-core"
    return _CONFLICT.format(reinstall=_REINSTALL.format(_names()), all_names=everything)


def editable_source(dist: Distribution) -> str | None:
    """Return where the sources of an editable installation are, None for an ordinary one."""
    url = json.loads(dist.read_text("direct_url.json") or "{}")
    return str(url["url"]) if url.get("dir_info", {}).get("editable") else None


def name_of(dist: Distribution) -> str:
    """Return the normalized name of a distribution; empty for what a broken installation has left."""
    return re.sub(r"[-_.]+", "-", str(dist.metadata["Name"] or "")).lower()


def files_of_zmq(dist: Distribution) -> dict[str, str]:
    """Return the files of zmq/ in *dist*, each with its digest as RECORD has it, "" for none."""
    # Not dist.files: since Python 3.12 that leaves out what is missing.
    rows = csv.reader((dist.read_text("RECORD") or "").splitlines())
    return {row[0]: row[1] for row in rows if row and row[0].startswith("zmq/") and not row[0].endswith(".pyc")}


def problems() -> Iterator[str]:
    """Compare the files of zmq with what was installed; yield a sentence for each problem."""
    for dist in _installed():
        record = files_of_zmq(dist)
        if not _is_ours(dist):
            if record:
                yield (
                    f"{name_of(dist)} {dist.version} also owns files of zmq/. Keep one; to keep ours:"
                    f" pip uninstall {name_of(dist)} && {_REINSTALL.format(_names())}"
                )
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
            yield f"{name_of(dist)}: {'; '.join(broken[:3])}{more}. Repair: {_REINSTALL.format(name_of(dist))}"
    yield from _shadowed()


def _installed() -> list[Distribution]:
    """Return one distribution for each name: the first on sys.path, which is the one that imports use."""
    first: dict[str, Distribution] = {}
    for dist in distributions():
        first.setdefault(name_of(dist), dist)
    return sorted(first.values(), key=name_of)


def _names() -> str:
    return " ".join(name_of(dist) for dist in ours() if files_of_zmq(dist)) or "zmq-core"


def _is_ours(dist: Distribution) -> bool:
    return name_of(dist) == "zmq" or name_of(dist).startswith("zmq-")


def _digest(path: Path, algorithm: str) -> str:
    digest = hashlib.new(algorithm, path.read_bytes()).digest()
    return f"{algorithm}={base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def _shadowed() -> Iterator[str]:
    """Yield a sentence if ``import zmq`` does not find zmq-core at all."""
    spec = find_spec("zmq")  # does not import it
    if spec is None or spec.origin is None:
        yield f"there is no zmq to import. Repair: {_REINSTALL.format('zmq-core')}"
    elif not Path(spec.origin).with_name("_installation.py").is_file():
        yield f"import zmq finds {spec.origin}, which is not zmq-core's"
