"""Threads that use the same objects at the same time, which they do where there is no GIL: nothing breaks."""

from __future__ import annotations

import copy
import random
import sysconfig
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol, TypeAlias

import pytest

import zmq

Start: TypeAlias = "Callable[..., Future[Any]]"
MakePair: TypeAlias = "Callable[..., tuple[zmq.Socket, zmq.Socket]]"

THREADS = 4
ROUNDS = 1500
"""How often each thread does its work: enough to break within a few runs what is not guarded."""

HAS_NO_GIL = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


class AtOnce(Protocol):
    """The fixture ``at_once``."""

    def __call__(self, step: Callable[[random.Random, int], object], rounds: int = ROUNDS) -> None: ...


@pytest.fixture
def at_once(background: Start) -> AtOnce:
    """Return a function that runs a step in several threads, many times each; Again is no failure."""

    def at_once(step: Callable[[random.Random, int], object], rounds: int = ROUNDS) -> None:
        ready = threading.Barrier(THREADS)

        def work(thread: int) -> None:
            chance = random.Random(thread)
            ready.wait()
            for _ in range(rounds):
                try:
                    step(chance, thread)
                except zmq.Again:
                    pass

        for done in [background(work, thread) for thread in range(THREADS)]:
            done.result(90)

    return at_once


@pytest.mark.skipif(not HAS_NO_GIL, reason="this Python has a GIL")
def test_import_keeps_the_gil_off(run_script: Callable[..., str]) -> None:
    out = run_script(
        """
        import importlib, pathlib, sys, zmq.backend
        for path in pathlib.Path(zmq.backend.__file__).parent.iterdir():
            if path.suffix in {".so", ".pyd"}:
                importlib.import_module("zmq.backend." + path.name.partition(".")[0])
        compiled = [name for name in sys.modules if name.startswith("zmq.backend.")]
        print(len(compiled) > 20, sys._is_gil_enabled())
        """
    )
    assert out == "True False\n"


