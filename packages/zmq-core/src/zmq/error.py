"""The exceptions.

Errors that libzmq reports are raised as ``ZMQError``, with ``errno`` and a text.  The three errnos that callers handle
differently have subclasses, listed in ``BY_ERRNO``.  The compiled modules create errors with ``from_errno``: its texts
name the operation, the cause, and the cure where it is known.
"""

from __future__ import annotations

import errno as _os_errno
import os

from zmq.constants import Errno

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

__all__ = [
    "Again",
    "ContextTerminated",
    "DraftFDWarning",
    "InterruptedSystemCall",
    "NotDone",
    "ZMQBaseError",
    "ZMQBindError",
    "ZMQError",
    "ZMQVersionError",
]

EINTR: Final = _os_errno.EINTR  # not used here: programs import it from this module

_KNOWN: Final[dict[int, Errno]] = {int(number): number for number in Errno}


class ZMQBaseError(Exception):
    """The base class of all exceptions of zmq."""


class ZMQError(ZMQBaseError):
    """An error that libzmq reported.

    Args:
        errno: The error number; None takes the number of the last failed libzmq call in this thread.  Other
            objects, such as a str, are the text of an error without a number.
        msg: The text; None takes that of libzmq for the number.

    Attributes:
        errno: The error number, an ``Errno`` where zmq.h defines it; None for an error without a number.
        strerror: The text.

    libzmq: zmq_errno(3), zmq_strerror(3)
    """

    errno: int | None = None
    strerror: str | None = None

    def __init__(self, errno: int | str | None = None, msg: str | None = None) -> None:
        if errno is not None and not isinstance(errno, int):
            self.strerror = str(errno) if msg is None else msg
            return
        if errno is None:
            from zmq.backend.errors import zmq_errno  # late: the compiled modules import this one

            errno = zmq_errno()
        if msg is None:
            from zmq.backend.libzmq import strerror

            msg = strerror(errno)
        self.errno = _KNOWN.get(errno, errno)
        self.strerror = msg

    def __str__(self) -> str:
        return self.strerror or ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}('{self!s}')"


class _OneErrno(ZMQError):
    """An error whose class holds errno and text, so that compiled code creates it without calling ``__init__``."""

    def __init__(self, errno: int | None = None, msg: str | None = None) -> None:  # noqa: ARG002 (the class has it)
        if msg is not None:
            self.strerror = msg


class Again(_OneErrno):
    """The operation would block, or SNDTIMEO or RCVTIMEO has expired: EAGAIN."""

    errno = Errno.EAGAIN
    strerror = os.strerror(Errno.EAGAIN)


class ContextTerminated(_OneErrno):
    """The socket's context was terminated: ETERM."""

    errno = Errno.ETERM
    strerror = "Context was terminated"


class InterruptedSystemCall(_OneErrno, InterruptedError):
    """A signal interrupted a call: EINTR.  zmq retries interrupted calls, so programs do not get this error."""

    errno: int | None = _os_errno.EINTR
    strerror: str | None = os.strerror(_os_errno.EINTR)


class ZMQBindError(ZMQBaseError):
    """None of the ports that ``Socket.bind_to_random_port`` tried is free."""


class NotDone(ZMQBaseError):
    """The timeout of ``MessageTracker.wait`` has expired; libzmq still uses the memory of the message."""


class ZMQVersionError(NotImplementedError):
    """The libzmq in use is too old for a feature.

    Args:
        min_version: The first version of libzmq that has the feature, such as "4.3.0".
        msg: The name of the feature.
    """

    def __init__(self, min_version: str, msg: str = "Feature") -> None:
        from zmq.backend import libzmq  # late: the compiled modules import this one

        super().__init__(min_version, msg)
        self.msg = msg
        self.min_version = min_version
        self.version = ".".join(map(str, libzmq.zmq_version_info()))

    def __str__(self) -> str:
        return f"{self.msg} requires libzmq >= {self.min_version}, have {self.version}"

    __repr__ = ZMQError.__repr__


class DraftFDWarning(RuntimeWarning):
    """Never issued: kept for programs that silence it.  pyzmq issues it when it emulates FD for a draft socket."""

    def __init__(self, msg: str = "") -> None:
        super().__init__(
            msg
            or "libzmq has no FD for thread-safe sockets: the one made up for this socket is experimental and may go; "
            "silence this with warnings.simplefilter('ignore', zmq.error.DraftFDWarning)"
        )


BY_ERRNO: Final[dict[int, type[ZMQError]]] = {
    Errno.EAGAIN: Again,
    Errno.ETERM: ContextTerminated,
    _os_errno.EINTR: InterruptedSystemCall,
}

_FORM: Final = (
    "an endpoint is TRANSPORT://ADDRESS, as in tcp://127.0.0.1:5555, ipc:///tmp/name or inproc://name; "
    "other transports, where libzmq has them: udp, ws, wss, tipc, vmci, pgm, epgm, norm"
)

