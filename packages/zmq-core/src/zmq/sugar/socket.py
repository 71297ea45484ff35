"""``zmq.Socket``: the compiled socket, with typed options and with messages of other kinds than bytes."""

from __future__ import annotations

import itertools
import pickle
import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict

from zmq import utils  # its tools are imported when they are used
from zmq.backend.instances import set_declared
from zmq.backend.options import BYTES, kind_of
from zmq.backend.socket import Socket as SocketBase
from zmq.constants import Errno, Event, SocketOption, SocketType
from zmq.error import ZMQBindError, ZMQError
from zmq.sugar.methods import OneMethod
from zmq.sugar.options import SOCKET_OPTIONS, SocketOptions

if TYPE_CHECKING:
    from typing_extensions import Buffer, Self, TypeVar, Unpack

    from zmq.backend.pinned import MessageTracker

    _Received = TypeVar("_Received", default=bytes)
else:
    from typing import TypeVar

    _Received = TypeVar("_Received")

_Frames = TypeVar("_Frames")
_Object = TypeVar("_Object")

__all__ = ["Socket", "SyncSocket"]

_EPHEMERAL_PORTS = (49152, 65536)  # the defaults of bind_to_random_port: let the system choose

_monitor_numbers = itertools.count(1)

# What a bind to a port that somebody else has, or may have, fails with.
_TAKEN = (Errno.EADDRINUSE, 13)  # 13: EACCES, on Windows


class _MoreForMessages(TypedDict, total=False):
    """What send_string() and send_serialized() pass on."""

    track: bool
    routing_id: int | None
    group: str | bytes | None


class _MoreForFrames(_MoreForMessages, total=False):
    """What send_pyobj() passes on."""

    copy: bool


