"""Options as typed attributes: a descriptor for each option of contexts, and of sockets with its default there."""
from zmq.backend.options cimport get_option, set_option
from zmq.backend.socket cimport Socket, handle_of

from zmq.backend.options import BYTES, CURVE_KEY, INT, INT64, TEXT, declare
from zmq.constants import ContextOption, SocketOption
from zmq.error import ZMQError, for_hasattr


cdef class Option:
    """The descriptor of one option; the name of the attribute is that of the option.

    Args:
        text: The description.
        default: The initial value; None if it is not known.
        readable: Whether zmq_getsockopt(3) returns the option.
        writable: Whether zmq_setsockopt(3) sets the option.
        facts: Its unit, its range and so on: see ``zmq.backend.described.Facts``.
    """

    cdef readonly object option
    cdef readonly str name
    cdef readonly object default
    cdef readonly bint readable
    cdef readonly bint writable
    cdef readonly str text
    cdef readonly dict facts
    cdef int number
    of_context = False
    numbers = SocketOption

    def __init__(self, text, *, default=None, readable=True, writable=True, **facts):
        self.text = text
        self.default = default
        self.readable = readable
        self.writable = writable
        self.facts = facts

    @classmethod
    def read_only(cls, text, **facts):
        """Return an option that cannot be set; type checkers refuse an assignment to it."""
        return cls(text, writable=False, **facts)

    def __set_name__(self, owner, name):
        if self.option is not None:
            return  # the upper-case name of the same descriptor
        self.option = self.numbers[name.upper()]
        self.number = self.option
        self.name = name
        if not self.of_context:
            declare(self.number, self.kind, self.readable, self.writable)

    @property
    def __doc__(self):
        from zmq.backend.described import described

        return described(self)

    def __get__(self, instance, owner):
        if instance is None:
            return self
        if isinstance(instance, Socket):
            try:
                return get_option(handle_of(<Socket>instance), self.number)
            except ZMQError as error:
                raise for_hasattr(error) from None
        if self.option in instance.sockopts:
            return instance.sockopts[self.option]
        raise AttributeError(self.name)  # __getattr__, which Python calls next, gives the message

    def __set__(self, instance, value):
        if isinstance(instance, Socket):
            set_option(handle_of(<Socket>instance), self.number, value)
        else:
            instance.sockopts[self.option] = value

    def __delete__(self, instance):
        raise AttributeError(f"{self.option.name} cannot be deleted")


class IntOption(Option):  # of 32 bits
    kind = INT
    holds = "int"


class SwitchOption(Option):  # 0 or 1, and 0 at first unless it says otherwise
    kind = INT
    holds = "int"

    def __init__(self, text, **facts):
        super().__init__(text, **{"values": "0, 1", "default": 0, **facts})


class Int64Option(Option):
    kind = INT64
    holds = "int of 64 bits"


class BytesOption(Option):  # any bytes
    kind = BYTES
    holds = "bytes"


class TopicOption(Option):  # sockets accept str, too, as subscribe() and unsubscribe() do
    kind = BYTES
    holds = "bytes"

    def __set__(self, instance, value):
        if isinstance(instance, Socket) and isinstance(value, str):
            value = value.encode("utf-8")
        super().__set__(instance, value)


class TextOption(Option):
    kind = TEXT
    holds = "bytes, encoded text"


class KeyOption(Option):
    kind = CURVE_KEY
    holds = "bytes, a CURVE key of 40 bytes in Z85; 32 raw bytes can be set, too"


class IntContextOption(Option):
    kind = INT
    holds = "int"
    of_context = True
    numbers = ContextOption

    def __get__(self, instance, owner=None):
        return self if instance is None else instance._get_for_attribute(self.option)

    def __set__(self, instance, value):
        instance.set(self.option, value)


# help() and editors read __doc__ of the attribute; that of a subclass would hide it.
for _kind in Option.__subclasses__():
    _kind.__doc__ = vars(Option)["__doc__"]
