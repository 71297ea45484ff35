"""Host names in ``bind``, such as ``tcp://localhost:5555``.

libzmq resolves host names in ``connect``, but in ``bind`` only since 4.3.5.  This module resolves them for all
versions, after libzmq has found no interface of that name, as ``connect`` does: to IPv4 addresses or, if the IPV6
option is set, to IPv6 addresses or mapped IPv4 addresses.  A monitor of the socket reports BIND_FAILED for the name
before LISTENING.
"""

from __future__ import annotations

__all__ = ["with_addresses"]

# Transport, host, port and, for WebSockets, path.  Not "tcp://source;destination", which is for connect only.
_ENDPOINT = rb"((?:tcp|ws|wss)://)([^;]+)(:[^:;]*)"


def with_addresses(endpoint: bytes, ipv6: bool) -> list[bytes]:
    """Return *endpoint* once for each address of its host; an empty list if the host name is unknown.

    Args:
        endpoint: An endpoint that libzmq could not bind to.
        ipv6: Whether the socket's IPV6 option is on.
    """
    import re  # late, both: they are slow to import, and few programs need them
    import socket

    parts = re.fullmatch(_ENDPOINT, endpoint)
    if parts is None:
        return []
    transport, host, port = parts.groups()
    family, flags = (socket.AF_INET6, getattr(socket, "AI_V4MAPPED", 0)) if ipv6 else (socket.AF_INET, 0)
    try:
        found = socket.getaddrinfo(host.strip(b"[]"), None, family, socket.SOCK_STREAM, flags=flags)
    except (OSError, UnicodeError):  # unknown host, or an invalid name
        return []
    form = b"%b[%b]%b" if ipv6 else b"%b%b%b"
    hosts = dict.fromkeys(str(address[0]).encode() for *_, address in found)
    return [other for other in (form % (transport, each, port) for each in hosts) if other != endpoint]
