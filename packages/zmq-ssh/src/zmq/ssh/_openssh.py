"""Tunnels through OpenSSH's ``ssh``, each with a keeper: see ``_keeper``."""

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
from zmq.ssh._command import LOCKED, is_locked, ssh_arguments
from zmq.ssh._errors import AuthenticationFailed, PortTaken, SSHException
from zmq.ssh._keeper import Report
from zmq.ssh._names import Forward, Server
from zmq.ssh._tunnel import Tunnel

__all__ = ["OpenSSHTunnel", "can_log_in"]

CLOSE_S = 2 * _keeper.KILL_S
"""A keeper that has not ended by then is killed."""

_REFUSED = re.compile(r"Permission denied \(([^)]*)\)\.?$")  # the last line; an earlier one is from a host on the way
_VERSION = re.compile(rb"OpenSSH_\D*(\d+)\.(\d+)")
_ASKS = ("password", "keyboard-interactive")


class OpenSSHTunnel(Tunnel):
    """A tunnel through ``ssh``, a process of its own."""

    def __init__(
        self, server: Server, forward: Forward, *, keyfile: str | None, password: str | None, timeout_s: float
    ) -> None:
        super().__init__(server, forward)
        self._end: Report | None = None
        self._ended = threading.Event()
        self._keeper, self._pid = _start(server, forward, keyfile, password, timeout_s)
        try:
            # Without a call of the program: no zombie and no descriptor is left of a tunnel that has ended.
            threading.Thread(target=self._attend, name=f"tunnel by {server}", daemon=True).start()
        except BaseException:
            _end(self._keeper)
            _close_pipes(self._keeper)
            raise
        self._keep()

    def __index__(self) -> int:
        """The process id, for ``os.kill``: in pyzmq, this is what a tunnel is."""
        return self._pid

    def _attend(self) -> None:
        """Wait for the end of the tunnel, and put everything away."""
        report = _read_report(self._keeper)
        self._keeper.wait()
        _close_pipes(self._keeper)
        self._end = report
        self._ended.set()

    @property
    def pid(self) -> int | None:
        return self._pid

    def is_alive(self) -> bool:
        return not self._ended.is_set() and self._keeper.poll() is None

    def wait(self, timeout: float | None = None) -> bool:
        return self._ended.wait(timeout)

    @property
    def reason(self) -> str | None:
        if self.is_alive():
            return None
        self._ended.wait()
        assert self._end is not None
        return _explain(self._end)

    @property
    def returncode(self) -> int | None:
        """The exit status of ssh, or minus the number of the signal that ended it; None while the tunnel is there."""
        if self.reason is None or self._end is None:
            return None
        return self._end.status

    def _close(self) -> None:
        _end(self._keeper)
        self._ended.wait()

    def drain(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # it has ended, or was closed
            assert self._keeper.stdin is not None
            self._keeper.stdin.write(b"drain\n")

    def _abandon(self) -> None:
        self._end = Report("it belongs to the parent process")
        self._ended = threading.Event()
        self._ended.set()
        self._keeper.returncode = 0  # not a child of this process: nothing to wait for
        _close_pipes(self._keeper)


def can_log_in(server: Server, keyfile: str | None) -> bool:
    """Return whether ssh logs in without asking for anything.

    Raises:
        SSHException: It does not get as far as that.
    """
    try:
        keeper, _ = _start(server, None, keyfile, None, 0.0)
    except AuthenticationFailed:
        return False
    _end(keeper)
    _close_pipes(keeper)
    return True


def _start(
    server: Server,
    forward: Forward | None,
    keyfile: str | None,
    password: str | None,
    timeout_s: float,
) -> tuple[subprocess.Popen[bytes], int]:
    """Return the keeper of an ssh that has logged in, and the process id of that."""
    ssh = shutil.which("ssh")
    if ssh is None:
        raise SSHException("there is no ssh on PATH: install OpenSSH's client, or pass paramiko=True")
    if password is not None and sys.platform == "win32":
        raise SSHException("ssh on Windows does not take a password from a program: pass paramiko=True, or use a key")
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
        start_new_session=True,  # no terminal that ssh could ask on, and none whose Ctrl-C would end the tunnel
    )
    try:
        assert keeper.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it ended at once, and said why
            keeper.stdin.write(json.dumps(job._asdict()).encode() + b"\n")
        report = _read_report(keeper)
    except BaseException:  # Ctrl-C
        _end(keeper)
        _close_pipes(keeper)
        raise
    if report.reason is None:
        return keeper, report.pid
    _end(keeper)
    _close_pipes(keeper)
    raise _failure(server, report, keyfile, with_password=password is not None)


@cache
def _version_of(ssh: str) -> tuple[int, int]:
    """Return the version of an OpenSSH; (0, 0) if it does not say."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        said = subprocess.run([ssh, "-V"], stdin=subprocess.DEVNULL, capture_output=True, timeout=10, check=False)
        if match := _VERSION.search(said.stderr):
            return int(match[1]), int(match[2])
    return 0, 0


def _python() -> str:
    python = multiprocessing.spawn.get_executable()
    if not python or getattr(sys, "frozen", False):
        raise SSHException(
            "a tunnel through ssh starts a Python, and this program does not know one: multiprocessing.set_executable()"
            " tells it, or pass paramiko=True"
        )
    return os.fsdecode(python)


def _read_report(keeper: subprocess.Popen[bytes]) -> Report:
    """Return the next report of a keeper, which may be what Python says of its death."""
    assert keeper.stdout is not None
    text = b""
    with contextlib.suppress(ValueError):  # closed
        text = keeper.stdout.readline()
        if text.startswith(b"{"):
            return Report(**json.loads(text))
        text += keeper.stdout.read()
    return Report("its keeper was killed", said=text.decode(errors="replace").splitlines())


def _end(keeper: subprocess.Popen[bytes]) -> None:
    assert keeper.stdin is not None
    keeper.stdin.close()
    try:
        keeper.wait(CLOSE_S)
    except subprocess.TimeoutExpired:
        keeper.kill()
        keeper.wait()


def _close_pipes(keeper: subprocess.Popen[bytes]) -> None:
    for pipe in (keeper.stdin, keeper.stdout):
        assert pipe is not None
        pipe.close()


def _explain(report: Report) -> str:
    return "\n".join([str(report.reason), *report.heard, *report.said])


def _failure(server: Server, report: Report, keyfile: str | None, *, with_password: bool) -> SSHException:
    text = f"no tunnel through {str(server)!r}: {_explain(report)}"
    if report.reason == _keeper.CANNOT_LISTEN:
        return PortTaken(text)
    said = "\n".join(report.said)  # not what was heard: a server can say anything in its banner
    refused = _REFUSED.search(said)
    if refused is None and "Too many authentication failures" not in said:
        if "Host key verification failed" in text:
            port = f" -p {server.port}" if server.port else ""
            text += (
                "\n(the server's host key is not the one in known_hosts, or there is none: log in once with"
                f" 'ssh{port} {server._replace(port=None)}', and compare the fingerprint)"
            )
        return SSHException(text)
    may_help = not with_password and refused is not None and any(way in refused[1].split(",") for way in _ASKS)
    if may_help:
        text += "\n(no key fits; the server takes a password, too)"
    if not with_password and keyfile and is_locked(keyfile):  # ssh passes over it without a word
        may_help = True
        text += f"\n{LOCKED}"
    return AuthenticationFailed(text, password_may_help=may_help)
