"""The process between a program and one ``ssh``: starts it, tells when the tunnel is there, and ends with its owner.

Run as a script, with nothing but the standard library: importing zmq would take longer than logging in.  Its standard
input is a pipe from the owner.  The first line of it is the Job, later ones are ``drain``; where it ends, the owner has
closed the tunnel or has died, however it died, and ssh is ended.  (ssh itself would not notice: with ``-N`` it
never reads.  Giving it a command that does, ``cat`` for one, takes a server that runs commands, and many gateways only
forward.)  Its standard output has a line of JSON when the tunnel is there, and one when it has ended.

What ssh does is read off its log, level DEBUG1: it has no other voice for that.  The log comes by a pipe with a name.
On standard error there is also what the server says before the login (its banner), which may look like the log, and
what the ssh of a ProxyJump says.
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
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import ExitStack, contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import NamedTuple, TextIO

START_S = 120.0
"""A login that takes longer has failed; it may wait for somebody who answers a telephone."""

DRAIN_S = 1.0
"""How long a tunnel stays without connections after its owner has closed.  libzmq tries again after 0.1 s."""

CANNOT_LISTEN = "cannot listen on the local port"

KILL_S = 5.0
"""ssh that has not ended by then is killed."""

_ASKPASS = """\
#!/bin/sh
# Run by ssh to ask for a password, or for the passphrase of the caller's key: each is a line on its own standard input.
# The ssh that ProxyJump starts, with the same environment, has the data of the connection there: it gets nothing. No
# other question is answered.
case $1 in "$ZMQ_SSH_UNLOCKS"*) ;; *[Pp]assword*) ;; *) exit 1 ;; esac
[ "$PPID" = "$ZMQ_SSH_PID" ] && IFS= read -r answer && printf '%s\\n' "$answer"
"""

_LONGEST_NAME = 100  # bytes of a key's path in the question for its passphrase

_PR_SET_PDEATHSIG = 1  # prctl(2)

_LISTENS = re.compile(r"debug1: Local forwarding listening on \S+ port (\d+)\.")
_CHANNEL = re.compile(r"debug1: channel (\d+): (new|free)\b(.*)")
_PLACE = re.compile(r"\w+\.c:\w+\(\):\d+ \(pid=\d+\): ")  # of LogVerbose
_NOISE = re.compile(r"debug\d: |OpenSSH_\d|Authenticated to |Transferred: |Bytes per second: ")


class Job(NamedTuple):
    """What the owner wants."""

    command: list[str]
    lport: int | None
    """The port that ssh has to listen on; None: the login is all."""

    timeout_s: float
    """Ends a tunnel that has had no connection for so long."""

    password: str | None

    locked_key: str | None = None
    """Path of a private key whose passphrase *password* may be."""


class Report(NamedTuple):
    """What the keeper tells: once when the tunnel is there, and once when it has ended, or could not be made."""

    reason: str | None
    """Why the tunnel has ended; None: it is there."""

    pid: int = 0
    status: int | None = None
    """The exit status of ssh, or minus the number of the signal that ended it."""

    said: Sequence[str] = ()
    """The last lines of ssh's log."""

    heard: Sequence[str] = ()
    """The last lines that came by ssh's standard error: from the server, or from what ssh has started."""


class Log:
    """What the log of ssh tells, in the words that it had before OpenSSH 9.2, and has since."""

    def __init__(self, lport: int | None) -> None:
        self.lport = lport
        self.logged_in = False
        self.listens = lport is None
        self.connections: set[str] = set()
        self.said: deque[str] = deque(maxlen=20)
        self.heard: deque[str] = deque(maxlen=20)
        self._announced = False

    def feed(self, line: str) -> None:
        """Take one line."""
        line = _PLACE.sub("", line, count=1)
        if line.startswith("debug1: Entering interactive session"):
            self.logged_in = True
        elif match := _LISTENS.match(line):
            self._announced = int(match[1]) == self.lport  # it only means to: the channel is the proof
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
        """Take one line that is not of the log."""
        if line and not _NOISE.match(line):
            self.heard.append(line)


