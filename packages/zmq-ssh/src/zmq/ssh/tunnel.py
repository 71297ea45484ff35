"""Tunnels for ZeroMQ's connections, through OpenSSH or paramiko.

A tunnel listens on a port of 127.0.0.1; what connects there is connected by the SSH server to a host and a port.
"""

from __future__ import annotations

import os
import socket as _socket
import sys
from contextlib import ExitStack
from getpass import getpass
from typing import Any

import zmq
from zmq.ssh import _openssh, _paramiko
from zmq.ssh._command import check_keyfile, check_password, is_locked
from zmq.ssh._errors import AuthenticationFailed, PortTaken, SSHException
from zmq.ssh._names import Forward, Server, split_endpoint
from zmq.ssh._tunnel import Tunnel

__all__ = [
    "AuthenticationFailed",
    "MaxRetryExceeded",
    "SSHException",
    "Tunnel",
    "open_tunnel",
    "openssh_tunnel",
    "paramiko_tunnel",
    "select_random_ports",
    "ssh_tunnel",
    "try_passwordless_ssh",
    "tunnel_connection",
]

LONGEST_S = 1e8
"""What systems can wait for; three years."""

MaxRetryExceeded = AuthenticationFailed
"""pyzmq's name, for wrong passwords."""

TRIES = 10
"""Of ``open_tunnel``, to find a port that nobody takes before ssh does."""


def tunnel_connection(
    socket: zmq.Socket[Any],
    addr: str,
    server: str,
    keyfile: str | os.PathLike[str] | None = None,
    password: str | None = None,
    paramiko: bool | None = None,
    timeout: float = 60,
) -> Tunnel:
    """Connect a socket through a tunnel: ``socket.connect(addr)`` for what only *server* can reach.

    The tunnel belongs to the socket.  After that was closed, or collected, it stays as long as libzmq has a connection,
    to send what is left (LINGER), and a second more.

    Args:
        socket: Any ZeroMQ socket, those of event loops included.
        addr: Endpoint to connect to, as *server* sees it.
        server: See ``openssh_tunnel``, as for the other arguments.
        keyfile: Path of a private key.
        password: The password of the account, or the passphrase of *keyfile*.
        paramiko: Whether to use paramiko; None: on Windows only.
        timeout: Seconds without a connection that end the tunnel.

    Returns:
        The tunnel; it need not be kept.

    Raises:
        SSHException: There is no tunnel; the message has what ssh said.
    """
    endpoint, tunnel = open_tunnel(addr, server, keyfile, password, paramiko, timeout)
    try:
        socket.connect(endpoint)
    except BaseException:
        tunnel.close()
        raise
    if isinstance(socket, zmq.Socket):
        tunnel.close_with(socket)
    return tunnel


def open_tunnel(
    addr: str,
    server: str,
    keyfile: str | os.PathLike[str] | None = None,
    password: str | None = None,
    paramiko: bool | None = None,
    timeout: float = 60,
) -> tuple[str, Tunnel]:
    """Open a tunnel to an endpoint, on a local port that is free.

    Args:
        addr: ``tcp://host:port`` as *server* sees it.
        server: See ``openssh_tunnel``, as for the other arguments.
        keyfile: Path of a private key.
        password: The password of the account, or the passphrase of *keyfile*.
        paramiko: Whether to use paramiko; None: on Windows only.
        timeout: Seconds without a connection that end the tunnel.

    Returns:
        The endpoint to connect to instead, and the tunnel.

    Raises:
        SSHException: There is no tunnel; the message has what ssh said.
    """
    host, rport = split_endpoint(addr)
    opener = paramiko_tunnel if _with_paramiko(paramiko) else openssh_tunnel
    for tries_left in reversed(range(TRIES)):  # somebody may take the port before the tunnel does
        try:
            tunnel = opener(select_random_ports(1)[0], rport, server, host, keyfile, password, timeout)
        except PortTaken:
            if not tries_left:
                raise
        else:
            return tunnel.endpoint, tunnel
    raise AssertionError("the last try returns or raises")


