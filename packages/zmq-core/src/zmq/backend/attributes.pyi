from typing import Generic, Literal, overload

from typing_extensions import Buffer, Never, Self, TypeVar

from zmq.constants import SocketOption

_Read = TypeVar("_Read")
_Set = TypeVar("_Set")

# What is read differs from what can be set: any buffer for bytes, and nothing at all for an option that is read only.
class Option(Generic[_Read, _Set]):
    @property
    def option(self) -> SocketOption: ...
    @property
    def name(self) -> str: ...
    @property
    def readable(self) -> bool: ...
    @property
    def writable(self) -> bool: ...
    def __init__(self, option: SocketOption, doc: str, *, readable: bool = True, writable: bool = True) -> None: ...
    def __set_name__(self, owner: type, name: str) -> None: ...
    @overload
    def __get__(self, instance: None, owner: type | None = None, /) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type | None = None, /) -> _Read: ...
    def __set__(self, instance: object, value: _Set, /) -> None: ...

class IntOption(Option[int, _Set]):
    kind: int
    @overload
    def __init__(
        self: IntOption[int],
        option: SocketOption,
        doc: str,
        *,
        readable: bool = True,
        writable: Literal[True] = True,
    ) -> None: ...
    @overload
    def __init__(
        self: IntOption[Never], option: SocketOption, doc: str, *, readable: bool = True, writable: Literal[False]
    ) -> None: ...

class BoolOption(Option[int, _Set]):
    kind: int
    @overload
    def __init__(
        self: BoolOption[int],
        option: SocketOption,
        doc: str,
        *,
        readable: bool = True,
        writable: Literal[True] = True,
    ) -> None: ...
    @overload
    def __init__(
        self: BoolOption[Never], option: SocketOption, doc: str, *, readable: bool = True, writable: Literal[False]
    ) -> None: ...

class Int64Option(Option[int, _Set]):
    kind: int
    @overload
    def __init__(
        self: Int64Option[int],
        option: SocketOption,
        doc: str,
        *,
        readable: bool = True,
        writable: Literal[True] = True,
    ) -> None: ...
    @overload
    def __init__(
        self: Int64Option[Never], option: SocketOption, doc: str, *, readable: bool = True, writable: Literal[False]
    ) -> None: ...

class UInt64Option(Option[int, _Set]):
    kind: int
    @overload
    def __init__(
        self: UInt64Option[int],
        option: SocketOption,
        doc: str,
        *,
        readable: bool = True,
        writable: Literal[True] = True,
    ) -> None: ...
    @overload
    def __init__(
        self: UInt64Option[Never], option: SocketOption, doc: str, *, readable: bool = True, writable: Literal[False]
    ) -> None: ...

class BytesOption(Option[bytes, _Set]):
    kind: int
    @overload
    def __init__(
        self: BytesOption[Buffer | None],
        option: SocketOption,
        doc: str,
        *,
        readable: bool = True,
        writable: Literal[True] = True,
    ) -> None: ...
    @overload
    def __init__(
        self: BytesOption[Never], option: SocketOption, doc: str, *, readable: bool = True, writable: Literal[False]
    ) -> None: ...

class TextOption(Option[bytes, _Set]):
    kind: int
    @overload
    def __init__(
        self: TextOption[Buffer | None],
        option: SocketOption,
        doc: str,
        *,
        readable: bool = True,
        writable: Literal[True] = True,
    ) -> None: ...
    @overload
    def __init__(
        self: TextOption[Never], option: SocketOption, doc: str, *, readable: bool = True, writable: Literal[False]
    ) -> None: ...

class KeyOption(Option[bytes, _Set]):
    kind: int
    @overload
    def __init__(
        self: KeyOption[Buffer | None],
        option: SocketOption,
        doc: str,
        *,
        readable: bool = True,
        writable: Literal[True] = True,
    ) -> None: ...
    @overload
    def __init__(
        self: KeyOption[Never], option: SocketOption, doc: str, *, readable: bool = True, writable: Literal[False]
    ) -> None: ...
