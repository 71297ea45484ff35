"""CURVE certificates: files with a public key, or a public and a secret key, in Z85.

Give ``NAME.key`` to the peers that must recognise you; keep ``NAME.key_secret`` private.  The format is ZPL (RFC 4), as
in czmq and pyzmq.
"""

from __future__ import annotations

import logging
import os
import re
from datetime import datetime
from pathlib import Path
from typing import Final

import zmq
from zmq.utils import z85

__all__ = ["create_certificates", "load_certificate", "load_certificates"]

PUBLIC_SUFFIX: Final = ".key"
SECRET_SUFFIX: Final = ".key_secret"  # noqa: S105 (no secret)
MAX_BYTES: Final = 1 << 16
"""Certificates are read up to this size, in bytes."""

_PUBLIC_HEADER = """\
#   ****  Generated on {now} by zmq  ****
#   ZeroMQ CURVE Public Certificate
#   Give it to the peers that must recognise you, over a channel that protects it from changes.

"""
_SECRET_HEADER = """\
#   ****  Generated on {now} by zmq  ****
#   ZeroMQ CURVE **Secret** Certificate
#   Keep it private: every program that can read this file can impersonate you.

"""  # noqa: S105 (no secret)
_KEY_CHARS = 40
_BLANKS = " \t"


def create_certificates(
    key_dir: str | os.PathLike[str], name: str, metadata: dict[str, str] | None = None
) -> tuple[str, str]:
    """Create a CURVE key pair, and write its two certificates.

    The secret certificate has mode 0600 from its creation on.  Existing certificates are replaced atomically, with a
    warning in the log "zmq.auth".

    Args:
        key_dir: The directory to write to.
        name: Their file name, without suffix; may be a path relative to *key_dir*.
        metadata: Further names and values for the secret certificate.

    Returns:
        The paths of the public and of the secret certificate.

    Raises:
        OSError: A file cannot be written.
        TypeError: A name or value in *metadata* is not a str.
        ValueError: *name* is not a file name, or *metadata* does not fit on lines of "name = value".
        ZMQError: This libzmq was built without CURVE (ENOTSUP).

    libzmq: zmq_curve_keypair(3)
    """
    if re.split(r"[/\\]", name)[-1] in {"", ".", ".."} or "\0" in name:
        raise ValueError(f"the name of a certificate must be a file name: got {name!r}")
    lines = _metadata_lines(metadata or {})
    public_key, secret_key = zmq.curve_keypair()
    public = f'curve\n    public-key = "{public_key.decode()}"\n'
    secret = f'    secret-key = "{secret_key.decode()}"\n'
    now = datetime.now().astimezone()
    public_path = Path(key_dir, name + PUBLIC_SUFFIX)
    secret_path = Path(key_dir, name + SECRET_SUFFIX)
    # The secret one first: if the second write fails, no key is lost, for it contains both.
    _write(secret_path, _SECRET_HEADER.format(now=now) + "metadata\n" + lines + public + secret, 0o600)
    _write(public_path, _PUBLIC_HEADER.format(now=now) + "metadata\n" + public, 0o666)
    return str(public_path), str(secret_path)


def load_certificate(filename: str | os.PathLike[str]) -> tuple[bytes, bytes | None]:
    """Return the public and the secret key of a certificate, in Z85.

    Args:
        filename: The file.

    Returns:
        The public and the secret key; the latter is None for a public certificate.

    Raises:
        OSError: The file cannot be read.
        ValueError: It has no public key, or an invalid key.
    """
    path = os.fspath(filename)
    try:
        with Path(filename).open("rb") as file:
            content = file.read(MAX_BYTES)
    except OSError as error:
        raise type(error)(error.errno, f"Invalid certificate file: {error.strerror}", path) from None
    try:
        return parse(content)
    except ValueError as error:
        raise ValueError(f"{error} in {path!r}") from None


def load_certificates(directory: str | os.PathLike[str] = ".") -> dict[bytes, bool]:
    """Return the public keys of all public certificates (``*.key``) in a directory.

    Args:
        directory: The directory.

    Returns:
        A dict from each key, in Z85, to True.

    Raises:
        OSError: The directory, or a file in it, cannot be read.
        ValueError: A file is not a certificate.
    """
    try:
        names = sorted(os.listdir(directory))  # noqa: PTH208 (Path("") would be the current directory)
    except OSError as error:
        raise type(error)(
            error.errno, f"Invalid certificate directory: {error.strerror}", os.fspath(directory)
        ) from None
    return {load_certificate(Path(directory, name))[0]: True for name in names if is_public(name)}


def is_public(name: str) -> bool:
    """Return whether a file of that name is a public certificate.

    Hidden files are not: they may be certificates that are being written.
    """
    return name.endswith(PUBLIC_SUFFIX) and not name.startswith(".")


def parse(content: bytes) -> tuple[bytes, bytes | None]:
    """Return the public and the secret key of a certificate's *content*, in Z85.

    Raises:
        ValueError: There is no public key, or an invalid key.  The message quotes no content.
    """
    keys: dict[str, bytes] = {}
    section = ""
    for line in content.decode("utf-8", "replace").split("\n"):  # splitlines() would also split at U+2028 and the like
        name, equals, value = line.removesuffix("\r").partition("=")
        if line[:1] not in {" ", "\t", "#"}:
            section = "" if equals else name.strip(_BLANKS)
        name = name.strip(_BLANKS)
        if equals and section != "metadata" and name in {"public-key", "secret-key"}:
            keys[name] = _checked(name, value.strip(_BLANKS).strip("\"'"))
    if "public-key" not in keys:
        raise ValueError("No public key found")
    return keys["public-key"], keys.get("secret-key")


def _checked(name: str, key: str) -> bytes:
    try:
        z85.decode(key)
    except ValueError:
        key = ""
    if len(key) != _KEY_CHARS:
        raise ValueError(f"Invalid {name} (not {_KEY_CHARS} characters of Z85)")
    return key.encode()


def _metadata_lines(metadata: dict[str, str]) -> str:
    lines: list[str] = []
    for name, value in metadata.items():
        if not isinstance(name, str):
            raise TypeError(f"metadata must be a dict from str to str: got {name!r:.40}: {value!r:.40}")
        if not name or any(char.isspace() or char in "=#" for char in name) or not f"{value}x".isprintable():
            raise ValueError(f"metadata must fit on lines of 'name = value': got {name!r:.40}: {value!r:.40}")
        lines.append(f"    {name} = {value}\n")
    return "".join(lines)


def _write(path: Path, text: str, mode: int) -> None:
    """Create or replace *path* atomically, by a file that has *mode* from its creation on."""
    if path.exists():
        logging.getLogger("zmq.auth").warning("replacing the certificate %r", str(path))
    temporary = path.with_name(f".{path.name}-{os.urandom(8).hex()}")
    try:
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except OSError as error:  # name the file of the caller, not the temporary one
        raise type(error)(error.errno, error.strerror, str(path)) from None
    try:
        with open(fd, "w", encoding="utf-8") as file:  # noqa: PTH123 (a descriptor)
            file.write(text)
        temporary.replace(path)
    except BaseException:
        temporary.unlink()
        raise
