"""The exceptions of tunnels."""

from __future__ import annotations

from zmq.error import ZMQBaseError

__all__ = ["AuthenticationFailed", "PortTaken", "SSHException"]


class SSHException(ZMQBaseError, RuntimeError):
    """There is no tunnel; the message has what ssh, or paramiko, said."""


class AuthenticationFailed(SSHException):
    """The server does not let us in: no key fits, or the password is wrong.

    Attributes:
        password_may_help: Whether the server would take a password, or the key has a passphrase.
    """

    def __init__(self, message: str, *, password_may_help: bool) -> None:
        super().__init__(message)
        self.password_may_help = password_may_help


class PortTaken(SSHException):
    """Somebody else has the local port, or it takes more rights."""
