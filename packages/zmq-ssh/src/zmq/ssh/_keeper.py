"""The keeper: a process that supervises one ``ssh``, reports its state, and ends it together with its owner.

It is run as a script that imports only the standard library: importing zmq would take longer than logging in.

Standard input is a pipe from the owner, which is the program that opens the tunnel.  The first line is the Job, later
lines are ``drain``.  At its end, whether the owner has closed the tunnel or was killed, it ends ssh.  (ssh alone
would not notice: with ``-N`` it never reads.  A remote command that reads, such as ``cat``, would need a server that
runs commands, and many gateways only forward.)  Standard output gets one line of JSON when the tunnel is open, and one
when it has ended.

The state of ssh is parsed from its log at level DEBUG1; ssh offers no other source.  The log is read from a named pipe,
because standard error also carries the banner of the server, which may imitate the log, and the output of the ssh that
ProxyJump starts.
"""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any, NamedTuple, TextIO

START_S = 120.0
"""The limit for a login, in seconds; it may include a second factor, such as a confirmation by telephone."""

DRAIN_S = 1.0
"""How long a draining tunnel waits for connections, in seconds.  libzmq reconnects after 0.1 s."""

CANNOT_LISTEN = "cannot listen on the local port"

KILL_S = 5.0
"""How long to wait after SIGTERM before a process is killed, in seconds."""

_ASKPASS = """\
#!/bin/sh
# ssh runs this to ask for a password, or for the passphrase of the caller's key. Each answer is a line on the standard
# input of ssh. The ssh that ProxyJump starts inherits the environment, but its standard input is the connection:
# therefore it gets no answer. Other questions get no answer either.
case $1 in "$ZMQ_SSH_UNLOCKS"*) ;; *[Pp]assword*) ;; *) exit 1 ;; esac
[ "$PPID" = "$ZMQ_SSH_PID" ] && IFS= read -r answer && printf '%s\\n' "$answer"
"""

_LONGEST_NAME = 100  # ssh truncates the path of the key in its question for the passphrase; in bytes

_PR_SET_PDEATHSIG = 1  # prctl(2)

_LISTENS = re.compile(r"debug1: Local forwarding listening on \S+ port (\d+)\.")
_CHANNEL = re.compile(r"debug1: channel (\d+): (new|free)\b(.*)")
_PLACE = re.compile(r"\w+\.c:\w+\(\):\d+ \((bin=\S+, )?pid=\d+\): ")  # the prefix that LogVerbose adds
_NOISE = re.compile(r"debug\d: |OpenSSH_\d|Authenticated to |Transferred: |Bytes per second: ")


class Job(NamedTuple):
    """The request of the owner."""

    command: list[str]
    lport: int | None
    """The port on which ssh must listen; None only logs in."""

    timeout_s: float
    """The tunnel ends after so many seconds without a connection."""

    password: str | None

    locked_key: str | None = None
    """Path of a private key with a passphrase, which may be *password*."""


class Report(NamedTuple):
    """A report of the keeper: one when the tunnel is open, and one when it has ended or could not be opened."""

    reason: str | None
    """Why the tunnel has ended; None if it is open."""

    pid: int = 0
    status: int | None = None
    """The exit status of ssh, or minus the number of the signal that ended it."""

    said: Sequence[str] = ()
    """The last lines of ssh's log."""

    heard: Sequence[str] = ()
    """The last lines of ssh's standard error: from the server, or from programs that ssh has started."""


class Log:
    """The state of ssh, parsed from its log; its wording changed with OpenSSH 9.2, and both are understood."""

    def __init__(self, lport: int | None) -> None:
        self.lport = lport
        self.logged_in = False
        self.listens = lport is None
        self.connections: set[str] = set()
        self.said: deque[str] = deque(maxlen=20)
        self.heard: deque[str] = deque(maxlen=20)
        self._announced = False

    def feed(self, line: str) -> None:
        """Parse one line."""
        line = _PLACE.sub("", line, count=1)
        if line.startswith("debug1: Entering interactive session"):
            self.logged_in = True
        elif match := _LISTENS.match(line):
            self._announced = int(match[1]) == self.lport  # an intention: only the channel proves it
        elif match := _CHANNEL.match(line):
            number, event, kind = match.groups()
            if event == "free":
                self.connections.discard(number)
            elif "[direct-tcpip]" in kind:
                self.connections.add(number)
            elif "[port listener]" in kind and self._announced:
                self.listens = True
        elif line and not _NOISE.match(line):
            self.said.append(line)

    def overhear(self, line: str) -> None:
        """Record one line of standard error."""
        if line and not _NOISE.match(line):
            self.heard.append(line)


