"""Authenticators of event loops: when they start and end, and which loop they run in."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext, suppress
from typing import Any

import pytest

import zmq
from zmq.auth import Authenticator

zmq_asyncio = pytest.importorskip("zmq.asyncio")
auth_asyncio = pytest.importorskip("zmq.auth.asyncio")
AsyncioAuthenticator = auth_asyncio.AsyncioAuthenticator

ENDPOINT = "inproc://zeromq.zap.01"
REQUEST = [b"1.0", b"7", b"a", b"192.0.2.1", b"", b"CURVE", bytes(32)]
WAIT_S = 30.0


class Outside(BaseException):
    """Like gevent.Timeout and trio.Cancelled."""


async def ask(client: Any) -> int:
    await client.send_multipart(REQUEST)
    return int((await asyncio.wait_for(client.recv_multipart(), WAIT_S))[2])


@pytest.fixture
def client(context: zmq.Context) -> Iterator[Any]:
    """A socket that sends ZAP requests, as libzmq does."""
    with zmq_asyncio.Socket(context, zmq.REQ) as client:
        client.linger = 0
        client.connect(ENDPOINT)
        yield client


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop that does not run yet."""
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def test_it_answers_from_start_until_stop(context: zmq.Context, client: Any) -> None:
    async def main() -> None:
        authenticator = AsyncioAuthenticator(context)
        authenticator.start()
        assert await ask(client) == 400
        authenticator.stop()
        authenticator.stop()
        for _ in range(20):
            with authenticator:
                pass

    asyncio.run(main())


def test_stop_before_start_does_nothing(context: zmq.Context) -> None:
    AsyncioAuthenticator(context).stop()


def test_a_second_authenticator_cannot_start_and_the_first_goes_on(context: zmq.Context, client: Any) -> None:
    async def main() -> None:
        with AsyncioAuthenticator(context) as first:
            for second in (first, AsyncioAuthenticator(context)):
                with pytest.raises(zmq.ZMQError) as raised:
                    second.start()
                assert raised.value.errno == zmq.EADDRINUSE
            assert await ask(client) == 400

    asyncio.run(main())


def test_an_asynchronous_context_can_be_used() -> None:
    async def main() -> None:
        async with zmq_asyncio.Context() as context, context.socket(zmq.REQ) as client:
            with AsyncioAuthenticator(context) as authenticator:
                assert not isinstance(authenticator.zap_socket, zmq_asyncio.Socket)
                client.connect(ENDPOINT)
                assert await ask(client) == 400

    asyncio.run(main())


@pytest.mark.filterwarnings("ignore:AsyncioAuthenticator.loop.:DeprecationWarning")
def test_it_may_be_started_before_its_loop_runs(
    context: zmq.Context, client: Any, loop: asyncio.AbstractEventLoop
) -> None:
    authenticator = AsyncioAuthenticator(context, loop)
    authenticator.start()
    assert loop.run_until_complete(ask(client)) == 400

    async def stop() -> None:
        authenticator.stop()

    loop.run_until_complete(stop())
    loop.run_until_complete(asyncio.sleep(0))


def test_stop_cancels_a_running_provider(context: zmq.Context, client: Any) -> None:
    async def main() -> None:
        asked, cancelled = asyncio.Event(), asyncio.Event()

        async def callback(domain: str, key: bytes) -> bool:
            asked.set()
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()
            return True

        with AsyncioAuthenticator(context) as authenticator:
            authenticator.configure_curve_callback("*", callback)
            await client.send_multipart(REQUEST)
            await asyncio.wait_for(asked.wait(), WAIT_S)
        await asyncio.wait_for(cancelled.wait(), WAIT_S)

    asyncio.run(main())


def test_a_waiting_provider_does_not_delay_other_requests(context: zmq.Context) -> None:
    async def main() -> None:
        asked = []
        enough, answer = asyncio.Event(), asyncio.Event()

        async def callback(domain: str, key: bytes) -> bool:
            asked.append(key)
            if len(asked) == auth_asyncio._AT_ONCE:
                enough.set()
            await answer.wait()
            return True

        count = auth_asyncio._AT_ONCE + 5
        with AsyncioAuthenticator(context) as authenticator, ExitStack() as stack:
            authenticator.configure_curve_callback("*", callback)
            clients = [stack.enter_context(zmq_asyncio.Socket(context, zmq.REQ)) for _ in range(count)]
            for client in clients:
                client.linger = 0
                client.connect(ENDPOINT)
            asking = asyncio.gather(*map(ask, clients))
            await asyncio.wait_for(enough.wait(), WAIT_S)
            assert len(asked) == auth_asyncio._AT_ONCE
            answer.set()
            assert await asking == [200] * count

    asyncio.run(main())


