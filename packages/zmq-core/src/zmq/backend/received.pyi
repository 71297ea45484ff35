from asyncio import Future
from typing import Any

from zmq.backend.engine import Engine

LAZY: bool

class ReusingEngine(Engine): ...
class Message: ...

class Received(Future[Any]):
    def become_real(self) -> None: ...
