"""A distribution named pyzmq without files of ``zmq``, so that programs that require pyzmq can be installed.

Its files are written here, without pip or a network, because an environment may lack both.  They have the form that pip
writes, so that pip and uv can list and uninstall the distribution.
"""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Iterator
from importlib.metadata import Distribution
from pathlib import Path

from zmq_check.installed import conflict, digest_of, distribution, files_of_zmq

_INSTALLER = "zmq_check"

_METADATA = """\
Metadata-Version: 2.1
Name: pyzmq
Version: {version}
Summary: A stand-in without files: programs that require pyzmq run on zmq-core
Requires-Python: >=3.10
Requires-Dist: zmq-core

`python -m zmq_check --stand-in-for-pyzmq` has written this. `python -m zmq_check --remove-stand-in` removes it.
"""

_WHEEL = """\
Wheel-Version: 1.0
Generator: zmq_check
Root-Is-Purelib: true
Tag: py3-none-any
"""


class Refused(Exception):
    """The stand-in cannot be installed or removed; the text gives the cause and the cure."""


def find() -> Distribution | None:
    """Return the stand-in; None if it is not installed."""
    dist = distribution("pyzmq")
    return dist if dist is not None and _is_ours(dist) else None


def install() -> str:
    """Install the stand-in beside zmq-core, with the version of zmq-core.

    Returns:
        A sentence that tells what was done.

    Raises:
        Refused: pyzmq is installed, or zmq-core is not.
    """
    core = distribution("zmq-core")
    if core is None:
        raise Refused("zmq-core is not installed")
    there = distribution("pyzmq")
    if there is not None:
        if files_of_zmq(there):
            raise Refused(conflict())
        if not _is_ours(there):
            return f"pyzmq {there.version} is installed, and owns no file of zmq: nothing to do"
        _remove(there)
    site = Path(str(core.locate_file("")))
    write(site, core.version)
    return f"pyzmq {core.version}, a stand-in without files, is in {site}"


def remove() -> str:
    """Remove the stand-in.

    Returns:
        A sentence that tells what was done.

    Raises:
        Refused: The installed pyzmq is not the stand-in.
    """
    there = distribution("pyzmq")
    if there is None:
        return "there is no stand-in for pyzmq: nothing to do"
    if not _is_ours(there):
        raise Refused(f"pyzmq {there.version} is no stand-in of ours. To remove it: pip uninstall pyzmq")
    done = f"the stand-in for pyzmq, {there.version}, was removed"
    _remove(there)
    return done


def problems() -> Iterator[str]:
    """Yield a sentence if the versions of the stand-in and zmq-core differ."""
    there, core = find(), distribution("zmq-core")
    if there is not None and core is not None and there.version != core.version:
        yield (
            f"the stand-in for pyzmq is {there.version}, and zmq-core {core.version}."
            " Repair: python -m zmq_check --stand-in-for-pyzmq"
        )


def write(site: Path, version: str) -> Path:
    """Write the files of the stand-in below *site*; return their folder."""
    info = site / f"pyzmq-{version}.dist-info"
    files = {"METADATA": _METADATA.format(version=version), "WHEEL": _WHEEL, "INSTALLER": f"{_INSTALLER}\n"}
    record: list[str] = []
    info.mkdir()
    for name, text in files.items():
        content = text.encode()
        (info / name).write_bytes(content)
        record.append(f"{info.name}/{name},{digest_of(content)},{len(content)}\n")
    (info / "RECORD").write_bytes("".join([*record, f"{info.name}/RECORD,,\n"]).encode())
    importlib.invalidate_caches()  # importlib caches the listing of the folder
    return info


def _is_ours(dist: Distribution) -> bool:
    return (dist.read_text("INSTALLER") or "").strip() == _INSTALLER


def _remove(dist: Distribution) -> None:
    shutil.rmtree(str(dist.locate_file(f"pyzmq-{dist.version}.dist-info")))
    importlib.invalidate_caches()