def test_each_reply_goes_to_the_peer_of_its_request(context: zmq.Context) -> None:
    async def main() -> None:
        first_may_go = asyncio.Event()
        asked = []

        async def callback(domain: str, key: bytes) -> bool:
            asked.append(domain)
            if domain == "first":
                await first_may_go.wait()
            return domain == "first"

        with AsyncioAuthenticator(context) as authenticator, ExitStack() as stack:
            authenticator.configure_curve_callback("*", callback)
            first, second = (stack.enter_context(zmq_asyncio.Socket(context, zmq.REQ)) for _ in range(2))
            for client, domain in [(first, b"first"), (second, b"second")]:
                client.linger = 0
                client.connect(ENDPOINT)
                await client.send_multipart([*REQUEST[:2], domain, *REQUEST[3:]])
            assert (await asyncio.wait_for(second.recv_multipart(), WAIT_S))[2] == b"400"
            first_may_go.set()
            assert (await asyncio.wait_for(first.recv_multipart(), WAIT_S))[2] == b"200"

    asyncio.run(main())


def test_a_provider_that_is_cancelled_refuses_the_peer_with_status_500(context: zmq.Context, client: Any) -> None:
    async def main() -> None:
        running: asyncio.Future[asyncio.Task[Any] | None] = asyncio.get_running_loop().create_future()

        async def callback(domain: str, key: bytes) -> bool:
            running.set_result(asyncio.current_task())
            await asyncio.Event().wait()
            return True

        with AsyncioAuthenticator(context) as authenticator:
            authenticator.configure_curve_callback("*", callback)
            asking = asyncio.ensure_future(ask(client))
            task = await asyncio.wait_for(running, WAIT_S)
            assert task is not None
            task.cancel()
            assert await asking == 500
            authenticator.configure_curve("*", {bytes(32)})
            assert await ask(client) == 200

    asyncio.run(main())


def cancel_all() -> None:
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


def is_guarded(context: zmq.Context) -> bool:
    """Return whether the ZAP endpoint is bound: if not, libzmq accepts every peer."""
    with context.socket(zmq.ROUTER) as other:
        try:
            other.bind(ENDPOINT)
        except zmq.ZMQError:
            return True
    return False


def test_no_peer_can_connect_after_the_loop_ended_without_stop(context: zmq.Context) -> None:
    async def main() -> None:
        AsyncioAuthenticator(context).start()
        await asyncio.sleep(0)
        raise LookupError

    with pytest.raises(LookupError):
        asyncio.run(main())
    gc.collect()
    assert is_guarded(context)
    context.term()


@pytest.fixture
def foreign_address(system_libzmq: ctypes.CDLL) -> int:
    """The address of a C context that was made without zmq-core; the test terminates it."""
    system_libzmq.zmq_ctx_new.restype = ctypes.c_void_p
    address: int = system_libzmq.zmq_ctx_new()
    return address


def test_a_foreign_context_stays_protected_without_python_objects(foreign_address: int) -> None:
    async def start() -> None:
        AsyncioAuthenticator(zmq.Context.shadow(foreign_address)).start()
        await asyncio.sleep(0)

    asyncio.run(start())
    gc.collect()
    assert is_guarded(zmq.Context.shadow(foreign_address))

    async def take_over_and_stop() -> None:
        with AsyncioAuthenticator(zmq.Context.shadow(foreign_address)):
            pass

    asyncio.run(take_over_and_stop())
    gc.collect()
    assert not is_guarded(zmq.Context.shadow(foreign_address))
    zmq.Context.shadow(foreign_address).term()


def test_terminating_a_foreign_context_drops_its_socket(foreign_address: int) -> None:
    authenticator = Authenticator(zmq.Context.shadow(foreign_address))
    authenticator.start()
    assert authenticator.zap_socket is not None
    alive = weakref.ref(authenticator.zap_socket)
    zmq.Context.shadow(foreign_address).term()
    del authenticator
    gc.collect()
    assert alive() is None


