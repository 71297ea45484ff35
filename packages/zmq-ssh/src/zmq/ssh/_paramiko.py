"""Tunnels through paramiko, in threads of this process; the first tunnel imports this module, and so paramiko.

Of ssh_config it heeds ``HostName``, ``Port``, ``User``, ``IdentityFile``, ``ProxyJump``, ``ProxyCommand``,
``HostKeyAlias``, ``UserKnownHostsFile`` and ``GlobalKnownHostsFile``.  Host keys are always checked, regardless of
``StrictHostKeyChecking``.
"""

from __future__ import annotations

import getpass
import logging
import shlex
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from zmq.ssh._abc import AuthenticationFailed, PortTaken, SSHException, Tunnel, unknown_key
from zmq.ssh._command import LOCKED
from zmq.ssh._keeper import end_process
from zmq.ssh._names import Forward, Server
from zmq.ssh.forward import ForwardServer
from zmq_check.core import needs

with needs("a tunnel without OpenSSH needs paramiko", "zmq-ssh[paramiko]"):
    import paramiko

__all__ = ["ParamikoTunnel", "check_login"]

START_S = 60.0
"""The limit for each step of a login, such as the TCP connection, in seconds."""

KEEPALIVE_S = 15
CLOSE_S = 10.0

_log = logging.getLogger("zmq.ssh")
_silence = logging.NullHandler()  # else logging prints every refused connection on stderr

_KNOWN_HOSTS = {
    "userknownhostsfile": "~/.ssh/known_hosts ~/.ssh/known_hosts2",
    "globalknownhostsfile": "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2",
}


class ParamikoTunnel(Tunnel):
    """A tunnel through paramiko, in threads of this process."""

    def __init__(
        self, server: Server, forward: Forward, *, keyfile: str | None, password: str | None, timeout_s: float
    ) -> None:
        super().__init__(server, forward)
        with ExitStack() as stack:
            try:
                listener = stack.enter_context(socket.create_server(("127.0.0.1", forward.lport)))
            except OSError as error:
                raise PortTaken(f"cannot listen on port {forward.lport} of 127.0.0.1: {error}") from error
            self._transport = log_in(stack, server, keyfile, password)
            self._transport.set_keepalive(KEEPALIVE_S)
            self._server = ForwardServer(listener, (forward.host, forward.rport), self._transport, timeout_s)
            self._stack = stack.pop_all()
        threading.Thread(target=self._serve, name=f"zmq.ssh {self.endpoint}", daemon=True).start()
        self._keep()

    def _serve(self) -> None:
        reason = "failed"
        try:
            reason = self._server.serve()
        finally:
            self.reason = reason
            self._stack.close()
            self._server.join(CLOSE_S)
            self._ended.set()

    def _close(self) -> None:
        self._server.close()
        self._ended.wait(CLOSE_S)

    def drain(self) -> None:
        self._server.drain()

    def _abandon(self) -> None:
        super()._abandon()
        self._server.abandon()
        way = self._transport.sock
        while not isinstance(way, socket.socket):  # a channel through a jump host
            way = way.get_transport().sock
        way.close()


def check_login(server: Server, keyfile: str | None) -> None:
    """Log in without a password, and out.

    Raises:
        SSHException: The login fails.
    """
    with ExitStack() as stack:
        log_in(stack, server, keyfile, None)


def log_in(stack: ExitStack, server: Server, keyfile: str | None, password: str | None) -> paramiko.Transport:
    """Log in, and return the authenticated connection; *stack* closes it.

    Raises:
        AuthenticationFailed: The server refuses the keys, or the password.
        SSHException: The server cannot be reached, or its host key is not in known_hosts.
    """
    path = Path("~/.ssh/config").expanduser()
    try:
        config = paramiko.SSHConfig.from_path(str(path)) if path.is_file() else paramiko.SSHConfig()
        return _Login(config, stack).to(server, keyfile, password)
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise _failure(server, error, with_password=password is not None) from error


