from collections import deque
from collections.abc import Callable
from typing import Any
from weakref import ref

from zmq.backend.socket import Socket

TURN: int

class Delivery: ...
class Operation(Delivery): ...

class Engine:
    receivers: deque[Operation]
    pollers: deque[Operation]
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
