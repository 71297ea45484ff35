"""A tornado web page that shows messages as they come: ZMQStream and server-sent events.

    python examples/eventloop/tornado_page.py                 # a reader of its own sees five messages, and it ends
    python examples/eventloop/tornado_page.py --port 8888     # look at http://127.0.0.1:8888 until you press Ctrl-C

The messages of a publisher go to every browser that shows the page.  The publisher starts when the first browser is
connected and the server has subscribed, which the XPUB socket reports; so no message is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any
from urllib.request import urlopen

from tornado.httpserver import HTTPServer
from tornado.iostream import StreamClosedError
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

import zmq
from zmq.eventloop.future import Context
from zmq.eventloop.zmqstream import ZMQStream

PAGE = """<!doctype html>
<title>Live messages</title>
<h1>Live messages</h1>
<ul id="messages"></ul>
<script>
  new EventSource("/events").onmessage = (event) => {
    const item = document.createElement("li");
    item.textContent = event.data;
    document.getElementById("messages").prepend(item);
  };
</script>
"""


class Page(RequestHandler):
    """The page."""

    def get(self) -> None:
        """Send it."""
        self.write(PAGE)


class Events(RequestHandler):
    """The stream of events for the page: one event per message, until the browser disconnects."""

    def initialize(self, readers: set[asyncio.Queue[str | None]], start: asyncio.Event) -> None:
        """Store the objects that all requests share."""
        self.readers = readers
        self.start = start
        self.messages: asyncio.Queue[str | None] = asyncio.Queue()

    async def get(self) -> None:
        """Send events until the browser disconnects."""
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-cache")
        self.readers.add(self.messages)
        self.start.set()
        with contextlib.suppress(StreamClosedError):
            await self.flush()
            while (message := await self.messages.get()) is not None:
                self.write(f"data: {message}\n\n")
                await self.flush()

    def on_connection_close(self) -> None:
        """End the stream: the browser has disconnected."""
        self.readers.discard(self.messages)
        self.messages.put_nowait(None)


async def publish(context: Context, endpoint: str, count: int | None, start: asyncio.Event) -> None:
    """Publish *count* messages, or one each second for ever."""
    with context.socket(zmq.XPUB) as publisher:
        publisher.connect(endpoint)
        await publisher.recv()  # b"\x01": the server has subscribed
        await start.wait()
        number = 0
        while count is None or number < count:
            number += 1
            await publisher.send(b"message %d" % number)
            await asyncio.sleep(1 if count is None else 0)


def read(url: str, count: int) -> None:
    """Fetch the page, and its first events, as a browser does."""
    with urlopen(url) as page:
        print("the page says", "Live messages" if b"<h1>Live messages</h1>" in page.read() else "something else")
    with urlopen(f"{url}/events") as events:
        while count:
            field, _, value = next(events).decode().partition(": ")
            if field == "data":
                print("the browser shows", value.strip())
                count -= 1


async def main(port: int, count: int | None) -> None:
    """Serve the page; with a *count*, read it, too, and end."""
    readers: set[asyncio.Queue[str | None]] = set()
    start = asyncio.Event()  # the first browser is connected
    with Context() as context:
        # ZMQStream has callbacks where the sockets of the context have futures: it takes a plain socket.
        subscriber = ZMQStream(context.socket(zmq.SUB, socket_class=zmq.Socket))
        subscriber.subscribe(b"")
        subscriber.bind("tcp://127.0.0.1:*")

        def show(message: list[bytes]) -> None:
            for messages in readers:
                messages.put_nowait(message[0].decode())

        subscriber.on_recv(show)

        handlers = {"readers": readers, "start": start}
        server = HTTPServer(Application([("/", Page), ("/events", Events, handlers)]))
        sockets = bind_sockets(port, "127.0.0.1")
        server.add_sockets(sockets)
        url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
        print("serving", url, flush=True)

        work: list[Coroutine[Any, Any, None]] = [publish(context, subscriber.last_endpoint.decode(), count, start)]
        if count is not None:
            work.append(asyncio.to_thread(read, url, count))
        await asyncio.gather(*work)
        server.stop()
        await server.close_all_connections()
        subscriber.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, help="serve on this port, for ever")
    parser.add_argument("--messages", type=int, default=5, help="without a port: read that many messages, and end")
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(arguments.port or 0, None if arguments.port else arguments.messages))
