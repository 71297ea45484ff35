"""Socket options by number: what type each has, and the calls that get and set them.

The types are declared where the attributes are, in ``zmq.sugar.options``.
"""
from cpython.long cimport PyLong_Check
from libc.stdint cimport int64_t, uint64_t

from zmq.backend cimport libzmq
from zmq.backend.errors cimport fail
from zmq.backend.handle cimport Handle, usable
from zmq.backend.waiting cimport CORE_NO_FD

from zmq.constants import Errno, SocketOption
from zmq.error import ZMQError

# How libzmq stores an option's value.
INT = 1
BOOL = 2
INT64 = 3
UINT64 = 4
BYTES = 5
TEXT = 6
CURVE_KEY = 7

cdef enum:
    OPTIONS = 1024
    OPTION_FD = 14
    OPTION_EVENTS = 15

cdef unsigned char _kinds[OPTIONS]
cdef unsigned char _writable[OPTIONS]
cdef unsigned char _readable[OPTIONS]


def declare(option, kind, readable, writable):
    """Tell how libzmq stores the value of *option*, and what may be done with it."""
    cdef int number = option
    _kinds[number] = kind
    _readable[number] = readable
    _writable[number] = writable


cdef int _number(object option) except -1:
    cdef int number
    if not PyLong_Check(option):
        raise TypeError(f"socket options are ints such as zmq.LINGER: got {option!r}")
    number = option
    if number < 0:
        raise ValueError(f"socket options are positive ints such as zmq.LINGER: got {option!r}")
    return number


cdef int _kind(int number) noexcept:
    return _kinds[number] if 0 <= number < OPTIONS else 0


cdef str _name(int number):
    try:
        return SocketOption(number).name
    except ValueError:
        return str(number)


cdef int _get(Handle handle, int number, void *value, size_t *size) except -1:
    """Between ``usable()`` and libzmq nothing may let other threads run, such as making a text: they may close it."""
    cdef int errno
    if libzmq.zmq_getsockopt(usable(handle), number, value, size) < 0:
        errno = libzmq.zmq_errno()
        fail(errno, f"get {_name(number)}")
    return 0


cdef int int_option(Handle handle, int number) except? -1:
    cdef int value = 0
    cdef size_t size = sizeof(int)
    _get(handle, number, &value, &size)
    return value


cdef object get_option(Handle handle, object option):
    """Return the value of *option*: an int, or bytes."""
    cdef int number = _number(option)
    cdef int kind = _kind(number)
    cdef size_t size
    cdef int64_t signed
    cdef uint64_t unsigned
    cdef char text[1024]
    if number == OPTION_EVENTS:
        return handle.look()
    if number == OPTION_FD and usable(handle) != NULL and handle.fd == CORE_NO_FD:
        raise ZMQError(Errno.EINVAL, "cannot get FD: thread-safe sockets (drafts) have none; poll() and Poller wait")
    if kind and not _readable[number]:
        raise ZMQError(Errno.EINVAL, f"cannot get {_name(number)}: it can only be set")
    if kind == INT64:
        size = sizeof(int64_t)
        _get(handle, number, &signed, &size)
        return signed
    if kind == UINT64:
        size = sizeof(uint64_t)
        _get(handle, number, &unsigned, &size)
        return unsigned
    if kind >= BYTES:
        size = 41 if kind == CURVE_KEY else sizeof(text)  # 41: Z85 and its zero, the form that users can read
        _get(handle, number, text, &size)
        if kind != BYTES and size and text[size - 1] == 0:
            size -= 1
        return text[:size]
    return int_option(handle, number)


cdef object checked(int number, object value):
    """Return *value* as libzmq stores it: an int, bytes, or None for text that is to be unset.

    Raises:
        TypeError, ValueError: *value* does not fit the option.
    """
    cdef int kind = _kind(number)
    if kind and not _writable[number]:
        raise ZMQError(Errno.EINVAL, f"cannot set {_name(number)}: it can only be read")
    if isinstance(value, str):
        raise TypeError(f"{_name(number)} does not take a str: set_string() encodes text (got {value!r:.60})")
    if kind == 0:
        if isinstance(value, int):
            kind = INT
        else:
            kind = BYTES
    if kind >= BYTES:
        if value is None and kind == TEXT:
            return None  # libzmq unsets it
        if value is None or isinstance(value, int):
            raise TypeError(f"{_name(number)} takes bytes: got {value!r}")
        try:
            value = bytes(value)
        except TypeError:
            raise TypeError(f"{_name(number)} takes bytes: got {value!r}") from None
        if kind == CURVE_KEY and len(value) not in (32, 40):
            raise ValueError(
                f"{_name(number)} takes a key of 40 bytes in Z85 or of 32 raw bytes: got {len(value)} bytes"
            )
        return value
    if not isinstance(value, int):
        raise TypeError(f"{_name(number)} takes an int: got {value!r}")
    low, high = _RANGES[kind]
    if not low <= value <= high:
        raise ValueError(f"{_name(number)} takes an int from {low} to {high}: got {value!r}")
    return value


_RANGES = {
    INT: (-(2**31), 2**31 - 1),
    BOOL: (0, 1),
    INT64: (-(2**63), 2**63 - 1),
    UINT64: (0, 2**64 - 1),
}


cdef int set_option(Handle handle, object option, object value) except -1:
    """Set *option*; nothing reaches libzmq unless the type of *value* is right."""
    cdef int number = _number(option)
    cdef int kind = _kind(number)
    cdef int small
    cdef int64_t signed
    cdef uint64_t unsigned
    cdef const void *data = NULL
    cdef size_t size = 0
    cdef int errno
    usable(handle)  # a closed socket is what is wrong first of all
    stored = checked(number, value)
    if isinstance(stored, bytes):
        data, size = <char *><bytes>stored, len(<bytes>stored)
    elif kind == INT64:
        signed = stored
        data, size = &signed, sizeof(int64_t)  # sizeof(signed) would be that of a C type
    elif kind == UINT64:
        unsigned = stored
        data, size = &unsigned, sizeof(uint64_t)
    elif stored is not None:
        small = stored
        data, size = &small, sizeof(small)
    if libzmq.zmq_setsockopt(usable(handle), number, data, size) < 0:
        errno = libzmq.zmq_errno()
        # a secret never gets into a message
        shown = "" if kind >= BYTES else f" to {value!r}"
        fail(errno, f"set {_name(number)}{shown} on a {_type_name(handle.type)} socket")
    if handle.watchers:
        handle.operated()
    return 0


cdef str _type_name(int number):
    from zmq.constants import SocketType

    try:
        return SocketType(number).name
    except ValueError:
        return str(number)
