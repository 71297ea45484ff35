"""Publish to subscribers: XPUB and SUB, with topic prefixes.

A publisher drops messages without a subscriber, so a late subscriber misses the earlier messages. If that matters,
publish with an XPUB: it receives the subscriptions, so the publisher knows when to begin.
"""

from __future__ import annotations

import zmq

NEWS = {"weather.rome": "sunny", "weather.oslo": "snow", "sports": "no subscriber", "goodbye": ""}


def main() -> None:
    """Publish to two subscribers; neither misses a message."""
    with (
        zmq.Context() as context,
        context.socket(zmq.XPUB) as publisher,
        context.socket(zmq.SUB) as all_weather,
        context.socket(zmq.SUB) as only_rome,
    ):
        # By default only the first subscription to a topic prefix is received; this program counts all.
        publisher.setsockopt(zmq.XPUB_VERBOSE, 1)
        publisher.bind("tcp://127.0.0.1:*")
        endpoint = publisher.get_string(zmq.LAST_ENDPOINT)
        for subscriber, topic_prefix in ((all_weather, "weather."), (only_rome, "weather.rome")):
            subscriber.setsockopt_string(zmq.SUBSCRIBE, topic_prefix)
            subscriber.subscribe(b"goodbye")
            subscriber.connect(endpoint)

        for _ in range(4):
            print(f"publisher got {publisher.recv()!r}")  # b"\x01" and the topic prefix: there is a new subscriber

        for topic, body in NEWS.items():
            publisher.send_multipart([topic.encode(), body.encode()])

        for name, subscriber in (("all_weather", all_weather), ("only_rome", only_rome)):
            while True:
                topic_frame, body_frame = subscriber.recv_multipart()
                print(f"{name} got {topic_frame.decode()}: {body_frame.decode()}")
                if topic_frame == b"goodbye":
                    break


if __name__ == "__main__":
    main()
