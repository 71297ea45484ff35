"""Proxies: relays that run until their context is terminated, or the control socket receives TERMINATE."""

from __future__ import annotations

import errno
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any, NamedTuple

import pytest

import zmq

Make = Callable[[int], zmq.Socket]
Background = Callable[..., Future[Any]]


class Queue(NamedTuple):
    """A proxy between REQ and REP sockets, and sockets that use it, in a context of their own."""

    context: zmq.Context
    frontend: zmq.Socket
    backend: zmq.Socket
    client: zmq.Socket
    worker: zmq.Socket

    def round_trip(self) -> None:
        """Send a request through the proxy, and a reply back: then the proxy runs."""
        self.client.send(b"question")
        assert self.worker.recv() == b"question"
        self.worker.send(b"answer")
        assert self.client.recv() == b"answer"


@pytest.fixture
def queue(background: Background) -> Iterator[Queue]:
    with zmq.Context() as context:
        context.linger = 0
        context.rcvtimeo = context.sndtimeo = 10_000
        sockets = [context.socket(kind) for kind in (zmq.ROUTER, zmq.DEALER, zmq.REQ, zmq.REP)]
        queue = Queue(context, *sockets)
        queue.frontend.bind("inproc://frontend")
        queue.backend.bind("inproc://backend")
        queue.client.connect("inproc://frontend")
        queue.worker.connect("inproc://backend")
        yield queue
        context.destroy()


def test_a_proxy_passes_messages_both_ways_until_its_context_is_terminated(
    queue: Queue, background: Background
) -> None:
    proxy = background(zmq.proxy, queue.frontend, queue.backend)
    queue.round_trip()
    queue.round_trip()
    queue.context.shutdown()
    assert isinstance(proxy.exception(), zmq.ContextTerminated)


def test_destroying_the_context_stops_a_proxy_and_closes_its_sockets(queue: Queue, background: Background) -> None:
    proxy = background(zmq.proxy, queue.frontend, queue.backend)
    queue.round_trip()
    queue.context.destroy()
    assert isinstance(proxy.exception(), zmq.ContextTerminated)
    assert queue.frontend.closed
    assert queue.backend.closed


@pytest.mark.parametrize("kind", [zmq.PUB, zmq.PUSH, zmq.PAIR])
def test_capture_gets_a_copy_of_everything(queue: Queue, background: Background, kind: int) -> None:
    capture = queue.context.socket(kind)
    capture.bind("inproc://capture")
    seen = queue.context.socket({zmq.PUB: zmq.SUB, zmq.PUSH: zmq.PULL, zmq.PAIR: zmq.PAIR}[zmq.SocketType(kind)])
    if kind == zmq.PUB:
        seen.subscribe(b"")
    seen.connect("inproc://capture")
    proxy = background(zmq.proxy, queue.frontend, queue.backend, capture)
    queue.round_trip()
    assert [seen.recv_multipart()[-1], seen.recv_multipart()[-1]] == [b"question", b"answer"]
    queue.context.destroy()
    proxy.exception()


def test_other_threads_get_an_error_while_a_socket_is_inside(queue: Queue, background: Background) -> None:
    proxy = background(zmq.proxy, queue.frontend, queue.backend)
    queue.round_trip()
    uses: list[Callable[[], object]] = [
        lambda: queue.frontend.send(b""),
        queue.frontend.recv,
        lambda: queue.frontend.poll(0),
        lambda: queue.frontend.bind("inproc://another"),
        lambda: queue.frontend.linger,
        lambda: setattr(queue.frontend, "linger", 0),
        queue.frontend.close,
        lambda: zmq.zmq_poll([(queue.backend, zmq.POLLIN)], 0),
        lambda: zmq.Socket.shadow(queue.backend),
        lambda: zmq.proxy(queue.frontend, queue.backend),
    ]
    for use in uses:
        with pytest.raises(zmq.ZMQError, match=r"inside zmq\.proxy, in another thread") as caught:
            use()
        assert caught.value.errno == zmq.EMTHREAD
    assert not queue.frontend.closed
    queue.round_trip()
    queue.context.shutdown()
    proxy.exception()


