"""``python -m zmq.curve_keygen``: print a new CURVE key pair, or the public key that belongs to a secret key."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

import zmq

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> None:
    """Print a key pair in Z85.

    Args:
        argv: The arguments; None takes those of the command line.

    Raises:
        SystemExit: The secret key is invalid, or libzmq was built without CURVE.
    """
    parser = argparse.ArgumentParser(
        prog="python3 -m zmq.curve_keygen",
        description="Print a new CURVE key pair, in Z85. Store the secret key where other users cannot read it.",
    )
    parser.add_argument("--json", action="store_true", help="print a JSON object")
    parser.add_argument(
        "--secret",
        help="print the public key of this secret key instead; - reads it from standard input, "
        "where other users of the machine cannot see it",
    )
    options = parser.parse_args(argv)
    try:
        if options.secret is None:
            public, secret = zmq.curve_keypair()
        else:
            from_stdin = options.secret == "-"  # noqa: S105 (not a secret)
            secret = (sys.stdin.readline().strip() if from_stdin else options.secret).encode()
            public = zmq.curve_public(secret)
    except (ValueError, zmq.ZMQError) as error:
        sys.exit(str(error))
    keys = {"public": public.decode(), "secret": secret.decode()}
    if options.json:
        print(json.dumps(keys, indent=1))
    else:
        print(f"== CURVE PUBLIC KEY ==\n{keys['public']}\n\n== CURVE SECRET KEY ==\n{keys['secret']}")


if __name__ == "__main__":
    main()
