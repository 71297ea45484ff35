"""The example of an adapter, for Twisted: it runs, and its Deferreds do what the manual asks of adapters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("twisted")

FOLDER = Path(__file__).parents[3] / "examples" / "adapters"

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from twisted.internet.defer import CancelledError, Deferred, TimeoutError, gatherResults
from twisted.internet.task import react
from twisted.internet.threads import deferToThread
import zmq
from twisted_sockets import Context


async def failure(deferred):
    try:
        await deferred
    except Exception as error:
        return error


async def cancelled(a, b):
    deferred = a.recv()
    deferred.cancel()
    assert isinstance(await failure(deferred), CancelledError)
    await b.send(b"message")
    assert await a.recv() == b"message"


async def the_first_cancels_the_second(a, b):
    first, second = a.recv(), a.recv()
    first.addCallback(lambda message: (message, second.cancel())[0])
    await gatherResults([b.send(b"1"), b.send(b"2")])
    assert isinstance(await failure(second), CancelledError)
    assert [await first, await a.recv()] == [b"1", b"2"]


async def in_order(a, b):
    receives = [a.recv() for _ in range(5)]
    for number in range(5):
        await b.send(b"%d" % number)
    assert await gatherResults(receives) == [b"0", b"1", b"2", b"3", b"4"]


async def timeouts(a, b):
    assert isinstance(await failure(a.recv().addTimeout(0.001, reactor)), TimeoutError)
    a.rcvtimeo = 1
    assert isinstance(await failure(a.recv()), zmq.Again)
    assert await a.poll(1) == 0


async def objects(a, b):
    await b.send_json({"a": 1})
    assert await a.recv_json() == {"a": 1}
    await b.send_multipart([b"a", b"b"])
    assert await a.recv_multipart() == [b"a", b"b"]


async def callbacks_that_receive_and_send(a, b):
    for number in range(900):
        await b.send(b"")
    done, left = Deferred(), [900]

    def received(message):
        left[0] -= 1
        if left[0]:
            a.send(message).addCallback(sent).addErrback(failed)
        else:
            done.callback(None)

    def sent(_):
        a.recv().addCallback(received).addErrback(failed)

    def failed(failure):
        if not done.called:
            done.errback(failure)

    sent(None)
    await done


async def closed(a, b):
    deferred = a.recv()
    a.close()
    assert (await failure(deferred)).errno == zmq.ENOTSOCK


async def closed_by_a_thread(a, b):
    deferred = a.recv()
    await deferToThread(a.close)
    assert (await failure(deferred)).errno == zmq.ENOTSOCK


async def terminated_by_a_thread(a, b):
    deferred = a.recv()
    terminated = deferToThread(a.context.term)
    assert isinstance(await failure(deferred), zmq.ContextTerminated)
    a.close()
    b.close()
    await terminated


async def main(the_reactor):
    global reactor
    reactor = the_reactor
    with Context() as context, context.socket(zmq.DEALER) as a, context.socket(zmq.DEALER) as b:
        for socket in (a, b):
            socket.rcvhwm = socket.sndhwm = 0
        a.bind("inproc://a")
        b.connect("inproc://a")
        await globals()[sys.argv[2]](a, b)
    print("done", reactor.removeAll())


react(lambda reactor: Deferred.fromCoroutine(main(reactor)))
"""


def test_example_runs_and_ends(run_example: Callable[..., str]) -> None:
    assert run_example("adapters/twisted_sockets.py") == "hello Ann\nhello Bob\nhello Eve\nthe server has ended\n"


@pytest.mark.parametrize(
    "case",
    [
        "cancelled",
        "the_first_cancels_the_second",
        "in_order",
        "timeouts",
        "objects",
        "callbacks_that_receive_and_send",
        "closed",
        "closed_by_a_thread",
        "terminated_by_a_thread",
    ],
)
def test_a_deferred(case: str, run_script: Callable[..., str]) -> None:
    assert run_script(PROGRAM, FOLDER, case) == "done []\n"