class _Login(NamedTuple):
    """Logs in to a server through its jump hosts."""

    config: paramiko.SSHConfig
    stack: ExitStack

    def to(
        self, server: Server, keyfile: str | None, password: str | None, jumps: list[Server] | None = None
    ) -> paramiko.Transport:
        """Log in to *server*, and return the authenticated connection.

        Args:
            server: The server.
            keyfile: Path of a private key.
            password: The password or passphrase; None if there is none.
            jumps: The jump hosts; None means those of ssh_config.
        """
        settings = self.config.lookup(server.host)
        host = str(settings["hostname"]).lower()  # known_hosts has names in lower case
        port = server.port or int(settings.get("port", 22))
        way = self._connect(server, host, port, settings, jumps)
        client = self.stack.enter_context(paramiko.SSHClient())
        _log.addHandler(_silence)
        client.set_log_channel(_log.name)
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        for name, default in _KNOWN_HOSTS.items():
            for text in shlex.split(settings.get(name, default)):
                file = Path(text).expanduser()
                if file.is_file():
                    client.load_system_host_keys(str(file))
        keys = [keyfile] if keyfile else [key for key in settings.get("identityfile", ()) if Path(key).is_file()]
        alias = settings.get("hostkeyalias")
        client.connect(
            alias or host,
            22 if alias else port,  # paramiko adds other ports to the name that it looks up in known_hosts
            server.user or settings.get("user") or getpass.getuser(),
            password,
            key_filename=keys or None,  # type: ignore[arg-type]  # paramiko accepts a list
            look_for_keys=not keys,
            sock=way,
            banner_timeout=START_S,
            auth_timeout=START_S,
            channel_timeout=START_S,
        )
        transport = client.get_transport()
        assert transport is not None  # after connect()
        return transport

    def _connect(
        self, server: Server, host: str, port: int, settings: paramiko.SSHConfigDict, jumps: list[Server] | None
    ) -> socket.socket | paramiko.Channel | paramiko.ProxyCommand:
        if jumps is None:
            names = str(settings.get("proxyjump", "none"))
            listed = [] if names.lower() == "none" else names.split(",")
            parsed = [Server.parse(name.strip().removeprefix("ssh://")) for name in listed]
            jumps = [jump for jump in parsed if jump.host != server.host]  # "Host *" also matches the jump host itself
        if jumps:
            transport = self.to(jumps[-1], None, None, jumps[:-1] or None)
            return transport.open_channel("direct-tcpip", (host, port), ("127.0.0.1", 0), timeout=START_S)
        command = str(settings.get("proxycommand", "none"))
        if command.lower() != "none":
            return self._run(command)
        return self.stack.enter_context(socket.create_connection((host, port), START_S))

    def _run(self, command: str) -> socket.socket | paramiko.ProxyCommand:
        """Run a ProxyCommand, and return the connection to it."""
        if sys.platform == "win32":  # there a socket cannot be the standard input of a program
            return paramiko.ProxyCommand(command)
        near, far = socket.socketpair()
        self.stack.enter_context(near)
        with far:
            process = subprocess.Popen(
                shlex.split(command), stdin=far.fileno(), stdout=far.fileno(), start_new_session=True
            )
        self.stack.callback(end_process, process)
        return near


def _failure(server: Server, error: Exception, *, with_password: bool) -> SSHException:
    said = str(error) or type(error).__name__
    text = f"no tunnel through {str(server)!r}: {said}"
    if isinstance(error, paramiko.BadHostKeyException) or "not found in known_hosts" in said:
        return SSHException(text + unknown_key(server))
    if isinstance(error, paramiko.AuthenticationException) or said == "No authentication methods available":
        methods = getattr(error, "allowed_types", ["password"])
        if isinstance(error, paramiko.PasswordRequiredException):
            text += f"\n{LOCKED}"
        may_help = not with_password and ("password" in methods or "keyboard-interactive" in methods)
        return AuthenticationFailed(text, password_may_help=may_help)
    return SSHException(text)
