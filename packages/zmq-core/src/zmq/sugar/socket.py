"""``zmq.Socket``: the compiled socket, with typed options, and messages of text, JSON, pickles and custom formats."""

from __future__ import annotations

import itertools
import sys
import warnings
from functools import partial

from zmq import utils  # imports its modules at first use
from zmq.backend.instances import set_declared
from zmq.backend.options import BYTES, kind_of
from zmq.backend.socket import Socket as SocketBase
from zmq.constants import Errno, Event, SocketOption, SocketType
from zmq.error import ZMQBindError, ZMQError
from zmq.sugar.methods import OneMethod
from zmq.sugar.options import SOCKET_OPTIONS, SocketOptions

# Not from typing, and no pickle before it is used: both together take a fifth of the time of ``import zmq``.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeAlias, TypedDict

    from typing_extensions import Buffer, Self, TypeVar, Unpack

    from zmq.backend.pinned import MessageTracker

    _Received = TypeVar("_Received", default=bytes)
    _Frames = TypeVar("_Frames")
    _Object = TypeVar("_Object")

    class _MoreForMessages(TypedDict, total=False):
        """Keyword arguments that send_string() and send_serialized() pass to send() and send_multipart()."""

        track: bool
        routing_id: int | None
        group: str | bytes | None

    class _MoreForFrames(_MoreForMessages, total=False):
        """Keyword arguments that send_pyobj() passes to send()."""

        copy: bool
else:
    _Received = None

__all__ = ["Socket", "SyncSocket"]

_EPHEMERAL_PORTS = (49152, 65536)  # the defaults of bind_to_random_port: the system chooses a port

_monitor_numbers = itertools.count(1)

_PICKLE_PROTOCOL = 5 if sys.version_info >= (3, 14) else 4  # pickle.DEFAULT_PROTOCOL

_decode: Callable[[Any], str] = bytes.decode  # from UTF-8

# The errnos of a bind to a port that is in use.
_TAKEN = (Errno.EADDRINUSE, 13)  # 13, EACCES: Windows reports it for ports bound exclusively


