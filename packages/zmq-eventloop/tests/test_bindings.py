"""What programs for pyzmq import beside the documented names: ``zmq._future``, and names that modules pass on."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

import zmq
import zmq.asyncio
from zmq._future import _Async, _AsyncPoller, _AsyncSocket
from zmq.utils.monitor import recv_monitor_message

Run = Callable[..., Any]
Turns = Callable[..., Any]


class OtherLoop:
    """A loop of another library, with asyncio's underneath."""

    def __init__(self, asyncio_loop: asyncio.AbstractEventLoop) -> None:
        self.asyncio_loop = asyncio_loop


def test_sockets_and_pollers_are_of_the_classes_that_bindings_derive_from() -> None:
    assert issubclass(zmq.asyncio.Socket, _AsyncSocket)
    assert issubclass(zmq.asyncio.Poller, _AsyncPoller)
    assert issubclass(_AsyncSocket, _Async)
    assert issubclass(_AsyncPoller, _Async)
    assert zmq._future._AsyncSocket is _AsyncSocket


def test_a_binding_chooses_the_loop_to_wait_in_where_none_runs(loop: asyncio.AbstractEventLoop) -> None:
    class InOtherLoop:
        __slots__ = ()

        def _default_loop(self) -> OtherLoop:
            return OtherLoop(loop)

    class Socket(InOtherLoop, _AsyncSocket):
        __slots__ = ()

    class Poller(InOtherLoop, _AsyncPoller):
        pass

    class Context(zmq.asyncio.Context):
        _socket_class = Socket

    with Context() as context, context.socket(zmq.PAIR) as a, context.socket(zmq.PAIR) as b:
        a.bind("inproc://a")
        b.connect("inproc://a")
        poller = Poller()
        poller.register(b)
        assert b._get_loop() is loop
        polling, receiving = poller.poll(), b.recv()
        assert {polling.get_loop(), receiving.get_loop()} == {loop}
        loop.run_until_complete(asyncio.ensure_future(a.send(b"x"), loop=loop))
        assert loop.run_until_complete(receiving) == b"x"
        polling.cancel()


def test_the_futures_that_wait_can_be_counted(run: Run, context: zmq.asyncio.Context, turns: Turns) -> None:
    async def main() -> None:
        socket = context.socket(zmq.DEALER)
        waiting: list[asyncio.Future[Any]] = [
            socket.recv(),
            socket.poll(),
            socket.poll(flags=zmq.POLLOUT),
            socket.send(b""),
        ]
        assert len(socket._recv_futures) == len(socket._send_futures) == 2
        for future in waiting:
            future.cancel()
        await turns()
        assert len(socket._recv_futures) == len(socket._send_futures) == 0

    run(main())


def test_zmq_asyncio_passes_on_what_it_waits_with() -> None:
    assert zmq.asyncio.Future is asyncio.Future
    assert zmq.asyncio.SelectorEventLoop is asyncio.SelectorEventLoop
    assert issubclass(zmq.asyncio.ProactorSelectorThreadWarning, RuntimeWarning)


@pytest.mark.filterwarnings("ignore:zmq.eventloop.ioloop is deprecated:DeprecationWarning")
def test_zmq_eventloop_passes_on_tornado_s_names() -> None:
    tornado = pytest.importorskip("tornado.ioloop")
    from zmq import eventloop
    from zmq.eventloop import future, ioloop

    assert eventloop.IOLoop is tornado.IOLoop
    assert "IOLoop" in dir(eventloop)
    assert future.Future is asyncio.Future
    names = {name for name in vars(tornado) if not name.startswith("_")}
    assert [name for name in names if getattr(ioloop, name) is not getattr(tornado, name)] == []


def test_annotations_may_name_zmq_asyncio_where_only_the_monitor_s_module_is_imported() -> None:
    program = """
import zmq
from zmq.utils.monitor import recv_monitor_message
def monitors(socket: zmq.asyncio.Socket) -> None: pass
assert not hasattr(zmq, 'no_such_name')
assert not hasattr(zmq, '__getattr__')  # constants are looked up faster again
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_threads_may_name_zmq_asyncio_at_the_same_time() -> None:
    program = """
import sys
import threading
import zmq.utils.monitor
sys.setswitchinterval(1e-6)
start = threading.Barrier(8)
found = []
def look():
    start.wait()
    found.append(zmq.asyncio.Socket)
threads = [threading.Thread(target=look) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert len(found) == 8
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@pytest.mark.pypy_skip("compiled methods have a class of PyPy's own")
@pytest.mark.parametrize("name", ["send", "send_multipart", "recv", "recv_multipart", "recv_into", "poll"])
def test_a_patched_method_gets_the_socket(context: zmq.asyncio.Context, name: str) -> None:
    with context.socket(zmq.PAIR) as socket, mock.patch.object(zmq.asyncio.Socket, name, autospec=True) as patched:
        getattr(socket, name)(1)
        patched.assert_called_once_with(socket, 1)


@pytest.mark.parametrize("module", ["asyncio", "anyio", "eventloop.zmqstream"])
def test_constants_are_looked_up_as_fast_as_in_a_plain_module(module: str) -> None:
    program = f"import zmq, zmq.{module}; assert not hasattr(zmq, '__getattr__')"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_monitor_messages_are_awaited_where_their_socket_is(run: Run, context: zmq.asyncio.Context) -> None:
    async def main() -> None:
        socket = context.socket(zmq.PULL)
        receiving = recv_monitor_message(socket.get_monitor_socket())
        socket.bind("tcp://127.0.0.1:*")
        message = await receiving
        assert message["event"] == zmq.Event.LISTENING

    run(main())


def test_zmq_asyncio_is_imported_without_tornado() -> None:
    program = "import sys, zmq.asyncio; assert not any(name.startswith('tornado') for name in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
