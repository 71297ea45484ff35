"""The arguments of OpenSSH's ``ssh``: a list, never a shell line.

What callers pass gets into it in three ways only: as a number, as the argument of an option letter, or after ``--``.
It has gone through ``_names``, which lets through nothing that could be an option, or a command in an ssh_config.
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
    # tells when the tunnel is there, and when a connection comes and goes: see _keeper
    "LogLevel=DEBUG1",
    # A tunnel inside a shared connection would outlive this ssh, and end with somebody else's.
    "ControlMaster=no",
    "ControlPath=none",
    # Forwards of ssh_config may be taken, by an earlier tunnel to the same server: only ours has to succeed.
    "ExitOnForwardFailure=no",
    "ClearAllForwardings=no",
    # a connection that is cut without a word is noticed after 45 s
    "ServerAliveInterval=15",
    "ServerAliveCountMax=3",
)
# of OpenSSH 8.7; an older one calls them a mistake
_NEW_OPTIONS = (
    "ForkAfterAuthentication=no",  # else the ssh that is kept ends, and another one stays
    "StdinNull=no",  # the password comes that way
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
    """Return what follows ``ssh`` to log in and stay, without a command.

    Args:
        server: Where to log in.
        forward: The tunnel; None only logs in.
        keyfile: Path of a private key, from ``check_keyfile``; besides it only those that ssh_config names are tried.
        password: Whether there is an answer to the question for a password or passphrase; otherwise ssh does not ask.
        version: That of OpenSSH, for example ``(9, 2)``.
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
                f"ssh would expand the path of this key: {keyfile!r}: move it to one without '%' and '${{'"
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
        FileNotFoundError: There is no such file: ssh would warn and try other keys.
    """
    path = Path(keyfile).expanduser()
    absolute = str(path if path.is_absolute() else Path.cwd() / path)  # so it cannot begin with a dash
    if not Path(absolute).is_file():
        raise FileNotFoundError(f"there is no file {absolute!r}: keyfile is the path of a private key")
    return absolute


def is_locked(keyfile: str) -> bool:
    """Return whether a private key can be read with a passphrase only."""
    try:
        text = Path(keyfile).read_bytes()
        if match := re.search(rb"BEGIN OPENSSH PRIVATE KEY-+([^-]*)", text):
            # Its first fields: a magic word; the length of the name of the cipher, and that name.
            return not base64.b64decode(match[1]).startswith(b"openssh-key-v1\0\0\0\0\4none")
    except (OSError, ValueError):  # then ssh, or paramiko, says what is wrong with it
        return False
    return b"ENCRYPTED" in text


def check_password(password: str) -> str:
    """Return *password*.

    Raises:
        ValueError: It has a control character. The message does not show it.
    """
    if not isinstance(password, str):
        raise TypeError(f"a password is a str: got a {type(password).__name__}")
    if any(ord(character) < 32 or ord(character) == 127 for character in password):
        raise ValueError("a password cannot have control characters, such as the end of a line")
    return password
