"""What callers pass as text: servers, hosts, ports, endpoints.

All of it ends in the arguments of ``ssh``, and a host or a user also in the shell lines of somebody's ssh_config
(``ProxyCommand nc %h %p``).  So what is let through is listed, not what is refused: nothing that begins with a dash, no
white space, no control character, nothing that means something to a shell.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import NamedTuple

__all__ = ["Forward", "Server", "check_port", "split_endpoint"]

_NAME = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]*")
_IPV6 = re.compile(r"([0-9A-Fa-f:.]+)(%[A-Za-z0-9_.][A-Za-z0-9_.-]*)?")
# user@domain and DOMAIN\user are names in directories; ssh refuses a backslash at the end
_USER = re.compile(r"[A-Za-z0-9_.]([A-Za-z0-9_.+@\\-]*[A-Za-z0-9_.+@-])?")
_PORT = re.compile(r"[0-9]{1,5}")


class Server(NamedTuple):
    """Where to log in: ``user@host:port``."""

    host: str
    """A name, an alias of ssh_config, or an address; an IPv6 address without brackets."""

    user: str | None = None
    """None: as ssh_config says, else the name of the local account."""

    port: int | None = None
    """None: as ssh_config says, else 22."""

    @classmethod
    def parse(cls, text: str) -> Server:
        """Return the server that *text* names.

        Args:
            text: ``host``, ``user@host``, ``host:port``, ``user@host:port``; an IPv6 address with a port is in
                brackets: ``user@[::1]:22``.

        Raises:
            ValueError: Something is missing, or has a character that no server needs.
        """
        if not isinstance(text, str):
            raise TypeError(f"a server is a str such as 'user@host:port': got {text!r}")
        user, at, place = text.rpartition("@")  # the last one: names of users may have others
        if at and not _USER.fullmatch(user):
            raise ValueError(f"not a user name: {user!r} in the server {text!r}; it has to be like 'user@host:port'")
        try:
            host, port = _split_place(place)
        except ValueError as error:
            raise ValueError(f"{error}, in the server {text!r}; it has to be like 'user@host:port'") from None
        return cls(host, user or None, port)

    def __str__(self) -> str:
        """The text that ``parse`` takes."""
        user = f"{self.user}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{user}{host}{f':{self.port}' if self.port else ''}"


class Forward(NamedTuple):
    """What a tunnel does: connections to a port of this machine become connections from the server to *host*."""

    lport: int
    host: str
    """As the server sees it; an IPv6 address without brackets."""

    rport: int

    @classmethod
    def parse(cls, lport: int, remoteip: str, rport: int) -> Forward:
        """Return the tunnel with these ends.

        Raises:
            TypeError: A port is not an int, or the host not a str.
            ValueError: A port is not one of 1 to 65535, or the host no name and no address.
        """
        if not isinstance(remoteip, str):
            raise TypeError(f"remoteip is a str: got {remoteip!r}")
        host, port = _split_place(remoteip)
        if port is not None:
            raise ValueError(f"not a host: {remoteip!r}: the port is the argument rport")
        return cls(check_port(lport, "lport"), host, check_port(rport, "rport"))


def split_endpoint(endpoint: str) -> tuple[str, int]:
    """Return host and port of a tcp endpoint; the host without brackets.

    Raises:
        ValueError: It is not ``tcp://host:port``: nothing else can go through a tunnel.
    """
    if not isinstance(endpoint, str):
        raise TypeError(f"an endpoint is a str such as 'tcp://host:5555': got {endpoint!r}")
    transport, separator, place = endpoint.partition("://")
    if not separator or transport != "tcp":
        raise ValueError(f"cannot tunnel {endpoint!r}: only tcp goes through ssh, as in 'tcp://host:5555'")
    try:
        host, port = _split_place(place)
    except ValueError as error:
        raise ValueError(f"cannot tunnel {endpoint!r}: {error}; it has to be like 'tcp://host:5555'") from None
    if port is None:
        raise ValueError(f"cannot tunnel {endpoint!r}: the port is missing, as in 'tcp://host:5555'")
    return host, port


def check_port(port: int, name: str) -> int:
    """Return *port*, the value of the argument *name*.

    Raises:
        TypeError: It is not an int.
        ValueError: It is not one of 1 to 65535.
    """
    if not isinstance(port, int):
        raise TypeError(f"{name} has to be an int: got {port!r}")
    if not 1 <= port <= 65535:
        raise ValueError(f"{name} has to be one of 1 to 65535: got {port!r}")
    return int(port)


def _split_place(place: str) -> tuple[str, int | None]:
    """Return host and port of ``host``, ``host:port``, ``[ipv6]:port`` or ``ipv6``."""
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
            raise ValueError(f"not a host and a port: {place!r} (IPv6 addresses with a port are in brackets)")
    else:
        host, separator, text = place.partition(":")
        if not _NAME.fullmatch(host):
            raise ValueError(f"not a host: {host!r}")
    if not separator:
        return host, None
    if not _PORT.fullmatch(text) or not 1 <= int(text) <= 65535:
        raise ValueError(f"not a port of 1 to 65535: {text!r}")
    return host, int(text)


def _is_ipv6(text: str) -> bool:
    match = _IPV6.fullmatch(text)
    try:
        return bool(match and IPv6Address(match[1]))
    except ValueError:
        return False
