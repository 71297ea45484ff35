"""Step 2: a worker; start any number of them. It publishes its log."""

import logging
import os
import sys

import zmq
from zmq.log.handlers import PUBHandler

broker = sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5556"
viewer = sys.argv[2] if len(sys.argv) > 2 else "tcp://127.0.0.1:5557"

log = logging.getLogger("worker")
log.setLevel(logging.INFO)
log.addHandler(PUBHandler(viewer, root_topic=f"worker-{os.getpid()}", connect=True))

with zmq.Context() as context, context.socket(zmq.REP) as worker:
    worker.connect(broker)
    print("connected to", broker, flush=True)
    while True:
        name = worker.recv_string()
        log.info("greeting %s", name)
        worker.send_string(f"Hello, {name}!")
