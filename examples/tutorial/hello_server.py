"""Step 1: a server that greets."""

import sys

import zmq

endpoint = sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5555"
with zmq.Context() as context, context.socket(zmq.REP) as server:
    server.bind(endpoint)
    print("listening on", endpoint, flush=True)
    while True:
        name = server.recv_string()
        server.send_string(f"Hello, {name}!")
