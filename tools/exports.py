"""Check a bundled wheel: ``python tools/exports.py WHEEL``.

A compiled module must export only its PyInit function, and must not need a libzmq.  The wheel must contain the licences
of the linked libraries, and list them.
"""

from __future__ import annotations

import sys
import tempfile
import zipfile
from pathlib import Path

import elf

BUNDLED = ("libzmq", "libsodium")


def problems(folder: Path, *, bundled: bool) -> list[str]:
    """Return what is wrong with the unpacked wheel in *folder*."""
    found = [
        f"there is no licence of {name}"
        for name in BUNDLED
        if bundled and not any(folder.glob(f"*.dist-info/licenses/bundled/{name}/[CL]*"))
    ]
    if bundled and not any(folder.glob("*.dist-info/sboms/*.cdx.json")):
        found.append("there is no list of the bundled libraries")
    for path in sorted(folder.rglob("*.so")):
        module = elf.read(path)
        if module.exports != {f"PyInit_{path.name.split('.')[0]}"}:
            found.append(f"{path.name} exports {sorted(module.exports)}")
        found += [f"{path.name} needs {name}" for name in module.needed if name.startswith(BUNDLED)]
    return found


def main(wheel: str) -> int:
    """Print the problems; return 1 if there are any."""
    with tempfile.TemporaryDirectory() as name:
        zipfile.ZipFile(wheel).extractall(name)
        wrong = problems(Path(name), bundled=True)
        modules = len(list(Path(name).rglob("*.so")))
    print(*wrong, f"{Path(wheel).name}: {modules} modules, {Path(wheel).stat().st_size // 1024} KB", sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
