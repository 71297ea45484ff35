"""The descriptors that a loop watches: numbers come back, listeners go."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from typing import Any
from weakref import ref

from zmq.eventloop._hub import hub_of

Run = Callable[..., Any]


class Listening:
    """A Listener that reads what comes, and remembers it."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.lost = False
        self.came = asyncio.get_running_loop().create_future()

    def readable(self) -> None:
        """Read."""
        came = os.read(self.fd, 100)
        if not self.came.done():
            self.came.set_result(came)


def test_several_may_listen_to_a_descriptor(run: Run) -> None:
    async def main() -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            hub = hub_of(asyncio.get_running_loop())
            one, other = Listening(ours.fileno()), Listening(ours.fileno())
            hub.add(one.fd, ref(one))
            hub.add(one.fd, ref(other))
            hub.remove(one.fd, ref(one))
            theirs.send(b"x")
            assert await other.came == b"x"
            assert not one.came.done()
            hub.remove(one.fd, ref(other))

    run(main())


def test_a_descriptor_with_the_number_of_one_that_was_lost_is_watched(run: Run) -> None:
    """Another thread has closed it; the loop has not heard of that yet, and would take the new one for the old."""

    async def main() -> None:
        hub = hub_of(asyncio.get_running_loop())
        first, _first_peer = socket.socketpair()
        before = Listening(first.fileno())
        hub.add(before.fd, ref(before))
        await asyncio.sleep(0)
        before.lost = True
        first.close()
        second, peer = socket.socketpair()
        with second, peer, _first_peer:
            if second.fileno() != before.fd:
                os.dup2(second.fileno(), before.fd)
                second = socket.socket(fileno=before.fd)
            with second:
                after = Listening(before.fd)
                hub.add(after.fd, ref(after))
                hub.remove(before.fd, ref(before))  # what the other thread has asked for
                peer.send(b"x")
                assert await after.came == b"x"
                hub.remove(after.fd, ref(after))

    run(main())
