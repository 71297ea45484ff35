"""Send strings, JSON, pickles, and custom formats.

A message consists of bytes; both ends must agree on the format. The frames of a message arrive together or not at all.
"""

from __future__ import annotations

import json
import pickle
import zlib
from datetime import date
from typing import Any

import zmq


def pack(obj: Any) -> list[bytes]:
    """Return *obj* as the frames of one message: a version, and compressed JSON."""
    return [b"v1", zlib.compress(json.dumps(obj).encode())]


def unpack(frames: list[bytes]) -> Any:
    """Return the object in the *frames* that :func:`pack` made."""
    version, body = frames
    if version != b"v1":
        raise ValueError(f"cannot read version {version!r}: only b'v1' is known")
    return json.loads(zlib.decompress(body))


def main() -> None:
    """Send one object in each format."""
    with zmq.Context() as context, context.socket(zmq.PAIR) as left, context.socket(zmq.PAIR) as right:
        left.bind("inproc://pair")
        right.connect("inproc://pair")

        left.send_string("grüezi")  # in UTF-8, unless an encoding is passed
        print(f"string: {right.recv_string()}")

        left.send_json({"temperature": 21.5, "unit": "C"})
        print(f"json: {right.recv_json()}")

        # Any Python object, but unpickling can run any code of the sender: use it only between programs that you run
        # yourself, over ipc, inproc, or encrypted with known keys. Never receive pickles from unknown peers.
        left.send_pyobj({"opened": date(2016, 1, 12)}, protocol=pickle.HIGHEST_PROTOCOL)
        print(f"pickle: {right.recv_pyobj()}")

        table = [{"n": n, "square": n * n} for n in range(1000)]
        left.send_serialized(table, serialize=pack)
        same = right.recv_serialized(unpack) == table
        saved = 1 - len(pack(table)[1]) / len(json.dumps(table))
        print(f"serialized: the same object came back: {same}; compression saved {saved:.0%}")


if __name__ == "__main__":
    main()
