"""After fork, sockets and contexts of event loops raise in the child, and go on in the parent."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")

# Python warns of fork in a process with threads, and each context has threads.
OPTIONS = ("-W", "error", "-W", "ignore:This process:DeprecationWarning")

SCRIPT = """
import os, sys, traceback
import zmq, zmq.{module}
{imports}

context = zmq.{module}.Context()
pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
pull.bind("inproc://pair")
push.connect("inproc://pair")

async def use():
    await push.send(b"x")
    assert await pull.recv() == b"x"

async def refused():
    try:
        result = {use}
        if hasattr(result, "__await__"):
            await result
    except zmq.ZMQError as error:
        assert "fork" in str(error), error
    else:
        raise AssertionError("it did not raise")

{run}(use{arguments})
pid = os.fork()
if pid == 0:
    try:
        {run}(refused{arguments})
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
{run}(use{arguments})
context.destroy(linger=0)
"""
LOOPS = {
    "asyncio": {"module": "asyncio", "imports": "import asyncio\nrun = lambda f: asyncio.run(f())", "run": "run"},
    "anyio": {"module": "anyio", "imports": "import anyio", "run": "anyio.run"},
    "trio": {"module": "anyio", "imports": "import anyio", "run": "anyio.run", "arguments": ", backend='trio'"},
}


@pytest.mark.parametrize("loop", list(LOOPS))
@pytest.mark.parametrize(
    "use",
    [
        "pull.recv()", "pull.recv(zmq.NOBLOCK)", "pull.recv(copy=False)", "pull.recv_multipart()", "pull.recv_string()",
        "pull.recv_into(bytearray(3))", "push.send(b'x')", "push.send_multipart([b'x'])", "pull.poll()", "pull.poll(0)",
        "anext(pull)", "pull.bind('inproc://x')", "pull.get(zmq.EVENTS)", "context.socket(zmq.PULL)",
    ],
)  # fmt: skip
def test_each_use_of_an_inherited_object_raises_at_once(run_script: Callable[..., str], loop: str, use: str) -> None:
    if loop != "asyncio":
        pytest.importorskip("anyio")
        pytest.importorskip(loop)
    run_script(SCRIPT.format_map({"arguments": "", "use": use, **LOOPS[loop]}), options=OPTIONS)


def test_an_inherited_poller_raises_at_once(run_script: Callable[..., str]) -> None:
    use = "poller.poll()"
    script = SCRIPT.format_map({"arguments": "", "use": use, **LOOPS["asyncio"]})
    made = "poller = zmq.asyncio.Poller()\npoller.register(pull, zmq.POLLIN)\npid = os.fork()"
    run_script(script.replace("pid = os.fork()", made), options=OPTIONS)
