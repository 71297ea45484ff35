"""Tunnels through OpenSSH's ``ssh``, each supervised by a keeper process: see ``_keeper``."""

from __future__ import annotations

import contextlib
import json
import multiprocessing.spawn
import os
import re
import shutil
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path

from zmq.ssh import _keeper
from zmq.ssh._abc import AuthenticationFailed, PortTaken, SSHException, Tunnel, unknown_key
from zmq.ssh._command import LOCKED, is_locked, ssh_arguments
from zmq.ssh._keeper import Report
from zmq.ssh._names import Forward, Server

__all__ = ["OpenSSHTunnel", "check_login"]

CLOSE_S = 2 * _keeper.KILL_S
"""How long to wait for the end of a keeper before it is killed, in seconds."""

_REFUSED = re.compile(r"Permission denied \(([^)]*)\)\.?$")  # on the last line; earlier lines come from jump hosts
_VERSION = re.compile(rb"OpenSSH_\D*(\d+)\.(\d+)")
_ASKS = ("password", "keyboard-interactive")


class OpenSSHTunnel(Tunnel):
    """A tunnel through an ``ssh`` process."""

    def __init__(
        self, server: Server, forward: Forward, *, keyfile: str | None, password: str | None, timeout_s: float
    ) -> None:
        super().__init__(server, forward)
        self.returncode: int | None = None
        """The exit status of ssh, or minus the number of the signal that ended it; None while the tunnel is open."""
        self._keeper, self.pid = _start(server, forward, keyfile, password, timeout_s)
        try:
            # A thread, so that a tunnel that ends leaves no zombie and no descriptor, even if the program never asks.
            threading.Thread(target=self._attend, name=f"tunnel by {server}", daemon=True).start()
        except BaseException:
            _end(self._keeper)
            raise
        self._keep()

    def __index__(self) -> int:
        """Return the process id of ssh, for ``os.kill``: in pyzmq a tunnel is a process id."""
        assert self.pid is not None
        return self.pid

    def _attend(self) -> None:
        """Wait for the end of the tunnel, and release its process and pipes."""
        with self._keeper:
            report = _read_report(self._keeper)
        self.returncode, self.reason = report.status, _explain(report)
        self._ended.set()

    def _close(self) -> None:
        assert self._keeper.stdin is not None
        self._keeper.stdin.close()
        if not self._ended.wait(CLOSE_S):
            self._keeper.kill()
            self._ended.wait()

    def drain(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # the keeper has ended, or the pipe was closed
            assert self._keeper.stdin is not None
            self._keeper.stdin.write(b"drain\n")

    def _abandon(self) -> None:
        super()._abandon()
        self._keeper.returncode = 0  # not a child of this process: Popen must not wait for it
        with self._keeper:
            pass  # closes its pipes


def check_login(server: Server, keyfile: str | None) -> None:
    """Log in without a password, and out.

    Raises:
        SSHException: The login fails.
    """
    keeper, _ = _start(server, None, keyfile, None, 0.0)
    _end(keeper)


def _start(
    server: Server,
    forward: Forward | None,
    keyfile: str | None,
    password: str | None,
    timeout_s: float,
) -> tuple[subprocess.Popen[bytes], int]:
    """Start ssh and wait for its login; return its keeper and its process id."""
    ssh = shutil.which("ssh")
    if ssh is None:
        raise SSHException("no ssh on PATH: install OpenSSH's client, or pass paramiko=True")
    if password is not None and sys.platform == "win32":
        raise SSHException("ssh on Windows accepts no password from a program: pass paramiko=True, or use a key")
    arguments = ssh_arguments(server, forward, keyfile=keyfile, password=password is not None, version=_version_of(ssh))
    job = _keeper.Job([ssh, *arguments], forward.lport if forward else None, timeout_s, password)
    if password is not None and keyfile and is_locked(keyfile):
        job = job._replace(locked_key=keyfile)
    keeper = subprocess.Popen(
        [_python(), "-I", "-S", str(Path(_keeper.__file__).resolve())],
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # no terminal: ssh cannot ask there, and Ctrl-C does not end the tunnel
    )
    try:
        assert keeper.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it has ended at once; its report says why
            keeper.stdin.write(json.dumps(job._asdict()).encode() + b"\n")
        report = _read_report(keeper)
    except BaseException:  # KeyboardInterrupt, too
        _end(keeper)
        raise
    if report.reason is None:
        return keeper, report.pid
    _end(keeper)
    raise _failure(server, report, keyfile, with_password=password is not None)


@cache
def _version_of(ssh: str) -> tuple[int, int]:
    """Return the version of OpenSSH; (0, 0) if it is unknown."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        said = subprocess.run([ssh, "-V"], stdin=subprocess.DEVNULL, capture_output=True, timeout=10, check=False)
        if match := _VERSION.search(said.stderr):
            return int(match[1]), int(match[2])
    return 0, 0


def _python() -> str:
    python = multiprocessing.spawn.get_executable()
    if not python or getattr(sys, "frozen", False):
        raise SSHException(
            "a tunnel through ssh needs a Python interpreter, and this program knows none: name one with"
            " multiprocessing.set_executable(), or pass paramiko=True"
        )
    return os.fsdecode(python)


def _read_report(keeper: subprocess.Popen[bytes]) -> Report:
    """Read the next report of a keeper; if it has died, return a report with the output of its interpreter."""
    assert keeper.stdout is not None
    text = b""
    with contextlib.suppress(ValueError):  # closed
        text = keeper.stdout.readline()
        if text.startswith(b"{"):
            return Report(**json.loads(text))
        text += keeper.stdout.read()
    return Report("its keeper was killed", said=text.decode(errors="replace").splitlines())


def _end(keeper: subprocess.Popen[bytes]) -> None:
    """End a keeper, and close its pipes."""
    with keeper:
        assert keeper.stdin is not None
        keeper.stdin.close()
        try:
            keeper.wait(CLOSE_S)
        except subprocess.TimeoutExpired:
            keeper.kill()


def _explain(report: Report) -> str:
    return "\n".join([str(report.reason), *report.heard, *report.said])


def _failure(server: Server, report: Report, keyfile: str | None, *, with_password: bool) -> SSHException:
    text = f"no tunnel through {str(server)!r}: {_explain(report)}"
    if report.reason == _keeper.CANNOT_LISTEN:
        return PortTaken(text)
    said = "\n".join(report.said)  # not report.heard: a server can imitate ssh in its banner
    refused = _REFUSED.search(said)
    if refused is None and "Too many authentication failures" not in said:
        return SSHException(text + (unknown_key(server) if "Host key verification failed" in text else ""))
    may_help = not with_password and refused is not None and any(way in refused[1].split(",") for way in _ASKS)
    if may_help:
        text += "\n(the server accepted no key; it also accepts a password)"
    if not with_password and keyfile and is_locked(keyfile):  # ssh skips it silently
        may_help = True
        text += f"\n{LOCKED}"
    return AuthenticationFailed(text, password_may_help=may_help)
