"""Last-value cache: subscribers that join late get the last message of each topic they subscribe to.

A proxy between SUB and XPUB that stores the last message of each topic.  Subscriptions arrive at the XPUB socket as
messages; the proxy replies to each with the stored message.
"""

from __future__ import annotations

import threading

import zmq


def cache(frontend: zmq.Socket, backend: zmq.Socket) -> None:
    """Pass messages on, and store the last one of each topic, until the context is terminated."""
    last: dict[bytes, list[bytes]] = {}
    poller = zmq.Poller()
    poller.register(frontend, zmq.POLLIN)
    poller.register(backend, zmq.POLLIN)
    try:
        while True:
            ready = dict(poller.poll())
            if frontend in ready:
                news = frontend.recv_multipart()
                last[news[0]] = news
                backend.send_multipart(news)
            if backend in ready:
                event = backend.recv()
                if event[:1] == b"\x01":  # a subscription; \x00 cancels one
                    for topic, news in last.items():
                        if topic.startswith(event[1:]):
                            backend.send_multipart(news)
    except zmq.ContextTerminated:
        frontend.close(linger=0)
        backend.close(linger=0)


def main() -> None:
    """Publish, then subscribe."""
    context = zmq.Context()
    frontend, backend = context.socket(zmq.SUB), context.socket(zmq.XPUB)
    frontend.subscribe("")
    backend.xpub_verbose = 1  # receive every subscription, not only the first to each topic
    frontend.bind("inproc://publishers")
    backend.bind("inproc://subscribers")
    thread = threading.Thread(target=cache, args=(frontend, backend))
    thread.start()

    with context.socket(zmq.XPUB) as publisher, context.socket(zmq.SUB) as subscriber:
        publisher.connect("inproc://publishers")
        publisher.recv()  # the cache has subscribed
        for value in (b"1", b"2", b"3"):
            publisher.send_multipart([b"price.A", value])
        subscriber.subscribe("price.A")
        subscriber.connect("inproc://subscribers")  # after all that
        while (news := subscriber.recv_multipart())[1] != b"3":
            pass
        print(news)
    context.term()
    thread.join()


if __name__ == "__main__":
    main()
