"""Talk to many peers out of order: ROUTER and DEALER.

A ROUTER puts the sender's routing id in front of each message it receives, and takes the first frame of what it sends
as the peer to send to. A DEALER sends and receives freely, without the lock-step of REQ.
"""

from __future__ import annotations

import zmq

NAMES = (b"anna", b"ben", b"cleo")


def main() -> None:
    """Answer the last to ask first."""
    with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
        router.router_mandatory = True  # raise an error for an unknown peer; the default is to drop the message
        router.bind("inproc://desk")

        dealers = {}
        for name in NAMES:
            dealer = dealers[name] = context.socket(zmq.DEALER)
            dealer.routing_id = name  # without it the ROUTER makes up five bytes
            dealer.connect("inproc://desk")
            dealer.send_multipart([b"question 1"])
            dealer.send_multipart([b"question 2"])  # no need to wait for the first answer

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
