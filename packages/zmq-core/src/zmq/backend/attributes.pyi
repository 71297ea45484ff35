from typing import Generic, Literal, overload

from typing_extensions import Never, Self, TypeVar

from zmq.constants import SocketOption

_Read = TypeVar("_Read")
_Set = TypeVar("_Set")

def described(
    name: str, doc: str, type_name: str, default: int | bytes | None, readable: bool, writable: bool
) -> str: ...

# What is read may differ from what can be set: nothing at all, for an option that is read only; and bytes | None for an
# option of bytes, as load_certificate() returns them, although None is refused.
class Option(Generic[_Read, _Set]):
    kind: int
    holds: str
    @property
    def option(self) -> SocketOption: ...
    @property
    def name(self) -> str: ...
    @property
    def default(self) -> int | bytes | None: ...
    @property
    def readable(self) -> bool: ...
    @property
    def writable(self) -> bool: ...
    def __init__(
        self, doc: str, *, default: int | bytes | None = None, readable: bool = True, writable: bool = True
    ) -> None: ...
    def __set_name__(self, owner: type, name: str) -> None: ...
    @overload
    def __get__(self, instance: None, owner: type | None = None, /) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type | None = None, /) -> _Read: ...
    def __set__(self, instance: object, value: _Set, /) -> None: ...

class IntOption(Option[int, _Set]):
    @overload
    def __init__(
        self: IntOption[int],
        doc: str,
        *,
        default: int | None = None,
        readable: bool = True,
        writable: Literal[True] = True,
    ) -> None: ...
    @overload
    def __init__(
        self: IntOption[Never],
        doc: str,
        *,
        default: int | None = None,
        readable: bool = True,
        writable: Literal[False],
    ) -> None: ...

class Int64Option(Option[int, _Set]):
    @overload
    def __init__(
        self: Int64Option[int],
        doc: str,
        *,
        default: int | None = None,
        readable: bool = True,
        writable: Literal[True] = True,
    ) -> None: ...
    @overload
    def __init__(
        self: Int64Option[Never],
        doc: str,
        *,
        default: int | None = None,
        readable: bool = True,
        writable: Literal[False],
    ) -> None: ...

class BytesOption(Option[bytes, _Set]):
    @overload
    def __init__(
        self: BytesOption[bytes | None],
        doc: str,
        *,
        default: bytes | None = None,
        readable: bool = True,
        writable: Literal[True] = True,
    ) -> None: ...
    @overload
    def __init__(
        self: BytesOption[Never],
        doc: str,
        *,
        default: bytes | None = None,
        readable: bool = True,
        writable: Literal[False],
    ) -> None: ...

class TopicOption(Option[bytes, bytes | str]): ...

class TextOption(Option[bytes, _Set]):
    @overload
    def __init__(
        self: TextOption[bytes | None],
        doc: str,
        *,
        default: bytes | None = None,
        readable: bool = True,
        writable: Literal[True] = True,
    ) -> None: ...
    @overload
    def __init__(
        self: TextOption[Never],
        doc: str,
        *,
        default: bytes | None = None,
        readable: bool = True,
        writable: Literal[False],
    ) -> None: ...

class KeyOption(Option[bytes, _Set]):
    @overload
    def __init__(
        self: KeyOption[bytes | None],
        doc: str,
        *,
        default: bytes | None = None,
        readable: bool = True,
        writable: Literal[True] = True,
    ) -> None: ...
    @overload
    def __init__(
        self: KeyOption[Never],
        doc: str,
        *,
        default: bytes | None = None,
        readable: bool = True,
        writable: Literal[False],
    ) -> None: ...
