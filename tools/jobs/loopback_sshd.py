"""An SSH server on the loopback interface for the duration of a job, with temporary keys."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from job import end

SSHD_CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/login.pub
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxStartups 100
PidFile none
StrictModes no
UsePAM no
"""
SSH_CONFIG = """\
Host 127.0.0.1
  IdentityFile {folder}/login
  UserKnownHostsFile {folder}/known_hosts
"""
SSH = """\
#!/bin/sh
exec {ssh} -F {folder}/ssh_config "$@"
"""
# As root, Debian's sshd needs a folder that only its service creates: here in the /run of a mount namespace.
RUN_SSHD = Path("/run/sshd")
OWN_RUN = ["unshare", "--mount", "sh", "-c", f'mount -t tmpfs tmpfs /run && mkdir {RUN_SSHD} && exec "$@"', "sh"]


@dataclass
class Server:
    """A running sshd: ``user@host:port``, and its log."""

    name: str
    log: list[str] = field(default_factory=list)

    def logins(self) -> int:
        """Return the number of logins so far."""
        return sum(line.startswith("Accepted ") for line in self.log)


@contextmanager
def sshd(folder: Path) -> Iterator[Server | None]:
    """Run a server in *folder* that this user can log in to, and yield it; None if sshd is not installed.

    Processes started meanwhile can log in: the first ``ssh`` on PATH is a script that passes a configuration with key
    and host.
    """
    path = os.environ["PATH"]
    program = shutil.which("sshd", path=os.pathsep.join([path, "/usr/sbin", "/usr/local/sbin"]))
    ssh = shutil.which("ssh")
    if os.name == "nt" or program is None or ssh is None:
        yield None
        return
    port = configure(folder, ssh)
    prefix = OWN_RUN if os.geteuid() == 0 and shutil.which("unshare") and not RUN_SSHD.exists() else []
    command = [*prefix, program, "-D", "-e", "-f", str(folder / "sshd_config")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr
        server = Server(f"{getpass.getuser()}@127.0.0.1:{port}")
        for line in process.stderr:
            server.log.append(line)
            if line.startswith("Server listening"):
                break
        else:
            raise SystemExit(f"sshd does not start: {server.log}")
        threading.Thread(target=server.log.extend, args=[process.stderr], daemon=True).start()
        os.environ["PATH"] = os.pathsep.join([str(folder / "bin"), path])
        yield server
    finally:
        os.environ["PATH"] = path
        end({*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)})
        process.wait()


def configure(folder: Path, ssh: str) -> int:
    """Create keys and configurations for a server and its clients; return the port of the server."""
    for key in ("host", "login"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key], check=True)
    with socket.socket() as free:  # sshd does not accept port 0
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    (folder / "sshd_config").write_text(SSHD_CONFIG.format(port=port, folder=folder))
    (folder / "ssh_config").write_text(SSH_CONFIG.format(folder=folder))
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}")
    (folder / "bin").mkdir()
    (folder / "bin" / "ssh").write_text(SSH.format(ssh=ssh, folder=folder))
    (folder / "bin" / "ssh").chmod(0o755)
    return port
