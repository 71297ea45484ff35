"""How programs use the sockets of event loops, for type checkers: never run, but checked by mypy and pyright."""

from __future__ import annotations

from asyncio import Future

from typing_extensions import assert_type

import zmq
import zmq.anyio
import zmq.asyncio
import zmq.eventloop.future
from zmq.utils.monitor import MonitorMessage, recv_monitor_message


async def asyncio_sockets(socket: zmq.asyncio.Socket, copy: bool) -> None:
    assert_type(await socket.recv(), bytes)
    assert_type(await socket.recv(zmq.NOBLOCK), bytes)
    assert_type(await socket.recv(copy=False), zmq.Frame)
    assert_type(await socket.recv(0, False), zmq.Frame)
    assert_type(await socket.recv(copy=copy), bytes | zmq.Frame)
    receiving: Future[bytes] = socket.recv()
    await receiving
    assert_type(await socket.recv_multipart(), list[bytes])
    assert_type(await socket.recv_multipart(copy=False), list[zmq.Frame])
    assert_type(await socket.recv_multipart(0, False), list[zmq.Frame])
    assert_type(await socket.recv_multipart(copy=copy), list[bytes] | list[zmq.Frame])
    assert_type(await socket.recv_string(), str)
    assert_type(await socket.recv_serialized(lambda _: 1), int)
    assert_type(await socket.send(b""), zmq.MessageTracker | None)
    assert_type(await socket.send_multipart([b""]), zmq.MessageTracker | None)
    assert_type(await socket.poll(), int)
    async for message in socket:
        assert_type(message, list[bytes])


async def asyncio_monitors(socket: zmq.asyncio.Socket, plain: zmq.Socket[bytes]) -> None:
    monitor = socket.get_monitor_socket()
    assert_type(monitor, zmq.asyncio.Socket)
    assert_type(await recv_monitor_message(monitor), MonitorMessage)
    assert_type(recv_monitor_message(plain.get_monitor_socket()), MonitorMessage)
    async for event in socket.monitor_events():
        assert_type(event, MonitorMessage)


async def tornado_sockets(socket: zmq.eventloop.future.Socket) -> None:
    assert_type(await socket.recv(), bytes)
    assert_type(await socket.recv(copy=False), zmq.Frame)
    assert_type(await socket.recv_multipart(), list[bytes])
    assert_type(await socket.recv_multipart(copy=False), list[zmq.Frame])


async def anyio_sockets(socket: zmq.anyio.Socket, copy: bool) -> None:
    assert_type(await socket.recv(), bytes)
    assert_type(await socket.recv(copy=False), zmq.Frame)
    assert_type(await socket.recv(0, False), zmq.Frame)
    assert_type(await socket.recv(copy=copy), bytes | zmq.Frame)
    assert_type(await socket.recv_multipart(), list[bytes])
    assert_type(await socket.recv_multipart(copy=False), list[zmq.Frame])
    assert_type(await socket.recv_string(), str)
    assert_type(await socket.recv_serialized(lambda _: 1), int)
    assert_type(await socket.send(b""), zmq.MessageTracker | None)
    assert_type(await recv_monitor_message(socket.get_monitor_socket()), MonitorMessage)
    async for message in socket:
        assert_type(message, list[bytes])


async def contexts() -> None:
    async with zmq.asyncio.Context() as context, context.socket(zmq.PUB) as socket:
        assert_type(socket, zmq.asyncio.Socket)
    async with zmq.anyio.Context() as other, other.socket(zmq.PUB) as anyio_socket:
        assert_type(anyio_socket, zmq.anyio.Socket)