def openssh_tunnel(
    lport: int,
    rport: int,
    server: str,
    remoteip: str = "127.0.0.1",
    keyfile: str | os.PathLike[str] | None = None,
    password: str | None = None,
    timeout: float = 60,
) -> Tunnel:
    """Open a tunnel with OpenSSH's ``ssh``: from *lport* of this machine to *remoteip*:*rport*, as *server* sees it.

    Everything in ssh_config holds, such as aliases, keys, ProxyJump and the checking of host keys; only connections are
    never shared (ControlMaster).

    Args:
        lport: Port of 127.0.0.1 to listen on.
        rport: Port to connect to.
        server: ``user@host:port``; user and port may be missing, and host may be an alias of ssh_config.
        remoteip: Host to connect to, as *server* sees it; by default *server* itself.
        keyfile: Path of a private key; by default as ssh_config says.
        password: The password of the account, or the passphrase of *keyfile* if the agent does not have that key.  If
            it is None and no key fits, the user is asked, at a terminal.
        timeout: The tunnel closes after so many seconds without a connection.

    Returns:
        The tunnel.  It stays, even if it is dropped, until ``close()``, the timeout, or the end of this process.

    Raises:
        SSHException: There is no tunnel; the message has what ssh said.  It is AuthenticationFailed if the server
            refuses the key or the password.
    """
    return _open(_openssh.OpenSSHTunnel, lport, rport, server, remoteip, keyfile, password, timeout)


ssh_tunnel = openssh_tunnel


def paramiko_tunnel(
    lport: int,
    rport: int,
    server: str,
    remoteip: str = "127.0.0.1",
    keyfile: str | os.PathLike[str] | None = None,
    password: str | None = None,
    timeout: float = 60,
) -> Tunnel:
    """Open a tunnel with paramiko, where there is no ``ssh``; otherwise as ``openssh_tunnel``.

    It runs in threads of this process.  Of ssh_config it heeds names, keys, known hosts, ProxyJump and ProxyCommand.
    Host keys are always checked.

    Raises:
        ImportError: There is no paramiko.
        SSHException: There is no tunnel.
    """
    return _open(_paramiko.ParamikoTunnel, lport, rport, server, remoteip, keyfile, password, timeout)


def try_passwordless_ssh(
    server: str, keyfile: str | os.PathLike[str] | None = None, paramiko: bool | None = None
) -> bool:
    """Return whether a login succeeds without a password; nobody is asked for one.

    Args:
        server: ``user@host:port``.
        keyfile: Path of a private key.
        paramiko: Whether to use paramiko; None: on Windows only.

    Raises:
        SSHException: A password would not help: the server cannot be reached, or its host key is not the known one.
    """
    can_log_in = _paramiko.can_log_in if _with_paramiko(paramiko) else _openssh.can_log_in
    return can_log_in(Server.parse(server), check_keyfile(keyfile) if keyfile else None)


def select_random_ports(n: int) -> list[int]:
    """Return *n* different ports of 127.0.0.1 that are free; they may be taken before they are used."""
    with ExitStack() as stack:
        taken = [stack.enter_context(_socket.socket()) for _ in range(n)]
        for each in taken:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in taken]


def _with_paramiko(paramiko: bool | None) -> bool:
    return sys.platform == "win32" if paramiko is None else bool(paramiko)


def _open(
    carrier: type[_openssh.OpenSSHTunnel | _paramiko.ParamikoTunnel],
    lport: int,
    rport: int,
    server: str,
    remoteip: str,
    keyfile: str | os.PathLike[str] | None,
    password: str | None,
    timeout: float,
) -> Tunnel:
    place = Server.parse(server)
    forward = Forward.parse(lport, remoteip, rport)
    key = check_keyfile(keyfile) if keyfile else None
    if not isinstance(timeout, (int, float)):
        raise TypeError(f"timeout is a number of seconds: got {timeout!r}")
    if not timeout > 0:
        raise ValueError(f"timeout is a number of seconds, more than 0: got {timeout!r}")

    def start(password: str | None) -> Tunnel:
        return carrier(place, forward, keyfile=key, password=password, timeout_s=min(timeout, LONGEST_S))

    if password:  # jupyter_client passes False for "none is needed"
        return start(check_password(password))
    try:
        return start(None)
    except AuthenticationFailed as error:
        if not error.password_may_help or sys.stdin is None or not sys.stdin.isatty():
            raise
    passphrase = f"the passphrase of {key}, or " if key and is_locked(key) else ""
    return start(check_password(getpass(f"{passphrase}{server}'s password: ")))
