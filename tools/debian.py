"""Packages of Debian in a folder, also those of other releases and processors: nothing of the machine changes.

    python tools/debian.py FOLDER SUITE ARCHITECTURE PACKAGE...     download them and what they need, and unpack them

It takes apt, and the mirror that the apt of this machine uses; not root.  Where they cannot be had the reason is
printed, and the exit status is 77.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sid import KEYRING, SKIPPED, UnavailableError, mirror

CONFIGURATION = """
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
APT::Get::AllowUnauthenticated "false";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Check-Valid-Until "false";
Acquire::Retries "3";
Dir::Etc::sourcelist "{work}/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::lists "{work}/lists";
Dir::State::status "{work}/status";
Dir::State::extended_states "{work}/extended_states";
Dir::Cache "{work}";
"""


def unpack(folder: Path, suite: str, architecture: str, packages: Sequence[str]) -> Path:
    """Unpack *packages* and what they depend on into *folder*, unless they are there; return it.

    Raises:
        UnavailableError: This machine, or its network, does not allow it.
    """
    made = folder / "packages"
    wanted = " ".join([suite, architecture, *packages])
    if made.exists() and made.read_text() == wanted:
        return folder
    for program in ("apt-get", "dpkg-deb"):
        if not shutil.which(program):
            raise UnavailableError(f"the packages of Debian cannot be had without {program}")
    shutil.rmtree(folder, ignore_errors=True)  # what an interrupted run has left
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as name:
        for archive in _download(Path(name), suite, architecture, packages):
            subprocess.run(["dpkg-deb", "--extract", str(archive), str(folder)], check=True)
    made.write_text(wanted)
    return folder


def _download(work: Path, suite: str, architecture: str, packages: Sequence[str]) -> list[Path]:
    """Return the archives, which apt finds with lists of its own."""
    uri = mirror()
    if uri is None:
        raise UnavailableError("the packages of Debian cannot be had where apt knows no mirror of it")
    for part in ("lists/partial", "archives/partial"):
        (work / part).mkdir(parents=True)
    (work / "status").touch()  # so nothing counts as installed
    (work / "sources.list").write_text(f"deb [signed-by={KEYRING}] {uri} {suite} main\n")
    (work / "apt.conf").write_text(CONFIGURATION.format(work=work, architecture=architecture))
    environment = {**os.environ, "APT_CONFIG": str(work / "apt.conf")}
    install = ["apt-get", "-qq", "install", "--download-only", "--yes", *packages]
    for command in (["apt-get", "-qq", "update"], install):
        if subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode:
            raise UnavailableError(f"apt-get cannot get {' '.join(packages)} for {architecture} of {suite} from {uri}")
    return sorted((work / "archives").glob("*.deb"))


def main() -> int:
    """Unpack packages."""
    if len(sys.argv) < 5:
        raise SystemExit(__doc__)
    folder, suite, architecture, *packages = sys.argv[1:]
    try:
        print(unpack(Path(folder), suite, architecture, packages))
    except UnavailableError as error:
        print(error, file=sys.stderr)
        return SKIPPED
    return 0


if __name__ == "__main__":
    sys.exit(main())
