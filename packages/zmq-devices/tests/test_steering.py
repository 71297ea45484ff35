"""Steerable proxies execute the commands on their control socket, with every version of libzmq."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest

import zmq
from zmq import devices

ANY_PORT = "tcp://127.0.0.1:*"
JOIN_S = 30.0

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")


class Steered:
    """A steerable proxy between PULL and PUSH, and the sockets connected to it."""

    def __init__(self, form: str, control: tuple[int, int], start: Any, connect: Any) -> None:
        device = getattr(devices, f"{form}ProxySteerable")(zmq.PULL, zmq.PUSH, zmq.PUB, control[0])
        for bind in (device.bind_in, device.bind_out, device.bind_mon, device.bind_ctrl):
            bind(ANY_PORT)
        if control[0] == zmq.SUB:
            device.setsockopt_ctrl(zmq.SUBSCRIBE, b"")
        self.device = start(device)
        self.source, self.sink = connect(zmq.PUSH, device.frontend), connect(zmq.PULL, device.backend)
        self.steering = connect(control[1], device.control)
        if control[0] == zmq.SUB:
            assert self.steering.recv() == b"\x01"

    def pass_one(self, content: bytes = b"12345") -> None:
        """Send a message through the proxy."""
        self.source.send(content)
        assert self.sink.recv() == content


@pytest.fixture
def steered(start: Any, connect: Any) -> Callable[..., Steered]:
    return lambda form, *control: Steered(form, control, start, connect)


@pytest.mark.parametrize(
    "control",
    [(zmq.PAIR, zmq.PAIR), (zmq.PULL, zmq.PUSH), (zmq.SUB, zmq.XPUB), (zmq.DEALER, zmq.DEALER)],
    ids=["PAIR", "PULL", "SUB", "DEALER"],
)
@pytest.mark.parametrize("form", ["Thread", "Process"])
def test_it_pauses_resumes_and_terminates(form: str, control: tuple[int, int], steered: Callable[..., Steered]) -> None:
    proxy = steered(form, *control)
    proxy.pass_one()
    proxy.steering.send(b"PAUSE")
    proxy.source.send(b"later")
    while proxy.sink.poll(100):  # the command has its own connection, so messages may arrive before it
        assert proxy.sink.recv() == b"later"
        proxy.source.send(b"later")
    proxy.steering.send(b"RESUME")
    assert proxy.sink.recv() == b"later"
    proxy.steering.send(b"TERMINATE")
    proxy.device.join(JOIN_S)
    assert proxy.device.done


def test_a_paused_proxy_leaves_messages_with_their_senders(steered: Callable[..., Steered]) -> None:
    proxy = steered("Thread", zmq.REP, zmq.REQ)
    proxy.steering.send(b"PAUSE")
    assert proxy.steering.recv() == b""
    proxy.source.send(b"waits")
    assert not proxy.sink.poll(50)
    assert proxy.device.statistics().frontend_received.messages == 0
    proxy.device.stop()
    proxy.device.join(JOIN_S)
    assert proxy.device.done


@pytest.mark.parametrize("form", ["Thread", "Process"])
def test_a_rep_socket_answers_everything(form: str, steered: Callable[..., Steered]) -> None:
    proxy = steered(form, zmq.REP, zmq.REQ)
    for command in (b"PAUSE", b"RESUME", b"what?", b"", b"TERMINATE"):
        proxy.steering.send(command)
        assert proxy.steering.recv_multipart() == [b""]
    proxy.device.join(JOIN_S)
    assert proxy.device.done


@pytest.mark.parametrize("control", [(zmq.REP, zmq.REQ), (zmq.PAIR, zmq.PAIR)], ids=["REP", "PAIR"])
@pytest.mark.parametrize("form", ["Thread", "Process"])
def test_statistics_are_eight_numbers(form: str, control: tuple[int, int], steered: Callable[..., Steered]) -> None:
    proxy = steered(form, *control)
    proxy.pass_one()
    proxy.pass_one(b"")
    proxy.steering.send(b"STATISTICS")
    numbers = [struct.unpack("=Q", frame)[0] for frame in proxy.steering.recv_multipart()]
    assert numbers[:2] == [2, 5]
    assert numbers[2:6] == [0, 0, 0, 0]
    assert numbers[6:] == [2, 5]


def test_only_a_rep_socket_answers_other_commands(steered: Callable[..., Steered]) -> None:
    proxy = steered("Thread", zmq.PAIR, zmq.PAIR)
    for command in (b"PAUSE", b"RESUME", b"what?", b"STATISTICS"):
        proxy.steering.send(command)
    assert len(proxy.steering.recv_multipart()) == 8
    assert not proxy.steering.poll(0)


@pytest.mark.parametrize("control", [(zmq.PULL, zmq.PUSH), (zmq.SUB, zmq.XPUB)], ids=["PULL", "SUB"])
def test_a_control_socket_that_cannot_reply_does_not_end_it(
    control: tuple[int, int], steered: Callable[..., Steered]
) -> None:
    proxy = steered("Thread", *control)
    proxy.steering.send(b"STATISTICS")
    proxy.steering.send_multipart([b"PAUSE", b"and more"])
    proxy.steering.send(b"RESUME")
    proxy.pass_one()


def test_without_control_it_is_a_proxy(start: Any, connect: Any) -> None:
    device = devices.ThreadProxySteerable(zmq.PULL, zmq.PUSH)
    device.bind_in(ANY_PORT)
    device.bind_out(ANY_PORT)
    start(device)
    source, sink = connect(zmq.PUSH, device.frontend), connect(zmq.PULL, device.backend)
    source.send(b"uncontrolled")
    assert sink.recv() == b"uncontrolled"
