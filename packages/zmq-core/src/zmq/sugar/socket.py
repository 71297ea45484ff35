"""``zmq.Socket``: the compiled socket with typed options, random ports and monitors."""

from __future__ import annotations

import itertools
import sys
import warnings

from zmq.backend.instances import set_declared
from zmq.backend.options import BYTES, kind_of
from zmq.backend.socket import Socket as SocketBase
from zmq.constants import Errno, Event, SocketOption, SocketType
from zmq.error import ZMQBindError, ZMQError, for_hasattr
from zmq.sugar.objects import ObjectSocket
from zmq.sugar.options import SOCKET_OPTIONS, SocketOptions

# Not from typing, and no pickle before it is used: both together take a fifth of the time of ``import zmq``.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from typing_extensions import Buffer, Self, TypeVar

    _Received = TypeVar("_Received", default=bytes)
else:
    _Received = None

__all__ = ["Socket", "SyncSocket"]

_EPHEMERAL_PORTS = (49152, 65536)  # the defaults of bind_to_random_port: the system chooses a port

_monitor_numbers = itertools.count(1)

# The errnos of a bind to a port that is in use; 13 is EACCES, which Windows reports for ports bound exclusively.
_TAKEN = (Errno.EADDRINUSE, 13 if sys.platform == "win32" else Errno.EADDRINUSE)


class Socket(SocketOptions, ObjectSocket[_Received]):
    """A ZeroMQ socket.

    Created by ``context.socket(zmq.PUSH)``.  Options are attributes (``socket.linger = 0``), in lower or upper case.
    Use it in a with statement, or call close() when it is no longer needed.

    Threads may share a socket: calls are serialized, and the frames of a message sent by ``send_multipart`` are not
    mixed with those of other threads.

    libzmq: zmq_socket(3)
    """

    __slots__ = ()

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
            kind = self.type._name_  # type: ignore[attr-defined]  # else AttributeError
        except (ValueError, AttributeError, ZMQError):
            kind = "UNKNOWN"
        return f"<{module}.{cls.__name__}(zmq.{kind}) at {hex(id(self))}{' closed>' if self.closed else '>'}"

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
                raise for_hasattr(error) from None

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

    def subscribe(self, topic: Buffer | str) -> None:
        """Subscribe a SUB socket to all messages that begin with a topic prefix.

        Args:
            topic: The prefix, as bytes, or str in UTF-8; b"" subscribes to all messages.

        Raises:
            TypeError: *topic* is neither bytes nor str.
            ZMQError: The socket was closed, or is not a SUB socket (EINVAL).

        libzmq: zmq_setsockopt(3), ZMQ_SUBSCRIBE
        """
        prefix: Any = topic.encode("utf-8") if isinstance(topic, str) else topic
        self.set(SocketOption.SUBSCRIBE, prefix)

    def unsubscribe(self, topic: Buffer | str) -> None:
        """Cancel one subscribe() with the same topic prefix.

        Args:
            topic: The prefix, as bytes, or str in UTF-8.

        Raises:
            TypeError, ZMQError: As for subscribe().

        libzmq: zmq_setsockopt(3), ZMQ_UNSUBSCRIBE
        """
        prefix: Any = topic.encode("utf-8") if isinstance(topic, str) else topic
        self.set(SocketOption.UNSUBSCRIBE, prefix)

    def fileno(self) -> int:
        """Return the descriptor of the socket, ZMQ_FD.

        It is edge-triggered: after it became readable, and before waiting for it again, read EVENTS until nothing is
        ready.

        Raises:
            ZMQError: The socket was closed, or is a thread-safe draft socket, which has no descriptor.

        libzmq: zmq_getsockopt(3), ZMQ_FD
        """
        fd: int = self.get(SocketOption.FD)
        return fd

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
                return port or self._bound_port()
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


SyncSocket: TypeAlias = Socket[bytes]
