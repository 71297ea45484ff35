# mypy: disable-error-code="unused-awaitable, no-any-return"
"""Whatever happens, and whenever: each message arrives once and in order.

Two ends send, receive, cancel, time out, drop futures and close at random points, in one loop over random transports.
A sender knows of each message whether it was sent: its future was cancelled, timed out, or is done.  What was sent has
to be what the receiver gets, in the same order, whatever the receiver did to its receives.
"""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

import zmq
import zmq.asyncio

ACTIONS = [
    "send",
    "send",
    "send later",
    "send and cancel",
    "send and time out",
    "receive",
    "receive",
    "receive frames",
    "receive and cancel",
    "receive and time out",
    "receive and drop",
    "wait for a receive",
    "poll",
    "run",
    "turn",
    "turn",
    "rest",
    "disturb",
]


class Ends:
    """A PUSH, a PULL, and what became of each message."""

    def __init__(self, context: zmq.asyncio.Context, transport: str, hwm: int) -> None:
        self.push, self.pull = context.socket(zmq.PUSH), context.socket(zmq.PULL)
        self.push.sndhwm = self.pull.rcvhwm = hwm
        self.push.linger = -1
        self.pull.bind("inproc://random" if transport == "inproc" else "tcp://127.0.0.1:*")
        self.push.connect(self.pull.last_endpoint.decode())
        self.sending: list[asyncio.Future[Any]] = []
        self.got: list[list[bytes]] = []
        self.tasks: list[asyncio.Task[Any]] = []
        self.receives: list[asyncio.Task[Any]] = []
        self.lock = asyncio.Lock()

    def message(self) -> list[bytes]:
        number = b"%d" % len(self.sending)
        return [number, number * 3]

    def send(self) -> asyncio.Future[Any]:
        self.sending.append(self.push.send_multipart(self.message()))
        return self.sending[-1]

    async def receive(self) -> None:
        # one at a time, so that the order in which they are noted is the order in which they came
        async with self.lock:
            self.got.append(await self.pull.recv_multipart())

    async def receive_frames(self) -> None:
        async with self.lock:
            first = await self.pull.recv()
            # From here on the message is the task's own business.  (RCVMORE may be about a future that was dropped.)
            self.got.append([first, await self.pull.recv(zmq.NOBLOCK)])

    async def receive_in_time(self, delay_s: float) -> None:
        await asyncio.wait_for(self.receive(), delay_s)

    async def poll(self, timeout_ms: int) -> None:
        await self.pull.poll(timeout_ms)

    def start(self, coroutine: Any) -> asyncio.Task[Any]:
        task = asyncio.ensure_future(coroutine)
        self.tasks.append(task)
        return task

    async def act(self, action: str, number: int) -> None:
        loop = asyncio.get_running_loop()
        if action == "send":
            self.send()
        elif action == "send later":
            loop.call_soon(self.send)
        elif action == "send and cancel":
            self.send().cancel()
        elif action == "send and time out":
            self.push.sndtimeo = number % 2
            self.send()
            self.push.sndtimeo = -1
        elif action == "receive":
            self.receives.append(self.start(self.receive()))
        elif action == "receive frames":
            self.receives.append(self.start(self.receive_frames()))
        elif action == "receive and cancel":
            if self.receives:
                self.receives[number % len(self.receives)].cancel()
        elif action == "receive and time out":
            self.receives.append(self.start(self.receive_in_time(number % 3 / 1000)))
        elif action == "receive and drop":
            self.pull.recv_multipart()
            self.pull.recv()
        elif action == "wait for a receive":
            await asyncio.wait([self.start(self.receive())], timeout=number % 3 / 1000)
        elif action == "poll":
            self.start(self.poll(number % 3))
        elif action == "run":
            self.pull._engine.ready()
            self.push._engine.ready()
        elif action == "turn":
            for _ in range(number % 4):
                await asyncio.sleep(0)
        elif action == "rest":
            await asyncio.sleep(number % 3 / 1000)
        elif action == "disturb":
            for socket in (self.pull, self.push):
                zmq.Socket.shadow(socket).get(zmq.EVENTS)

    async def finish(self) -> None:
        """Let everything end, receive what is left, and compare."""
        for task in self.tasks:
            task.cancel()
        for result in await asyncio.gather(*self.tasks, return_exceptions=True):
            assert result is None or isinstance(result, (asyncio.CancelledError, asyncio.TimeoutError))
        for _ in range(2):
            await asyncio.sleep(0)  # what was to be sent later
        end = self.send()
        while not self.got or self.got[-1][0] != b"%d" % (len(self.sending) - 1):
            await self.receive()
        await end
        sent = [number for number, future in enumerate(self.sending) if future.done() and not failed(future)]
        assert [int(message[0]) for message in self.got] == sent
        assert all(message == [message[0], message[0] * 3] for message in self.got)
        assert await self.pull.poll(0) == 0


