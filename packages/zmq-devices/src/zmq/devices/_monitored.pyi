from typing import Any

from zmq.backend.relay import Relay
from zmq.backend.socket import Socket

class MonitoredRelay(Relay):
    def __init__(
        self,
        loop: str,
        frontend: Socket[Any],
        backend: Socket[Any],
        capture: Socket[Any] | None = None,
        control: Socket[Any] | None = None,
        *,
        prefixes: tuple[bytes, bytes],
        stop_fd: int = -1,
        counters: object = None,
    ) -> None: ...