def test_a_waiting_thread_is_woken_when_its_socket_enters_a_proxy(
    queue: Queue, background: Background, waiting: Background
) -> None:
    received = waiting(queue.frontend.recv)
    proxy = background(zmq.proxy, queue.frontend, queue.backend)
    error = received.exception()
    assert isinstance(error, zmq.ZMQError)
    assert error.errno == zmq.EMTHREAD
    queue.context.shutdown()
    proxy.exception()


def test_two_objects_for_one_socket_make_a_proxy(queue: Queue, background: Background) -> None:
    queue.client.close()
    proxy = background(zmq.proxy, queue.backend, zmq.Socket.shadow(queue.backend))
    queue.context.shutdown()
    assert isinstance(proxy.exception(), zmq.ContextTerminated)


def test_sockets_can_be_used_again_after_a_proxy(queue: Queue, background: Background, sockets: Make) -> None:
    control, remote = sockets(zmq.PAIR), sockets(zmq.PAIR)
    control.bind("inproc://control")
    remote.connect("inproc://control")
    proxy = background(zmq.proxy_steerable, queue.frontend, queue.backend, None, control)
    queue.round_trip()
    remote.send(b"TERMINATE")
    proxy.result()
    queue.client.send(b"question")
    assert queue.frontend.recv_multipart()[-1] == b"question"


def test_a_steerable_proxy_pauses_and_resumes(queue: Queue, background: Background, sockets: Make) -> None:
    control, remote = sockets(zmq.PAIR), sockets(zmq.PAIR)
    control.bind("inproc://control")
    remote.connect("inproc://control")
    proxy = background(zmq.proxy_steerable, queue.frontend, queue.backend, None, control)
    queue.round_trip()
    remote.send(b"PAUSE")
    remote.send(b"RESUME")
    queue.round_trip()
    remote.send(b"TERMINATE")
    assert proxy.result() == 0


def test_a_steerable_proxy_tells_its_statistics(queue: Queue, background: Background, sockets: Make) -> None:
    control, remote = sockets(zmq.REP), sockets(zmq.REQ)
    control.bind("inproc://control")
    remote.connect("inproc://control")
    proxy = background(zmq.proxy_steerable, queue.frontend, queue.backend, None, control)
    queue.round_trip()
    remote.send(b"STATISTICS")
    statistics = [struct.unpack("=Q", frame)[0] for frame in remote.recv_multipart()]
    assert len(statistics) == 8
    # received and sent at the frontend, then at the backend: messages and bytes of each
    assert [statistics[0], statistics[2], statistics[4], statistics[6]] == [1, 1, 1, 1]
    remote.send(b"TERMINATE")
    proxy.result()


@pytest.mark.parametrize("kind", [zmq.QUEUE, zmq.FORWARDER, zmq.STREAMER])
def test_a_device_is_a_proxy(queue: Queue, background: Background, kind: int) -> None:
    device = background(zmq.device, kind, queue.frontend, queue.backend)
    queue.round_trip()
    queue.context.shutdown()
    assert isinstance(device.exception(), zmq.ContextTerminated)


@pytest.mark.parametrize("kind", [None, "QUEUE", -1])
def test_the_type_of_a_device_is_not_looked_at(context: zmq.Context, kind: Any) -> None:
    closed = context.socket(zmq.PAIR)
    closed.close()
    with pytest.raises(zmq.ZMQError) as caught:
        zmq.device(kind, closed, closed)
    assert caught.value.errno == errno.EFAULT


