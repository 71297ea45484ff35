from typing import Any, Final, Generic, overload

from typing_extensions import Never, Self, TypeVar, Unpack

from zmq.backend.described import Facts
from zmq.constants import ContextOption, SocketOption

_Read = TypeVar("_Read")
_Set = TypeVar("_Set")

class _Facts(Facts, total=False):
    default: int | bytes | None
    readable: bool

# The type that is read differs from the type that can be set: Never for a read-only option; bytes | None for an option
# of bytes, because load_certificate() returns bytes | None.  None is refused at run time.
class Option(Generic[_Read, _Set]):
    kind: int
    """How libzmq stores it."""
    holds: str
    """The type of its value, in words."""
    of_context: bool
    """Whether it is an option of contexts, not of sockets."""
    numbers: type[SocketOption | ContextOption]
    """The numbers of options of its kind, by name."""
    option: Final[SocketOption | ContextOption]
    """Its number."""
    name: Final[str]
    """The name of the attribute, in lower case if it has one."""
    default: Final[int | bytes | None]
    """What it is at first, where that is known."""
    readable: Final[bool]
    """Whether it can be read."""
    writable: Final[bool]
    """Whether it can be set."""
    text: Final[str]
    """What it does."""
    facts: Final[Facts]
    """Its unit, its range and so on."""
    def __init__(self, text: str, *, writable: bool = True, **facts: Unpack[_Facts]) -> None: ...
    @classmethod
    def read_only(cls: type[Option[_Read, Any]], text: str, **facts: Unpack[_Facts]) -> Option[_Read, Never]: ...
    def __set_name__(self, owner: type, name: str) -> None: ...
    @overload
    def __get__(self, instance: None, owner: type | None = None, /) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type | None = None, /) -> _Read: ...
    def __set__(self, instance: object, value: _Set, /) -> None: ...

class IntOption(Option[int, int]):
    """An option that is an int of 32 bits."""

class SwitchOption(Option[int, int]):
    """An option that is 0 or 1."""

class Int64Option(Option[int, int]):
    """An option that is an int of 64 bits."""

class BytesOption(Option[bytes, bytes | None]):
    """An option of bytes that may hold anything."""

class TopicOption(Option[bytes, bytes | str]):
    """An option of bytes that takes text, too."""

class TextOption(Option[bytes, bytes | None]):
    """An option of bytes that hold encoded text."""

class KeyOption(Option[bytes, bytes | None]):
    """An option that is a CURVE key."""

class IntContextOption(Option[int, int]):
    """An option of contexts, which is an int."""
