from collections.abc import Callable
from typing import Any
from weakref import ref

from zmq.backend.handle import Watcher
from zmq.backend.socket import Socket

LOOK_AGAIN_S: float

class Watch(Watcher):
    interest: int
    """The events to tell of, a mask; 0 is none."""

    def __init__(self, socket: Socket[Any], callback: Callable[[], object]) -> None: ...
    @property
    def lost(self) -> bool:
        """Whether the socket was closed."""
    @property
    def fd(self) -> int | None: ...
    def events(self) -> int: ...
    def begin_try(self) -> None: ...
    def end_try(self) -> None: ...
    def pause(self) -> float | None: ...
    def close(self) -> None: ...

class Link:
    def __init__(
        self,
        engine: ref[Any],
        running_loop: Callable[[], Any],
        default_loop: Callable[[], Any],
        hub_of: Callable[[Any], Any],
    ) -> None: ...
