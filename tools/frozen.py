"""A program to freeze: it uses every distribution and every compiled module, and prints the version of its zmq.

A freezer must find all modules through the imports in this file.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading

import zmq
import zmq.asyncio
import zmq.auth
import zmq.devices
import zmq.green
import zmq.ssh
from zmq.auth.thread import ThreadAuthenticator
from zmq.eventloop.zmqstream import ZMQStream
from zmq.log.handlers import PUBHandler


def main() -> None:
    """Send a message in every supported way."""
    with zmq.Context() as context:
        send_through_device(context)
        publish_log(context)
        greet_with_curve(context)
        wait_in_greenlet()
    asyncio.run(wait_in_loop())
    if not getattr(sys, "frozen", False):
        raise SystemExit("this program is not frozen")
    print(f"frozen: zmq {zmq.__version__}, libzmq {zmq.zmq_version()}, {ZMQStream.__name__}, {zmq.ssh.__name__}")


def send_through_device(context: zmq.Context[zmq.Socket[bytes]]) -> None:
    """Pass a message through a thread that runs the compiled loop."""
    device = zmq.devices.ThreadDevice(zmq.QUEUE, zmq.PULL, zmq.PUSH)
    device.context_factory = lambda: context
    source, target = context.socket(zmq.PUSH), context.socket(zmq.PULL)
    device.bind_in("inproc://in")
    device.bind_out("inproc://out")
    device.start()
    with source, target:
        source.connect("inproc://in")
        target.connect("inproc://out")
        source.send_json({"text": "through a device"})
        assert zmq.utils.jsonapi.loads(target.recv()) == {"text": "through a device"}


def publish_log(context: zmq.Context[zmq.Socket[bytes]]) -> None:
    """Publish a record."""
    with context.socket(zmq.XPUB) as publisher, context.socket(zmq.SUB) as subscriber:
        publisher.bind("inproc://log")
        subscriber.subscribe("")
        subscriber.connect("inproc://log")
        publisher.recv()
        handler = PUBHandler(publisher)
        handler.emit(logging.LogRecord("frozen", logging.INFO, __file__, 1, "text", None, None))
        assert b"text" in subscriber.recv_multipart()[1]


def greet_with_curve(context: zmq.Context[zmq.Socket[bytes]]) -> None:
    """Let an authenticator in a thread admit a client by its key."""
    if not zmq.has("curve"):
        return
    public, secret = zmq.curve_keypair()
    authenticator = ThreadAuthenticator(context)
    authenticator.start()
    authenticator.configure_curve(domain="*", location=zmq.auth.CURVE_ALLOW_ANY)
    with context.socket(zmq.REP) as server, context.socket(zmq.REQ) as client:
        server.curve_server = True
        server.curve_publickey, server.curve_secretkey = public, secret
        client.curve_publickey, client.curve_secretkey = zmq.curve_keypair()
        client.curve_serverkey = public
        port = server.bind_to_random_port("tcp://127.0.0.1")
        client.connect(f"tcp://127.0.0.1:{port}")
        client.send(b"hello")
        assert server.recv() == b"hello"
    authenticator.stop()


def wait_in_greenlet() -> None:
    """Receive in gevent."""
    with zmq.green.Context() as context, context.socket(zmq.PAIR) as left, context.socket(zmq.PAIR) as right:
        left.bind("inproc://green")
        right.connect("inproc://green")
        threading.Timer(0.01, left.send, [b"green"]).start()
        assert right.recv() == b"green"


async def wait_in_loop() -> None:
    """Receive in asyncio."""
    with zmq.asyncio.Context() as context, context.socket(zmq.PAIR) as left, context.socket(zmq.PAIR) as right:
        left.bind("inproc://asyncio")
        right.connect("inproc://asyncio")
        receiving = asyncio.ensure_future(right.recv())
        await asyncio.sleep(0)
        await left.send(b"asyncio")
        assert await receiving == b"asyncio"


if __name__ == "__main__":
    main()
