from collections import deque
from collections.abc import Callable
from typing import Any
from weakref import ref

from zmq.backend.returned import Returned
from zmq.backend.socket import Socket
from zmq.backend.watch import LOOK_AGAIN_S as LOOK_AGAIN_S

TURN: int

class Operation: ...

class Engine:
    loop: Any
    hub: Any
    receivers: deque[Operation]
    senders: deque[Operation]
    pollers: deque[Operation]
    returned: Returned
    delivered: int
    received: int
    socket: ref[Any]

    def __init__(
        self,
        socket: Socket[Any],
        running_loop: Callable[[], Any],
        default_loop: Callable[[], Any],
        hub_of: Callable[[Any], Any],
    ) -> None: ...
    @property
    def returned_more(self) -> bool | None: ...
    def holds_message(self) -> bool: ...
    def enter(self) -> Any: ...
    def move(self, loop: Any) -> None: ...
    def park(self) -> None: ...
    def ready(self) -> None: ...
    def woken(self) -> None: ...

def expire(operation: Callable[[], Operation | None]) -> None: ...
