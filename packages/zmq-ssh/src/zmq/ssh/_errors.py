"""The exceptions of tunnels."""

from __future__ import annotations

from zmq.error import ZMQBaseError
from zmq.ssh._names import Server

__all__ = ["AuthenticationFailed", "PortTaken", "SSHException", "unknown_key"]


class SSHException(ZMQBaseError, RuntimeError):
    """A tunnel cannot be opened; the message quotes the output of ssh, or the error of paramiko."""


class AuthenticationFailed(SSHException):
    """The server refuses the login: it accepts no key, or the password is wrong.

    Attributes:
        password_may_help: Whether no password was given, and the server accepts one or the key has a passphrase.
    """

    def __init__(self, message: str, *, password_may_help: bool) -> None:
        super().__init__(message)
        self.password_may_help = password_may_help


class PortTaken(SSHException):
    """The local port is in use, or needs more privileges."""


def unknown_key(server: Server) -> str:
    """Return the cure for a host key that is not accepted, to be appended to the text of an SSHException."""
    port = f" -p {server.port}" if server.port else ""
    return (
        "\n(the server's host key differs from the one in known_hosts, or is not there: log in once with"
        f" 'ssh{port} {server._replace(port=None)}', and compare the fingerprint)"
    )