class Keeper:
    """Keeps one ssh, until something ends it."""

    def __init__(self, job: Job, owner: FileIO) -> None:
        self.job = job
        self.owner = owner
        self.log = Log(job.lport)
        self.events: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self.limit_s = START_S

    def run(self) -> None:
        """Start ssh, report, and stay until it has ended."""
        signal.signal(signal.SIGTERM, self._terminated)
        with ExitStack() as stack:
            if self.job.password is None:
                os.environ["SSH_ASKPASS_REQUIRE"] = "never"  # BatchMode does not reach the ssh that ProxyJump starts
            else:
                stack.enter_context(_askpass(self.job.locked_key))
            self.pipe = stack.enter_context(_log_pipe())
            self.process = self._start()
            _thread(self._read_log)
            _thread(self._read_owner)
            reason = self._watch(until_ready=True)
        if not reason:
            _tell(Report(None, self.process.pid))
            self.limit_s = self.job.timeout_s
            reason = self._watch(until_ready=False)
        self._stop()
        status = self.process.returncode
        _tell(Report(reason, self.process.pid, status, list(self.log.said), list(self.log.heard)))

    def _start(self) -> subprocess.Popen[str]:
        ssh, *arguments = self.job.command
        process = subprocess.Popen(
            [ssh, *self.pipe.arguments, *arguments],
            stdin=subprocess.DEVNULL if self.job.password is None else subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            preexec_fn=None if sys.platform == "win32" else _become_ssh,  # noqa: PLW1509 - there are no threads yet
        )
        if process.stdin is not None:
            with suppress(OSError):  # ssh has ended already, and says why
                questions = 2 if self.job.locked_key else 1  # it may be the password all the same
                process.stdin.write(f"{self.job.password}\n" * questions)
                process.stdin.close()
        return process

    def _watch(self, *, until_ready: bool) -> str:
        """Return why the tunnel has to end; nothing when it is ready."""
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
        readers = [_thread(self._read_lines, "line" if self.pipe.log is None else "heard", stderr)]
        if self.pipe.log is not None:
            readers.append(_thread(self._read_lines, "line", self.pipe.log))
        # What ssh starts (ProxyCommand) has its stderr, too, and may live on: what counts is the end of ssh.
        self.process.wait()
        self.pipe.end()
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
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(KILL_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if sys.platform != "win32" and os.getpgrp() == os.getpid():  # what ssh has started
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.killpg(0, signal.SIGTERM)


class _LogPipe:
    """Where ssh writes its log: a pipe with a name; its standard error where there are none, on Windows."""

    def __init__(self, path: Path | None) -> None:
        self.arguments: list[str] = []
        self.log: TextIO | None = None
        self._write_fd = -1
        if path is not None and sys.platform != "win32":
            self.arguments = ["-E", str(path)]
            os.mkfifo(path, 0o600)
            read_fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            os.set_blocking(read_fd, True)
            self.log = os.fdopen(read_fd, encoding="utf-8", errors="replace")
            self._write_fd = os.open(path, os.O_WRONLY)  # so that it does not end before ssh has begun to write

    def end(self) -> None:
        """Let the log end: ssh has."""
        if self._write_fd >= 0:
            os.close(self._write_fd)


@contextmanager
def _log_pipe() -> Generator[_LogPipe, None, None]:
    """Make a pipe for ssh to open while this lasts."""
    if sys.platform == "win32":
        yield _LogPipe(None)
    else:
        with tempfile.TemporaryDirectory(prefix="zmq-ssh-", ignore_cleanup_errors=True) as folder:
            yield _LogPipe(Path(folder, "log"))


@contextmanager
def _askpass(locked_key: str | None) -> Generator[None, None, None]:
    """Make ssh ask our script, which is there while this lasts."""
    question = b"Enter passphrase for key '" + os.fsencode(f"{locked_key}'")[:_LONGEST_NAME]
    os.environ["ZMQ_SSH_UNLOCKS"] = os.fsdecode(question) if locked_key else "nothing"
    with tempfile.TemporaryDirectory(prefix="zmq-ssh-", ignore_cleanup_errors=True) as folder:
        script = Path(folder, "askpass")
        script.write_text(_ASKPASS, encoding="utf-8")
        script.chmod(0o700)
        os.environ |= {"SSH_ASKPASS": str(script), "SSH_ASKPASS_REQUIRE": "force"}
        os.environ.setdefault("DISPLAY", "none")  # before OpenSSH 8.4 it takes a display, whatever that is
        yield


def _become_ssh() -> None:
    """In the child, before it becomes ssh."""
    os.environ["ZMQ_SSH_PID"] = str(os.getpid())
    if sys.platform == "linux":  # elsewhere, a keeper that is killed leaves its ssh behind
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _thread(function: Callable[..., None], *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=function, args=arguments, daemon=True)
    thread.start()
    return thread


def _tell(report: Report) -> None:
    with suppress(OSError):  # the owner has gone
        os.write(1, json.dumps(report._asdict()).encode() + b"\n")


def main() -> None:
    """Do the job that the owner asks for."""
    owner = FileIO(0, closefd=False)  # without a buffer, whose lock would be held at the end
    line = owner.readline()
    if line:
        keeper = Keeper(Job(**json.loads(line)), owner)
        try:
            keeper.run()
        except OSError as error:
            _tell(Report(str(error)))
    os._exit(0)  # without waiting for the threads that still read


if __name__ == "__main__":
    main()
