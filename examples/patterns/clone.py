"""Clone: clients that share a table of values, and may join at any time.

The server numbers all updates.  A client subscribes first, then requests a snapshot, and drops the updates that the
snapshot contains.  A gap in the numbers of updates and heartbeats shows that an update was missed; the client then
requests a new snapshot.  Changes go to the server, which publishes them to all clients.
"""

from __future__ import annotations

import threading

import zmq

END = HEARTBEAT = b""
HEARTBEAT_MS = 50


class Server:
    """Holds the table, and the number of its updates."""

    def __init__(self, context: zmq.Context) -> None:
        self.snapshots, self.publisher, self.collector = (
            context.socket(kind) for kind in (zmq.ROUTER, zmq.PUB, zmq.PULL)
        )
        self.snapshots.bind("inproc://snapshots")
        self.publisher.bind("inproc://updates")
        self.collector.bind("inproc://changes")
        self.table: dict[bytes, bytes] = {}
        self.number = 0

    def run(self) -> None:
        """Serve until the context is terminated."""
        poller = zmq.Poller()
        poller.register(self.snapshots, zmq.POLLIN)
        poller.register(self.collector, zmq.POLLIN)
        try:
            while True:
                ready = dict(poller.poll(HEARTBEAT_MS))
                if not ready:
                    self.publisher.send_multipart([HEARTBEAT, b"", b"%d" % self.number])
                if self.collector in ready:
                    key, value = self.collector.recv_multipart()
                    self.number += 1
                    self.table[key] = value
                    self.publisher.send_multipart([key, value, b"%d" % self.number])
                if self.snapshots in ready:
                    client, _ = self.snapshots.recv_multipart()
                    for key, value in self.table.items():
                        self.snapshots.send_multipart([client, key, value])
                    self.snapshots.send_multipart([client, END, b"%d" % self.number])
        except zmq.ContextTerminated:
            for socket in (self.snapshots, self.publisher, self.collector):
                socket.close(linger=0)


class Client:
    """A copy of the table."""

    def __init__(self, context: zmq.Context) -> None:
        self.updates, self.snapshots, self.changes = (context.socket(kind) for kind in (zmq.SUB, zmq.DEALER, zmq.PUSH))
        self.updates.subscribe("")
        self.updates.connect("inproc://updates")
        self.snapshots.connect("inproc://snapshots")
        self.changes.connect("inproc://changes")
        self.load()

    def load(self) -> None:
        """Replace the table by the server's."""
        self.table: dict[bytes, bytes] = {}
        self.snapshots.send(b"snapshot, please")
        while True:
            key, value = self.snapshots.recv_multipart()
            if key == END:
                self.number = int(value)
                return
            self.table[key] = value

    def set(self, key: bytes, value: bytes) -> None:
        """Change an entry in the tables of all clients."""
        self.changes.send_multipart([key, value])

    def update(self, number: int) -> None:
        """Follow the server until the table has the update with that number."""
        while self.number < number:
            key, value, text = self.updates.recv_multipart()
            latest = int(text)
            if key != HEARTBEAT and latest == self.number + 1:
                self.table[key] = value
                self.number = latest
            elif latest > self.number:
                self.load()  # an update was missed

    def close(self) -> None:
        """Close the sockets."""
        for socket in (self.updates, self.snapshots, self.changes):
            socket.close()


def main() -> None:
    """Run two clients, one of which joins late."""
    context = zmq.Context()
    thread = threading.Thread(target=Server(context).run)
    thread.start()
    early = Client(context)
    early.set(b"a", b"1")
    early.update(1)
    late = Client(context)
    late.set(b"b", b"2")
    early.update(2)
    late.update(2)
    print(early.table == late.table, late.table)
    early.close()
    late.close()
    context.term()
    thread.join()


if __name__ == "__main__":
    main()
