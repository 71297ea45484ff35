"""Fixtures: an sshd of the tests' own on the loopback interface, with keys, accounts and a home folder to throw away.

As root on Linux, sshd runs in mount and process namespaces of its own, where /etc/passwd and /etc/shadow have one
account more: for logins with a password. Nothing of that is seen outside, and nothing is left. Otherwise it runs as the
user of the tests, without passwords. It takes sshd, ssh and ssh-keygen (Debian: openssh-server, openssh-client).
"""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import zmq
from zmq import ssh

LISTENS_S = 30.0
PASSWORD = "let me in"
PASSPHRASE = "open sesame"
_HASH = "$6$zmqtest$K/htgXi.1d0Sl/XdUuiHfSjfsVNjuGgOxOuqVQGTHuGQReyqDRK4nXyUN4JzhTpdHL1PZ76rIsF1Gy6S0Qr6X0"
_USER, _UID = "tunneler", 64999

_NAMESPACES = ["--mount", "--pid", "--fork", "--kill-child"]
_IN_NAMESPACE = """
mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/shadow" /etc/shadow &&
mount -t tmpfs tmpfs /run && mkdir -m 755 /run/sshd && shift && exec "$@"
"""


@dataclass
class Sshd:
    """An sshd: its port, its accounts and keys, and its log."""

    folder: Path
    port: int
    user: str
    password: str | None
    process: subprocess.Popen[str]
    log: list[str] = field(default_factory=list)
    listens: threading.Event = field(default_factory=threading.Event)
    reader: threading.Thread | None = None

    @property
    def key(self) -> str:
        """Path of a private key that the server accepts."""
        return str(self.folder / "key")

    @property
    def locked_key(self) -> str:
        """Path of a private key with a passphrase that the server accepts."""
        return str(self.folder / "locked")

    passphrase = PASSPHRASE

    @property
    def name(self) -> str:
        """The server as ``user@host:port``."""
        return f"{self.user}@127.0.0.1:{self.port}"

    @property
    def known_host(self) -> str:
        """The line of known_hosts."""
        return f"[127.0.0.1]:{self.port} {(self.folder / 'host.pub').read_text()}"

    def logins(self) -> int:
        """How many logins succeeded."""
        return sum(line.startswith("Accepted ") for line in self.log)

    def read(self) -> None:
        """Read the log until it ends."""
        assert self.process.stderr is not None
        with self.process.stderr as log:
            for line in log:
                self.log.append(line.strip())
                if line.startswith("Server listening"):
                    self.listens.set()
        self.listens.set()

    def stop(self) -> None:
        """End the server and, where it has a process namespace, all its connections."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.reader is not None:
            self.reader.join(LISTENS_S)


def _can_have_accounts() -> bool:
    if not hasattr(os, "getuid") or os.getuid() != 0 or shutil.which("setpriv") is None:
        return False
    return not subprocess.run(["unshare", *_NAMESPACES, "true"], check=False, capture_output=True).returncode


def _start(folder: Path, *settings: str) -> Sshd:
    sshd = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if sshd is None or shutil.which("ssh") is None:
        pytest.skip("there is no sshd here: install OpenSSH's server (Debian: openssh-server)")
    folder.chmod(0o755)  # sshd reads authorized_keys with the rights of the account
    for name, passphrase in {"host": "", "key": "", "stranger": "", "locked": PASSPHRASE}.items():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", folder / name], check=True)
    keys = [(folder / f"{name}.pub").read_text() for name in ("key", "locked")]
    (folder / "authorized_keys").write_text("".join(keys))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    accounts = _can_have_accounts()
    lines = [
        f"Port {port}",
        "ListenAddress 127.0.0.1",
        f"HostKey {folder}/host",
        "PidFile none",
        f"AuthorizedKeysFile {folder}/authorized_keys",
        "StrictModes no",
        "UsePAM no",
        f"PasswordAuthentication {'yes' if accounts else 'no'}",
        "KbdInteractiveAuthentication no",
        "MaxStartups 1000",
        *settings,
    ]
    config = folder / "sshd_config"
    config.write_text("\n".join([*lines, "PerSourcePenalties no", ""]))  # new in OpenSSH 9.8
    command = [sshd, "-D", "-e", "-f", str(config)]
    if accounts:
        for name, line in {"passwd": f"x:{_UID}:{_UID}::/:/usr/sbin/nologin", "shadow": f"{_HASH}:1::::::"}.items():
            (folder / name).write_text(Path("/etc", name).read_text() + f"{_USER}:{line}\n")
        (folder / "shadow").chmod(0o600)
        unshare = ["setpriv", "--pdeathsig", "KILL", "unshare", "--propagation", "private", *_NAMESPACES]
        command = [*unshare, "sh", "-c", _IN_NAMESPACE, "sh", str(folder), *command]
    elif os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # usually created by the service manager
    if b"PerSourcePenalties" in subprocess.run([sshd, "-t", "-f", config], check=False, capture_output=True).stderr:
        config.write_text("\n".join([*lines, ""]))
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    user = _USER if accounts else getpass.getuser()
    server = Sshd(folder, port, user, PASSWORD if accounts else None, process)
    server.reader = threading.Thread(target=server.read, daemon=True)
    server.reader.start()
    assert server.listens.wait(LISTENS_S), f"sshd does not start: {server.log}"
    return server


@pytest.fixture(scope="session")
def start_sshd() -> Iterator[Callable[..., Sshd]]:
    """Return a function that starts another server: ``start_sshd("MaxAuthTries 1")``."""
    with ExitStack() as stack:

        def start(*settings: str) -> Sshd:
            for _ in range(5):  # another program may take the port before sshd does
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="zmq-sshd-"))
                server = _start(Path(folder), *settings)
                stack.callback(server.stop)
                if any(line.startswith("Server listening") for line in server.log):
                    return server
            pytest.fail(f"sshd does not start: {server.log}")

        yield start


@pytest.fixture(scope="session")
def sshd(start_sshd: Callable[..., Sshd]) -> Sshd:
    """A server that all tests share."""
    return start_sshd()


@pytest.fixture
def password(sshd: Sshd) -> str:
    """The password of the account."""
    if sshd.password is None:
        pytest.skip("an account with a password takes root, Linux, and the right to make namespaces")
    return sshd.password


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder: its ``.ssh`` has a configuration and no known hosts, and is all that ssh and paramiko see.

    ssh takes the home folder from /etc/passwd: the one that is first on PATH is a script that passes ``-F``.
    """
    folder = tmp_path / ".ssh"
    folder.mkdir()
    config = folder / "config"
    config.write_text(
        f"Host *\n  UserKnownHostsFile {folder}/known_hosts\n  GlobalKnownHostsFile /dev/null\n  IdentityFile none\n"
    )
    wrapper = tmp_path / "bin" / "ssh"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {config} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return tmp_path


