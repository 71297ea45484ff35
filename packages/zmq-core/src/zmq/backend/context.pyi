from typing import Any, Generic

from typing_extensions import TypeVar

from zmq.backend._context import Closing as Closing
from zmq.backend._context import Context as _Compiled
from zmq.backend._context import ContextHandle as ContextHandle
from zmq.backend.socket import Socket

_Socket = TypeVar("_Socket", bound=Socket[Any], default=Socket[bytes])

class Context(_Compiled, Generic[_Socket]): ...
