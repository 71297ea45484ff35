"""A Debian unstable system in a folder: the newest compilers, interpreters and libraries, without a container.

    python tools/sid.py make ROOT [PACKAGE...]     make it, or add packages to it
    python tools/sid.py run ROOT COMMAND...        run a command in it; the current folder is its /host

It takes root on Debian, and the mirror that the apt of this machine uses.  Where it cannot be made, the reason is
printed, and the exit status is 77.  The system is a plain folder, which can be removed at any time: what a command
mounts is mounted for that command alone.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
BASE = ["ca-certificates"]
SKIPPED = 77
"""The exit status of what cannot run here."""
ENTER = """
set -e
root=$1 here=$2
shift 2
mount --make-rprivate /
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount --bind "$here" "$root/host"
exec chroot "$root" /bin/sh -c 'cd /host && exec "$@"' sh "$@"
"""
CERTIFICATES = "/etc/ssl/certs/host.crt"
"""Where the system has the certificates that this machine trusts."""
PASSED_ON = re.compile(
    r"CI|TERM|(?i:(https?|ftp|all|no)_proxy)|PIP_(INDEX_URL|TRUSTED_HOST|RETRIES|DEFAULT_TIMEOUT)"
    r"|UV_(DEFAULT_INDEX|INSECURE_HOST|HTTP_\w+)|SOURCE_DATE_EPOCH"
)
"""The variables that a command gets: those of the network and of sessions.  Others name paths and tools outside."""
NO_SERVICES = "#!/bin/sh\nexit 101\n"
"""A policy-rc.d(8) that keeps packages from starting services on this machine."""


class UnavailableError(Exception):
    """The system cannot be made here; the text is the reason."""


def make(root: Path, packages: Sequence[str] = ()) -> None:
    """Make the system in *root* unless it exists, and install *packages* that it lacks.

    Raises:
        UnavailableError: This machine, or its network, does not allow it.
    """
    root = root.resolve()
    _check_machine()
    root.parent.mkdir(parents=True, exist_ok=True)
    with _locked(root.with_suffix(".lock")):
        made = root / "made"
        if not made.exists():
            shutil.rmtree(root, ignore_errors=True)  # what an interrupted run has left
            _bootstrap(root)
            made.touch()
        lacking = [package for package in packages if not _has(root, package)]
        if lacking:
            apt = ["apt-get", "-qq", "-o", "Acquire::Retries=3"]
            environment = {"DEBIAN_FRONTEND": "noninteractive"}
            print("+ installing", *lacking, "in it", flush=True)
            with _or_unavailable(f"cannot install {' '.join(lacking)} in the Debian unstable system"):
                run(root, root, [*apt, "update"], environment)
                run(root, root, [*apt, "install", "-y", "--no-install-recommends", *lacking], environment)


def run(root: Path, cwd: Path, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
    """Run *command* in the system, in the folder *cwd* of this machine, which is its /host.

    Of the variables of this process the command has those of ``PASSED_ON``, and those of *environment*.

    Raises:
        subprocess.CalledProcessError: The command has failed.
    """
    root = root.resolve()
    trusted = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE") or "/etc/ssl/certs/ca-certificates.crt"
    for source, target in ((trusted, CERTIFICATES), ("/etc/resolv.conf",) * 2, ("/etc/hosts",) * 2):
        _copy(Path(source), root / target.lstrip("/"))
    variables = {name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)}
    variables |= dict.fromkeys(("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), CERTIFICATES)
    variables |= {"HOME": "/root", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", **(environment or {})}
    enter = ["unshare", "--mount", "/bin/sh", "-c", ENTER, "sh", str(root), str(cwd.resolve())]
    subprocess.run([*enter, *command], env=variables, check=True)


def mirror() -> str | None:
    """Return the mirror of Debian that the apt of this machine uses; None if it knows none."""
    targets = ["apt-get", "indextargets", "--format", "$(REPO_URI)"]
    found = subprocess.run(targets, capture_output=True, text=True, check=False).stdout.split()
    return next((uri for uri in found if "security" not in uri), None)


def _check_machine() -> None:
    """Raise UnavailableError unless this is Debian, the user is root, and it may mount."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or not shutil.which("apt-get"):
        raise UnavailableError("a Debian unstable system can only be made as root on Debian")
    if not KEYRING.exists():
        raise UnavailableError(f"a Debian unstable system cannot be made without {KEYRING}")
    if subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode:
        raise UnavailableError("a Debian unstable system cannot be made where root may not mount")


def _bootstrap(root: Path) -> None:
    if not shutil.which("debootstrap"):
        apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
        subprocess.run([*apt, "update"], check=False)
        with _or_unavailable("cannot install debootstrap"):
            subprocess.run([*apt, "install", "-y", "--no-install-recommends", "debootstrap"], check=True)
    uri = mirror()
    if uri is None:
        raise UnavailableError("a Debian unstable system cannot be made where apt knows no mirror")
    print(f"+ making a Debian unstable system in {root}", flush=True)
    bootstrap = ["debootstrap", "--variant=minbase", f"--include={','.join(BASE)}", f"--keyring={KEYRING}"]
    variables = {name: value for name, value in os.environ.items() if name != "APT_CONFIG"}
    command = ["unshare", "--mount", *bootstrap, "sid", str(root), uri]
    done = subprocess.run(
        command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        said = done.stdout.strip().splitlines() or ["it said nothing"]
        raise UnavailableError(f"debootstrap could not make a Debian unstable system from {uri}: {said[-1]}")
    # The mirror may be older than its index says that it should be.
    (root / "etc/apt/apt.conf.d/99mirror").write_text('Acquire::Check-Valid-Until "false";\n')
    with (root / "etc/apt/sources.list").open("a") as sources:
        sources.write(f"deb-src {uri} sid main\n")
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text(NO_SERVICES)
    policy.chmod(0o755)
    (root / "host").mkdir()


def _copy(source: Path, target: Path) -> None:
    """Copy a file into the system, unless it is there: another command may be reading it."""
    if target.is_symlink():  # it may lead to a file of this machine
        target.unlink()
    if source.exists() and not (target.exists() and target.read_bytes() == source.read_bytes()):
        shutil.copyfile(source, target)


def _has(root: Path, package: str) -> bool:
    """Return whether the database of dpkg has *package* as installed."""
    info = root / "var/lib/dpkg/info"
    return (info / f"{package}.list").exists() or any(info.glob(f"{package}:*.list"))


@contextmanager
def _or_unavailable(failure: str) -> Iterator[None]:
    """Turn a failed command into an UnavailableError: the network, or the mirror, is to blame."""
    try:
        yield
    except subprocess.CalledProcessError as error:
        raise UnavailableError(f"{failure}: apt-get ended with {error.returncode}") from error


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock *path*: two sessions may want the same system."""
    import fcntl

    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Make the system, or run a command in it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, rest in (("make", "packages"), ("run", "command")):
        one = verbs.add_parser(verb)
        one.add_argument("root", type=Path)
        one.add_argument(rest, nargs="*" if verb == "make" else argparse.REMAINDER)
    arguments = parser.parse_args()
    try:
        if arguments.verb == "make":
            make(arguments.root, arguments.packages)
        else:
            run(arguments.root, Path.cwd(), arguments.command)
    except UnavailableError as error:
        print(error)
        return SKIPPED
    except subprocess.CalledProcessError as error:
        return error.returncode if error.returncode > 0 else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
