"""Everything works with and without monkey patching, which may come before or after the import of zmq."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

START = {
    "before": "from gevent import monkey; monkey.patch_all(); import zmq, zmq.green, gevent",
    "after": "import zmq, zmq.green, gevent; from gevent import monkey; monkey.patch_all()",
    "between": "import zmq; from gevent import monkey; monkey.patch_all(); import zmq.green, gevent",
    "never": "import zmq, zmq.green, gevent",
}

GREEN = """
with zmq.green.Context.instance() as context:
    pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    push.connect(f"tcp://127.0.0.1:{pull.bind_to_random_port('tcp://127.0.0.1')}")
    poller = zmq.green.Poller()
    poller.register(pull, zmq.POLLIN)
    for operation in (pull.recv, pull.poll, poller.poll, lambda: zmq.green.select([pull], [], [])):
        greenlet = gevent.spawn(operation)
        gevent.sleep(0)
        push.send(b"message")
        print(bool(greenlet.get()))
    print([pull.recv() for _ in range(3)] == [b"message"] * 3)
    print(pull.poll(0.1) == 0 and poller.poll(0.1) == [])
    tracker = push.send(b"x" * 1000000, copy=False, track=True)
    waiting = gevent.spawn(tracker.wait)
    print(pull.recv() == b"x" * 1000000)
    waiting.get()
    print(tracker.done)
    pull.close()
    push.close()
"""

PLAIN = """
import threading
with zmq.Context.instance() as context:
    pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    push.connect(f"tcp://127.0.0.1:{pull.bind_to_random_port('tcp://127.0.0.1')}")
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
    print(poller.poll(10) == [])
    push.send(b"message")
    print(poller.poll() == zmq.Poller.poll(poller, 0) != [])
    print(zmq.select([pull], [], [])[0] == [pull])
    print(pull.recv() == b"message")
    pull.close()
    push.close()
"""

# A loop in C, in a native thread, that another thread ends.  The main greenlet does not sleep for 0: gevent
# would only run its callbacks, and release the GIL for an instant every five milliseconds, each time just before a
# thread that waits for it would ask for it.  A new thread may then wait for half a minute.
LOOP_IN_C = """
context = zmq.green.Context()
pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
pull.bind("inproc://pull")
def proxy():
    try:
        zmq.proxy(pull, push)
    except zmq.ContextTerminated:
        return True
ended = gevent.get_hub().threadpool.spawn(proxy)
while True:
    try:
        pull.get(zmq.TYPE)
    except zmq.ZMQError:
        break
    gevent.sleep(0.001)
context.destroy(linger=0)
print(ended.get())
"""

# Exit while a greenlet waits, or while a termination cannot end.
LEAVE = """
context = zmq.green.Context()
socket = context.socket(zmq.PULL)
greenlet = gevent.spawn(socket.recv)
termination = gevent.spawn(context.term)
waiting = gevent.spawn(context.socket, zmq.PULL)
gevent.sleep(0)
print(True)
"""


# Termination when the interpreter cannot start threads any more.
AT_EXIT = """
import atexit
context = zmq.green.Context()
socket = context.socket(zmq.PULL)
def leave():
    socket.close()
    context.term()
    print(context.closed)
atexit.register(leave)
"""

PROGRAMS = {"green": GREEN, "plain": PLAIN, "loop in C": LOOP_IN_C, "leave": LEAVE, "at exit": AT_EXIT}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
@pytest.mark.parametrize("when", START)
@pytest.mark.parametrize("loop", ["libev-cext", "libuv-cffi"])
def test_program_runs(loop: str, when: str, program: str) -> None:
    if loop == "libuv-cffi":
        pytest.importorskip("_cffi_backend", reason="gevent's libuv needs cffi")
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", START[when] + "\n" + program],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env={**os.environ, "GEVENT_LOOP": loop},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()
    assert set(done.stdout.split()) == {"True"}, done.stderr
