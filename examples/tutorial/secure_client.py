"""Step 4: a client with a certificate."""

import sys

import zmq
from zmq.auth import load_certificate

endpoint = sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5555"
with zmq.Context() as context, context.socket(zmq.REQ) as client:
    client.linger = 0
    client.curve_publickey, client.curve_secretkey = load_certificate("alice.key_secret")
    client.curve_serverkey, _ = load_certificate("broker.key")
    client.connect(endpoint)
    client.send_string("Alice")
    if not client.poll(10_000):
        sys.exit("no answer: is this client known to the broker?")
    print(client.recv_string())
