"""Open tunnels for ZeroMQ connections, through OpenSSH or paramiko.

A tunnel listens on a port of 127.0.0.1.  For each connection to it the SSH server connects to a host and a port.

All functions block their thread until the login is over, and may be called in any thread.
"""

from __future__ import annotations

import os
import socket as _socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from getpass import getpass
from typing import Any

import zmq
from zmq.ssh._abc import AuthenticationFailed, PortTaken, SSHException, Tunnel
from zmq.ssh._command import check_keyfile, check_password, is_locked
from zmq.ssh._names import Forward, Server, split_endpoint
from zmq.ssh._openssh import OpenSSHTunnel

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
"""The longest timeout that all systems support, in seconds; three years."""

MaxRetryExceeded = AuthenticationFailed
"""The name in pyzmq, for wrong passwords."""

TRIES = 10
"""How often ``open_tunnel`` tries another port if another program takes the port before ssh does."""


def tunnel_connection(
    socket: zmq.Socket[Any],
    addr: str,
    server: str,
    keyfile: str | os.PathLike[str] | None = None,
    password: str | None = None,
    paramiko: bool | None = None,
    timeout: float = 60,
) -> Tunnel:
    """Connect a socket through a new tunnel: like ``socket.connect(addr)``, for endpoints that only *server* can reach.

    The socket owns the tunnel.  After it was closed or collected, the tunnel stays while libzmq keeps a connection
    to send the remaining messages (LINGER), and ends one second later.

    Args:
        socket: Any ZeroMQ socket, those of event loops included.
        addr: The endpoint, ``tcp://host:port``; *server* resolves the host.
        server: ``user@host:port``; user and port may be missing, and host may be an alias of ssh_config.
        keyfile: Path of a private key; by default those of ssh_config and the agent.
        password: The password of the account, or the passphrase of *keyfile*; see ``openssh_tunnel``.
        paramiko: Whether to use paramiko; None means only on Windows.
        timeout: The tunnel ends after so many seconds without a connection.

    Returns:
        The tunnel; the caller need not keep it.

    Raises:
        SSHException: The tunnel cannot be opened; see ``openssh_tunnel``.
        TypeError: An argument has a wrong type.
        ValueError: The endpoint, server or timeout is invalid.
        ZMQError: The socket cannot connect.

    .. skip: next "needs an SSH server"

    Example::

        with zmq.Context() as context, context.socket(zmq.REQ) as client:
            tunnel_connection(client, "tcp://10.0.0.7:5555", "anna@gateway.example.org")
            client.send(b"hello")
            print(client.recv())

    libzmq: zmq_connect(3)
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
    """Open a tunnel to an endpoint, on a free local port.

    Args:
        addr: The endpoint, ``tcp://host:port``; *server* resolves the host.
        server: ``user@host:port``; user and port may be missing, and host may be an alias of ssh_config.
        keyfile: Path of a private key; by default those of ssh_config and the agent.
        password: The password of the account, or the passphrase of *keyfile*; see ``openssh_tunnel``.
        paramiko: Whether to use paramiko; None means only on Windows.
        timeout: The tunnel ends after so many seconds without a connection.

    Returns:
        The local endpoint to connect to, and the tunnel.

    Raises:
        SSHException: The tunnel cannot be opened; see ``openssh_tunnel``.
        TypeError: An argument has a wrong type.
        ValueError: The endpoint, server or timeout is invalid.
    """
    host, rport = split_endpoint(addr)
    opener = paramiko_tunnel if _with_paramiko(paramiko) else openssh_tunnel
    for tries_left in reversed(range(TRIES)):  # another program may take the port before the tunnel does
        try:
            tunnel = opener(select_random_ports(1)[0], rport, server, host, keyfile, password, timeout)
        except PortTaken:
            if not tries_left:
                raise
        else:
            return tunnel.endpoint, tunnel
    raise AssertionError("unreachable: the last try returns or raises")


def openssh_tunnel(
    lport: int,
    rport: int,
    server: str,
    remoteip: str = "127.0.0.1",
    keyfile: str | os.PathLike[str] | None = None,
    password: str | None = None,
    timeout: float = 60,
) -> Tunnel:
    """Open a tunnel with OpenSSH's ``ssh``, from *lport* of 127.0.0.1 to *remoteip*:*rport* behind *server*.

    ssh reads its configuration as usual: aliases, keys, ProxyJump, checking of host keys.  The tunnel never shares a
    connection (ControlMaster).

    Args:
        lport: Port of 127.0.0.1 to listen on.
        rport: Port to which *server* connects.
        server: ``user@host:port``; user and port may be missing, and host may be an alias of ssh_config.
        remoteip: Host to which *server* connects; by default *server* itself.
        keyfile: Path of a private key; by default those of ssh_config and the agent.
        password: The password of the account, or the passphrase of *keyfile* if the agent does not have that key.  If
            it is None, the server accepts no key, and standard input is a terminal, the user is asked.
        timeout: The tunnel ends after so many seconds without a connection.

    Returns:
        The tunnel.  It stays open, even if the object is dropped, until ``close()``, the timeout, or the end of this
        process.

    Raises:
        SSHException: The tunnel cannot be opened; the message quotes ssh.  It is AuthenticationFailed if the server
            refuses the keys or the password.
        FileNotFoundError: There is no file *keyfile*.
        TypeError: An argument has a wrong type.
        ValueError: A port is not in 1 to 65535, or another argument is invalid.
    """
    return _open(OpenSSHTunnel, Forward.parse(lport, remoteip, rport), server, keyfile, password, timeout)


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
    """Open a tunnel with paramiko, for systems without ``ssh``; otherwise like ``openssh_tunnel``.

    The tunnel runs in threads of this process.  Of ssh_config it heeds HostName, Port, User, IdentityFile, ProxyJump,
    ProxyCommand, HostKeyAlias and the files of known hosts.  Host keys are always checked.

    Raises:
        ImportError: paramiko is not installed.
        SSHException: The tunnel cannot be opened; the message quotes paramiko.
    """
    from zmq.ssh._paramiko import ParamikoTunnel  # late: paramiko need not be installed

    return _open(ParamikoTunnel, Forward.parse(lport, remoteip, rport), server, keyfile, password, timeout)


def try_passwordless_ssh(
    server: str, keyfile: str | os.PathLike[str] | None = None, paramiko: bool | None = None
) -> bool:
    """Return whether a login succeeds without a password; the user is not asked for one.

    Args:
        server: ``user@host:port``; user and port may be missing, and host may be an alias of ssh_config.
        keyfile: Path of a private key; by default those of ssh_config and the agent.
        paramiko: Whether to use paramiko; None means only on Windows.

    Raises:
        SSHException: The login fails for another reason: the server cannot be reached, or its host key is unknown.
    """
    if _with_paramiko(paramiko):
        from zmq.ssh._paramiko import check_login
    else:
        from zmq.ssh._openssh import check_login
    try:
        check_login(Server.parse(server), check_keyfile(keyfile) if keyfile else None)
    except AuthenticationFailed:
        return False
    return True


def select_random_ports(n: int) -> list[int]:
    """Return *n* different free ports of 127.0.0.1; another program may take them before they are used."""
    with ExitStack() as stack:
        taken = [stack.enter_context(_socket.socket()) for _ in range(n)]
        for each in taken:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in taken]


def _with_paramiko(paramiko: bool | None) -> bool:
    return sys.platform == "win32" if paramiko is None else bool(paramiko)


def _open(
    tunnel_class: Callable[..., Tunnel],
    forward: Forward,
    server: str,
    keyfile: str | os.PathLike[str] | None,
    password: str | None,
    timeout: float,
) -> Tunnel:
    place = Server.parse(server)
    key = check_keyfile(keyfile) if keyfile else None
    if not isinstance(timeout, (int, float)):
        raise TypeError(f"timeout must be a number of seconds: got {timeout!r}")
    if not timeout > 0:
        raise ValueError(f"timeout must be a number of seconds, greater than 0: got {timeout!r}")

    def start(password: str | None) -> Tunnel:
        return tunnel_class(place, forward, keyfile=key, password=password, timeout_s=min(timeout, LONGEST_S))

    if password:  # jupyter_client passes False if no password is needed
        return start(check_password(password))
    try:
        return start(None)
    except AuthenticationFailed as error:
        if not error.password_may_help or sys.stdin is None or not sys.stdin.isatty():
            raise
    passphrase = f"the passphrase of {key}, or " if key and is_locked(key) else ""
    return start(check_password(getpass(f"{passphrase}{server}'s password: ")))
