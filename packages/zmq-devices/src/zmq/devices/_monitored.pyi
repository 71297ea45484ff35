from typing import Any

from zmq.backend.relay import Relay

class MonitoredRelay(Relay):
    def __init__(self, *args: Any, prefixes: tuple[bytes, bytes], **kwargs: Any) -> None: ...
