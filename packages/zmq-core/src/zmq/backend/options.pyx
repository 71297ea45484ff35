"""Socket options by number: their types, and the functions that get and set them.

``zmq.sugar.options`` declares the types.  Only the type of a value is checked here: libzmq checks the value itself, and
programs expect its EINVAL.
"""
cimport cython
from libc.stdint cimport int64_t

from zmq.backend cimport libzmq
from zmq.backend.errors cimport fail, name_of
from zmq.backend.handle cimport Handle, usable
from zmq.backend.waiting cimport CORE_NO_FD

from zmq.constants import Errno, SocketOption, SocketType
from zmq.error import ZMQError

cdef enum:
    IS_INT = 1
    IS_INT64 = 2
    IS_BYTES = 3
    IS_TEXT = 4
    IS_CURVE_KEY = 5
    OPTIONS = 1024
    # HWM of libzmq 2, which programs still use: it maps to SNDHWM and RCVHWM
    OPTION_HWM = 1

# How libzmq stores the value of an option.  An undeclared option is an INT.
INT = IS_INT
INT64 = IS_INT64
BYTES = IS_BYTES  # this and all greater kinds are bytes
TEXT = IS_TEXT
CURVE_KEY = IS_CURVE_KEY

cdef unsigned char _kinds[OPTIONS]
cdef unsigned char _writable[OPTIONS]
cdef unsigned char _readable[OPTIONS]


def declare(option: int, kind: int, readable: bool, writable: bool) -> None:
    """Declare how libzmq stores the value of *option*, and whether it can be read and set."""
    cdef int number = option
    _kinds[number] = kind
    _readable[number] = readable
    _writable[number] = writable


def kind_of(option: int) -> int:
    """Return how libzmq stores the value of *option*."""
    return _kind(option) or IS_INT


cdef int _number(object option) except? -1:
    try:
        return option
    except TypeError:
        raise TypeError(f"socket options are ints such as zmq.LINGER: got {option!r}") from None


cdef int _kind(int number) noexcept:
    return _kinds[number] if 0 <= number < OPTIONS else 0


cdef str _name(int number):
    return name_of(SocketOption, number)


cdef int _read(Handle handle, int number, void *value, size_t *size) except -1:
    """Call zmq_getsockopt, in the critical section of *handle*.

    Between ``usable()`` and the call no other thread may run: it could close the socket.
    """
    cdef int errno
    if libzmq.zmq_getsockopt(usable(handle), number, value, size) < 0:
        errno = libzmq.zmq_errno()
        if errno == Errno.EINVAL and _kind(number) and not _readable[number]:
            raise ZMQError(errno, f"cannot get {_name(number)}: it can only be set")
        fail(errno, f"get {_name(number)}")
    return 0


cdef int int_option(Handle handle, int number) except? -1:
    with cython.critical_section(handle):
        return read_int_option(handle, number)


cdef int read_int_option(Handle handle, int number) except? -1:
    """The same for callers that are in the critical section of *handle*."""
    cdef int value = 0
    cdef size_t size = sizeof(int)
    _read(handle, number, &value, &size)
    return value


cdef object get_option(Handle handle, object option):
    """Return the value of *option*: an int or bytes."""
    cdef int number = _number(option)
    cdef int kind = _kind(number)
    cdef size_t size
    cdef int64_t big
    cdef char text[1024]
    if number == OPTION_HWM:
        number = libzmq.ZMQ_SNDHWM
    if number == libzmq.ZMQ_FD and usable(handle) != NULL and handle.fd == CORE_NO_FD:
        raise ZMQError(Errno.EINVAL, "cannot get FD: thread-safe sockets (drafts) have none; poll() and Poller wait")
    with cython.critical_section(handle):
        if number == libzmq.ZMQ_EVENTS:
            return handle.look()
        if kind == IS_INT64:
            size = sizeof(int64_t)
            _read(handle, number, &big, &size)
            return big
        if kind >= IS_BYTES:
            size = 41 if kind == IS_CURVE_KEY else sizeof(text)  # 41: libzmq then returns the key in Z85, with its zero
            _read(handle, number, text, &size)
            if kind != IS_BYTES and size and text[size - 1] == 0:
                size -= 1
            return text[:size]
        return read_int_option(handle, number)


cdef int _check_type(int number, int kind, object value) except -1:
    """Raise TypeError unless *value* has the type of the option.  The message omits the value: it may be secret."""
    if kind >= IS_BYTES:
        if not isinstance(value, bytes):
            hint = ": set_string() encodes text" if isinstance(value, str) else ""
            raise TypeError(f"{_name(number)} takes bytes, not {type(value).__name__}{hint}")
    elif not isinstance(value, int):
        raise TypeError(f"{_name(number)} takes an int, not {type(value).__name__}")
    return 0


cdef int set_option(Handle handle, object option, object value) except -1:
    """Set *option*.  The type of *value* is checked here, the value itself by libzmq."""
    cdef int number = _number(option)
    cdef int kind = _kind(number)
    cdef int small
    cdef int64_t big
    usable(handle)  # first: a closed socket is reported before a wrong value
    _check_type(number, kind, value)
    if kind >= IS_BYTES:
        return _set(handle, number, value, <char *><bytes>value, len(<bytes>value))
    try:
        if kind == IS_INT64:
            big = value
            return _set(handle, number, value, &big, sizeof(int64_t))  # not sizeof(big): Cython takes that for a type
        small = value
    except OverflowError:
        bits = 63 if kind == IS_INT64 else 31
        raise OverflowError(f"{_name(number)} takes an int from -2**{bits} to 2**{bits} - 1: got {value!r}") from None
    if number == OPTION_HWM:
        _set(handle, libzmq.ZMQ_SNDHWM, value, &small, sizeof(small))
        number = libzmq.ZMQ_RCVHWM
    return _set(handle, number, value, &small, sizeof(small))


cdef int _set(Handle handle, int number, object value, const void *data, size_t size) except -1:
    cdef int errno
    with cython.critical_section(handle):
        if libzmq.zmq_setsockopt(usable(handle), number, data, size) < 0:
            errno = libzmq.zmq_errno()
            # bytes may be secret: they are not shown in messages
            shown = f" to {value!r}" if _kind(number) < IS_BYTES else ""
            what = f"set {_name(number)}{shown} on a {name_of(SocketType, handle.type)} socket"
            if errno == Errno.EINVAL and _kind(number) and not _writable[number]:
                raise ZMQError(errno, f"cannot {what}: it can only be read")
            fail(errno, what)
        if handle.watchers:
            handle.operated()
    return 0
