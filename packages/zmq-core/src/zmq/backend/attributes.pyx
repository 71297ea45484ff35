"""Socket options as typed attributes: one descriptor for each option, on sockets and, as defaults, on contexts."""
from zmq.backend.options cimport checked, get_option, set_option
from zmq.backend.socket cimport Socket

from zmq.backend.options import BOOL, BYTES, CURVE_KEY, INT, INT64, TEXT, UINT64, declare
from zmq.constants import Errno
from zmq.error import ZMQError

cdef class Option:
    """The attribute of one socket option.

    Args:
        option: The SocketOption.
        doc: What it does, with unit and range.
        readable: Whether it can be read.
        writable: Whether it can be set.
    """

    cdef readonly object option
    cdef readonly str name
    cdef readonly bint readable
    cdef readonly bint writable
    cdef readonly str __doc__
    cdef int number

    def __init__(self, option, doc, *, readable=True, writable=True):
        self.option = option
        self.number = option
        self.__doc__ = doc
        self.readable = readable
        self.writable = writable
        declare(option, self.kind, readable, writable)

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner):
        if instance is None:
            return self
        if not self.readable:
            raise AttributeError(f"{self.name} can only be set")
        if isinstance(instance, Socket):
            (<Socket>instance).c_socket()
            try:
                return get_option((<Socket>instance).shared_handle, self.number)
            except ZMQError as error:
                if error.errno != Errno.EINVAL:
                    raise
                raise AttributeError(str(error)) from None  # so that hasattr() and getattr() with a default do
        return instance._default(self.option, self.name)

    def __set__(self, instance, value):
        if not self.writable:
            raise AttributeError(f"{self.name} can only be read")
        if isinstance(instance, Socket):
            (<Socket>instance).c_socket()
            set_option((<Socket>instance).shared_handle, self.number, value)
        else:
            checked(self.number, value)
            instance._set_default(self.option, value)

    def __delete__(self, instance):
        raise AttributeError(f"{self.name} cannot be deleted")


class IntOption(Option):
    """An int of 32 bits."""

    kind = INT


class BoolOption(Option):
    """0 or 1."""

    kind = BOOL


class Int64Option(Option):
    """A signed int of 64 bits."""

    kind = INT64


class UInt64Option(Option):
    """An unsigned int of 64 bits."""

    kind = UINT64


class BytesOption(Option):
    """Bytes that may hold anything."""

    kind = BYTES


class TextOption(Option):
    """Bytes that hold text, as libzmq wants them: encoded."""

    kind = TEXT


class KeyOption(Option):
    """A CURVE key: 40 bytes of Z85; 32 raw bytes can be set, too."""

    kind = CURVE_KEY