def failed(future: asyncio.Future[Any]) -> bool:
    """Whether a send was not made."""
    return future.cancelled() or isinstance(future.exception(), zmq.Again)


@pytest.mark.pypy_skip("the collector has no thresholds")
@pytest.mark.parametrize("kind", ["asyncio", "uvloop", "collecting"])
@hypothesis.settings(
    max_examples=300,
    deadline=None,
    derandomize=True,  # the same examples each time
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture, hypothesis.HealthCheck.too_slow],
)
@hypothesis.given(
    actions=st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 11)), min_size=10, max_size=150),
    transport=st.sampled_from(["inproc", "tcp"]),
    hwm=st.sampled_from([1, 2, 0]),
)
def test_every_message_arrives_once_and_in_order(
    kind: str, actions: list[tuple[str, int]], transport: str, hwm: int
) -> None:
    async def main() -> None:
        with zmq.asyncio.Context() as context:
            ends = Ends(context, transport, hwm)
            try:
                for action, number in actions:
                    await ends.act(action, number)
                await asyncio.wait_for(ends.finish(), 20)
            finally:
                ends.push.close(linger=0)
                ends.pull.close()

    thresholds = gc.get_threshold()
    if kind == "collecting":
        gc.set_threshold(1)  # dropped futures are collected at any point, also between a refusal and the wait
    try:
        if kind == "uvloop":
            uvloop = pytest.importorskip("uvloop")
            uvloop.run(main())
        else:
            asyncio.run(main())
    finally:
        gc.set_threshold(*thresholds)


@hypothesis.settings(max_examples=150, deadline=None, derandomize=True, print_blob=True)
@hypothesis.given(
    actions=st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 11)), max_size=60),
    which=st.sampled_from(["push", "pull", "both"]),
    hwm=st.sampled_from([1, 2, 0]),
)
def test_closing_at_any_point_ends_everything(actions: list[tuple[str, int]], which: str, hwm: int) -> None:
    async def main() -> None:
        with zmq.asyncio.Context() as context:
            ends = Ends(context, "tcp", hwm)
            try:
                for action, number in actions:
                    await ends.act(action, number)
                if which != "pull":
                    ends.push.close(linger=0)
                if which != "push":
                    ends.pull.close()
                await asyncio.sleep(0)
                if which != "pull":
                    assert all(future.done() for future in ends.sending)
                if which != "push":
                    _, pending = await asyncio.wait(
                        [asyncio.ensure_future(asyncio.sleep(0)), *ends.receives], timeout=30
                    )
                    assert not pending
            finally:
                for task in ends.tasks:
                    task.cancel()
                ends.push.close(linger=0)
                ends.pull.close()
                results = await asyncio.gather(*ends.tasks, *ends.sending, return_exceptions=True)
            expected = (int, zmq.ZMQError, asyncio.CancelledError, asyncio.TimeoutError)
            assert all(result is None or isinstance(result, expected) for result in results)

    asyncio.run(main())
