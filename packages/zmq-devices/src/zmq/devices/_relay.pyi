from typing import Any

from zmq.backend.socket import Socket

class Prefix: ...

def relay(
    loop: str,
    frontend: Socket[Any],
    backend: Socket[Any],
    capture: Socket[Any] | None = None,
    control: Socket[Any] | None = None,
    *,
    prefixes: tuple[bytes, bytes] | None = None,
    stop_fd: int = -1,
    counters: object = None,
) -> None: ...
