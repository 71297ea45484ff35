"""Parse and validate the texts of callers: servers, hosts, ports, endpoints.

They become arguments of ``ssh``, and hosts and users may also become part of shell commands in an ssh_config
(``ProxyCommand nc %h %p``).  So the patterns list the characters that are allowed: no leading dash, no white space, no
control characters, no characters with a meaning for a shell.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import NamedTuple

__all__ = ["Forward", "Server", "split_endpoint"]

_NAME = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]*")
_IPV6 = re.compile(r"([0-9A-Fa-f:.]+)(%[A-Za-z0-9_.][A-Za-z0-9_.-]*)?")
# user@domain and DOMAIN\user are names in directories; ssh refuses a backslash at the end
_USER = re.compile(r"[A-Za-z0-9_.]([A-Za-z0-9_.+@\\-]*[A-Za-z0-9_.+@-])?")
_PORT = re.compile(r"[0-9]{1,5}")


class Server(NamedTuple):
    """An SSH server: ``user@host:port``."""

    host: str
    """A name, an alias of ssh_config, or an address; an IPv6 address without brackets."""

    user: str | None = None
    """None means the user of ssh_config, or else the name of the local account."""

    port: int | None = None
    """None means the port of ssh_config, or else 22."""

    @classmethod
    def parse(cls, text: str) -> Server:
        """Parse the name of a server.

        Args:
            text: ``host``, ``user@host``, ``host:port`` or ``user@host:port``; an IPv6 address with a port needs
                brackets: ``user@[::1]:22``.

        Raises:
            TypeError: *text* is not a str.
            ValueError: A part is missing, or has a character that is not allowed.
        """
        if not isinstance(text, str):
            raise TypeError(f"a server must be a str such as 'user@host:port': got {text!r}")
        user, at, place = text.rpartition("@")  # the last '@': user names may contain one
        if at and not _USER.fullmatch(user):
            raise ValueError(f"not a user name: {user!r}, in the server {text!r}; use the form 'user@host:port'")
        try:
            host, port = _split_place(place)
        except ValueError as error:
            raise ValueError(f"{error}, in the server {text!r}; use the form 'user@host:port'") from None
        return cls(host, user or None, port)

    def __str__(self) -> str:
        """Return the text that ``parse`` accepts."""
        user = f"{self.user}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{user}{host}{f':{self.port}' if self.port else ''}"


class Forward(NamedTuple):
    """A tunnel from *lport* of this machine to *host*:*rport*, to which the server connects."""

    lport: int
    host: str
    """A name or address that the server resolves; an IPv6 address without brackets."""

    rport: int

    @classmethod
    def parse(cls, lport: int, remoteip: str, rport: int) -> Forward:
        """Validate the ends of a tunnel.

        Raises:
            TypeError: A port is not an int, or the host is not a str.
            ValueError: A port is not in 1 to 65535, or the host is neither a name nor an address.
        """
        if not isinstance(remoteip, str):
            raise TypeError(f"remoteip must be a str: got {remoteip!r}")
        host, port = _split_place(remoteip)
        if port is not None:
            raise ValueError(f"not a host: {remoteip!r}: pass the port as rport")
        for name, value in (("lport", lport), ("rport", rport)):
            if not isinstance(value, int):
                raise TypeError(f"{name} must be an int: got {value!r}")
            if not 1 <= value <= 65535:
                raise ValueError(f"{name} must be in 1 to 65535: got {value!r}")
        return cls(int(lport), host, int(rport))


def split_endpoint(endpoint: str) -> tuple[str, int]:
    """Return host and port of a tcp endpoint; the host without brackets.

    Raises:
        TypeError: *endpoint* is not a str.
        ValueError: It is not ``tcp://host:port``; SSH forwards TCP only.
    """
    if not isinstance(endpoint, str):
        raise TypeError(f"an endpoint must be a str such as 'tcp://host:5555': got {endpoint!r}")
    transport, separator, place = endpoint.partition("://")
    if not separator or transport != "tcp":
        raise ValueError(f"cannot tunnel {endpoint!r}: only tcp goes through ssh, as in 'tcp://host:5555'")
    try:
        host, port = _split_place(place)
    except ValueError as error:
        raise ValueError(f"cannot tunnel {endpoint!r}: {error}; use the form 'tcp://host:5555'") from None
    if port is None:
        raise ValueError(f"cannot tunnel {endpoint!r}: the port is missing, as in 'tcp://host:5555'")
    return host, port


def _split_place(place: str) -> tuple[str, int | None]:
    """Return host and port; *place* is ``host``, ``host:port``, ``[ipv6]:port`` or ``ipv6``."""
    if place.startswith("["):
        host, bracket, rest = place[1:].partition("]")
        if not bracket or not _is_ipv6(host):
            raise ValueError(f"not an IPv6 address in brackets: {place!r}")
        separator, text = rest[:1], rest[1:]
        if rest and separator != ":":
            raise ValueError(f"not a port: {rest!r}")
    elif place.count(":") > 1:
        host, separator, text = place, "", ""
        if not _is_ipv6(host):
            raise ValueError(f"not a host and a port: {place!r} (an IPv6 address with a port needs brackets)")
    else:
        host, separator, text = place.partition(":")
        if not _NAME.fullmatch(host):
            raise ValueError(f"not a host: {host!r}")
    if not separator:
        return host, None
    if not _PORT.fullmatch(text) or not 1 <= int(text) <= 65535:
        raise ValueError(f"not a port in 1 to 65535: {text!r}")
    return host, int(text)


def _is_ipv6(text: str) -> bool:
    match = _IPV6.fullmatch(text)
    try:
        return bool(match and IPv6Address(match[1]))
    except ValueError:
        return False
