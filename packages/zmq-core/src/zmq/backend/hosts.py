"""Host names to bind to: ``tcp://localhost:5555``.

libzmq resolves them in ``connect``, but in ``bind`` only from 4.3.5 on.  Here they are resolved for every libzmq alike,
once libzmq has found no interface of that name, and as ``connect`` does: to IPv4 addresses, and with the IPV6 option to
IPv6 addresses, or mapped IPv4 ones.  A monitor of the socket sees BIND_FAILED for the name before LISTENING.
"""

from __future__ import annotations

import re

__all__ = ["with_addresses"]

# Transport, host, port and, for WebSockets, path.  "tcp://source;destination" is for connect, and no name.
_ENDPOINT = rb"((?:tcp|ws|wss)://)([^;]+)(:[^:;]*)"


def with_addresses(endpoint: bytes, ipv6: bool) -> list[bytes]:
    """Return *endpoint* with each address of its host in the place of the name; none if there is no such name.

    Args:
        endpoint: An endpoint that libzmq could not bind to.
        ipv6: Whether the socket's IPV6 option is on.
    """
    import socket  # late: it takes a while, and few programs need it

    parts = re.fullmatch(_ENDPOINT, endpoint)
    if parts is None:
        return []
    transport, host, port = parts.groups()
    family, flags = (socket.AF_INET6, getattr(socket, "AI_V4MAPPED", 0)) if ipv6 else (socket.AF_INET, 0)
    try:
        found = socket.getaddrinfo(host.strip(b"[]"), None, family, socket.SOCK_STREAM, flags=flags)
    except (OSError, UnicodeError):  # no such host, or not even a name of one
        return []
    form = b"%b[%b]%b" if ipv6 else b"%b%b%b"
    hosts = dict.fromkeys(str(address[0]).encode() for *_, address in found)
    return [other for other in (form % (transport, each, port) for each in hosts) if other != endpoint]
