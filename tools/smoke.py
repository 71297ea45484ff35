"""A smoke test of the installed zmq.  Run it with ``python -I``; the arguments are further modules to import."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import zmq
import zmq.__main__
from zmq.backend import _build

MAPS = Path("/proc/self/maps")


def main(modules: list[str]) -> int:
    """Send and receive, import *modules*, and print the report of ``python -m zmq``."""
    with zmq.Context() as context, context.socket(zmq.REP) as server, context.socket(zmq.REQ) as client:
        port = server.bind_to_random_port("tcp://127.0.0.1")
        client.connect(f"tcp://127.0.0.1:{port}")
        client.send(b"Hello")
        assert server.recv() == b"Hello"
        server.send_multipart([b"World", b"!"])
        assert client.recv_multipart() == [b"World", b"!"]
    if zmq.has("curve"):
        public, secret = zmq.curve_keypair()
        assert zmq.curve_public(secret) == public
    for name in modules:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            if not re.search(r"pip install --find-links dist '?zmq-\w+\[", str(error)):  # the message names its extra
                raise
            print(error)
    if _build.LINK == "bundled" and MAPS.exists():
        others = re.findall(r"/\S*/lib(?:zmq|sodium)\.so\S*", MAPS.read_text())
        assert not others, f"libzmq is inside, but these are loaded, too: {others}"
    return zmq.__main__.main()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
