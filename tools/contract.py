"""Compare the installed zmq with the API contract: ``python tools/contract.py FOLDER``.

FOLDER holds ``api_dump.py`` (lists our names), ``api_parity.py`` and ``pyzmq_27_3.json`` (compares them with the
peer's) and ``seed_api.py`` (checks the names of the specification).  They cover every distribution; what one that is
not in the repository yet would bring is not owed, and not counted.
"""

from __future__ import annotations

import importlib
import json
import re
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest.mock import MagicMock

# The modules of each distribution beside zmq-core. They are owed as soon as its folder is there.
LATER = {
    "zmq-auth": ["zmq.auth"],
    "zmq-devices": ["zmq.devices"],
    "zmq-eventloop": ["zmq.asyncio", "zmq.eventloop", "zmq.anyio"],
    "zmq-green": ["zmq.green"],
    "zmq-log": ["zmq.log"],
    "zmq-ssh": ["zmq.ssh"],
}
# What the peer's modules merely import.
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
    "zmq.eventloop.future:CancelledError*",  # asyncio's own here, which is what cancelled futures raise
    "zmq.green.core:annotations",
    "zmq.green.core:zmq",
    "zmq.green.poll:annotations",
    "zmq.green.poll:zmq",
    "zmq.green.device:annotations",
    "zmq.green.device:NoReturn",
    "zmq.green.device:TYPE_CHECKING",
    "zmq.green.device:zmq",
]
PACKAGES = Path(__file__).resolve().parent.parent / "packages"
NOT_OWED = [
    module
    for package, modules in LATER.items()
    if not (PACKAGES / package / "pyproject.toml").is_file()
    for module in modules
]


def owed(name: str) -> bool:
    """Tell whether *name*, ``module``, ``module:name`` or ``module.name``, belongs to what we have."""
    return not any(re.match(rf"{re.escape(module)}\b", name) for module in NOT_OWED)


def parity(folder: Path) -> bool:
    """Compare with the peer's names, parameters and constants."""
    peer = json.loads((folder / "pyzmq_27_3.json").read_text())
    ours = subprocess.run([sys.executable, "-I", folder / "api_dump.py"], capture_output=True, text=True, check=True)
    with tempfile.TemporaryDirectory() as temporary:
        names = [Path(temporary, name) for name in ("peer.json", "ours.json", "allowed")]
        # "zmq:devices" is the peer's submodule as an attribute of zmq.
        names[0].write_text(json.dumps({k: v for k, v in peer.items() if owed(k) and owed(k.replace(":", ".", 1))}))
        names[1].write_text(ours.stdout)
        names[2].write_text("\n".join(NOT_API))
        return subprocess.run([sys.executable, folder / "api_parity.py", *names], check=False).returncode == 0


def seed(folder: Path) -> bool:
    """Check the names of the specification, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-I", __file__, str(folder), "--seed"], capture_output=True, text=True, check=False
    )
    lines = (done.stdout + done.stderr).splitlines()
    bad = [line for line in lines if not line.startswith("missing ") or owed(line.split()[1].rstrip(":"))]
    print("\n".join(bad))
    return not any(line.startswith(("missing ", "differs ", "Traceback")) for line in bad)


def run_seed(folder: Path) -> None:
    """Run seed_api.py; stand-ins for what is not owed let it make its live objects of the classes that are."""
    for name in ("zmq.devices", "zmq.log", "zmq.log.handlers", "zmq.eventloop", "zmq.eventloop.zmqstream"):
        if not owed(name):
            sys.modules[name] = MagicMock()
            parent, _, child = name.rpartition(".")
            setattr(importlib.import_module(parent), child, sys.modules[name])
    sys.argv = [str(folder / "seed_api.py")]
    runpy.run_path(sys.argv[0], run_name="__main__")


def main() -> int:
    """Run both comparisons; return 1 if something owed is missing."""
    folder = Path(sys.argv[1]).resolve()
    if "--seed" in sys.argv:
        run_seed(folder)
        return 0
    print("not owed yet:", ", ".join(NOT_OWED) or "nothing")
    return 0 if all([parity(folder), seed(folder)]) else 1


if __name__ == "__main__":
    sys.exit(main())
