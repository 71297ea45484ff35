"""`python -m zmq.auth`: make CURVE certificates, or show the public key of one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import zmq
from zmq.auth.certs import PUBLIC_SUFFIX, SECRET_SUFFIX, create_certificates, load_certificate

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> None:
    """Make certificates and print their paths, or show a public key.

    Args:
        argv: The arguments; None takes the command line's.
    """
    parser = argparse.ArgumentParser(
        prog="python -m zmq.auth",
        description="Make a CURVE keypair: NAME.key, for those who shall know you, and NAME.key_secret, for you alone.",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("name", nargs="?", metavar="NAME", help="what to call the certificates")
    what.add_argument("--show", type=Path, metavar="FILE", help="print the public key of a certificate instead")
    parser.add_argument("-d", "--directory", type=Path, default=Path(), metavar="DIR", help="where to write them")
    parser.add_argument(
        "-m",
        "--metadata",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="what else to write into the secret one; may be repeated",
    )
    parser.add_argument("-f", "--force", action="store_true", help="replace certificates of that name")
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
                f"{str(path)!r} exists: --force replaces it, and peers that know the old key do not know the new one"
            )
    public, secret = create_certificates(directory, name, pairs)
    print(f"{public}: give it to those who shall know you\n{secret}: keep it to yourself")


if __name__ == "__main__":
    main()