class Socket(SocketOptions, SocketBase[_Received]):
    """A ZeroMQ socket.

    Made by ``context.socket(zmq.PUSH)``.  Options are attributes (``socket.linger = 0``), in any case.  Use it in a
    with statement, or close() it.

    Threads may share a socket: calls are serialized, and a message sent by ``send_multipart`` stays together.
    """

    __slots__ = ()

    if not TYPE_CHECKING:
        bind = OneMethod(SocketBase.bind)
        connect = OneMethod(SocketBase.connect)

    # ---- life

    @classmethod
    def shadow(cls, address: int | SocketBase[Any]) -> Self:
        """Return a socket that shares the C socket of another one.

        Args:
            address: The address of a C socket, or a Socket.  A C socket that this library did not make is never closed
                with its last Python object.
        """
        return cls(shadow=address)

    def __copy__(self, memo: object = None) -> Self:
        """Return a shadow of this socket."""
        return self.shadow(self)

    __deepcopy__ = __copy__

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *args: object, **kwargs: object) -> None:
        self.close()

    def __repr__(self) -> str:
        cls = type(self)
        module = cls.__module__.removesuffix(".sugar.socket")
        try:
            kind = f"zmq.{SocketType(self.type).name}"
        except (ValueError, AttributeError):
            kind = "?"
        return f"<{module}.{cls.__name__}({kind}) at {id(self):#x}{' closed' if self.closed else ''}>"

    @property
    def socket_type(self) -> int:
        """The older name of ``type``."""
        warnings.warn("Socket.socket_type is deprecated: use Socket.type", DeprecationWarning, stacklevel=2)
        return self.type

    # ---- options

    if not TYPE_CHECKING:  # checkers would take every typo for an option
        __setattr__ = set_declared

        def __getattr__(self, name: str) -> Any:
            option = SOCKET_OPTIONS.get(name.lower())
            if option is None:
                raise AttributeError(f"{type(self).__name__} has no such option: {name.upper()}")
            try:
                return self.get(option)
            except ZMQError as error:
                if error.errno != Errno.EINVAL:
                    raise
                raise AttributeError(str(error)) from None

    def _set_by_name(self, name: str, value: Any) -> None:
        lower = name.lower()
        if lower == name or lower not in SOCKET_OPTIONS:
            raise AttributeError(
                f"{type(self).__name__} has no such option: {name.upper()}"
                f" (attributes of a subclass of Socket have to be declared in its body: {name} = None)"
            )
        setattr(self, lower, value)

    def get_string(self, option: int, encoding: str = "utf-8") -> str:
        """Return the value of an option that holds bytes, as text.

        Raises:
            TypeError: The option is an int.
            ValueError: There is no such option.
        """
        if kind_of(SocketOption(option)) < BYTES:
            raise TypeError(f"{SocketOption(option).name} is an int: get() returns it")
        value: Any = self.get(option)
        return value.decode(encoding)  # type: ignore[no-any-return]  # bytes, as its kind says

    def set_string(self, option: int, optval: str, encoding: str = "utf-8") -> None:
        """Set an option that takes bytes, from text."""
        if not isinstance(optval, str):
            raise TypeError(f"set_string takes a str: got {optval!r}")
        self.set(option, optval.encode(encoding))

    getsockopt_string = getsockopt_unicode = get_string
    setsockopt_string = setsockopt_unicode = set_string

    def get_hwm(self) -> int:
        """Return sndhwm, the most messages that are queued for one peer."""
        return self.hwm

    def set_hwm(self, value: int) -> None:
        """Set sndhwm and rcvhwm, for later binds and connects."""
        self.hwm = value

    # ---- endpoints and monitors

    def bind_to_random_port(self, addr: str, min_port: int = 49152, max_port: int = 65536, max_tries: int = 100) -> int:
        """Bind to a free port.

        Args:
            addr: The endpoint without its port: "tcp://127.0.0.1", or a name of inproc or ipc, which gets a number.
            min_port: The lowest port to try.
            max_port: One more than the highest.  When neither is given, the system chooses; it can for tcp alone.
            max_tries: Most ports to try, each once.

        Returns:
            The port.

        Raises:
            ValueError: The range is empty, or neither is given for a transport without ports.
            ZMQBindError: None of the tried ports was free.
            ZMQError: *addr* cannot be bound to at all.
        """
        if (min_port, max_port) == _EPHEMERAL_PORTS:
            if str(addr).startswith(("inproc://", "ipc://")):
                raise ValueError(f"the system chooses no ports for {addr!r}: give min_port and max_port")
            self.bind(f"{addr}:*")
            return self._bound_port()
        ports = range(min_port, max_port)
        if max_tries > 0 and not ports:
            raise ValueError(f"there are no ports from {min_port} to {max_port - 1}")
        import random  # late: it takes a while

        for port in random.sample(ports, max(0, min(max_tries, len(ports)))):
            try:
                self.bind(f"{addr}:{port}")
            except ZMQError as error:
                if error.errno not in _TAKEN:
                    raise
            else:
                return self._bound_port()
        raise ZMQBindError(f"no free port for {addr}: tried {max_tries} at most, from {min_port} to {max_port - 1}")

    def _bound_port(self) -> int:
        """Return the number in the last endpoint, which is not always that of bind(): tcp://*:0 is any port."""
        return int(self.last_endpoint.rpartition(b":")[2].partition(b"/")[0])  # of ws it ends in a path

    def get_monitor_socket(self, events: int | None = None, addr: str | None = None) -> Self:
        """Return a PAIR socket that receives what happens to this socket's connections.

        ``zmq.utils.monitor.recv_monitor_message`` reads it.  A socket has one monitor; asking again returns it, in any
        thread.  The last that it receives, after this socket was closed or disable_monitor() called, is
        MONITOR_STOPPED; it is to be closed then.  Where that is not among *events* nothing tells of the end: poll it
        with a timeout.  Closing it before ends the monitoring.

        Args:
            events: Which events, a mask of zmq.Event; None for all.
            addr: The inproc endpoint to use; None makes one up.
        """
        monitor: Any = self._monitor_socket
        if monitor is not None and not monitor.closed:
            return monitor  # type: ignore[no-any-return]  # a context makes sockets of one class
        if addr is None:
            # a number: libzmq gives up an endpoint some time after disable_monitor()
            addr = f"inproc://monitor.{self.underlying:#x}.{next(_monitor_numbers)}"
        events = Event.ALL if events is None else events
        made: Any = self.context.socket(SocketType.PAIR)
        monitor = None
        try:
            # No limit: while nobody reads it, libzmq's I/O thread would wait for room, with a lock held.
            made.rcvhwm = 0
            monitor = self._monitor_by(made, addr, events)
        finally:
            if monitor is not made:  # another thread has brought one, or it has failed
                made.close(linger=0)
        return monitor  # type: ignore[no-any-return]  # a context makes sockets of one class

    def disable_monitor(self) -> None:
        """Stop what get_monitor_socket started: the last that the monitor socket receives is MONITOR_STOPPED."""
        self._monitor_socket = None
        self.monitor(None, 0)

    # ---- messages of other kinds

    def _deserialize(self, received: _Frames, load: Callable[[_Frames], _Object]) -> _Object:
        """Return what *load* makes of a message; sockets that receive later override it."""
        return load(received)

    def send_string(
        self, u: str, flags: int = 0, copy: bool = True, encoding: str = "utf-8", **kwargs: Unpack[_MoreForMessages]
    ) -> MessageTracker | None:
        """Send text, encoded; otherwise like send()."""
        if not isinstance(u, str):
            raise TypeError(f"send_string takes a str: got {u!r:.60}")
        return self.send(u.encode(encoding), flags, copy, **kwargs)

    def recv_string(self, flags: int = 0, encoding: str = "utf-8") -> str:
        """Receive text, as sent by send_string(); otherwise like recv().

        Raises:
            UnicodeDecodeError: It is not in this encoding; the error's ``object`` holds the bytes.
        """
        return self._deserialize(self.recv(flags), lambda frame: frame.decode(encoding))

    send_unicode = send_string
    recv_unicode = recv_string

    def send_json(self, obj: Any, flags: int = 0, **kwargs: Any) -> None:
        """Send an object as JSON.

        Args:
            obj: Anything ``json`` can serialize.
            flags: As for send().
            kwargs: ``routing_id`` and ``group`` go to send(), the rest to ``json.dumps``.
        """
        routing_id, group = kwargs.pop("routing_id", None), kwargs.pop("group", None)
        return self.send(utils.jsonapi.dumps(obj, **kwargs), flags, routing_id=routing_id, group=group)

    def recv_json(self, flags: int = 0, **kwargs: Any) -> Any:
        """Receive an object sent as JSON.

        Args:
            flags: As for recv().
            kwargs: Go to ``json.loads``.
        """
        return self._deserialize(self.recv(flags), lambda frame: utils.jsonapi.loads(frame, **kwargs))

    def send_pyobj(
        self, obj: Any, flags: int = 0, protocol: int = pickle.DEFAULT_PROTOCOL, **kwargs: Unpack[_MoreForFrames]
    ) -> MessageTracker | None:
        """Send an object as a pickle.

        Whoever can send a pickle can run code in the program that reads it: only for peers you trust.

        Args:
            obj: Anything ``pickle`` can serialize.
            flags: As for send().
            protocol: The pickle protocol; the default is what every Python 3 reads.
            kwargs: Go to send().
        """
        return self.send(pickle.dumps(obj, protocol), flags, **kwargs)

    def recv_pyobj(self, flags: int = 0) -> Any:
        """Receive an object sent as a pickle: only from peers you trust, for it may run any code."""
        return self._deserialize(self.recv(flags), pickle.loads)

    def send_serialized(
        self,
        msg: _Object,
        serialize: Callable[[_Object], Iterable[Buffer]],
        flags: int = 0,
        copy: bool = True,
        **kwargs: Unpack[_MoreForMessages],
    ) -> MessageTracker | None:
        """Send an object by your own serialization.

        Args:
            msg: The object.
            serialize: Makes the frames of a message of it.
            flags, copy, kwargs: Go to send_multipart().
        """
        return self.send_multipart(serialize(msg), flags, copy, **kwargs)

    def recv_serialized(
        self, deserialize: Callable[[list[Any]], _Object], flags: int = 0, copy: bool = True
    ) -> _Object:
        """Receive an object by your own serialization.

        Args:
            deserialize: Makes the object of the list of frames.
            flags, copy: Go to recv_multipart().
        """
        return self._deserialize(self.recv_multipart(flags, copy), deserialize)


SyncSocket: TypeAlias = Socket[bytes]
