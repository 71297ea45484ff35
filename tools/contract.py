"""Compare the installed zmq with the API contract: ``python tools/contract.py FOLDER``.

FOLDER contains ``api_dump.py`` (lists the names of zmq), ``api_parity.py`` and ``pyzmq_27_3.json`` (compare them with
pyzmq's) and ``seed_api.py`` (checks the names of the specification).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

PYTHON = [sys.executable, "-I"]
# Names that pyzmq's modules merely import.
NOT_API = [
    "zmq.utils.z85:annotations",
    "zmq.utils.z85:Final",
    "zmq.utils.z85:Union",
    "zmq.utils.win32:annotations",
    "zmq.utils.win32:Callable",
    "zmq.curve_keygen:zmq",
    "zmq.eventloop.ioloop:annotations",
    "zmq.eventloop.zmqstream:Callable",
    "zmq.eventloop.zmqstream:Literal",
    "zmq.eventloop.future:annotations",
    "zmq.eventloop.future:CancelledError*",  # asyncio.CancelledError here, which cancelled futures raise
    "zmq.green.core:annotations",
    "zmq.green.core:zmq",
    "zmq.green.poll:annotations",
    "zmq.green.poll:zmq",
    "zmq.green.device:annotations",
    "zmq.green.device:NoReturn",
    "zmq.green.device:TYPE_CHECKING",
    "zmq.green.device:zmq",
    "zmq.log.handlers:annotations",
    "zmq.log.handlers:Final",
    "zmq.log.handlers:TYPE_CHECKING",
    "zmq.log.handlers:zmq",
]


def parity(folder: Path) -> bool:
    """Compare names, parameters and constants with those of pyzmq."""
    dump = subprocess.run([*PYTHON, folder / "api_dump.py"], capture_output=True, text=True, check=True)
    with tempfile.TemporaryDirectory() as temporary:
        ours, allowed = Path(temporary, "ours.json"), Path(temporary, "allowed")
        ours.write_text(dump.stdout)
        allowed.write_text("\n".join(NOT_API))
        compare = [folder / "api_parity.py", folder / "pyzmq_27_3.json", ours, allowed]
        return subprocess.run([*PYTHON, *compare], check=False).returncode == 0


def seed(folder: Path) -> bool:
    """Check the names of the specification."""
    return subprocess.run([*PYTHON, folder / "seed_api.py"], check=False).returncode == 0


def main() -> int:
    """Run both comparisons; return 1 if a name is missing."""
    folder = Path(sys.argv[1]).resolve()
    return 0 if all([parity(folder), seed(folder)]) else 1


if __name__ == "__main__":
    sys.exit(main())
