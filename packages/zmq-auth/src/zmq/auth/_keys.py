"""Sources of the public keys that CURVE accepts."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Protocol, TypeAlias, cast

from zmq.auth._files import WatchedFile
from zmq.auth._logs import Log
from zmq.auth.certs import MAX_BYTES, is_public, parse
from zmq.utils import z85

__all__ = ["AnyKey", "CertificateDirectory", "KeySet", "Keys", "Provider", "as_callback"]

Callback: TypeAlias = Callable[[str, bytes], "bool | Awaitable[bool]"]
"""Returns whether to accept a peer; called with the ZAP domain and the peer's public key in Z85."""

_KEY_BYTES = 32

_SCAN_INTERVAL_NS_PER_FILE = 50_000
"""About fifty times what scanning a file costs: so scans take a fiftieth of the time at most."""

_TICK_NS = 50_000_000
"""Longer than the clock tick of usual file systems: two changes within one tick have the same time stamp."""

_Stamp: TypeAlias = tuple[int, int, int]


class Provider(Protocol):
    """The object that ``configure_curve_callback`` takes; it also takes a Callback."""

    def callback(self, domain: str, key: bytes, /) -> bool | Awaitable[bool]:
        """Return whether to accept the peer with this public key, in Z85, to a ZAP domain."""
        ...


class Keys(Protocol):
    """A container of known keys."""

    def __contains__(self, key: bytes, /) -> bool:
        """Return whether a key of 32 bytes is known."""
        ...


class AnyKey:
    """Contains every key."""

    def __contains__(self, key: bytes) -> bool:
        return True


class KeySet:
    """The keys of a collection, which may change at any time.

    Args:
        keys: Keys of 32 bytes, or in Z85.  A lookup takes constant time in a set or dict, linear time in a list.

    Raises:
        TypeError: *keys* is not a collection.
        ValueError: An item is not a key.
    """

    def __init__(self, keys: Collection[bytes | str]) -> None:
        if not isinstance(keys, Collection):
            raise TypeError(f"location must be a directory of certificates, or a set of public keys: got {keys!r:.60}")
        if not all(map(_is_key, keys)):  # not quoted: it may be a secret key
            raise ValueError("a public key is 32 bytes, or 40 characters of Z85: the set has an item that is neither")
        self._keys = keys

    def __contains__(self, key: bytes) -> bool:
        text = z85.encode(key)
        return key in self._keys or text in self._keys or text.decode() in self._keys


class CertificateDirectory:
    """The public certificates in a directory; files may be added, changed and removed at any time.

    A known key costs one stat(2) of its file, so a key is forgotten as soon as its file is changed or removed.

    An unknown key costs one stat(2) of the directory.  All files are scanned if the directory has changed, or if the
    last scan is longer ago than 50 microseconds per file.  So a new certificate is known at once, and peers that
    repeat unknown keys take a small share of the time, however large the directory is.

    Args:
        path: The directory; it may be created later.
        log: Gets one warning for each file that is not a certificate.
    """

    def __init__(self, path: Path, log: Log) -> None:
        self._path = path
        self._log = log
        self._files: dict[str, WatchedFile[bytes]] = {}
        self._by_key: dict[bytes, WatchedFile[bytes]] = {}
        self._complaint = ""
        self._stamp: _Stamp | None = None
        self._next_scan_ns = 0
        self._scan()

    def __repr__(self) -> str:
        return f"CertificateDirectory({str(self._path)!r})"

    def __contains__(self, key: bytes) -> bool:
        file = self._by_key.get(key)
        if file is not None and file.load() == key:
            return True
        due = file is not None or time.monotonic_ns() >= self._next_scan_ns
        if due or self._stamp is None or self._stamp_now() != self._stamp:
            self._scan()
        return key in self._by_key

    def _stamp_now(self) -> _Stamp | None:
        """Return what changes when files are added or removed, not when one is changed; None if it may be old."""
        try:
            status = self._path.stat()
        except OSError:
            return None
        if abs(time.time_ns() - status.st_mtime_ns) < _TICK_NS:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_ctime_ns

    def _scan(self) -> None:
        self._stamp = self._stamp_now()  # before the scan: a change during it then leads to another scan
        files: dict[str, WatchedFile[bytes]] = {}
        try:
            names = sorted(path.name for path in self._path.iterdir() if is_public(path.name))
            self._complaint = ""
        except OSError as error:
            names = []
            complaint = error.strerror or str(error)
            if complaint != self._complaint:
                self._complaint = complaint
                self._log.error("the certificate directory %r accepts no peer: %s", str(self._path), complaint)
        by_key: dict[bytes, WatchedFile[bytes]] = {}
        for name in names:
            file = files[name] = self._files.get(name) or WatchedFile(
                self._path / name, _public_key, self._log, MAX_BYTES
            )
            key = file.load()
            if key is not None:
                by_key[key] = file
        self._files, self._by_key = files, by_key
        self._next_scan_ns = time.monotonic_ns() + len(files) * _SCAN_INTERVAL_NS_PER_FILE


def _is_key(key: object) -> bool:
    if isinstance(key, bytes) and len(key) == _KEY_BYTES:
        return True
    try:
        return isinstance(key, (bytes, str)) and len(z85.decode(key)) == _KEY_BYTES
    except ValueError:
        return False


def _public_key(content: bytes) -> bytes:
    return z85.decode(parse(content)[0])


def as_callback(provider: Provider | Callback | None) -> Callback:
    """Return the callback of a credentials provider, or the callback that was given in its place.

    Raises:
        TypeError: *provider* is neither.
    """
    callback: object = getattr(provider, "callback", provider)
    if not callable(callback):
        raise TypeError(
            f"a credentials provider must be a function, or have a method callback(domain, key): got {provider!r:.60}"
        )
    return cast("Callback", callback)
