"""A set of IP addresses and networks.

All are stored as IPv6 networks.  An IPv4 address equals its IPv4-mapped IPv6 address ("::ffff:1.2.3.4"), because a
server that listens on both sees that.  So "::ffff:192.0.2.0/120" equals "192.0.2.0/24", and "::/0" contains all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_network

__all__ = ["Addresses"]

_ZONE = re.compile("%[^/]*")
_MAPPED = IPv6Network("::ffff:0:0/96")


class Addresses:
    """An immutable set: one thread can replace it while another thread searches it.

    The zone of an IPv6 address ("fe80::1%eth0") is ignored, and so are brackets around it, as in endpoints.

    Args:
        texts: Addresses ("192.0.2.1"), networks ("192.0.2.0/24"), or the names that other transports give to peers.

    Raises:
        TypeError: An item is not a str.
        ValueError: An item has a slash, but is not a network.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._texts = frozenset(texts)
        self._ips: set[IPv6Address] = set()
        self._networks: list[IPv6Network] = []
        self.opaque: set[str] = set()
        """Items that are neither addresses nor networks: they match peers with exactly this address."""
        for text in self._texts:
            if not isinstance(text, str):
                raise TypeError(f"an address is a str such as '192.0.2.1': got {text!r:.60}")
            try:
                network = _parse(text)
            except ValueError as error:
                if "/" in text:
                    raise ValueError(f"not a network such as '192.0.2.0/24': {error}") from None
                self.opaque.add(text)
            else:
                if network.prefixlen == network.max_prefixlen:
                    self._ips.add(network.network_address)
                else:
                    self._networks.append(network)

    def __bool__(self) -> bool:
        return bool(self._texts)

    def __or__(self, texts: Iterable[str]) -> Addresses:
        both = Addresses(texts)
        both._texts |= self._texts
        both._ips |= self._ips
        both._networks += self._networks
        both.opaque |= self.opaque
        return both

    def __contains__(self, address: str) -> bool:
        if address in self._texts:
            return True
        if "/" in address:  # a path of another transport, which _parse() would take for a network
            return False
        try:
            ip = _parse(address).network_address
        except ValueError:
            return False
        return ip in self._ips or any(ip in network for network in self._networks)


def _parse(text: str) -> IPv6Network:
    """Return *text* as a network; an address is a network of one.

    Raises:
        ValueError: It is neither, or has host bits set.
    """
    if text.startswith("[") and (text.endswith("]") or "]/" in text):  # "[2001:db8::]/32", "[2001:db8::/32]", "[::1]"
        text = text[1:].replace("]", "", 1)
    network = ip_network(_ZONE.sub("", text))
    if isinstance(network, IPv4Network):
        mapped = int(_MAPPED.network_address) | int(network.network_address)
        return IPv6Network((mapped, _MAPPED.prefixlen + network.prefixlen))
    return network