def test_a_device_with_one_socket_sends_back(background: Background) -> None:
    with zmq.Context() as context:
        context.linger = 0
        both, peer = context.socket(zmq.DEALER), context.socket(zmq.DEALER)
        both.bind("inproc://echo")
        peer.connect("inproc://echo")
        device = background(zmq.device, zmq.QUEUE, both)
        peer.send(b"echo")
        assert peer.recv() == b"echo"
        context.destroy()
        assert isinstance(device.exception(), zmq.ContextTerminated)


@pytest.mark.parametrize("bad", [None, "socket", 3])
def test_a_proxy_refuses_other_objects_than_sockets(sockets: Make, bad: Any) -> None:
    pull = sockets(zmq.PULL)
    with pytest.raises(TypeError):
        zmq.proxy(bad, pull)
    with pytest.raises(TypeError):
        zmq.proxy(pull, bad)
    assert not pull.poll(0)


@pytest.mark.parametrize("order", [1, -1], ids=["backend", "frontend"])
@pytest.mark.parametrize("loop", [zmq.proxy, zmq.proxy_steerable, lambda *sockets: zmq.device(zmq.QUEUE, *sockets)])
def test_a_closed_socket_is_refused_and_the_other_one_stays_usable(
    sockets: Make, loop: Callable[..., None], order: int
) -> None:
    open_socket, closed = sockets(zmq.PULL), sockets(zmq.PUSH)
    closed.close()
    with pytest.raises(zmq.ZMQError, match="closed") as caught:
        loop(*(open_socket, closed)[::order])
    assert caught.value.errno == errno.EFAULT
    assert not open_socket.poll(0)


def test_a_closed_capture_or_control_socket_is_refused(sockets: Make) -> None:
    frontend, backend, closed = sockets(zmq.PULL), sockets(zmq.PUSH), sockets(zmq.PUB)
    closed.close()
    for others in ((closed,), (None, closed)):
        with pytest.raises(zmq.ZMQError, match="closed") as caught:
            zmq.proxy_steerable(frontend, backend, *others)
        assert caught.value.errno == zmq.ENOTSOCK
    assert not frontend.poll(0)


def _restart(loop: Callable[..., None], *sockets: zmq.Socket) -> zmq.ZMQError:
    """Restart a proxy whenever it ends, until one of its sockets is closed."""
    while True:
        try:
            loop(*sockets)
        except zmq.ContextTerminated:
            pass
        except zmq.ZMQError as error:
            return error


@pytest.mark.parametrize("loop", [zmq.proxy, zmq.proxy_steerable, lambda *sockets: zmq.device(zmq.QUEUE, *sockets)])
@pytest.mark.parametrize("threads", [1, 3])
def test_a_proxy_that_is_restarted_leaves_closed_sockets_closed(
    queue: Queue, background: Background, loop: Callable[..., None], threads: int
) -> None:
    restarting = background(_restart, loop, queue.frontend, queue.backend)
    queue.round_trip()
    for ending in [background(queue.context.destroy) for _ in range(threads)]:
        ending.result()
    assert restarting.result().errno == errno.EFAULT
    assert queue.frontend.closed
    assert queue.backend.closed


def test_contexts_are_destroyed_by_two_threads_while_proxies_are_restarted(run_script: Callable[..., str]) -> None:
    # in a new process: an abort of libzmq would end it
    run_script(
        """
        import sys, threading, zmq
        sys.setswitchinterval(1e-6)  # other threads run between any two steps
        for _ in range(200):
            context = zmq.Context()
            front, back = context.socket(zmq.DEALER), context.socket(zmq.DEALER)
            inside = threading.Event()
            def run():
                while not (front.closed and back.closed):
                    inside.set()
                    try:
                        zmq.proxy(front, back)
                    except zmq.ZMQError:
                        pass
            def destroy():
                inside.wait()
                context.destroy(linger=0)
            threads = [threading.Thread(target=function) for function in (run, destroy, destroy)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert front.closed and back.closed
        """
    )
