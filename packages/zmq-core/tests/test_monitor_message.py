"""Monitor messages: parsed in memory, then received from real sockets."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable

import pytest

import zmq
from zmq.utils.monitor import MonitorMessage, parse_monitor_message, recv_monitor_message


def frames(event: int, value: int, endpoint: bytes = b"tcp://127.0.0.1:5555") -> list[bytes]:
    return [struct.pack("=Hi", event, value), endpoint]


class Socket:
    """A fake monitor socket with one message."""

    def __init__(self) -> None:
        self.flags = -1

    def recv_multipart(self, flags: int = 0) -> list[bytes]:
        self.flags = flags
        return frames(zmq.EVENT_CLOSED, 3)


class AsyncSocket:
    """An asynchronous fake monitor socket."""

    def recv_multipart(self, flags: int = 0) -> Awaitable[list[bytes]]:
        async def receive() -> list[bytes]:
            return Socket().recv_multipart(flags)

        return receive()


CLOSED: MonitorMessage = {"event": zmq.Event.CLOSED, "value": 3, "endpoint": b"tcp://127.0.0.1:5555"}


def test_a_message_is_an_event_a_value_and_an_endpoint() -> None:
    assert parse_monitor_message(frames(zmq.EVENT_CLOSED, 3)) == CLOSED


def test_the_event_has_a_name() -> None:
    assert parse_monitor_message(frames(0x0008, 3))["event"] is zmq.Event.LISTENING


def test_the_value_is_a_number() -> None:
    assert type(parse_monitor_message(frames(zmq.EVENT_LISTENING, 12))["value"]) is int


def test_the_value_can_be_a_protocol_error() -> None:
    message = parse_monitor_message(frames(zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL, 0x11000001))
    assert message["value"] == zmq.PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC


def test_the_value_can_be_negative() -> None:
    assert parse_monitor_message(frames(zmq.EVENT_CLOSED, -1))["value"] == -1


def test_an_event_of_a_later_libzmq_is_kept() -> None:
    assert parse_monitor_message(frames(0x8000, 0))["event"] == 0x8000


def test_the_endpoint_may_be_empty() -> None:
    assert parse_monitor_message(frames(zmq.EVENT_MONITOR_STOPPED, 0, b""))["endpoint"] == b""


def test_any_sequence_of_frames_is_accepted() -> None:
    assert parse_monitor_message(tuple(frames(zmq.EVENT_CLOSED, 3))) == CLOSED


@pytest.mark.parametrize("wrong", [[], [b"\x01"], [b"abcdef"], [b"short", b"x"], [b"abcdef", b"x", b""]], ids=str)
def test_other_messages_are_refused(wrong: list[bytes]) -> None:
    with pytest.raises(RuntimeError, match="not a monitor's message"):
        parse_monitor_message(wrong)


def test_receives_from_a_socket() -> None:
    assert recv_monitor_message(Socket()) == CLOSED


def test_passes_the_flags_on() -> None:
    socket = Socket()
    recv_monitor_message(socket, flags=zmq.DONTWAIT)
    assert socket.flags == zmq.DONTWAIT


def test_receives_from_an_asynchronous_socket() -> None:
    async def receive() -> MonitorMessage:
        return await recv_monitor_message(AsyncSocket())

    assert asyncio.run(receive()) == CLOSED


def test_a_bound_socket_reports_where_it_listens() -> None:
    with zmq.Context() as context, context.socket(zmq.REP) as socket:
        monitor = socket.get_monitor_socket()
        try:
            socket.bind("tcp://127.0.0.1:*")
            message = recv_monitor_message(monitor)
            assert message["event"] is zmq.Event.LISTENING
            assert message["endpoint"] == socket.last_endpoint
            with pytest.raises(zmq.Again):
                recv_monitor_message(monitor, zmq.DONTWAIT)
        finally:
            socket.disable_monitor()
            monitor.close()
