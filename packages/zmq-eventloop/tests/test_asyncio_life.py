# mypy: disable-error-code="unused-awaitable"
"""The life of sockets, loops and contexts: nothing is kept longer than needed."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import threading
import warnings
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import zmq
import zmq.asyncio
from zmq.backend import kernel

Run = Callable[..., Any]
Pair = Callable[..., Any]
Turns = Callable[..., Any]


@pytest.mark.parametrize("late", [False, True], ids=["idle", "after a wait"])
def test_an_unclosed_socket_is_collected(run: Run, turns: Turns, watched: Callable[[], int], late: bool) -> None:
    async def main() -> None:
        context = zmq.asyncio.Context()
        socket = context.socket(zmq.PULL)
        if late:
            receiving = socket.recv()
            await turns()
            receiving.cancel()
            assert watched() == 1
            del receiving
        reference = weakref.ref(socket)
        with pytest.warns(ResourceWarning, match="Unclosed socket"):  # noqa: PT031 (either may collect it)
            del socket
            gc.collect()
        assert reference() is None
        assert watched() == 0
        context.term()

    run(main())


@pytest.mark.pypy_skip("references are not counted")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("after", ["nothing", "a wait", "a close of the loop"])
@pytest.mark.parametrize("shadows", [False, True])
def test_a_weak_reference_to_a_dropped_socket_may_terminate_the_context(
    run: Run, turns: Turns, after: str, shadows: bool
) -> None:
    context = zmq.Context()
    if shadows:
        holder = [zmq.asyncio.Socket.from_socket(context.socket(zmq.PULL))]
    else:
        holder = [zmq.asyncio.Context.shadow(context).socket(zmq.PULL)]
    weakref.finalize(holder[0], context.term)

    async def main() -> None:
        if after != "nothing":
            receiving = holder[0].recv()
            await turns()
            receiving.cancel()
            await turns()
            del receiving
        if after != "a close of the loop":
            holder.clear()

    run(main())
    holder.clear()
    assert context.closed


@pytest.mark.pypy_skip("cycles of C code are not collected")
@pytest.mark.parametrize("late", [False, True], ids=["never awaited", "given up on"])
def test_a_socket_is_collected_with_a_future_that_is_not_awaited(run: Run, turns: Turns, late: bool) -> None:
    async def main() -> None:
        context = zmq.asyncio.Context()
        socket = context.socket(zmq.PULL)
        receiving = socket.recv()
        await turns()
        if late:
            await asyncio.wait([receiving], timeout=0)
        del receiving
        reference = weakref.ref(socket)
        with pytest.warns(ResourceWarning, match="Unclosed socket"):  # noqa: PT031 (either may collect it)
            del socket
            gc.collect()
        assert reference() is None
        context.term()

    run(main())


def test_a_task_without_references_lives_while_it_waits_for_a_message(
    run: Run, context: zmq.asyncio.Context, turns: Turns
) -> None:
    async def main() -> None:
        push = context.socket(zmq.PUSH)
        push.bind("inproc://push")
        got = asyncio.get_running_loop().create_future()

        async def work() -> None:
            with zmq.asyncio.Context.shadow(context).socket(zmq.PULL) as pull:
                pull.connect("inproc://push")
                got.set_result(await pull.recv())

        asyncio.ensure_future(work())  # noqa: RUF006 (it is the point)
        await turns()
        gc.collect()
        await push.send(b"x")
        assert await got == b"x"

    run(main())


def test_a_socket_can_be_used_in_one_loop_after_another(context: zmq.asyncio.Context) -> None:
    pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    pull.bind("inproc://pull")
    push.connect("inproc://pull")

    async def main() -> None:
        receiving = pull.recv()
        await asyncio.sleep(0)
        await push.send(b"x")
        assert await receiving == b"x"
        pull.recv()  # left behind

    for _ in range(3):
        asyncio.run(main())


def test_sockets_in_several_loops_in_several_threads(context: zmq.asyncio.Context) -> None:
    rounds = 300

    async def serve(rep: zmq.asyncio.Socket) -> None:
        for _ in range(rounds):
            await rep.send(await rep.recv())

    async def ask(req: zmq.asyncio.Socket) -> None:
        for number in range(rounds):
            await req.send(b"%d" % number)
            assert await req.recv() == b"%d" % number

    with ThreadPoolExecutor(6) as pool:
        done = []
        for number in range(3):
            rep, req = context.socket(zmq.REP), context.socket(zmq.REQ)
            rep.bind(f"inproc://{number}")
            req.connect(f"inproc://{number}")
            done += [pool.submit(asyncio.run, serve(rep)), pool.submit(asyncio.run, ask(req))]
        for future in done:
            future.result(30)


def test_a_socket_that_waits_in_one_loop_cannot_be_used_in_another(context: zmq.asyncio.Context) -> None:
    pull = context.socket(zmq.PULL)

    async def use() -> None:
        await pull.recv()

    async def main() -> None:
        receiving = pull.recv()
        with ThreadPoolExecutor(1) as pool:
            elsewhere = pool.submit(asyncio.run, use())
            with pytest.raises(RuntimeError, match="1 of its operations wait"):
                elsewhere.result(30)
        assert not receiving.done()
        receiving.cancel()

    asyncio.run(main())


def test_futures_asked_for_before_the_loop_runs(loop: asyncio.AbstractEventLoop, context: zmq.asyncio.Context) -> None:
    pull = context.socket(zmq.PULL, io_loop=loop)
    push = context.socket(zmq.PUSH, io_loop=loop)
    pull.bind("inproc://pull")
    receiving = pull.recv()
    push.connect("inproc://pull")
    loop.run_until_complete(push.send(b"x"))
    assert loop.run_until_complete(receiving) == b"x"


def test_a_loop_closed_with_waiters_is_forgotten(context: zmq.asyncio.Context) -> None:
    pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    pull.bind("inproc://pull")
    push.connect("inproc://pull")
    loop = asyncio.new_event_loop()
    kept: list[asyncio.Future[Any]] = []

    async def main() -> None:
        kept.append(pull.recv())

    loop.run_until_complete(main())
    loop.close()
    reference = weakref.ref(loop)

    async def after() -> None:
        await push.send(b"x")
        assert await pull.recv() == b"x"

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(after())
        del loop
        kept.clear()
        gc.collect()
    assert reference() is None


def test_closing_a_socket_after_its_loop(context: zmq.asyncio.Context) -> None:
    pull = context.socket(zmq.PULL)

    async def main() -> None:
        pull.recv()

    asyncio.run(main())
    pull.close()
    assert pull.closed


@pytest.mark.parametrize("thread", [False, True], ids=["same thread", "other thread"])
@pytest.mark.parametrize("how", ["close", "shadow", "destroy"])
def test_a_socket_that_is_closed_while_idle_is_not_watched_any_more(
    run: Run, context: zmq.asyncio.Context, pair: Pair, watched: Callable[[], int], turns: Turns, how: str, thread: bool
) -> None:
    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        receiving = pull.recv()
        await push.send(b"x")
        await receiving
        assert watched() == 1  # kept for the next wait
        close = {"close": pull.close, "shadow": zmq.Socket.shadow(pull).close, "destroy": context.destroy}[how]
        if thread:
            await asyncio.get_running_loop().run_in_executor(None, close)
            await turns()
        else:
            close()
        assert watched() == 0

    run(main())


def test_a_socket_that_is_closed_before_the_loop_comes_to_watch_it_ends_what_waits(
    run: Run, context: zmq.asyncio.Context, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    """Uvloop would abort the process if it were told of a descriptor that is closed by now."""

    async def main() -> None:
        pull = context.socket(zmq.PULL)
        fd = pull.fd
        receiving = pull.recv()
        closing = threading.Thread(target=pull.close)
        closing.start()
        closing.join()
        wait_until(lambda: not os.path.exists(f"/proc/self/fd/{fd}"))  # noqa: PTH110 (shorter)
        with pytest.raises(asyncio.CancelledError):
            await receiving

    run(main())


def test_messages_come_when_there_is_no_descriptor_to_watch_the_socket_with(
    run: Run, pair: Pair, monkeypatch: pytest.MonkeyPatch, watched: Callable[[], int], turns: Turns
) -> None:
    def exhausted(*_: object) -> Any:
        raise OSError(errno.EMFILE, "too many open files")

    async def main() -> None:
        pull, push = pair(zmq.PULL, zmq.PUSH)
        receiving = pull.recv()
        await turns()
        assert watched() == 0
        await asyncio.get_running_loop().run_in_executor(None, zmq.Socket.shadow(push).send, b"x")
        assert await receiving == b"x"

    monkeypatch.setattr(os, "dup", exhausted)
    monkeypatch.setattr(kernel, "new_kernel", exhausted)
    run(main())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork")
@pytest.mark.parametrize("module", ["asyncio", "uvloop"])
def test_a_forked_child_does_not_stop_its_parents_socket(run_script: Callable[..., str], module: str) -> None:
    pytest.importorskip(module)
    printed = run_script(
        f"""
        import asyncio, os, {module}
        import zmq.asyncio

        async def receive():
            receiving = pull.recv()
            await push.send(b"x")
            print(await asyncio.wait_for(receiving, 10), flush=True)

        loop = {module}.new_event_loop()
        with zmq.asyncio.Context() as context, context.socket(zmq.PULL) as pull, context.socket(zmq.PUSH) as push:
            pull.bind("inproc://pull")
            push.connect("inproc://pull")
            loop.run_until_complete(receive())
            pid = os.fork()
            if pid == 0:
                pull._engine.park()
                pull.close()
                os._exit(0)
            assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
            loop.run_until_complete(receive())
        loop.close()
        """,
        options=("-W", "error", "-W", "ignore:This process:DeprecationWarning"),  # libzmq's threads do not mind
    )
    assert printed == "b'x'\nb'x'\n"


# ---- shared sockets


def test_a_plain_shadow_does_not_prevent_the_wake_up(run: Run, pair: Pair, turns: Turns) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR, "tcp")
        shadow = zmq.Socket.shadow(b)
        await a.send(b"0")
        await b.recv()
        for number in range(100):
            receiving = b.recv()
            await turns(1)
            await a.send(b"%d" % number)
            while not receiving.done():
                shadow.get(zmq.EVENTS)  # processes what has come, and with it the edge
                shadow.send(b"noise")
                await a.recv()
                await asyncio.sleep(0)
            assert await receiving == b"%d" % number

    run(main())


def test_a_plain_shadow_in_another_thread_does_not_prevent_the_wake_up(run: Run, pair: Pair) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR, "tcp")
        shadow = zmq.Socket.shadow(b)
        stop = threading.Event()

        def disturb() -> None:
            while not stop.is_set():
                shadow.get(zmq.EVENTS)

        disturbing = asyncio.get_running_loop().run_in_executor(None, disturb)
        try:
            for number in range(300):
                receiving = b.recv()
                await a.send(b"%d" % number)
                assert await receiving == b"%d" % number
        finally:
            stop.set()
            await disturbing

    run(main())


def test_two_asynchronous_sockets_may_share_a_c_socket(run: Run, pair: Pair) -> None:
    async def main() -> None:
        a, b = pair(zmq.PAIR, zmq.PAIR, "tcp")
        other = zmq.asyncio.Socket.from_socket(b)
        one_receiving, other_receiving = b.recv(), other.recv()
        await a.send(b"1")
        await a.send(b"2")
        assert {await one_receiving, await other_receiving} == {b"1", b"2"}
        one_receiving.cancel()

    run(main())


def test_a_full_xpub_that_must_not_drop_is_waited_for(run: Run, pair: Pair) -> None:
    async def main() -> None:
        xpub, sub = pair(zmq.XPUB, zmq.SUB, sndhwm=1, rcvhwm=1)
        xpub.xpub_nodrop = True
        sub.subscribe(b"")
        assert await xpub.recv() == b"\x01"
        sending = [xpub.send(b"%d" % number) for number in range(20)]
        assert not sending[-1].done()
        assert [await sub.recv() for _ in range(20)] == [b"%d" % number for number in range(20)]
        await asyncio.gather(*sending)

    run(main())


def test_a_sender_that_is_refused_sleeps_until_there_is_room(
    run: Run, full: tuple[zmq.Socket[bytes], zmq.Socket[bytes]], looks: list[int]
) -> None:
    xpub, sub = full

    async def main() -> None:
        socket = zmq.asyncio.Socket(xpub)
        sending = socket.send(b"last")
        await asyncio.sleep(0.05)
        assert not sending.done()
        assert socket.events & zmq.POLLOUT
        assert len(looks) < 10
        receiving = asyncio.get_running_loop().run_in_executor(None, lambda: list(iter(sub.recv, b"last")))
        await sending
        assert set(await receiving) == {b"full"}

    run(main())


def test_a_full_xpub_is_waited_for_although_other_sockets_consume_the_events(run: Run, pair: Pair) -> None:
    async def main() -> None:
        xpub, sub = pair(zmq.XPUB, zmq.SUB, sndhwm=1, rcvhwm=1)
        xpub.xpub_nodrop = True
        sub.subscribe(b"")
        assert await xpub.recv() == b"\x01"
        shadow = zmq.Socket.shadow(xpub)
        poller = zmq.Poller()  # also watches the socket, which always reports POLLOUT
        poller.register(shadow, zmq.POLLOUT)
        while xpub.send(b"").done():
            pass
        receiver = zmq.Socket.shadow(sub)
        for _ in range(10):
            sending = xpub.send(b"x")
            while not sending.done():
                while receiver.poll(0):
                    receiver.recv()
                    poller.poll(0)
                    shadow.get(zmq.EVENTS)
                await asyncio.sleep(0)

    run(main())


def test_a_loop_that_looks_for_mistakes_finds_none(
    loop: asyncio.AbstractEventLoop, run: Run, context: zmq.asyncio.Context, turns: Turns
) -> None:
    loop.set_debug(True)  # detects calls from other threads, among other mistakes
    loop.slow_callback_duration = 3600

    async def main() -> None:
        pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
        pull.bind("inproc://pull")
        push.connect("inproc://pull")
        shadow = zmq.Socket.shadow(push)
        for _ in range(3):
            receiving = pull.recv()
            await turns()
            await asyncio.get_running_loop().run_in_executor(None, shadow.send, b"x")
            assert await receiving == b"x"
            await push.send(b"y")
            assert await pull.recv() == b"y"
        futures: list[asyncio.Future[Any]] = [pull.recv(), pull.poll()]
        await asyncio.get_running_loop().run_in_executor(None, pull.close)
        await asyncio.wait(futures)
        assert all(future.cancelled() for future in futures)

    run(main())


# ---- contexts, monitors, names


def test_async_with_closes_and_terminates(run: Run) -> None:
    async def main() -> None:
        async with zmq.asyncio.Context() as context:
            async with context.socket(zmq.PULL) as pull:
                receiving = pull.recv()
            assert pull.closed
            assert receiving.cancelled()
        assert context.closed
        with pytest.warns(ResourceWarning, match="unclosed socket"):
            async with zmq.asyncio.Context() as context:
                pull = context.socket(zmq.PULL)
        assert pull.closed
        assert context.closed

    run(main())


def test_a_context_lets_greenlets_run_while_it_terminates(run_script: Callable[..., str], late_endpoint: str) -> None:
    """Threads are greenlets there, and a greenlet that waits in libzmq blocks all greenlets."""
    pytest.importorskip("gevent")
    run_script(f"""
        from gevent import monkey
        monkey.patch_all()
        import asyncio, gevent, zmq, zmq.asyncio
        endpoint = {late_endpoint!r}
        with zmq.Context() as other, other.socket(zmq.PULL) as sink:
            async def main():
                async with zmq.asyncio.Context() as context:
                    with context.socket(zmq.PUSH) as socket:
                        socket.connect(endpoint)
                        await socket.send(b"waited for")
                    gevent.spawn(sink.bind, endpoint)  # not before the context terminates, which waits for it
            asyncio.run(main())
            assert sink.recv() == b"waited for"
    """)


def test_a_context_lets_the_loop_run_while_it_terminates(run: Run, turns: Turns) -> None:
    async def main() -> None:
        context = zmq.asyncio.Context()
        push = context.socket(zmq.PUSH)
        push.linger = 100
        push.connect("tcp://127.0.0.1:9")
        push.send(b"lingers")
        exiting = asyncio.ensure_future(context.__aexit__(None, None, None))
        with pytest.warns(ResourceWarning):
            await turns()
        assert not exiting.done()
        await exiting

    run(main())


def test_a_context_terminates_although_all_threads_of_the_pool_wait_for_it(run: Run) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as pool:
            loop.set_default_executor(pool)
            async with zmq.asyncio.Context() as context:
                synchronous = zmq.Context.shadow(context).socket(zmq.PULL)
                receiving = loop.run_in_executor(None, receive_and_close, synchronous)
            assert await receiving == zmq.ETERM

    def receive_and_close(socket: zmq.Socket[bytes]) -> int | None:
        with socket, pytest.raises(zmq.ContextTerminated) as raised:
            socket.recv()
        return raised.value.errno

    run(main())


def test_a_context_that_waits_for_messages_that_linger_can_be_cancelled(
    run: Run, late_endpoint: str, receive_at: Callable[[str], bytes], terminate: Callable[[zmq.Context], None]
) -> None:
    context: Any = zmq.asyncio.Context()

    async def main() -> None:
        with context.socket(zmq.PUSH) as push:
            push.connect(late_endpoint)
            await push.send(b"lingers")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(context.__aexit__(None, None, None), 0.01)

    run(main())
    assert receive_at(late_endpoint) == b"lingers"
    terminate(context)


def test_contexts_have_an_instance_of_their_own() -> None:
    context = zmq.asyncio.Context.instance()
    assert context is zmq.asyncio.Context.instance()
    assert type(context) is zmq.asyncio.Context
    context.term()
    with zmq.Context.instance() as synchronous:
        assert type(synchronous) is zmq.Context


def test_a_synchronous_socket_becomes_asynchronous(run: Run) -> None:
    async def main() -> None:
        with zmq.Context() as context, context.socket(zmq.PAIR) as a, context.socket(zmq.PAIR) as b:
            a.bind("inproc://a")
            b.connect("inproc://a")
            later = zmq.asyncio.Socket(_from_socket=a)
            receiving = later.recv()
            b.send(b"x")
            assert await receiving == b"x"
            assert zmq.asyncio.Socket.shadow(b).underlying == b.underlying
            later.close()
            assert a.closed

    run(main())


@pytest.mark.parametrize("end", ["disable_monitor", "close"])
def test_what_happens_to_connections_can_be_iterated_over(run: Run, context: zmq.asyncio.Context, end: str) -> None:
    async def main() -> None:
        rep, req = context.socket(zmq.REP), context.socket(zmq.REQ)
        seen: asyncio.Queue[int] = asyncio.Queue()

        async def watch() -> None:
            async for event in rep.monitor_events(zmq.Event.LISTENING | zmq.Event.ACCEPTED):
                seen.put_nowait(event["event"])

        watching = asyncio.ensure_future(watch())
        await asyncio.sleep(0)
        req.connect(f"tcp://127.0.0.1:{rep.bind_to_random_port('tcp://127.0.0.1')}")
        assert await seen.get() == zmq.Event.LISTENING
        assert await seen.get() == zmq.Event.ACCEPTED
        getattr(rep, end)()
        await watching

    run(main())


def test_messages_use_public_names(context: zmq.asyncio.Context) -> None:
    assert repr(context.socket(zmq.PULL)).startswith("<zmq.asyncio.Socket(zmq.PULL) at 0x")
    with zmq.asyncio.Context() as plain:
        assert repr(plain).startswith("<zmq.asyncio.Context() at 0x")


def test_names_of_old_say_that_they_are_needless() -> None:
    with pytest.warns(DeprecationWarning, match="install"):
        zmq.asyncio.install()
    with pytest.warns(DeprecationWarning, match="ZMQEventLoop"):
        loop = zmq.asyncio.ZMQEventLoop()
    assert loop.run_until_complete(asyncio.sleep(0, "works")) == "works"
    loop.close()


@pytest.mark.pypy_skip("references are not counted")
@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="there is no list of descriptors")  # noqa: PTH112
def test_sockets_that_come_one_after_the_other_share_what_their_loop_watches(run: Run, turns: Turns) -> None:
    async def main() -> None:
        with zmq.asyncio.Context() as context:
            after_first = 0
            for _ in range(40):
                socket = context.socket(zmq.PULL)
                await socket.poll(1)
                socket.close()
                del socket
                after_first = after_first or len(os.listdir("/dev/fd"))  # noqa: PTH208
            while len(os.listdir("/dev/fd")) > after_first:  # noqa: PTH208
                await turns()  # until libzmq's reaper has closed the rest

    run(main())


@pytest.mark.pypy_skip("objects are not collected at the end of the process")
def test_what_is_collected_when_modules_have_lost_their_names_reports_no_error(run_script: Callable[..., str]) -> None:
    """As at the end of a process, where a cycle keeps sockets until after that."""
    run_script(
        """
        import asyncio, gc, sys, zmq.asyncio

        async def main():
            context = zmq.asyncio.Context()
            pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
            pull.bind("inproc://a")
            push.connect("inproc://a")
            received = [pull.recv() for _ in range(2)]
            await push.send(b"message")
            await asyncio.wait(received[:1])
            return context, pull, push, received

        context, pull, push, received = asyncio.run(main())
        for name in ("engine", "futures", "results", "returned", "turns", "watch"):
            vars(sys.modules[f"zmq.backend.{name}"]).clear()
        del received
        gc.collect()
        pull.close(), push.close()
        del pull, push
        gc.collect()
        """
    )
