from collections.abc import Callable

from zmq.backend.engine import Operation

def expire(operation: Callable[[], Operation | None]) -> None: ...
