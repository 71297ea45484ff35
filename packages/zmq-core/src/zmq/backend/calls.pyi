from collections.abc import Callable, Iterable
from typing import Any

from zmq.backend.engine import TURN as TURN
from zmq.backend.engine import Engine, Operation
from zmq.backend.socket import Socket

class Call(Operation):
    done: bool

    def wake(self) -> object: ...
    def wait(self) -> Any: ...
    def result(self) -> Any: ...
    def retry(self) -> None: ...
    def abandon(self) -> None: ...

class CallEngine(Engine):
    def __init__(
        self,
        socket: Socket[Any],
        running_loop: Callable[[], Any],
        call_class: Callable[[], Call],
        hub_of: Callable[[Any], Any] | None = None,
        turn: int = 256,
        timeouts: bool = True,
        default_loop: Callable[[], Any] | None = None,
    ) -> None: ...
    def tracked(self, tracker: Any) -> Any: ...
    def recv(self, flags: int = 0, copy: bool = True, track: bool = False) -> Any: ...
    def recv_multipart(self, flags: int = 0, copy: bool = True, track: bool = False) -> Any: ...
    def try_recv_multipart(self, copy: bool = True, track: bool = False) -> list[Any] | None: ...
    def recv_into(self, buffer: Any, *, nbytes: int = 0, flags: int = 0) -> Any: ...
    def send(
        self,
        data: Any,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        routing_id: int | None = None,
        group: str | bytes | None = None,
    ) -> Any: ...
    def send_multipart(
        self,
        msg_parts: Iterable[Any],
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        routing_id: int | None = None,
        group: str | bytes | None = None,
    ) -> Any: ...
    def poll(self, timeout: float | None = None, flags: int = 1) -> Any: ...

class BlockingEngine(CallEngine):
    def in_callback(self) -> bool: ...

def no_loop() -> Any: ...
def itself(loop: Any) -> Any: ...

# The methods of sockets: those of zmq.Socket, whose signatures they have.
recv: Callable[..., Any]
recv_multipart: Callable[..., Any]
recv_into: Callable[..., Any]
send: Callable[..., Any]
send_multipart: Callable[..., Any]
poll: Callable[..., Any]
