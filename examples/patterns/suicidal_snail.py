"""Suicidal snail: a subscriber that ends when it is too slow, instead of processing old messages.

The publisher puts a time stamp into each message.  A supervisor would restart the subscriber, or alert an operator.
"""

from __future__ import annotations

import threading
import time

import zmq

LONGEST_DELAY_S = 0.2


def publish(publisher: zmq.Socket, stopped: threading.Event) -> None:
    """Publish a time stamp every millisecond until *stopped* is set."""
    with publisher:
        while not stopped.wait(0.001):
            publisher.send(b"%f" % time.monotonic())


def subscribe(subscriber: zmq.Socket) -> str:
    """Receive until a message is too old; return the reason of the end."""
    with subscriber:
        while True:
            delay = time.monotonic() - float(subscriber.recv())
            if delay > LONGEST_DELAY_S:
                return f"too slow: the news is older than {LONGEST_DELAY_S} s"
            time.sleep(0.01)  # ten times slower than the publisher


def main() -> None:
    """Run a publisher and a subscriber that is too slow."""
    stopped = threading.Event()
    with zmq.Context() as context:
        publisher, subscriber = context.socket(zmq.PUB), context.socket(zmq.SUB)
        publisher.bind("inproc://news")
        subscriber.subscribe("")
        subscriber.connect("inproc://news")
        thread = threading.Thread(target=publish, args=(publisher, stopped))
        thread.start()
        print(subscribe(subscriber))
        stopped.set()
        thread.join()


if __name__ == "__main__":
    main()