# The errno, the start of the text of the failed operation, and the cure.  The first match is used.
_CURES: Final[tuple[tuple[int, str | tuple[str, ...], str], ...]] = (
    (_os_errno.EACCES, "bind 'ipc:", "the directory of the path must be writable"),
    (_os_errno.EACCES, "bind", "choose another port: ports below 1024 need privileges on most systems"),
    (Errno.EADDRINUSE, "bind 'inproc:", "another socket of this context is bound to it: choose another name"),
    (Errno.EADDRINUSE, "bind 'ipc:", "the path exists and cannot be replaced: remove it, or choose another"),
    (Errno.EADDRINUSE, "bind", "another socket is bound to it: choose another port, or tcp://...:* for a free one"),
    (Errno.EADDRINUSE, "monitor", "a socket of this context is bound to it: choose another name"),
    (Errno.EADDRNOTAVAIL, "bind", "no interface of this machine has that address; * binds to all interfaces"),
    (Errno.EAFNOSUPPORT, "", "this system does not support that kind of address"),
    (Errno.EFSM, "send on a REQ ", "receive the reply to the last request first, or set REQ_RELAXED"),
    (Errno.EFSM, "receive from a REQ ", "send a request first"),
    (Errno.EFSM, "send on a REP ", "receive a request first"),
    (Errno.EFSM, "receive from a REP ", "send the reply to the last request first"),
    (Errno.EHOSTUNREACH, "send on a SERVER ", "pass the routing_id of a Frame from a connected client"),
    (Errno.EHOSTUNREACH, "send on a PEER ", "pass the routing_id of a Frame of the peer, or connect_peer's result"),
    (Errno.EHOSTUNREACH, "send", "no peer with that routing id is connected, or its connection was lost"),
    (Errno.EINVAL, "bind 'tcp:", "expected tcp://INTERFACE:PORT: an address, a name or *, and a port or * for any"),
    (Errno.EINVAL, "connect to 'tcp:", "expected tcp://HOST:PORT: an address or a name, and a number; * is for bind"),
    (Errno.EINVAL, ("bind 'ipc:", "connect to 'ipc:"), "expected ipc://PATH"),
    (Errno.EINVAL, ("bind 'inproc:", "connect to 'inproc:", "monitor"), "expected inproc://NAME"),
    (Errno.EINVAL, ("bind", "connect", "unbind", "disconnect"), _FORM),
    (Errno.EINVAL, "join", "the socket has joined the group before, or the name is too long"),
    (Errno.EINVAL, "leave", "the socket has not joined the group, or the name is too long"),
    (Errno.EINVAL, "create a socket", "libzmq has no such socket type"),
    (Errno.EINVAL, "create a context", "the number of I/O threads must be 0 or more"),
    (Errno.EINVAL, "send on a DGRAM ", "its messages have two frames: the address as HOST:PORT, and the content"),
    (Errno.EINVAL, "send", "messages of this socket type have one frame, sent without SNDMORE"),
    (Errno.EINVAL, "set the routing id", "it must not be 0"),
    (Errno.EINVAL, "set the group", "the name is too long"),
    (Errno.EINVAL, "set context option", "libzmq has no such option, or refuses the value"),
    (Errno.EINVAL, "get context option", "libzmq has no such option"),
    (Errno.EINVAL, "set", "libzmq has no such option, refuses the value, or this socket type does not have it"),
    (Errno.EINVAL, "get", "libzmq has no such option, or this socket type does not have it"),
    (Errno.EINVAL, "derive", "the secret key is not Z85"),
    (_os_errno.EMFILE, "", "close sockets, or raise the context's MAX_SOCKETS or the limit on open files"),
    (Errno.EMTHREAD, "", "the context has no I/O threads: only inproc works with IO_THREADS at 0"),
    (_os_errno.ENAMETOOLONG, "", "ipc paths have at most 107 bytes (103 on macOS and the BSDs)"),
    (Errno.ENOCOMPATPROTO, "", "udp is for RADIO, DISH and DGRAM; pgm, epgm and norm are for PUB, SUB, XPUB and XSUB"),
    (_os_errno.ENODEV, "bind", "no interface of this machine has that name or address; * binds to all interfaces"),
    (_os_errno.ENOENT, "bind 'ipc:", "the directory of the path must exist"),
    (_os_errno.ENOENT, "unbind", "the socket is not bound to it; after a bind with a wildcard pass its LAST_ENDPOINT"),
    (_os_errno.ENOENT, "disconnect", "the socket is not connected to it; pass the same endpoint as to connect"),
    (Errno.ENOTSOCK, "", "it was closed, perhaps by another thread"),
    (Errno.ENOTSUP, "use a terminated context", "make a new one"),
    (Errno.ENOTSUP, "send", "sockets of this type only receive"),
    (Errno.ENOTSUP, "receive", "sockets of this type only send"),
    (Errno.ENOTSUP, ("join", "leave"), "only DISH sockets join groups"),
    (Errno.ENOTSUP, ("make a CURVE", "derive a CURVE"), "libzmq was built without CURVE"),
    (Errno.EPROTONOSUPPORT, "monitor", "expected inproc://NAME"),
    (Errno.EPROTONOSUPPORT, "", "libzmq does not know that transport, or was built without it; names are lower case"),
)

_cures_by_errno: dict[int, list[tuple[str | tuple[str, ...], str]]] = {}
for _number, _start, _cure in _CURES:
    _cures_by_errno.setdefault(_number, []).append((_start, _cure))


def for_hasattr(error: ZMQError) -> Exception:
    """Return what to raise where an option is an attribute: AttributeError, if libzmq does not have it there."""
    return AttributeError(str(error)) if error.errno == Errno.EINVAL else error


def from_errno(errno: int, what: str = "") -> ZMQError:
    """Return the exception for *errno*, of the class in ``BY_ERRNO``.

    Args:
        errno: The number that libzmq reported.
        what: The failed operation, such as "bind 'tcp://x'", "connect to 'tcp://x'", "send on a REQ socket" or
            "receive from a REQ socket".  Its start selects the cure in the text.
    """
    from zmq.backend.libzmq import strerror  # late: the compiled modules import this one

    text = strerror(errno)
    if what:
        text = f"cannot {what}: {text}"
    for start, cure in _cures_by_errno.get(errno, ()):
        if what.startswith(start):
            text = f"{text}; {cure}"
            break
    return BY_ERRNO.get(errno, ZMQError)(errno, text)