class Keeper:
    """Supervises one ssh until it ends or the owner closes the tunnel."""

    def __init__(self, job: Job, owner: FileIO) -> None:
        self.job = job
        self.owner = owner
        self.log = Log(job.lport)
        self.events: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self.limit_s = START_S
        self.log_pipe: TextIO | None = None
        self.log_end = -1

    def run(self) -> None:
        """Start ssh, report its state, and return when it has ended."""
        signal.signal(signal.SIGTERM, self._terminated)
        with tempfile.TemporaryDirectory(prefix="zmq-ssh-", ignore_cleanup_errors=True) as folder:
            if self.job.password is None:
                os.environ["SSH_ASKPASS_REQUIRE"] = "never"  # the ssh that ProxyJump starts does not inherit BatchMode
            else:
                _prepare_askpass(Path(folder, "askpass"), self.job.locked_key)
            self.process = self._start(self._open_log(Path(folder, "log")))
            _thread(self._read_log)
            _thread(self._read_owner)
            reason = self._watch(until_ready=True)
        if not reason:
            _report(Report(None, self.process.pid))
            self.limit_s = self.job.timeout_s
            reason = self._watch(until_ready=False)
        self._stop()
        status = self.process.returncode
        _report(Report(reason, self.process.pid, status, list(self.log.said), list(self.log.heard)))

    def _open_log(self, path: Path) -> list[str]:
        """Create a named pipe for the log of ssh, and return ssh's arguments.

        Windows has none: there the log is ssh's standard error.
        """
        if sys.platform == "win32":
            return []
        os.mkfifo(path, 0o600)
        read_fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(read_fd, True)
        self.log_pipe = os.fdopen(read_fd, encoding="utf-8", errors="replace")
        self.log_end = os.open(path, os.O_WRONLY)  # else reading would find the end before ssh opens it
        return ["-E", str(path)]

    def _start(self, log_arguments: list[str]) -> subprocess.Popen[str]:
        ssh, *arguments = self.job.command
        process = subprocess.Popen(
            [ssh, *log_arguments, *arguments],
            stdin=subprocess.DEVNULL if self.job.password is None else subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            preexec_fn=None if sys.platform == "win32" else _become_ssh,  # noqa: PLW1509 - no threads have been started yet
        )
        if process.stdin is not None:
            with suppress(OSError):  # ssh has ended already, and its log says why
                questions = 2 if self.job.locked_key else 1  # for the passphrase, and then for the password
                process.stdin.write(f"{self.job.password}\n" * questions)
                process.stdin.close()
        return process

    def _watch(self, *, until_ready: bool) -> str:
        """Process events; return the reason why the tunnel must end, or an empty string when it is ready."""
        since = time.monotonic()
        while True:
            left = None if self.log.connections else max(0.0, since + self.limit_s - time.monotonic())
            try:
                event, line = self.events.get(timeout=left)
            except queue.Empty:
                return f"{'not ready' if until_ready else 'no connection'} for {self.limit_s:g} s"
            if event == "heard":
                self.log.overhear(line)
            elif event == "line":
                connected = bool(self.log.connections)
                self.log.feed(line)
                if connected != bool(self.log.connections):
                    since = time.monotonic()
                if until_ready and self.log.logged_in:
                    return "" if self.log.listens else CANNOT_LISTEN
            elif event == "drain":
                since, self.limit_s = time.monotonic(), min(self.limit_s, DRAIN_S)
            else:
                return event

    def _read_log(self) -> None:
        stderr = self.process.stderr
        assert stderr is not None
        readers = [_thread(self._read_lines, "line" if self.log_pipe is None else "heard", stderr)]
        if self.log_pipe is not None:
            readers.append(_thread(self._read_lines, "line", self.log_pipe))
        # A ProxyCommand inherits stderr and may outlive ssh, so the end of the stream does not tell the end of ssh.
        self.process.wait()
        if self.log_end >= 0:
            os.close(self.log_end)  # so that reading ends
        for reader in readers:
            reader.join(1)
        self.events.put(("ssh has ended", ""))

    def _read_lines(self, event: str, stream: Iterable[str]) -> None:
        for line in stream:
            self.events.put((event, line.strip()))

    def _read_owner(self) -> None:
        while line := self.owner.readline():
            self.events.put((line.decode().strip(), ""))
        self.events.put(("closed", ""))

    def _terminated(self, *_: object) -> None:
        self.events.put(("terminated", ""))

    def _stop(self) -> None:
        end_process(self.process)
        if sys.platform != "win32" and os.getpgrp() == os.getpid():  # ends the programs that ssh has started
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.killpg(0, signal.SIGTERM)


def end_process(process: subprocess.Popen[Any]) -> None:
    """Terminate a process, or kill it if that takes too long, and wait for its end."""
    process.terminate()
    try:
        process.wait(KILL_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _prepare_askpass(script: Path, locked_key: str | None) -> None:
    """Write the askpass script, and make ssh run it."""
    question = b"Enter passphrase for key '" + os.fsencode(f"{locked_key}'")[:_LONGEST_NAME]
    script.write_text(_ASKPASS, encoding="utf-8")
    script.chmod(0o700)
    os.environ |= {
        "ZMQ_SSH_UNLOCKS": os.fsdecode(question) if locked_key else "nothing",
        "SSH_ASKPASS": str(script),
        "SSH_ASKPASS_REQUIRE": "force",
    }
    os.environ.setdefault("DISPLAY", "none")  # OpenSSH before 8.4 needs it set, to any value


def _become_ssh() -> None:
    """Prepare the child process before it executes ssh."""
    os.environ["ZMQ_SSH_PID"] = str(os.getpid())
    if sys.platform == "linux":  # on other systems ssh survives a keeper that is killed
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _thread(function: Callable[..., None], *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=function, args=arguments, daemon=True)
    thread.start()
    return thread


def _report(report: Report) -> None:
    with suppress(OSError):  # the owner has ended
        os.write(1, json.dumps(report._asdict()).encode() + b"\n")


def main() -> None:
    """Run the job of the owner."""
    owner = FileIO(0, closefd=False)  # unbuffered: a thread that blocks in a buffered read holds its lock
    line = owner.readline()
    if line:
        keeper = Keeper(Job(**json.loads(line)), owner)
        try:
            keeper.run()
        except OSError as error:
            _report(Report(str(error)))
    os._exit(0)  # do not wait for threads that block in reading


if __name__ == "__main__":
    main()
