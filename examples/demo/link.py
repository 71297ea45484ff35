"""The connection of a process to the supervisor: it reports its state and receives commands."""

from __future__ import annotations

from typing import final

from wire import pack_json, unpack_strings

import zmq

__all__ = ["Link"]


@final
class Link:
    """A DEALER whose routing id is the name of the process: the supervisor's ROUTER addresses it by name."""

    def __init__(self, context: zmq.Context, endpoint: str, name: str) -> None:
        self.socket = context.socket(zmq.DEALER)
        self.socket.routing_id = name.encode()
        self.socket.connect(endpoint)

    def __enter__(self) -> Link:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def say(self, kind: str, body: bytes = b"") -> None:
        """Send the supervisor one message."""
        self.socket.send_multipart([kind.encode(), body])

    def hear(self, kind: str) -> bytes:
        """Wait for the next message of the supervisor, which must be of this *kind*, and return its body."""
        heard, body = self.socket.recv_multipart()
        if heard.decode() != kind:
            raise RuntimeError(f"expected the supervisor to say {kind!r}, not {heard.decode()!r}")
        return bytes(body)

    def meet(self, **entries: str) -> dict[str, str]:
        """Add *entries* to the address book, wait until it is complete, and return it."""
        self.say("hello", pack_json(entries))
        return unpack_strings(self.hear("start"))
