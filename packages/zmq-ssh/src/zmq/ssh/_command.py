"""The arguments of OpenSSH's ``ssh``: a list, never a shell line.

Values of the caller enter it in three ways only: as a number, as the argument of an option letter, or after ``--``.
``_names`` has validated them before: none can be an option, or a command in an ssh_config.
"""

from __future__ import annotations

import base64
import os
import re
from pathlib import Path

from zmq.ssh._names import Forward, Server

__all__ = ["LOCKED", "check_keyfile", "check_password", "is_locked", "ssh_arguments"]

LOCKED = "(the key has a passphrase: pass it as the password, or give the key to the agent)"

_OPTIONS = (
    # _keeper parses this log: it reports that the tunnel is open, and every connection
    "LogLevel=DEBUG1",
    # A tunnel inside a shared connection would outlive this ssh, and end with the ssh that shares the connection.
    "ControlMaster=no",
    "ControlPath=none",
    # Ports of other forwards in ssh_config may be in use, by an earlier tunnel: only this forward must succeed.
    "ExitOnForwardFailure=no",
    "ClearAllForwardings=no",
    # a connection that breaks silently is detected after 45 s
    "ServerAliveInterval=15",
    "ServerAliveCountMax=3",
)
# since OpenSSH 8.7; older versions refuse unknown options
_NEW_OPTIONS = (
    "ForkAfterAuthentication=no",  # else the supervised ssh ends, and a child of it stays
    "StdinNull=no",  # ssh reads the password from stdin
)
_NO_QUESTION = ("BatchMode=yes",)
_ONE_QUESTION = ("BatchMode=no", "NumberOfPasswordPrompts=1")


def ssh_arguments(
    server: Server,
    forward: Forward | None = None,
    *,
    keyfile: str | None = None,
    password: bool = False,
    version: tuple[int, int] = (0, 0),
) -> list[str]:
    """Return the arguments with which ``ssh`` logs in and stays, without running a command.

    Args:
        server: The server.
        forward: The tunnel; None only logs in.
        keyfile: Path of a private key, from ``check_keyfile``; besides it, ssh only tries the keys of ssh_config.
        password: Whether there is a password or passphrase; otherwise ssh does not ask for one.
        version: The version of OpenSSH, such as ``(9, 2)``.

    Raises:
        ValueError: ssh would expand the path of the key.
    """
    arguments = ["-N"]
    new = _NEW_OPTIONS if version >= (8, 7) else ()
    for option in (*_OPTIONS, *new, *(_ONE_QUESTION if password else _NO_QUESTION)):
        arguments += ["-o", option]
    if forward is not None:
        host = f"[{forward.host}]" if ":" in forward.host else forward.host
        arguments += ["-L", f"127.0.0.1:{forward.lport}:{host}:{forward.rport}"]
    if keyfile is not None:
        if "%" in keyfile or "${" in keyfile:
            raise ValueError(
                f"ssh would expand the path of the key {keyfile!r}: move the key to a path without '%' and '${{'"
            )
        arguments += ["-o", "IdentitiesOnly=yes", "-i", keyfile]
    if server.port is not None:
        arguments += ["-p", str(server.port)]
    if server.user is not None:
        arguments += ["-l", server.user]
    return [*arguments, "--", server.host]


def check_keyfile(keyfile: str | os.PathLike[str]) -> str:
    """Return the absolute path of a private key; ``~`` is the home folder.

    Raises:
        FileNotFoundError: There is no such file.  (ssh would only warn, and try other keys.)
    """
    path = Path(keyfile).expanduser()
    absolute = str(path if path.is_absolute() else Path.cwd() / path)  # so that it cannot begin with a dash
    if not Path(absolute).is_file():
        raise FileNotFoundError(f"no such file: {absolute!r}: keyfile must be the path of a private key")
    return absolute


def is_locked(keyfile: str) -> bool:
    """Return whether a private key has a passphrase."""
    try:
        text = Path(keyfile).read_bytes()
        if match := re.search(rb"BEGIN OPENSSH PRIVATE KEY-+([^-]*)", text):
            # Its first fields are a magic string, then the length of the cipher's name, then the name.
            return not base64.b64decode(match[1]).startswith(b"openssh-key-v1\0\0\0\0\4none")
    except (OSError, ValueError):  # ssh or paramiko will report the error
        return False
    return b"ENCRYPTED" in text


def check_password(password: str) -> str:
    """Return *password*.  The messages of errors do not quote it.

    Raises:
        TypeError: It is not a str.
        ValueError: It has a control character, which could end the line on which ssh reads it.
    """
    if not isinstance(password, str):
        raise TypeError(f"a password must be a str: got a {type(password).__name__}")
    if any(ord(character) < 32 or ord(character) == 127 for character in password):
        raise ValueError("a password cannot contain control characters, such as a newline")
    return password
