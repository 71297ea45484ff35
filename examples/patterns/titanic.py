"""Titanic: requests that survive a crash, because they are written to disk before they are acknowledged.

Three steps for the client: submit a request and get its id at once; ask for the reply with that id, as often as needed;
delete the request.  Here the worker starts only after the service has crashed and a new one has found the requests on
disk.
"""

from __future__ import annotations

import tempfile
import threading
import uuid
from pathlib import Path

import zmq


class Titanic:
    """The service: one file for a request, one for its reply."""

    def __init__(self, context: zmq.Context, folder: Path) -> None:
        self.folder = folder
        self.socket = context.socket(zmq.REP)

    def run(self) -> None:
        """Serve until STOP."""
        with self.socket as socket, socket.bind("inproc://titanic"):  # unbound at its end
            while True:
                command, *rest = socket.recv_multipart()
                if command == b"REQUEST":
                    name = uuid.uuid4().hex
                    self.write(f"{name}.request", rest[0])  # on disk first, then acknowledged
                    socket.send(name.encode())
                elif command == b"REPLY":
                    reply = self.folder / f"{rest[0].decode()}.reply"
                    socket.send_multipart([b"200", reply.read_bytes()] if reply.exists() else [b"300"])
                elif command == b"CLOSE":
                    for kind in ("request", "reply"):
                        (self.folder / f"{rest[0].decode()}.{kind}").unlink(missing_ok=True)
                    socket.send(b"200")
                else:
                    socket.send(b"200")
                    return

    def work_off(self) -> None:
        """Process the requests on disk, including those of a service that has crashed."""
        for request in self.folder.glob("*.request"):
            self.write(f"{request.stem}.reply", request.read_bytes().upper())

    def write(self, name: str, data: bytes) -> None:
        """Write a file atomically: it exists complete or not at all."""
        unfinished = self.folder / f"{name}.tmp"
        unfinished.write_bytes(data)
        unfinished.replace(self.folder / name)


def ask(context: zmq.Context, *frames: bytes) -> list[bytes]:
    """Return the reply of the service."""
    with context.socket(zmq.REQ) as client:
        client.connect("inproc://titanic")
        client.send_multipart(frames)
        return client.recv_multipart()


def main() -> None:
    """Submit a request, crash the service, and get the reply from the next one."""
    with tempfile.TemporaryDirectory() as folder, zmq.Context() as context:
        first = threading.Thread(target=Titanic(context, Path(folder)).run)
        first.start()
        (name,) = ask(context, b"REQUEST", b"hello")
        print("before:", ask(context, b"REPLY", name))
        ask(context, b"STOP")  # as in a crash: no state is kept in memory
        first.join()

        service = Titanic(context, Path(folder))
        service.work_off()
        second = threading.Thread(target=service.run)
        second.start()
        print("after:", ask(context, b"REPLY", name))
        ask(context, b"CLOSE", name)
        ask(context, b"STOP")
        second.join()


if __name__ == "__main__":
    main()
