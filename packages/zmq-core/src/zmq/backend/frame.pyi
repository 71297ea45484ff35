from typing import Literal, TypeAlias, overload

from zmq.backend._frame import COPY_THRESHOLD as COPY_THRESHOLD
from zmq.backend._frame import Frame as _Compiled
from zmq.backend.pinned import MessageTracker

_FINISHED_TRACKER: MessageTracker
_Bytes: TypeAlias = bytes  # inside Frame, bytes is a property

# Not said here: __getattr__, by which frame.SHARED is frame.get(zmq.SHARED). It would hide every typo.
class Frame(_Compiled):
    def __buffer__(self, flags: int, /) -> memoryview: ...
    @overload
    def get(self, option: int | Literal["routing_id"]) -> int: ...  # type: ignore[overload-overlap]  # one str is special
    @overload
    def get(self, option: str | _Bytes) -> str: ...
    @overload
    def __getitem__(self, key: int | Literal["routing_id"]) -> int: ...  # type: ignore[overload-overlap]  # as in get()
    @overload
    def __getitem__(self, key: str) -> str: ...

Message = Frame
