"""Loads the compiled module, if zmq-core's C interface matches what it was built with.

Cython itself compares the functions that ``zmq.backend.libzmq`` exports, by name and signature, when the compiled
module is imported.  What it cannot compare are the methods of zmq-core's classes, which are called by their place in a
table: with a method more or less another one would be called.  So the build notes a fingerprint of their declarations,
which zmq-core installs with its compiled modules.

The build runs this file as a script, to write ``_build.py``: it must not import anything of ours.
"""

from __future__ import annotations

import re
import sys
import zlib
from pathlib import Path
from types import ModuleType

_CLASSES = ("pointer.pxd", "handle.pxd", "socket.pxd")

_NOT_BUILT = """\
zmq-devices is not built for this Python: {folder} holds no compiled module for it. \
In a source tree build and install it in place:
    pip install -e packages/zmq-devices"""

_MISMATCH = """\
zmq-devices {devices} was built with the C interface of zmq-core {built}, and that of the installed zmq-core {core} is \
not the same: {reason}. Install a pair that matches:
    pip install --upgrade zmq-core zmq-devices
or, where it was built from source, build zmq-devices again:
    pip install --force-reinstall --no-deps --no-binary zmq-devices --no-cache-dir zmq-devices"""


def fingerprint(folder: Path) -> int:
    """Return a number for what the classes of zmq-core declare; comments and spaces make no difference.

    Args:
        folder: That of ``zmq.backend``.
    """
    text = "".join(re.sub(r"#.*|\s", "", (folder / name).read_text(encoding="utf-8")) for name in _CLASSES)
    return zlib.crc32(text.encode())


def load() -> ModuleType:
    """Return the compiled module; raise ImportError, with what to do about it, when that does not work out."""
    try:
        from zmq.devices import _build
    except ImportError:
        raise ImportError(_NOT_BUILT.format(folder=Path(__file__).parent), name="zmq.devices") from None
    import zmq.backend

    try:
        installed = fingerprint(Path(zmq.backend.__path__[0]))
    except OSError:  # an installation without declarations: Cython's own checks have to do
        installed = _build.FINGERPRINT
    if installed != _build.FINGERPRINT:
        raise _mismatch("a class is declared differently")
    try:
        import zmq.devices._relay as relay
    except ModuleNotFoundError:
        raise ImportError(_NOT_BUILT.format(folder=Path(__file__).parent), name="zmq.devices") from None
    except (ImportError, TypeError, ValueError, AttributeError) as error:  # whatever Cython reports it with
        raise _mismatch(str(error)) from error
    return relay


def _mismatch(reason: str) -> ImportError:
    from importlib.metadata import PackageNotFoundError, version

    import zmq
    from zmq.devices import _build

    try:
        devices = version("zmq-devices")
    except PackageNotFoundError:  # on the path, not installed
        devices = _build.VERSION
    text = _MISMATCH.format(devices=devices, built=_build.ZMQ_CORE_VERSION, core=zmq.__version__, reason=reason)
    return ImportError(text, name="zmq.devices")


def _write_build(core: Path, version: str, path: Path) -> None:
    """Write ``_build.py``: what the build was made of.

    Args:
        core: The folder of zmq-core's ``zmq``.
        version: That of zmq-devices.
        path: The file.
    """
    found = re.search(r'__version__ = "(.+)"', (core / "_version.py").read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{core}/_version.py tells no version")
    text = f"""\
# Written by the build: the zmq-core that zmq-devices was built with.
VERSION = "{version}"
ZMQ_CORE_VERSION = "{found[1]}"
FINGERPRINT = {fingerprint(core / "backend")}
"""
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    _write_build(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
