"""Watch the logs of several processes live: each process publishes its log, one viewer shows all.

The viewer is ``python -m zmq.log``.  Here it binds, and the workers connect.  Its output goes through a pipe, so that
this program knows when all is shown; in a terminal it uses colours.
"""

from __future__ import annotations

import logging
import multiprocessing
import subprocess
import sys

import zmq
from zmq.log.handlers import PUBHandler

WORKERS = ["anna", "berta", "clara"]

log = logging.getLogger("jobs")


def work(name: str, endpoint: str) -> None:
    """Log some jobs.  The code of the jobs uses only logging."""
    with zmq.Context() as context, context.socket(zmq.XPUB) as socket:
        socket.connect(endpoint)
        # Not PUBHandler(endpoint, connect=True): records published before the viewer subscribes would be lost.
        socket.recv()  # b"\x01": the viewer has subscribed
        handler = PUBHandler(socket, root_topic=name)
        log.addHandler(handler)
        log.setLevel(logging.DEBUG)

        log.debug("the viewer does not want to know")
        log.info("job.1::it was easy")  # published under NAME.INFO.job.1
        try:
            int("two")
        except ValueError:
            log.exception("job.2::it failed")
        log.critical("%s has nothing more to do", name)
        log.removeHandler(handler)


def main() -> None:
    """Start the viewer and the workers, and print the output of the viewer."""
    viewer = [sys.executable, "-m", "zmq.log", "--min-level", "INFO", "--bind", "tcp://127.0.0.1:*"]
    with subprocess.Popen(viewer, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        endpoint = process.stderr.readline().split()[-1]  # "bound to tcp://127.0.0.1:41234"
        spawn = multiprocessing.get_context("spawn")
        workers = [spawn.Process(target=work, args=(name, endpoint)) for name in WORKERS]
        for worker in workers:
            worker.start()
        at_work = len(workers)
        while at_work:
            line = process.stdout.readline()
            print(line, end="")
            at_work -= "nothing more to do" in line
        for worker in workers:
            worker.join()
        process.terminate()
    print("all workers have ended")


if __name__ == "__main__":
    main()
