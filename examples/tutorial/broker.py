"""Step 2: a broker between clients and workers."""

import sys

import zmq

clients = sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5555"
workers = sys.argv[2] if len(sys.argv) > 2 else "tcp://127.0.0.1:5556"
with zmq.Context() as context, context.socket(zmq.ROUTER) as frontend, context.socket(zmq.DEALER) as backend:
    frontend.bind(clients)
    backend.bind(workers)
    print("clients connect to", clients, "and workers to", workers, flush=True)
    zmq.proxy(frontend, backend)