@pytest.fixture
def configure(home: Path) -> Callable[..., None]:
    """Return a function that adds a host to the configuration: ``configure("alias", HostName="127.0.0.1")``."""

    def configure(alias: str, **settings: object) -> None:
        lines = [f"Host {alias}", *(f"  {name} {value}" for name, value in settings.items()), ""]
        config = home / ".ssh" / "config"
        config.write_text("\n".join(lines) + config.read_text())  # the first value counts

    return configure


@pytest.fixture
def know(home: Path) -> Callable[[str], None]:
    """Return a function that adds a line to known_hosts."""

    def know(line: str) -> None:
        with (home / ".ssh" / "known_hosts").open("a") as known_hosts:
            known_hosts.write(line)

    return know


@pytest.fixture
def known(sshd: Sshd, know: Callable[[str], None]) -> Sshd:
    """The server; its host key is in known_hosts."""
    know(sshd.known_host)
    return sshd


@pytest.fixture(params=["openssh", "paramiko"])
def paramiko(request: pytest.FixtureRequest) -> bool:
    """Whether the tunnel goes through paramiko; each test runs with both."""
    if request.param == "paramiko":
        pytest.importorskip("paramiko")
    elif shutil.which("ssh") is None:
        pytest.skip("there is no ssh here: install OpenSSH's client (Debian: openssh-client)")
    return bool(request.param == "paramiko")


@pytest.fixture
def service(sockets: Callable[[int], zmq.Socket[Any]]) -> zmq.Socket[Any]:
    """A REP socket at the far end of tunnels."""
    rep = sockets(zmq.REP)
    rep.bind("tcp://127.0.0.1:*")
    return rep


@pytest.fixture
def ask(service: zmq.Socket[Any], sockets: Callable[[int], zmq.Socket[Any]]) -> Callable[[str], None]:
    """Return a function that sends a request to the service through an endpoint, and checks the reply."""

    def ask(endpoint: str) -> None:
        req = sockets(zmq.REQ)
        req.connect(endpoint)
        req.send(b"question")
        assert service.recv() == b"question"
        service.send(b"answer")
        assert req.recv() == b"answer"

    return ask


@pytest.fixture
def tunnels() -> Iterator[Callable[[ssh.Tunnel], ssh.Tunnel]]:
    """Return a function that closes a tunnel after the test."""
    with ExitStack() as stack:
        yield stack.enter_context
