"""``zmq.Context``: the compiled context, with its sockets and the default options of new sockets."""

from __future__ import annotations

import os
import warnings
from _thread import RLock
from importlib import import_module
from weakref import ref

from zmq.backend.context import Context as ContextBase
from zmq.backend.instances import set_declared
from zmq.constants import ContextOption, Errno
from zmq.error import ZMQError, for_hasattr
from zmq.sugar.options import CONTEXT_OPTIONS, SOCKET_OPTIONS, ContextOptions, SocketOptions
from zmq.sugar.socket import Socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, ClassVar, TypeAlias, overload

    from typing_extensions import Self, TypeVar

    _Socket = TypeVar("_Socket", bound=Socket[Any], default=Socket[bytes])
    _Other = TypeVar("_Other", bound=Socket[Any])
else:
    _Socket = None

__all__ = ["Context", "SyncContext"]

_making_instances: dict[int, RLock] = {}  # by process id: a fork may copy a lock that another thread holds


class Context(ContextOptions, SocketOptions, ContextBase[_Socket]):
    """Creates sockets, and runs the I/O threads that carry their messages.

    Socket options are attributes of the context, too: ``context.linger = 0`` sets the default for sockets created
    afterwards.  Use the context in a with statement, or call term() when it is no longer needed.  Any thread may use
    a context.

    Args:
        io_threads: Number of I/O threads: 0 suffices for inproc, and one carries about a gigabyte per second.
        shadow: The address of a C context, or a Context, to share instead of creating a new C context.

    Raises:
        ZMQError: libzmq refuses the number of threads, or no descriptors are left.

    Example::

        with zmq.Context() as context:
            context.linger = 1000
            with context.socket(zmq.PUSH) as push:
                assert push.linger == 1000

    libzmq: zmq_ctx_new(3)
    """

    __slots__ = ("_sockets", "sockopts")

    _sockets: set[ref[Socket[Any]]]
    sockopts: dict[int, int | bytes]

    _socket_class: ClassVar[Callable[..., Any]] = Socket
    _instance: ClassVar[Any] = None  # a subclass with its own instance() sets this to None

    def __init__(self, io_threads: int | ContextBase[Any] = 1, shadow: int | ContextBase[Any] = 0) -> None:
        if isinstance(io_threads, ContextBase):  # Context(other) is a shadow of it
            io_threads, shadow = 1, io_threads
        super().__init__(io_threads, shadow)
        self._sockets = set()
        self.sockopts = dict(shadow.sockopts) if isinstance(shadow, Context) else {}

    @classmethod
    def instance(cls, io_threads: int = 1) -> Self:
        """Return the shared context of this process.

        It is created at the first call, after it was terminated, and after a fork.  A subclass returns the shared
        context of its base class if that exists, unless the subclass declares ``_instance = None``.  Any thread may
        call this; so may signal handlers and finalizers.

        Args:
            io_threads: Number of I/O threads, if a context is created.
        """
        shared = cls._instance
        if shared is not None and not shared.closed:
            return shared  # type: ignore[no-any-return]  # of cls, or of a base class
        with _making_instances.setdefault(os.getpid(), RLock()):
            shared = cls._instance
            if shared is None or shared.closed:
                made = cls(io_threads=io_threads)
                shared = cls._instance
                if shared is None or shared.closed:
                    cls._instance = shared = made
                else:  # a signal handler or finalizer in this thread has created one: the RLock admits it
                    made.destroy(linger=0)
            return shared  # type: ignore[no-any-return]  # of cls, or of a base class

    @classmethod
    def shadow(cls, address: int | ContextBase[Any]) -> Self:
        """Return a context that shares an existing C context.

        A C context that zmq did not create is not terminated when its last Python object is collected.

        Args:
            address: The address of a C context, or a Context.

        Raises:
            ZMQError: *address* is a Context that was terminated or inherited through fork.
        """
        return cls(shadow=address)

    @classmethod
    def shadow_pyczmq(cls, ctx: Any) -> Self:
        """Return a context that shares the C context of a pyczmq context.

        Args:
            ctx: A context of pyczmq.

        Raises:
            ImportError: pyczmq, an old binding, is not installed.
        """
        zctx: Any = import_module("pyczmq.zctx")
        return cls(shadow=zctx.underlying(ctx))

    def __copy__(self, memo: object = None) -> Self:
        """Return a shadow of this context."""
        return self.shadow(self)

    __deepcopy__ = __copy__

    def __enter__(self) -> Self:
        return self

    def __exit__(self, exc_type: object, exc_value: object, traceback: object) -> None:
        try:
            self._warn_of_open_sockets(stacklevel=3)
        finally:
            self.destroy()

    def __repr__(self) -> str:
        cls = type(self)
        module = cls.__module__.removesuffix(".sugar.context")
        count = len(self._open_sockets())
        sockets = "1 socket" if count == 1 else f"{count} sockets" if count else ""
        return f"<{module}.{cls.__name__}({sockets}) at {hex(id(self))}{' closed>' if self.closed else '>'}"

    def _open_sockets(self) -> list[Socket[Any]]:
        # A list first: other threads may create sockets during the iteration.  Without __init__ there is no set.
        known = [*getattr(self, "_sockets", ())]
        return [socket for each in known if (socket := each()) is not None and not socket.closed]

    def _sockets_to_close(self) -> list[Socket[Any]]:
        kept_open = self._kept_open  # term() closes these last, when no other socket can receive
        return [socket for socket in self._open_sockets() if socket not in kept_open]

    if not TYPE_CHECKING:  # with __getattr__ type checkers would accept misspelled options
        __setattr__ = set_declared

        def __getattr__(self, name: str) -> Any:
            lower = name.lower()
            if lower in SOCKET_OPTIONS:
                if SOCKET_OPTIONS[lower] in self.sockopts:
                    return self.sockopts[SOCKET_OPTIONS[lower]]
                raise AttributeError(f"no default is set for {name.upper()}")
            if lower in CONTEXT_OPTIONS:
                return self._get_for_attribute(CONTEXT_OPTIONS[lower])
            raise AttributeError(f"{type(self).__name__} has no such option: {name.upper()}")

    def _get_for_attribute(self, option: ContextOption) -> int:
        try:
            return self.get(option)
        except ZMQError as error:
            raise for_hasattr(error) from None

    def _set_by_name(self, name: str, value: Any) -> None:
        lower = name.lower()
        if lower in CONTEXT_OPTIONS:
            self.set(CONTEXT_OPTIONS[lower], value)
        elif lower in SOCKET_OPTIONS:
            self.sockopts[SOCKET_OPTIONS[lower]] = value
        else:
            raise AttributeError(
                f"{type(self).__name__} has no such option: {name.upper()}"
                f" (declare attributes of a subclass of Context in its body: {name} = None)"
            )

    def __delattr__(self, name: str) -> None:
        option = SOCKET_OPTIONS.get(name.lower())
        if option is None:
            super().__delattr__(name)
        elif option in self.sockopts:
            del self.sockopts[option]
        else:
            raise AttributeError(f"no default is set for {name.upper()}")

    def getsockopt(self, opt: int) -> int | bytes:
        """Return the default of an option for new sockets.

        Args:
            opt: A SocketOption, such as zmq.LINGER.

        Raises:
            KeyError: No default is set for this option.
        """
        return self.sockopts[opt]

    def setsockopt(self, opt: int, value: int | bytes) -> None:
        """Set the default of an option for sockets created afterwards; socket types without the option ignore it.

        Args:
            opt: A SocketOption, such as zmq.LINGER.
            value: An int or bytes, as the option requires.  It is checked by socket().
        """
        self.sockopts[opt] = value

    if TYPE_CHECKING:

        @overload
        def socket(self, socket_type: int, socket_class: None = None, **kwargs: Any) -> _Socket: ...
        @overload
        def socket(self, socket_type: int, socket_class: Callable[..., _Other], **kwargs: Any) -> _Other: ...

    def socket(self, socket_type: int, socket_class: Callable[..., Any] | None = None, **kwargs: Any) -> Any:
        """Create a socket.

        Args:
            socket_type: A SocketType, such as zmq.PUSH.
            socket_class: The class of the socket; by default that of this context.
            kwargs: Passed to the class.

        Returns:
            The socket, with the default options of this context.

        Raises:
            ZMQError: The context was terminated, has max_sockets open sockets, or libzmq has no such type.
            TypeError, OverflowError: The type or range of a default does not fit its option.

        libzmq: zmq_socket(3)
        """
        make = self._socket_class if socket_class is None else socket_class
        socket = make(self, socket_type, **kwargs)
        try:
            for option, value in list(self.sockopts.items()):
                try:  # noqa: SIM105 (contextlib slows down ``import zmq``)
                    socket.set(option, value)
                except ZMQError:  # this socket type does not have the option
                    pass
        except BaseException:
            socket.close(linger=0)
            raise
        self._sockets.add(ref(socket, self._sockets.discard))
        return socket

    def _warn_of_open_sockets(self, stacklevel: int) -> None:
        """Warn of each socket that the end of a ``with`` block is about to close, but for monitors that have ended."""
        self._close_idle_monitors()
        for socket in self._open_sockets():
            message = f"Destroying context with unclosed socket {socket!r}"
            warnings.warn(message, ResourceWarning, stacklevel=stacklevel, source=socket)

    def _close_idle_monitors(self) -> None:
        """Close the monitor sockets of closed sockets: no more events can arrive."""
        for socket in self._open_sockets():
            if socket._monitors_nothing:  # noqa: SLF001 (between sockets and their context)
                socket.close(linger=0)

    def term(self) -> None:
        """Terminate the context.

        Blocks until all its sockets are closed and their unsent messages are sent or have exceeded LINGER.  Blocked
        calls on its sockets raise ContextTerminated; the threads that use these sockets must close them.  Any thread
        may call this, any number of times, and again after Ctrl-C has interrupted it.

        libzmq: zmq_ctx_term(3)
        """
        if not self.closed:
            self._close_idle_monitors()
        super().term()

    def destroy(self, linger: int | None = None) -> None:
        """Close all sockets of this context, also those in use by other threads, and terminate the context.

        Args:
            linger: Milliseconds to keep unsent messages; -1 for ever; None for the LINGER option of each socket.
        """
        if self.closed:
            return
        inside_loops: list[Socket[Any]] = []
        for socket in self._sockets_to_close():
            try:
                socket.close(linger)
            except ZMQError as error:
                if error.errno != Errno.EMTHREAD:
                    raise
                inside_loops.append(socket)
        if inside_loops:
            for socket in inside_loops:
                socket._close_after_loop(linger)  # noqa: SLF001 (between sockets and their context)
            try:  # noqa: SIM105 (contextlib slows down ``import zmq``)
                self.shutdown()
            except ZMQError:  # another thread may have terminated the context meanwhile
                pass
            for socket in inside_loops:
                socket._await_loop()  # noqa: SLF001 (between sockets and their context)
                socket.close(linger)  # runs the close() of a subclass
        self._sockets = set()
        self.term()


SyncContext: TypeAlias = Context[Socket[bytes]]
