from typing import Any

from zmq.backend.socket import Socket

class Relay:
    def __init__(
        self,
        loop: str,
        frontend: Socket[Any],
        backend: Socket[Any],
        capture: Socket[Any] | None = None,
        control: Socket[Any] | None = None,
        *,
        stop_fd: int = -1,
        counters: object = None,
    ) -> None: ...
    def run(self) -> None: ...
