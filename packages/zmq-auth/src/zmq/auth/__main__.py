"""`python -m zmq.auth`: create CURVE certificates, or print the public key of one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import zmq
from zmq.auth.certs import PUBLIC_SUFFIX, SECRET_SUFFIX, create_certificates, load_certificate

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> None:
    """Create certificates and print their paths, or print a public key.

    Args:
        argv: The arguments; None reads them from the command line.
    """
    parser = argparse.ArgumentParser(
        prog="python -m zmq.auth",
        description="Create a CURVE key pair. Give NAME.key to the peers that must recognise you;"
        " keep NAME.key_secret private.",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("name", nargs="?", metavar="NAME", help="file name of the certificates, without suffix")
    what.add_argument("--show", type=Path, metavar="FILE", help="print the public key of FILE")
    parser.add_argument("-d", "--directory", type=Path, default=Path(), metavar="DIR", help="directory to write to")
    parser.add_argument(
        "-m",
        "--metadata",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="add this line to the secret certificate; may be repeated",
    )
    parser.add_argument("-f", "--force", action="store_true", help="replace existing certificates")
    options = parser.parse_args(argv)
    try:
        if options.show is not None:
            print(load_certificate(options.show)[0].decode())
        else:
            _create(options.directory, options.name, options.metadata, force=options.force)
    except (OSError, ValueError, zmq.ZMQError) as error:
        sys.exit(str(error))


def _create(directory: Path, name: str, metadata: list[str], *, force: bool) -> None:
    pairs: dict[str, str] = {}
    for item in metadata:
        key, equals, value = item.partition("=")
        if not equals:
            raise ValueError(f"metadata is NAME=VALUE: got {item!r}")
        pairs[key.strip()] = value.strip()
    for suffix in (PUBLIC_SUFFIX, SECRET_SUFFIX):
        path = directory / (name + suffix)
        if path.exists() and not force:
            raise ValueError(
                f"{str(path)!r} exists: --force replaces it, but peers that know the old key do not know the new one"
            )
    public, secret = create_certificates(directory, name, pairs)
    print(f"{public}: give it to the peers that must recognise you\n{secret}: keep it private")


if __name__ == "__main__":
    main()
