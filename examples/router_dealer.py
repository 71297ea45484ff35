"""Talk to many peers out of order: ROUTER and DEALER.

A ROUTER puts the routing id of the sender in front of each received message, and takes the first frame of a sent
message as the routing id of its peer. A DEALER sends and receives in any order, without the lock-step of REQ.
"""

from __future__ import annotations

import zmq

NAMES = (b"anna", b"ben", b"cleo")


def main() -> None:
    """Reply to the last request first."""
    with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
        router.router_mandatory = True  # raise an error for an unknown peer; by default the message is dropped
        router.bind("inproc://desk")

        dealers = {}
        for name in NAMES:
            dealer = dealers[name] = context.socket(zmq.DEALER)
            dealer.routing_id = name  # without it the ROUTER generates an id of five bytes
            dealer.connect("inproc://desk")
            dealer.send_multipart([b"question 1"])
            dealer.send_multipart([b"question 2"])  # without waiting for the first reply

        questions = [router.recv_multipart() for _ in range(2 * len(NAMES))]
        for routing_id, question in reversed(questions):
            print(f"router answers {question.decode()} of {routing_id.decode()}")
            router.send_multipart([routing_id, b"answer to " + question])

        for name, dealer in dealers.items():
            with dealer:
                answers = [dealer.recv().decode() for _ in range(2)]
            print(f"{name.decode()} got {', '.join(answers)}")

        try:
            router.send_multipart([b"dora", b"hello?"])
        except zmq.ZMQError as error:
            if error.errno != zmq.EHOSTUNREACH:
                raise
            print(f"cannot send to dora: {error.strerror}")


if __name__ == "__main__":
    main()