class Socket(SocketOptions, SocketBase[_Received]):
    """A ZeroMQ socket.

    Created by ``context.socket(zmq.PUSH)``.  Options are attributes (``socket.linger = 0``), in lower or upper case.
    Use it in a with statement, or call close() when it is no longer needed.

    Threads may share a socket: calls are serialized, and the frames of a message sent by ``send_multipart`` are not
    mixed with those of other threads.

    libzmq: zmq_socket(3)
    """

    __slots__ = ()

    if not TYPE_CHECKING:
        bind = OneMethod(SocketBase.bind)
        connect = OneMethod(SocketBase.connect)

    # ---- life

    @classmethod
    def shadow(cls, address: int | SocketBase[Any]) -> Self:
        """Return a socket that shares an existing C socket.

        A C socket that zmq did not create is not closed when its last Python object is collected.

        Args:
            address: The address of a C socket, or a Socket.
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
        """Deprecated: use ``type``."""
        warnings.warn("Socket.socket_type is deprecated: use Socket.type", DeprecationWarning, stacklevel=2)
        return self.type

    # ---- options

    if not TYPE_CHECKING:  # with __getattr__ type checkers would accept misspelled options
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
                f" (declare attributes of a subclass of Socket in its body: {name} = None)"
            )
        setattr(self, lower, value)

    def get_string(self, option: int, encoding: str = "utf-8") -> str:
        """Return the value of an option of bytes, decoded.

        Args:
            option: A SocketOption whose value is bytes.
            encoding: The encoding of the text.

        Raises:
            TypeError: The value of the option is an int.
            ValueError: *option* is not a SocketOption.
            UnicodeDecodeError: The value is not text in this encoding.
            ZMQError: The socket was closed, or its type does not have the option.

        libzmq: zmq_getsockopt(3)
        """
        if kind_of(SocketOption(option)) < BYTES:
            raise TypeError(f"{SocketOption(option).name} is an int: get() returns it")
        value: Any = self.get(option)
        return value.decode(encoding)  # type: ignore[no-any-return]  # bytes, as its kind says

    def set_string(self, option: int, optval: str, encoding: str = "utf-8") -> None:
        """Set an option of bytes to encoded text.

        Args:
            option: A SocketOption whose value is bytes.
            optval: The text.
            encoding: The encoding of the text.

        Raises:
            TypeError: *optval* is not a str, or the value of the option is an int.
            ZMQError: The socket was closed, or libzmq refuses the value.

        libzmq: zmq_setsockopt(3)
        """
        if not isinstance(optval, str):
            raise TypeError(f"set_string takes a str: got {optval!r}")
        self.set(option, optval.encode(encoding))

    getsockopt_string = getsockopt_unicode = get_string
    setsockopt_string = setsockopt_unicode = set_string

    def get_hwm(self) -> int:
        """Return sndhwm, the largest number of messages queued for one peer; 0 is no limit."""
        return self.hwm

    def set_hwm(self, value: int) -> None:
        """Set sndhwm and rcvhwm to a number of messages, 0 for no limit; they apply to later binds and connects."""
        self.hwm = value

    # ---- endpoints and monitors

    def bind_to_random_port(self, addr: str, min_port: int = 49152, max_port: int = 65536, max_tries: int = 100) -> int:
        """Bind to a free port.

        Args:
            addr: The endpoint without its port, such as "tcp://127.0.0.1"; or an inproc or ipc name, to which a number
                is appended.
            min_port: The lowest port to try.
            max_port: The highest port to try, plus one.  With both defaults the system chooses a port; inproc and ipc
                need a range.
            max_tries: The number of ports to try, each once, in random order.

        Returns:
            The port.

        Raises:
            ValueError: The range is empty; or both limits have their defaults, and the transport is inproc or ipc.
            ZMQBindError: None of the ports that were tried is free.
            ZMQError: The socket cannot be bound to *addr*, whatever the port.

        libzmq: zmq_bind(3)
        """
        if (min_port, max_port) == _EPHEMERAL_PORTS:
            if str(addr).startswith(("inproc://", "ipc://")):
                raise ValueError(f"the system chooses no ports for {addr!r}: give min_port and max_port")
            self.bind(f"{addr}:*")
            return self._bound_port()
        ports = range(min_port, max_port)
        if max_tries > 0 and not ports:
            raise ValueError(f"there are no ports from {min_port} to {max_port - 1}")
        import random  # late: it slows down ``import zmq``

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
        """Return the port in LAST_ENDPOINT: for port 0, bind() has chosen one."""
        return int(self.last_endpoint.rpartition(b":")[2].partition(b"/")[0])  # a ws endpoint ends with a path

    def get_monitor_socket(self, events: int | None = None, addr: str | None = None) -> Self:
        """Return a PAIR socket that receives the events of this socket's connections.

        Read it with ``zmq.utils.monitor.recv_monitor_message``.  A socket has one monitor socket: later calls return
        the same one, in any thread.  Its last event is MONITOR_STOPPED, sent when this socket is closed and by
        disable_monitor(); close the monitor socket then.  Without MONITOR_STOPPED in *events* poll it with a timeout.
        Closing the monitor socket ends the monitoring.

        Args:
            events: A mask of zmq.Event; None for all events.
            addr: The inproc endpoint to use; None for a new unique one.

        Raises:
            ZMQError: This socket was closed, or *addr* is in use or not an inproc endpoint.

        libzmq: zmq_socket_monitor(3)
        """
        monitor: Any = self._monitor_socket
        if monitor is not None and not monitor.closed:
            return monitor  # type: ignore[no-any-return]  # a context makes sockets of one class
        if addr is None:
            # numbered: libzmq releases the endpoint only some time after disable_monitor()
            addr = f"inproc://monitor.{self.underlying:#x}.{next(_monitor_numbers)}"
        events = Event.ALL if events is None else events
        made: Any = self.context.socket(SocketType.PAIR)
        monitor = None
        try:
            # No limit: at the limit libzmq's I/O thread would wait for the reader, with a lock held.
            made.rcvhwm = 0
            monitor = self._monitor_by(made, addr, events)
        finally:
            if monitor is not made:  # another thread has made the monitor socket, or an error was raised
                made.close(linger=0)
        return monitor  # type: ignore[no-any-return]  # a context makes sockets of one class

    def disable_monitor(self) -> None:
        """Stop the monitoring.  The monitor socket receives MONITOR_STOPPED as its last event.

        libzmq: zmq_socket_monitor(3)
        """
        self._monitor_socket = None
        self.monitor(None, 0)

    # ---- messages of other kinds

    def _deserialize(self, received: _Frames, load: Callable[[_Frames], _Object]) -> _Object:
        """Return ``load(received)``; asynchronous sockets override this, because *received* is a future there."""
        return load(received)

    def send_string(
        self, u: str, flags: int = 0, copy: bool = True, encoding: str = "utf-8", **kwargs: Unpack[_MoreForMessages]
    ) -> MessageTracker | None:
        """Send text as one frame, encoded; otherwise like send().

        Args:
            u: The text.
            flags, copy, kwargs: As for send().
            encoding: The encoding of the frame.

        Raises:
            TypeError: *u* is not a str.
        """
        if not isinstance(u, str):
            raise TypeError(f"send_string takes a str: got {u!r:.60}")
        if kwargs:  # to pass on an empty dict takes as long as to send
            return self.send(u.encode(encoding), flags, copy, **kwargs)
        return self.send(u.encode(encoding), flags, copy)

    def recv_string(self, flags: int = 0, encoding: str = "utf-8") -> str:
        """Receive a frame of text, such as send_string() sends; otherwise like recv().

        Args:
            flags: As for recv().
            encoding: The encoding of the frame.

        Raises:
            UnicodeDecodeError: The frame is not text in this encoding; ``error.object`` holds its bytes.
        """
        load: Callable[[Any], str] = _decode if encoding == "utf-8" else lambda frame: frame.decode(encoding)
        return self._deserialize(self.recv(flags), load)

    send_unicode = send_string
    recv_unicode = recv_string

    def send_json(self, obj: Any, flags: int = 0, **kwargs: Any) -> None:
        """Send an object as one frame of JSON; otherwise like send().

        Args:
            obj: An object that ``json`` can serialize.
            flags: As for send().
            kwargs: ``routing_id`` and ``group`` are passed to send(), the rest to ``json.dumps``.

        Raises:
            TypeError, ValueError: ``json`` cannot serialize *obj*.
        """
        if not kwargs:
            return self.send(utils.jsonapi.dumps(obj), flags)
        routing_id, group = kwargs.pop("routing_id", None), kwargs.pop("group", None)
        return self.send(utils.jsonapi.dumps(obj, **kwargs), flags, routing_id=routing_id, group=group)

    def recv_json(self, flags: int = 0, **kwargs: Any) -> Any:
        """Receive a frame of JSON, and return the object; otherwise like recv().

        Args:
            flags: As for recv().
            kwargs: Passed to ``json.loads``.

        Raises:
            ValueError: The frame is not JSON in UTF-8.  It has been received and is lost.
        """
        loads = utils.jsonapi.loads
        return self._deserialize(self.recv(flags), partial(loads, **kwargs) if kwargs else loads)

    def send_pyobj(
        self, obj: Any, flags: int = 0, protocol: int = _PICKLE_PROTOCOL, **kwargs: Unpack[_MoreForFrames]
    ) -> MessageTracker | None:
        """Send an object as a pickle, in one frame; otherwise like send().

        Use it only between programs that trust each other: a pickle can run any code in the program that loads it.

        Args:
            obj: An object that ``pickle`` can serialize.
            flags: As for send().
            protocol: The pickle protocol.
            kwargs: Passed to send().

        Raises:
            pickle.PicklingError, TypeError, AttributeError: ``pickle`` cannot serialize *obj*.
        """
        import pickle

        return self.send(pickle.dumps(obj, protocol), flags, **kwargs)

    def recv_pyobj(self, flags: int = 0) -> Any:
        """Receive a pickle, and return the object; otherwise like recv().

        Use it only if you trust every peer that can send to this socket: loading a pickle can run any code.

        Args:
            flags: As for recv().

        Raises:
            Exception: The frame is not a pickle, or loading it failed.
        """
        import pickle

        return self._deserialize(self.recv(flags), pickle.loads)

    def send_serialized(
        self,
        msg: _Object,
        serialize: Callable[[_Object], Iterable[Buffer]],
        flags: int = 0,
        copy: bool = True,
        **kwargs: Unpack[_MoreForMessages],
    ) -> MessageTracker | None:
        """Send an object as the frames that *serialize* returns; otherwise like send_multipart().

        Args:
            msg: The object.
            serialize: A function that takes the object and returns the frames of a message.
            flags, copy, kwargs: Passed to send_multipart().
        """
        return self.send_multipart(serialize(msg), flags, copy, **kwargs)

    def recv_serialized(
        self, deserialize: Callable[[list[Any]], _Object], flags: int = 0, copy: bool = True
    ) -> _Object:
        """Receive a message, and return the object that *deserialize* makes of it; otherwise like recv_multipart().

        Args:
            deserialize: A function that takes the list of frames and returns the object.  Its exceptions are passed on;
                the message is lost then.
            flags, copy: Passed to recv_multipart().
        """
        return self._deserialize(self.recv_multipart(flags, copy), deserialize)


SyncSocket: TypeAlias = Socket[bytes]
