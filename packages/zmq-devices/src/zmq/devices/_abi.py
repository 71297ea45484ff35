"""Loads the compiled module, if the C interface of zmq-core is the one that it was built with.

When the compiled module is imported, Cython compares the functions of ``zmq.backend.libzmq`` by name and signature.  It
does not compare the methods of zmq-core's classes.  These are called by their index in a table: if a method was added
or removed, a wrong method would be called.  Therefore the build records a fingerprint of their declarations, which
zmq-core installs beside its compiled modules.

The build runs this file as a script to write ``_build.py``; therefore it imports nothing of this project.
"""

from __future__ import annotations

import re
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zmq.devices._monitored import MonitoredRelay

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
    """Return a checksum of what zmq-core declares of the relay, without comments and spaces.

    Args:
        folder: The folder of ``zmq.backend``.
    """
    text = re.sub(r"#.*|\s", "", (folder / "relay.pxd").read_text(encoding="utf-8"))
    return zlib.crc32(text.encode())


def load() -> type[MonitoredRelay]:
    """Return the compiled class.

    Raises:
        ImportError: Its module is missing, or does not match zmq-core; the message gives the cure.
    """
    try:
        from zmq.devices import _build
    except ImportError:
        raise ImportError(_NOT_BUILT.format(folder=Path(__file__).parent), name="zmq.devices") from None
    import zmq.backend

    try:
        installed = fingerprint(Path(zmq.backend.__path__[0]))
    except OSError:  # an installation without .pxd files: only Cython's checks remain
        installed = _build.FINGERPRINT
    if installed != _build.FINGERPRINT:
        raise _mismatch("a class is declared differently")
    try:
        from zmq.devices._monitored import MonitoredRelay
    except ModuleNotFoundError:
        raise ImportError(_NOT_BUILT.format(folder=Path(__file__).parent), name="zmq.devices") from None
    except (ImportError, TypeError, ValueError, AttributeError) as error:  # Cython raises one of these for a mismatch
        raise _mismatch(str(error)) from error
    return MonitoredRelay


def _mismatch(reason: str) -> ImportError:
    import zmq
    from zmq.devices import _build

    text = _MISMATCH.format(devices=_build.VERSION, built=_build.ZMQ_CORE_VERSION, core=zmq.__version__, reason=reason)
    return ImportError(text, name="zmq.devices")


def _write_build(core: Path, version: str, path: Path) -> None:
    """Write ``_build.py``: the versions and the fingerprint of this build.

    Args:
        core: The folder ``zmq`` of zmq-core.
        version: The version of zmq-devices.
        path: The file to write.
    """
    found = re.search(r'__version__ = "(.+)"', (core / "_version.py").read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{core}/_version.py contains no version")
    text = f"""\
# Written by the build: the zmq-core that zmq-devices was built with.
VERSION = "{version}"
ZMQ_CORE_VERSION = "{found[1]}"
FINGERPRINT = {fingerprint(core / "backend")}
"""
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    _write_build(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
