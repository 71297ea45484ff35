"""A set of IP addresses and networks."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

__all__ = ["Addresses"]


class Addresses:
    """Immutable, so that one thread can replace it while another one looks something up.

    An IPv4 address is the same as that address mapped into IPv6 ("::ffff:1.2.3.4"), which is what a server that listens
    on both is told; and an IPv6 address is the same on all interfaces ("fe80::1%eth0").

    Args:
        texts: Addresses ("192.0.2.1"), networks ("192.0.2.0/24"), or whatever else the transport calls its peers.

    Raises:
        TypeError: One is no str.
        ValueError: One has a slash, but is no network.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._texts = frozenset(texts)
        self._ips: set[IPv4Address | IPv6Address] = set()
        self._networks: list[IPv4Network | IPv6Network] = []
        self.opaque: set[str] = set()
        """Those that are neither addresses nor networks: they match peers whose address reads exactly so."""
        for text in self._texts:
            if not isinstance(text, str):
                raise TypeError(f"an address is a str such as '192.0.2.1': got {text!r:.60}")
            if "/" in text:
                try:
                    self._networks.append(ip_network(text))
                except ValueError as error:
                    raise ValueError(f"not a network such as '192.0.2.0/24': {error}") from None
            elif (ip := _ip(text)) is not None:
                self._ips.add(ip)
            else:
                self.opaque.add(text)

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
        ip = _ip(address)
        return ip is not None and (ip in self._ips or any(ip in network for network in self._networks))


def _ip(text: str) -> IPv4Address | IPv6Address | None:
    try:
        ip = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(ip, "ipv4_mapped", None) or ip
