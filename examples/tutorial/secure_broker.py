"""Step 4: a broker that admits only known clients, encrypts, and logs."""

import logging
import sys

import zmq
from zmq.auth import load_certificate
from zmq.auth.thread import ThreadAuthenticator

clients = sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5555"
workers = sys.argv[2] if len(sys.argv) > 2 else "tcp://127.0.0.1:5556"

logging.basicConfig(level=logging.DEBUG)  # the logger zmq.auth records admitted and refused clients

with zmq.Context() as context, ThreadAuthenticator(context) as authenticator:
    authenticator.configure_curve(domain="*", location="known-clients")
    with context.socket(zmq.ROUTER) as frontend, context.socket(zmq.DEALER) as backend:
        _, frontend.curve_secretkey = load_certificate("broker.key_secret")
        frontend.curve_server = True
        frontend.bind(clients)
        backend.bind(workers)  # 127.0.0.1: workers run on this machine
        print("clients connect to", clients, "and workers to", workers, flush=True)
        zmq.proxy(frontend, backend)
