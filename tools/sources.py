"""Get the sources of libzmq and libsodium for a bundled build: ``python tools/sources.py FOLDER [--unstable]``.

Writes FOLDER/found.json: the variables for the build; {} if the build can download the sources itself; null if they are
not available.  It tries, in this order: LIBZMQ_SOURCE and LIBSODIUM_SOURCE; the pinned release tarballs; Debian's
source packages, with ``--unstable`` those of Debian unstable first: clang needs a libsodium that stable has not.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

VARIABLES = {"LIBZMQ_SOURCE": "libzmq", "LIBSODIUM_SOURCE": "libsodium"}
DEBIAN = {"LIBZMQ_SOURCE": "zeromq3", "LIBSODIUM_SOURCE": "libsodium"}
BUNDLE = Path(__file__).parent.parent / "packages" / "zmq-core" / "cmake" / "bundle.cmake"


def main(folder: Path, *, unstable: bool = False) -> None:
    """Try each source in turn."""
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, str] | None = {name: os.environ[name] for name in VARIABLES if name in os.environ}
    if len(found or {}) < len(VARIABLES):
        found = pinned(folder) or debian(folder, unstable=unstable)
    print("sources:", found)
    (folder / "found.json").write_text(json.dumps(found))


def pinned(folder: Path) -> dict[str, str] | None:
    """Download the tarballs that bundle.cmake names.  The build checks only its own downloads."""
    text = BUNDLE.read_text(encoding="utf-8")
    found = {}
    for variable, name in VARIABLES.items():
        match = re.search(rf"set\({name}_URL (\S+)\)", text)
        assert match is not None
        path = folder / match[1].rsplit("/", 1)[1]
        try:
            if not path.exists():
                with urllib.request.urlopen(match[1], timeout=20) as response:
                    path.write_bytes(response.read())
        except OSError as error:
            print(f"{match[1]}: {error}")
            return None
        found[variable] = str(path)
    return found


def debian(folder: Path, *, unstable: bool) -> dict[str, str] | None:
    """Download Debian's source packages, with the package lists in *folder*, not in the system's folder."""
    lists = Path("/etc/apt/sources.list.d/debian.sources")
    if not shutil.which("apt-get"):
        return None
    folder = folder / "unstable" if unstable else folder
    parts = folder / "apt"
    (parts / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    if lists.exists():
        (parts / "src.sources").write_text(re.sub(r"(?m)^Types:.*$", "Types: deb-src", lists.read_text()))
    elif unstable:
        return None
    else:
        lines = re.findall(r"(?m)^deb .*$", Path("/etc/apt/sources.list").read_text())
        (parts / "src.list").write_text("\n".join(line.replace("deb ", "deb-src ", 1) for line in lines) + "\n")
    apt = ["apt-get", "-qq", "-o", "Dir::Etc::sourcelist=/dev/null", "-o", f"Dir::Etc::sourceparts={parts}",
           "-o", f"Dir::State::lists={parts / 'lists'}"]  # fmt: skip
    suites = [""]
    if unstable:
        sources = (parts / "src.sources").read_text()
        suite = re.search(r"(?m)^Suites: (\S+)", sources)
        (parts / "src.sources").write_text(re.sub(r"(?m)^Suites: ", "Suites: sid ", sources, count=1))
        # not every tarball that the lists name can be downloaded
        suites = ["/sid", f"/{suite[1]}" if suite else ""]
    found = {}
    for variable, name in DEBIAN.items():
        tarballs = sorted(folder.glob(f"{name}_*.orig.tar.gz"))
        if not tarballs:
            if subprocess.run([*apt, "update"], cwd=folder, check=False).returncode:
                return None
            commands = ([*apt, "source", "--download-only", f"{name}{suite}"] for suite in suites)
            if all(subprocess.run(command, cwd=folder, check=False).returncode for command in commands):
                return None
            tarballs = sorted(folder.glob(f"{name}_*.orig.tar.gz"))
        found[variable] = str(tarballs[-1])
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), unstable="--unstable" in sys.argv[2:])
