"""Step 1: a client that asks once."""

import sys

import zmq

endpoint = sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5555"
with zmq.Context() as context, context.socket(zmq.REQ) as client:
    client.linger = 0  # at the end, discard a request that no server has received
    client.connect(endpoint)
    client.send_string("World")
    print(client.recv_string())
