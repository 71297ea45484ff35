import asyncio
from asyncio import Future
from collections.abc import Callable
from typing import Any

from zmq.backend.engine import Engine
from zmq.backend.socket import Socket

class FutureEngine(Engine):
    def __init__(
        self,
        socket: Socket[Any],
        default_loop: Callable[[], asyncio.AbstractEventLoop],
        hub_of: Callable[[asyncio.AbstractEventLoop], Any],
    ) -> None: ...

def failed(loop: asyncio.AbstractEventLoop, error: BaseException) -> Future[Any]: ...

# The methods of sockets: zmq.asyncio.Socket declares their signatures.
recv: Callable[..., Future[Any]]
recv_multipart: Callable[..., Future[Any]]
recv_into: Callable[..., Future[Any]]
send: Callable[..., Future[Any]]
send_multipart: Callable[..., Future[Any]]
poll: Callable[..., Future[Any]]

def deserialize(received: Any, load: Callable[[Any], Any]) -> Any: ...
def iterate(received: Any) -> Any: ...
def waiting_for(socket: Socket[Any], event: int) -> list[Future[Any]]: ...
def holds_message(socket: Socket[Any]) -> bool: ...
def returned_more(socket: Socket[Any]) -> bool | None: ...