def test_no_peer_can_connect_after_all_tasks_were_cancelled(
    context: zmq.Context, client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    async def main() -> None:
        authenticator = AsyncioAuthenticator(context)
        authenticator.start()
        assert await ask(client) == 400
        cancel_all()
        with suppress(asyncio.CancelledError):
            await authenticator._task
        assert is_guarded(context)
        await asyncio.sleep(0)
        assert "no peer can connect" in caplog.text
        authenticator.stop()
        assert not is_guarded(context)

    asyncio.run(main())


def test_cancelling_the_task_refuses_the_peers_with_pending_answers(context: zmq.Context, client: Any) -> None:
    async def main() -> None:
        asked = asyncio.Event()

        async def callback(domain: str, key: bytes) -> bool:
            asked.set()
            await asyncio.Event().wait()
            return True

        authenticator = AsyncioAuthenticator(context)
        authenticator.configure_curve_callback("*", callback)
        authenticator.start()
        await client.send_multipart(REQUEST)
        await asyncio.wait_for(asked.wait(), WAIT_S)
        cancel_all()
        assert (await asyncio.wait_for(client.recv_multipart(), WAIT_S))[2] == b"500"
        authenticator.stop()

    asyncio.run(main())


def test_a_new_authenticator_takes_over_from_one_that_has_ended(context: zmq.Context, client: Any) -> None:
    async def end() -> Any:
        authenticator = AsyncioAuthenticator(context)
        authenticator.start()
        await asyncio.sleep(0)
        return authenticator

    ended = asyncio.run(end())

    async def main() -> None:
        await client.send_multipart(REQUEST)
        with AsyncioAuthenticator(context) as authenticator:
            authenticator.configure_curve("*", {bytes(32)})
            assert (await asyncio.wait_for(client.recv_multipart(), WAIT_S))[2] == b"200"
            ended.stop()  # its socket was taken over
            assert await ask(client) == 200

    asyncio.run(main())


def test_it_can_start_again_in_another_loop(context: zmq.Context, client: Any) -> None:
    authenticator = AsyncioAuthenticator(context)

    async def end() -> None:
        authenticator.start()

    async def main() -> None:
        with authenticator:
            assert await ask(client) == 400

    asyncio.run(end())
    asyncio.run(main())


def test_its_context_terminates_after_the_loop_has_ended() -> None:
    async def main(context: zmq.Context) -> None:
        AsyncioAuthenticator(context).start()
        await asyncio.sleep(0)

    for end in (zmq.Context.term, zmq.Context.destroy):
        context: zmq.Context = zmq.Context()
        asyncio.run(main(context))
        end(context)
        assert context.closed


def test_it_does_not_start_in_a_closed_loop(context: zmq.Context, loop: asyncio.AbstractEventLoop) -> None:
    loop.close()
    with pytest.deprecated_call():
        authenticator = AsyncioAuthenticator(context, loop)
    with pytest.raises(RuntimeError, match="loop is closed"):
        authenticator.start()
    assert authenticator.zap_socket is None
    assert not is_guarded(context)


@pytest.mark.parametrize("error", [KeyboardInterrupt, Outside])
def test_it_goes_on_after_base_exceptions(context: zmq.Context, client: Any, error: type[BaseException]) -> None:
    """KeyboardInterrupt reaches the program; other exceptions of a provider do not."""

    def callback(domain: str, key: bytes) -> bool:
        raise error

    async def status() -> int:
        return int((await asyncio.wait_for(client.recv_multipart(), WAIT_S))[2])

    loop = asyncio.new_event_loop()
    authenticator = AsyncioAuthenticator(context)
    authenticator.configure_curve_callback("*", callback)

    async def main() -> None:
        authenticator.start()
        await client.send_multipart(REQUEST)
        await asyncio.wait_for(client.poll(), WAIT_S)

    try:
        with pytest.raises(KeyboardInterrupt) if error is KeyboardInterrupt else nullcontext():
            loop.run_until_complete(main())
        assert loop.run_until_complete(status()) == 500
        authenticator.configure_curve("*", {bytes(32)})
        assert loop.run_until_complete(ask(client)) == 200
        authenticator.stop()
        loop.run_until_complete(asyncio.sleep(0))
    finally:
        loop.close()


@pytest.mark.filterwarnings("ignore:AsyncioAuthenticator.loop.:DeprecationWarning")
def test_it_may_be_stopped_after_its_loop_was_closed(context: zmq.Context, loop: asyncio.AbstractEventLoop) -> None:
    authenticator = AsyncioAuthenticator(context, loop)
    authenticator.start()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    authenticator.stop()
    assert authenticator.zap_socket is None


def test_it_ends_with_its_context(terminate: Callable[[zmq.Context], None]) -> None:
    async def main() -> None:
        context: zmq.Context = zmq.Context()
        authenticator = AsyncioAuthenticator(context)
        authenticator.start()
        task = authenticator._task
        await asyncio.sleep(0)
        terminating = asyncio.get_running_loop().run_in_executor(None, context.term)
        await asyncio.wait_for(task, WAIT_S)
        await asyncio.wait_for(terminating, WAIT_S)
        authenticator.stop()

    asyncio.run(main())


def test_tornado_loops(context: zmq.Context, client: Any) -> None:
    ioloop = pytest.importorskip("tornado.ioloop")
    authenticators = pytest.importorskip("zmq.auth.ioloop")
    io_loop = ioloop.IOLoop(make_current=False)
    with pytest.deprecated_call():
        authenticator = authenticators.IOLoopAuthenticator(context, io_loop=io_loop)
    authenticator.start()
    try:
        assert io_loop.run_sync(lambda: ask(client), timeout=WAIT_S) == 400
    finally:
        authenticator.stop()
        io_loop.run_sync(lambda: asyncio.sleep(0))
        io_loop.close()


def test_the_current_tornado_loop_is_used_by_default(context: zmq.Context, client: Any) -> None:
    ioloop = pytest.importorskip("tornado.ioloop")
    authenticators = pytest.importorskip("zmq.auth.ioloop")

    async def main() -> int:
        assert ioloop.IOLoop.current()
        with authenticators.IOLoopAuthenticator(context):
            return await ask(client)

    assert asyncio.run(main()) == 400
