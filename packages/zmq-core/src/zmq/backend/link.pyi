from collections.abc import Callable
from typing import Any
from weakref import ref

from zmq.backend.watch import LOOK_AGAIN_S as LOOK_AGAIN_S

class Link:
    def __init__(
        self,
        engine: ref[Any],
        running_loop: Callable[[], Any],
        default_loop: Callable[[], Any],
        hub_of: Callable[[Any], Any],
    ) -> None: ...
