"""Who may come in with CURVE: sources of public keys."""

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
"""Tells whether a peer may enter a ZAP domain; called with that domain and the peer's public key, in Z85."""

_KEY_BYTES = 32

_LOOK_NS_PER_FILE = 50_000
"""Looking at a file costs about a fiftieth of that."""

_TICK_NS = 50_000_000
"""Two changes of a directory within the clock tick of usual file systems, which is shorter, look like one."""

_Stamp: TypeAlias = tuple[int, int, int]


class Provider(Protocol):
    """What ``configure_curve_callback`` takes, besides a Callback itself."""

    def callback(self, domain: str, key: bytes, /) -> bool | Awaitable[bool]:
        """Return whether a peer may enter a ZAP domain, given the peer's public key in Z85."""
        ...


class Keys(Protocol):
    """Keys that are known."""

    def __contains__(self, key: bytes, /) -> bool:
        """Whether a key, of 32 bytes, is known."""
        ...


class AnyKey:
    """Every key is known."""

    def __contains__(self, key: bytes) -> bool:
        return True


class KeySet:
    """The keys of a collection, which may change at any time.

    Args:
        keys: Keys in Z85 or of 32 bytes each; a set or a dict is the fastest to look into.

    Raises:
        TypeError: It is no collection.
        ValueError: One is no key.
    """

    def __init__(self, keys: Collection[bytes | str]) -> None:
        if not isinstance(keys, Collection):
            raise TypeError(f"a location is a directory of certificates, or a set of public keys: got {keys!r:.60}")
        if not all(map(_is_key, keys)):  # not quoted: it may be the secret one
            raise ValueError("a public key is 32 bytes, or 40 characters of Z85: the set has one that is neither")
        self._keys = keys

    def __contains__(self, key: bytes) -> bool:
        text = z85.encode(key)
        return key in self._keys or text in self._keys or text.decode() in self._keys


class CertificateDirectory:
    """The public certificates in a directory, which may come, change and go at any time.

    A known key costs one look at its file, so that it is forgotten in the moment the file changes or goes.  An unknown
    key costs a look at the directory: if files have come or gone, or the last look at all files was long enough ago, 50
    microseconds for each of them, it costs another one.  So a new certificate is known at once, and peers that keep
    trying unknown keys take a small share of the time at most, however large the directory is.

    Args:
        path: The directory, which may come later, too.
        log: Gets a warning, once, for each file that is no certificate.
    """

    def __init__(self, path: Path, log: Log) -> None:
        self._path = path
        self._log = log
        self._files: dict[str, WatchedFile[bytes]] = {}
        self._by_key: dict[bytes, WatchedFile[bytes]] = {}
        self._complaint = ""
        self._stamp: _Stamp | None = None
        self._next_look_ns = 0
        self._look()

    def __repr__(self) -> str:
        return f"CertificateDirectory({str(self._path)!r})"

    def __contains__(self, key: bytes) -> bool:
        file = self._by_key.get(key)
        if file is not None and file.look() == key:
            return True
        if file is not None or time.monotonic_ns() >= self._next_look_ns or self._has_changed():
            self._look()
        return key in self._by_key

    def _has_changed(self) -> bool:
        """Whether files may have come or gone since the last look; what is in them, the directory does not tell."""
        return self._stamp is None or self._stamp_now() != self._stamp

    def _stamp_now(self) -> _Stamp | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        if abs(time.time_ns() - status.st_mtime_ns) < _TICK_NS:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_ctime_ns

    def _look(self) -> None:
        self._stamp = self._stamp_now()  # first: what comes during the look shows in the next one
        files: dict[str, WatchedFile[bytes]] = {}
        try:
            names = sorted(path.name for path in self._path.iterdir() if is_public(path.name))
            self._complaint = ""
        except OSError as error:
            names = []
            complaint = error.strerror or str(error)
            if complaint != self._complaint:
                self._complaint = complaint
                self._log.error("nobody gets in by the certificates of %r: %s", str(self._path), complaint)
        by_key: dict[bytes, WatchedFile[bytes]] = {}
        for name in names:
            file = files[name] = self._files.get(name) or WatchedFile(
                self._path / name, _public_key, self._log, MAX_BYTES
            )
            key = file.look()
            if key is not None:
                by_key[key] = file
        self._files, self._by_key = files, by_key
        self._next_look_ns = time.monotonic_ns() + len(files) * _LOOK_NS_PER_FILE


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
    """Return the callback that a provider is or has.

    Raises:
        TypeError: It is none and has none.
    """
    callback: object = getattr(provider, "callback", provider)
    if not callable(callback):
        raise TypeError(f"a credentials provider has a method callback(domain, key): got {provider!r:.60}")
    return cast("Callback", callback)