def test_messages_through_shared_sockets_stay_whole_and_none_is_lost(make_pair: MakePair, background: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    sizes = (10, 70_000, 300_000)  # copied, lent to libzmq, and copied while other threads run

    def send(sender: int) -> None:
        for number in range(150):
            push.send_multipart([b"%d" % sender * sizes[number % 3]] * 3, copy=number % 2 == 0)

    def receive() -> list[bytes]:
        senders = []
        for number in range(150):
            frames = [bytes(frame) for frame in pull.recv_multipart(copy=number % 2 == 0)]
            assert len(frames) == 3
            assert frames[0] == frames[1] == frames[2]
            assert len(set(frames[0])) == 1
            senders.append(frames[0][:1])
        return senders

    sending = [background(send, sender) for sender in range(THREADS)]
    receiving = [background(receive) for _ in range(THREADS)]
    counts = Counter(sender for one in receiving for sender in one.result(90))
    assert counts == {b"%d" % sender: 150 for sender in range(THREADS)}
    for one in sending:
        one.result()


def test_a_list_that_other_threads_change_can_be_sent(make_pair: MakePair, at_once: AtOnce) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    frames = [b"x"] * 10

    def step(chance: random.Random, thread: int) -> None:
        if thread == 0:
            del frames[: chance.randrange(10)]
            frames.extend([b"x" * chance.randrange(1, 50)] * 10)
            del frames[20:]
        elif thread == 1:
            pull.recv_multipart(zmq.NOBLOCK)
        elif frames:
            push.send_multipart(frames or [b""], zmq.NOBLOCK)

    at_once(step)


def test_a_frame_is_read_copied_and_sent_at_once(make_pair: MakePair, at_once: AtOnce) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    content = bytes(100_000)
    frame = zmq.Frame(content, copy=False, track=True)

    def step(chance: random.Random, _: int) -> None:
        action = chance.randrange(5)
        if action == 0:
            assert frame.bytes == content
        elif action == 1:
            assert frame.buffer.nbytes == len(memoryview(frame)) == len(frame)
        elif action == 2:
            assert len(copy.copy(frame)) == len(content)
        elif action == 3:
            push.send(frame, copy=False)
        else:
            assert pull.recv(zmq.NOBLOCK) == content

    at_once(step)


@pytest.mark.pypy_skip("references are not counted")
def test_pinned_memory_is_released_by_whichever_thread_comes_first(make_pair: MakePair, at_once: AtOnce) -> None:
    pairs = [make_pair(zmq.PULL, zmq.PUSH) for _ in range(THREADS)]
    same = bytes(70_000)  # pinned by all of them

    def step(chance: random.Random, thread: int) -> None:
        pull, push = pairs[thread]
        data = bytearray(70_000)
        tracker = push.send(data, copy=False, track=True)
        push.send(same)
        received = pull.recv(copy=chance.random() < 0.5)
        assert len(received) == len(data)
        del received
        assert pull.recv() == same
        assert tracker is not None
        tracker.wait(60)
        data.append(0)  # not pinned any more

    at_once(step, 300)


def test_a_poller_is_shared_and_its_sockets_are_registered_and_used_meanwhile(
    make_pair: MakePair, at_once: AtOnce
) -> None:
    pairs = [make_pair(zmq.PULL, zmq.PUSH) for _ in range(THREADS)]
    shared = zmq.Poller()
    for pull, _ in pairs:
        shared.register(pull, zmq.POLLIN)

    def step(chance: random.Random, thread: int) -> None:
        poller = shared
        if chance.random() < 0.5:
            poller = zmq.Poller()
            for pull, _ in pairs:
                poller.register(pull, zmq.POLLIN)
        elif chance.random() < 0.2:
            shared.register(pairs[thread][0], zmq.POLLIN)
        pairs[chance.randrange(THREADS)][1].send(b"news", zmq.NOBLOCK)
        for socket, events in poller.poll(1):
            assert events == zmq.POLLIN
            assert isinstance(socket, zmq.Socket)
            socket.recv(zmq.NOBLOCK)

    at_once(step, 400)


def test_sockets_are_closed_while_others_use_them(context: zmq.Context, at_once: AtOnce) -> None:
    def make() -> zmq.Socket:
        return context.socket(zmq.PAIR)

    box = [make()]
    lock = threading.Lock()

    def step(chance: random.Random, thread: int) -> None:
        socket = box[0]
        try:
            if chance.random() < 0.1:
                socket.close()
                with lock:
                    if box[0] is socket:
                        box[0] = make()
                return
            action = chance.randrange(6)
            if action == 0:
                socket.send(b"x", zmq.NOBLOCK)
            elif action == 1:
                socket.recv_multipart(zmq.NOBLOCK)
            elif action == 2:
                assert socket.rcvtimeo == -1
            elif action == 3:
                socket.poll(0)
            elif action == 4:
                zmq.Socket.shadow(socket).linger = 0
            else:
                repr(socket)
        except zmq.Again:
            pass
        except (zmq.ZMQError, TypeError):  # TypeError: there are no shadows of closed sockets
            assert socket.closed

    at_once(step)
    box[0].close()


def test_contexts_come_and_go(at_once: AtOnce) -> None:
    def step(chance: random.Random, _: int) -> None:
        context = zmq.Context()
        pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
        pull.bind("inproc://x")
        push.connect("inproc://x")
        push.send(b"x")
        assert pull.recv() == b"x"
        if chance.random() < 0.5:
            pull.close()
            push.close()
            context.term()
        else:
            context.destroy(0)

    at_once(step, 40)


def test_a_context_is_terminated_by_several_threads_while_others_make_sockets(background: Start) -> None:
    for _ in range(30):
        context = zmq.Context()
        start, ending = threading.Barrier(THREADS), threading.Event()

        def make(
            context: zmq.Context = context, start: threading.Barrier = start, ending: threading.Event = ending
        ) -> None:
            start.wait()
            try:
                while True:
                    context.socket(zmq.PAIR).close(0)
            except zmq.ZMQError:
                assert context.closed or ending.is_set()

        def end(
            context: zmq.Context = context, start: threading.Barrier = start, ending: threading.Event = ending
        ) -> None:
            start.wait()
            ending.set()
            context.term()

        for done in [background(work) for work in (make, make, end, end)]:
            done.result()
        assert context.closed
