"""``python -m zmq``: print the version, linkage and capabilities of libzmq, and check the installation."""

from __future__ import annotations

import platform
import re
import sys
from pathlib import Path

import zmq
from zmq.backend import _build
from zmq_check.__main__ import main as check

#: The capabilities that zmq_has(3) lists.
CAPABILITIES = ("curve", "ipc", "draft", "gssapi", "norm", "pgm", "tipc", "vmci", "ws", "wss")

_LINKS = {
    "bundled": "built into zmq-core",
    "system": "the system's",
    "prefix": "from ZMQ_PREFIX",
    "repaired": "put into the wheel after it was built",
}


def main() -> int:
    """Print the report; return 1 if files of the installation are missing or changed."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    print(f"zmq-core {zmq.__version__}, {python}, {platform.system()} {platform.machine()}")
    print(f"libzmq {zmq.zmq_version()}: {_linked()}")
    print(f"  built with the headers of {_build.LIBZMQ_VERSION} and Cython {_build.CYTHON}")
    has = {capability: bool(zmq.has(capability)) for capability in CAPABILITIES}
    print(f"  has {_names(has, True)}; has not {_names(has, False)}")
    return check()


def _names(has: dict[str, bool], wanted: bool) -> str:
    return ", ".join(name for name, there in has.items() if there is wanted) or "nothing"


def _linked() -> str:
    """Return where libzmq comes from: what the build recorded, corrected by the library that is loaded."""
    loaded = _loaded_from() or _build.LIBZMQ
    link = "repaired" if "zmq_core.libs" in loaded else _build.LINK
    return f"{_LINKS[link]}, {loaded}"


def _loaded_from() -> str | None:
    """Return the path of the loaded libzmq (Linux only); None if it is bundled or unknown."""
    maps = Path("/proc/self/maps")  # auditwheel adds its own copy of libzmq after the build
    if not maps.exists():
        return None
    found = re.search(r"^(?:\S+ +){5}(/.*/libzmq[^/]*\.so\.[\d.]+)$", maps.read_text(), re.MULTILINE)
    return found[1] if found else None


if __name__ == "__main__":
    sys.exit(main())
