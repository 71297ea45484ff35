"""Check a bundled wheel: ``python tools/exports.py WHEEL``.

A compiled module must export only its PyInit function, and must not need a libzmq.  The wheel must contain the licences
of the linked libraries, and list them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path


def main(wheel: str) -> int:
    """Print the problems; return 1 if there are any."""
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        zipfile.ZipFile(wheel).extractall(folder)
        for name in ("libzmq", "libsodium"):
            if not any(Path(folder).glob(f"*.dist-info/licenses/bundled/{name}/[CL]*")):
                print(f"there is no licence of {name}")
                wrong = 1
        if not any(Path(folder).glob("*.dist-info/sboms/*.cdx.json")):
            print("there is no list of the bundled libraries")
            wrong = 1
        modules = sorted(Path(folder).rglob("*.so"))
        for module in modules:
            symbols = subprocess.run(["nm", "-D", "--defined-only", module], capture_output=True, text=True, check=True)
            names = {line.split()[-1] for line in symbols.stdout.splitlines()}
            needed = subprocess.run(["ldd", module], capture_output=True, text=True, check=True).stdout
            if names != {f"PyInit_{module.name.split('.')[0]}"} or "libzmq.so" in needed:
                print(f"{module.name} exports {sorted(names)} and needs\n{needed}")
                wrong = 1
    print(f"{Path(wheel).name}: {len(modules)} modules, {Path(wheel).stat().st_size // 1024} KB")
    return wrong


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
