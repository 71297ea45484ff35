"""The installed distributions that own files of ``zmq``: their problems, and the commands that repair them."""

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

# ``dist`` is the folder with our wheels, because none are published yet: see README.md.
_REINSTALL = "pip install --no-index --find-links dist --force-reinstall --no-deps {}"

_CONFLICT = """\
pyzmq and zmq-core are both installed and have written over each other's files of zmq/. Keep one of them. For zmq-core:
    pip uninstall pyzmq
    {reinstall}
For pyzmq:
    pip uninstall {all_names}
    pip install --force-reinstall pyzmq"""


def ours() -> list[Distribution]:
    """Return the installed distributions of this project: zmq-core, its extensions, and the meta-package zmq."""
    return [dist for dist in _installed() if _is_ours(dist)]


def distribution(name: str) -> Distribution | None:
    """Return the installed distribution *name*; None if it is not installed."""
    return next((dist for dist in _installed() if name_of(dist) == name), None)


def conflict() -> str:
    """Return the message for an installation in which pyzmq and zmq-core have overwritten each other's files.

    The commands reinstall all our distributions: uninstalling pyzmq removes the files that it has overwritten.
    """
    everything = " ".join(name_of(dist) for dist in ours()) or "zmq-core"
    return _CONFLICT.format(reinstall=_REINSTALL.format(_names()), all_names=everything)


def editable_source(dist: Distribution) -> str | None:
    """Return the URL of the sources of an editable installation; None for an ordinary one."""
    url = json.loads(dist.read_text("direct_url.json") or "{}")
    return str(url["url"]) if url.get("dir_info", {}).get("editable") else None


def name_of(dist: Distribution) -> str:
    """Return the normalized name of a distribution; empty if its metadata has no name."""
    return re.sub(r"[-_.]+", "-", str(dist.metadata["Name"] or "")).lower()


def files_of_zmq(dist: Distribution) -> dict[str, str]:
    """Return the files of *dist* in zmq/, each with its digest in RECORD, or "" if it has none."""
    # Not dist.files: since Python 3.12 it omits missing files.
    rows = csv.reader((dist.read_text("RECORD") or "").splitlines())
    return {row[0]: row[1] for row in rows if row and row[0].startswith("zmq/") and not row[0].endswith(".pyc")}


def problems() -> Iterator[str]:
    """Compare the files of zmq with RECORD; yield a sentence for each problem."""
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
            elif wanted and digest_of(path.read_bytes(), wanted.partition("=")[0]) != wanted:
                broken.append(f"{file} is not the file that was installed")
        if broken:
            more = f" and {len(broken) - 3} more" if len(broken) > 3 else ""
            yield f"{name_of(dist)}: {'; '.join(broken[:3])}{more}. Repair: {_REINSTALL.format(name_of(dist))}"
    yield from _shadowed()


def _installed() -> list[Distribution]:
    """Return one distribution for each name: the first on sys.path, because imports use that one."""
    first: dict[str, Distribution] = {}
    for dist in distributions():
        first.setdefault(name_of(dist), dist)
    return sorted(first.values(), key=name_of)


def _names() -> str:
    return " ".join(name_of(dist) for dist in ours() if files_of_zmq(dist)) or "zmq-core"


def _is_ours(dist: Distribution) -> bool:
    return name_of(dist) == "zmq" or name_of(dist).startswith("zmq-")


def digest_of(content: bytes, algorithm: str = "sha256") -> str:
    """Return the digest of a file's content, as RECORD has it."""
    digest = hashlib.new(algorithm, content).digest()
    return f"{algorithm}={base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def _shadowed() -> Iterator[str]:
    """Yield a sentence if ``import zmq`` would not import zmq-core."""
    spec = find_spec("zmq")  # does not import zmq
    if spec is None or spec.origin is None:
        yield f"there is no zmq to import. Repair: {_REINSTALL.format('zmq-core')}"
    elif not Path(spec.origin).with_name("_installation.py").is_file():
        yield f"import zmq finds {spec.origin}, which is not zmq-core's"
