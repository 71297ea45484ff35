"""Threads that share sockets: no message is torn."""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeAlias

import pytest

import zmq

Start: TypeAlias = "Callable[..., Future[Any]]"
MakePair: TypeAlias = "Callable[..., tuple[zmq.Socket, zmq.Socket]]"


# ---- one socket, several threads


def test_one_thread_sends_on_the_socket_another_waits_to_receive_from(make_pair: MakePair, waiting: Start) -> None:
    left, right = make_pair(zmq.PAIR, zmq.PAIR)
    received = waiting(left.recv)
    left.send(b"out")
    assert right.recv() == b"out"
    right.send(b"in")
    assert received.result() == b"in"


def test_two_receivers_share_what_arrives(make_pair: MakePair, waiting: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    receivers = [waiting(lambda: [pull.recv() for _ in range(500)]) for _ in range(2)]
    for number in range(1000):
        push.send(b"%d" % number)
    received = [int(frame) for receiver in receivers for frame in receiver.result()]
    assert sorted(received) == list(range(1000))


def test_each_receiver_gets_its_messages_in_order(make_pair: MakePair, waiting: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    receivers = [waiting(lambda: [int(pull.recv()) for _ in range(300)]) for _ in range(3)]
    for number in range(900):
        push.send(b"%d" % number)
    for receiver in receivers:
        received = receiver.result()
        assert received == sorted(received)


@pytest.mark.parametrize("transport", ["inproc", "tcp"])
@pytest.mark.parametrize("copy", [True, False])
def test_multipart_messages_of_several_threads_never_interleave(
    make_pair: MakePair, background: Start, transport: str, copy: bool
) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH, transport)
    push.copy_threshold = 0

    def send(sender: int) -> None:
        for number in range(60):
            push.send_multipart([b"%d %d %d" % (sender, number, part) for part in range(number + 1)], copy=copy)

    for sender in range(4):
        background(send, sender)
    counts: Counter[int] = Counter()
    for _ in range(4 * 60):
        message = pull.recv_multipart()
        sender, number, _ = map(int, message[0].split())
        assert number == counts[sender]
        assert message == [b"%d %d %d" % (sender, number, part) for part in range(number + 1)]
        counts[sender] += 1


def test_two_receivers_of_multipart_messages_get_whole_ones(make_pair: MakePair, background: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    receivers = [background(lambda: [pull.recv_multipart() for _ in range(200)]) for _ in range(3)]
    for number in range(600):
        push.send_multipart([b"%d" % number] * (1 + number % 40))
    for receiver in receivers:
        for message in receiver.result():
            assert message == [message[0]] * (1 + int(message[0]) % 40)


def test_a_list_of_frames_may_change_while_another_thread_sends_it(make_pair: MakePair, background: Start) -> None:
    # copying a large frame releases the GIL: the list may have changed afterwards
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    frames: list[bytes] = []
    done = threading.Event()

    def change() -> None:
        while not done.is_set():
            frames.clear()
            os.sched_yield()  # releases the GIL
            frames.extend([bytes(300_000)] * 20)
            os.sched_yield()

    changing = background(change)
    sent = 0
    try:
        for _ in range(200):
            try:
                push.send_multipart(frames)
            except IndexError:
                continue  # the queue was empty
            sent += 1
            for frame in pull.recv_multipart():
                assert len(frame) == 300_000
    finally:
        done.set()
    changing.result()


def test_sockets_may_be_used_in_another_thread_than_the_one_that_made_them(
    context: zmq.Context, background: Start
) -> None:
    pull = background(context.socket, zmq.PULL).result()
    push = background(context.socket, zmq.PUSH).result()
    background(pull.bind, "inproc://moved").result()
    background(push.connect, "inproc://moved").result()
    for number in range(20):
        background(push.send, b"%d" % number).result()
        assert background(pull.recv).result() == b"%d" % number
    background(push.close).result()
    background(pull.close).result()


def test_fifty_threads_send_to_one_socket(context: zmq.Context, background: Start) -> None:
    with context.socket(zmq.PULL) as pull:
        pull.bind("inproc://fifty")

        def send(number: int) -> None:
            with context.socket(zmq.PUSH) as push:
                push.connect("inproc://fifty")
                for _ in range(20):
                    push.send_multipart([b"%d" % number, b"tail"])

        for number in range(50):
            background(send, number)
        received = Counter(int(pull.recv_multipart()[0]) for _ in range(1000))
    assert received == dict.fromkeys(range(50), 20)


def test_fifty_threads_wait_on_one_socket(make_pair: MakePair, waiting: Start) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    receivers = [waiting(pull.recv) for _ in range(50)]
    for number in range(50):
        push.send(b"%d" % number)
    assert sorted(int(receiver.result()) for receiver in receivers) == list(range(50))


def test_creating_sockets_does_not_disturb_a_thread_that_iterates_over_the_context(
    context: zmq.Context, background: Start
) -> None:
    def make() -> None:
        for _ in range(15):  # together fewer than MAX_SOCKETS: closed sockets count until libzmq has released them
            made = [context.socket(zmq.PAIR) for _ in range(20)]
            for socket in made:
                socket.close()

    makers = [background(make) for _ in range(3)]
    while not all(maker.done() for maker in makers):
        assert "zmq.Context" in repr(context)
    for maker in makers:
        maker.result()


def test_instance_is_one_context_for_all_threads(background: Start) -> None:
    class Own(zmq.Context):
        pass

    barrier = threading.Barrier(8)

    def get() -> zmq.Context:
        barrier.wait()
        return Own.instance()

    contexts = [result.result() for result in [background(get) for _ in range(8)]]
    assert len({id(context) for context in contexts}) == 1
    contexts[0].term()


def test_options_are_read_and_set_while_another_thread_closes_the_socket(run_script: Callable[..., str]) -> None:
    # in a new process: a call on a closed C socket would crash it
    run_script(
        """
        import errno, sys, threading
        import zmq

        sys.setswitchinterval(1e-6)  # other threads run between any two steps
        context = zmq.Context()

        def make():
            while True:
                try:
                    return context.socket(zmq.DEALER)
                except zmq.ZMQError as error:  # libzmq has not released the closed sockets yet
                    assert error.errno == errno.EMFILE, error

        current, done = [make()], threading.Event()

        def use():
            while not done.is_set():
                socket = current[0]
                try:
                    socket.get(zmq.LAST_ENDPOINT)
                    socket.get(zmq.AFFINITY)
                    socket.set(zmq.ROUTING_ID, b"me")
                except zmq.ZMQError as error:
                    assert error.errno == zmq.ENOTSOCK, error

        threads = [threading.Thread(target=use) for _ in range(2)]
        for thread in threads:
            thread.start()
        for _ in range(30_000):
            socket, current[0] = current[0], make()
            socket.close()
        done.set()
        for thread in threads:
            thread.join()
        current[0].close()
        context.term()
        """
    )


def test_a_context_is_read_and_used_while_another_thread_terminates_it(run_script: Callable[..., str]) -> None:
    # in a new process: a call on a freed C context would crash it
    run_script(
        """
        import sys, threading
        import zmq

        sys.setswitchinterval(1e-6)  # other threads run between any two steps
        current, done = [zmq.Context()], threading.Event()

        def use():
            while not done.is_set():
                context = current[0]
                try:
                    context.set(zmq.MAX_SOCKETS, context.get(zmq.MAX_SOCKETS))
                    context.shutdown()
                except zmq.ZMQError as error:
                    assert error.errno in (zmq.ETERM, zmq.ENOTSUP), error
                except RuntimeError as error:
                    assert "terminated" in str(error), error

        threads = [threading.Thread(target=use) for _ in range(2)]
        for thread in threads:
            thread.start()
        for _ in range(3000):
            context, current[0] = current[0], zmq.Context()
            context.term()
        done.set()
        for thread in threads:
            thread.join()
        current[0].term()
        """
    )


# ---- random operations


@pytest.mark.parametrize("seed", range(3))
def test_random_use_by_many_threads(background: Start, seed: int) -> None:
    """Threads send, receive, poll, close and create sockets at random; only documented errors may occur."""
    print(f"seed {seed}")
    context = zmq.Context()
    slots: list[zmq.Socket] = []
    # A name is bound when sockets connect to it: libzmq may crash in a thread of its own, or in bind(), where a name is
    # bound just after a socket that waited for it was closed.
    names: dict[int, str] = {}
    lock = threading.Lock()

    def make(number: int) -> zmq.Socket:
        # no PAIR: libzmq itself aborts when a PAIR refuses a ROUTER over inproc
        socket = context.socket((zmq.DEALER, zmq.DEALER, zmq.PUSH, zmq.PULL, zmq.ROUTER, zmq.XPUB)[number % 6])
        socket.linger = 0
        socket.hwm = 3
        socket.rcvtimeo = socket.sndtimeo = 1
        return socket

    slots.extend(make(number) for number in range(12))

    def act(worker: int) -> None:
        chance = random.Random(f"{seed} {worker}")
        poller = zmq.Poller()
        for step in range(600):
            socket = chance.choice(slots)
            action = chance.randrange(12)
            try:
                if action == 0:
                    with lock:
                        index = chance.randrange(len(slots))
                        slots[index].bind(f"inproc://{worker}-{step}")
                        names[index] = f"inproc://{worker}-{step}"
                elif action == 1:
                    with lock:
                        if names:
                            slots[chance.randrange(len(slots))].connect(chance.choice(list(names.values())))
                elif action < 5:
                    socket.send_multipart([b"%d %d" % (worker, step)] * chance.randrange(1, 20), copy=False)
                elif action < 8:
                    message = socket.recv_multipart()
                    tail = message[1:] if socket.type == zmq.ROUTER else message
                    assert len(set(tail)) <= 2  # a ROUTER's routing id may have been forwarded
                elif action == 8:
                    socket.poll(1)
                elif action == 9:
                    poller.register(socket, chance.choice([zmq.POLLIN, zmq.POLLOUT, 0]))
                    poller.poll(1)
                elif action == 10:
                    socket.send(b"part", zmq.NOBLOCK)
                elif chance.random() < 0.3:
                    with lock:
                        index = chance.randrange(len(slots))
                        names.pop(index, None)
                        slots[index].close()
                        slots[index] = make(index)
            except zmq.ZMQError:
                for registered, _ in poller.sockets:
                    if registered.closed:
                        poller.unregister(registered)

    workers = [background(act, worker) for worker in range(8)]
    for worker in workers:
        worker.result(40)
    background(context.destroy, linger=0).result()
