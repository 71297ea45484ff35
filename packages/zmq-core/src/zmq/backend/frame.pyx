"""One frame of a message: a ``zmq_msg_t`` that Python can read without copying."""
cimport cython
from cpython.buffer cimport (
    PyBUF_ANY_CONTIGUOUS,
    PyBuffer_FillInfo,
    PyBuffer_Release,
    PyObject_CheckBuffer,
    PyObject_GetBuffer,
)
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.string cimport memcpy

from weakref import ref

from zmq.backend cimport libzmq, pinned
from zmq.backend.errors cimport check, fail
from zmq.backend.instances cimport Instance, core_guard_methods

from zmq.backend.instances import set_declared
from zmq.constants import MessageOption
from zmq.error import ZMQError, ZMQVersionError, for_hasattr

# Below it a copy costs less than pinning memory and handing it back across threads.  The default of zmq.COPY_THRESHOLD.
COPY_THRESHOLD = 65536
cdef object _zmq = None  # the package, once a frame or a socket is made: it imports this module

_FINISHED_TRACKER = pinned.MessageTracker()


cdef object default_copy_threshold():
    """Return ``zmq.COPY_THRESHOLD``, which programs may set."""
    global _zmq
    if _zmq is None:
        import zmq
        _zmq = zmq
    return _zmq.COPY_THRESHOLD


cdef int init_copied(libzmq.zmq_msg_t *msg, object data) except -1:
    """Make *msg* hold a copy of *data*.

    Raises:
        TypeError, BufferError, ValueError: *data* has no contiguous buffer.
        MemoryError: There is no room for the copy.
    """
    cdef Py_buffer view
    cdef Py_ssize_t size
    if PyBytes_CheckExact(data):
        size = PyBytes_GET_SIZE(data)
        if libzmq.zmq_msg_init_size(msg, size) < 0:
            raise MemoryError(f"no memory for a message of {size} bytes")
        _copy(libzmq.zmq_msg_data(msg), PyBytes_AS_STRING(data), size)
        return 0
    _no_text(data)
    PyObject_GetBuffer(data, &view, PyBUF_ANY_CONTIGUOUS)
    try:
        if libzmq.zmq_msg_init_size(msg, view.len) < 0:
            raise MemoryError(f"no memory for a message of {view.len} bytes")
        _copy(libzmq.zmq_msg_data(msg), view.buf, view.len)
    finally:
        PyBuffer_Release(&view)
    return 0


cdef int init_shared(libzmq.zmq_msg_t *msg, Frame frame) except -1:
    """Make *msg* another reference to the content of *frame*."""
    libzmq.zmq_msg_init(msg)  # void
    with cython.critical_section(frame):
        libzmq.zmq_msg_copy(msg, &frame.zmq_msg)  # cannot fail: both are valid
    return 0


cdef int init_sent(libzmq.zmq_msg_t *msg, object data) except -1:
    """Make *msg* hold *data* as it is now.  The memory of *msg* must not be written to: it may be that of *data*.

    Raises:
        What init_copied() raises.
    """
    if PyBytes_CheckExact(data) and PyBytes_GET_SIZE(data) >= pinned.LENT_FROM and pinned.init_lent(msg, data):
        return 0
    return init_copied(msg, data)


cdef inline void _copy(void *to, const void *data, size_t size) noexcept:
    if size < LARGE:
        memcpy(to, data, size)
    else:
        with nogil:
            memcpy(to, data, size)


cdef int _no_text(object data) except -1:
    if isinstance(data, str):
        raise TypeError(f"messages are bytes, not str: send_string() encodes text (got {data!r:.60})")
    return 0


cdef bytes take_bytes(libzmq.zmq_msg_t *msg):
    """Return the content of *msg* as bytes, and close it whatever happens."""
    cdef size_t size = libzmq.zmq_msg_size(msg)
    cdef bytes content
    if size < pinned.LENT_FROM:
        try:
            content = PyBytes_FromStringAndSize(<char *>libzmq.zmq_msg_data(msg), size)
        finally:
            libzmq.zmq_msg_close(msg)  # void
        return content
    try:
        content = pinned.bytes_at(libzmq.zmq_msg_data(msg), size)
        if content is not None:
            libzmq.zmq_msg_close(msg)  # void
            return content
        content = PyBytes_FromStringAndSize(NULL, size)
    except BaseException:
        libzmq.zmq_msg_close(msg)  # void
        raise
    copy_out(msg, PyBytes_AS_STRING(content), size)
    return content


cdef void copy_out(libzmq.zmq_msg_t *msg, void *to, size_t size) noexcept:
    """Copy the first bytes of *msg*, and close it.  Other threads run while a large message is copied and freed."""
    if libzmq.zmq_msg_size(msg) < LARGE:
        memcpy(to, libzmq.zmq_msg_data(msg), size)
        libzmq.zmq_msg_close(msg)  # void
    else:
        with nogil:
            memcpy(to, libzmq.zmq_msg_data(msg), size)
            libzmq.zmq_msg_close(msg)  # void


@cython.no_gc_clear
cdef class Frame(Instance):
    """One frame of a message.

    ``socket.recv(copy=False)`` returns Frames on the memory of libzmq, which the buffer protocol reads without a copy.
    Frames created from Python objects can be sent many times.

    The memory of a Frame is writable if the frame arrived over a connection, is a copy of a Python object, or is a
    writable object.  It is read-only if it may be shared: that of messages over inproc, of bytes that were not copied,
    and of Frames that were sent.

    Args:
        data: The content: bytes or any object with a contiguous buffer; None for an empty frame.
        track: Whether the frame has a ``tracker``, which is done when libzmq has released the memory.
        copy: True copies *data*; False lets libzmq read the memory of *data*; None decides by *copy_threshold*.
        copy_threshold: With copy=None, the size in bytes from which on *data* is not copied; None takes
            ``zmq.COPY_THRESHOLD``.

    Raises:
        TypeError: *data* is a str or has no buffer.
        BufferError: The buffer of *data* is not contiguous.

    May be used from any thread.

    Example::

        frame = zmq.Frame(b"content")
        assert len(frame) == 7 and frame.bytes == b"content"
        assert bytes(memoryview(frame)[:3]) == b"con"

    libzmq: zmq_msg_init(3), zmq_msg_init_data(3)
    """

    def __cinit__(self):
        libzmq.zmq_msg_init(&self.zmq_msg)  # void

    def __init__(self, data: Buffer | None = None, track: bool = False, copy: bool | None = None,
                 copy_threshold: int | None = None):
        cdef size_t threshold = 0
        if self.exports:
            raise BufferError("cannot initialize a Frame anew while its memory is being read")
        if copy_threshold is not None:
            threshold = copy_threshold
        if data is None:
            if track:
                self._tracker = _FINISHED_TRACKER
            return
        if copy is None:
            copy = True  # raises what a copy raises
            if PyObject_CheckBuffer(data):
                try:
                    copy = memoryview(data).nbytes < (default_copy_threshold() if copy_threshold is None else threshold)
                except ValueError:
                    pass  # it can be copied all the same: numpy's arrays of dates
        cdef libzmq.zmq_msg_t msg
        cdef pinned.Completion completion = None
        if copy:
            init_copied(&msg, data)
        else:
            _no_text(data)
            completion = pinned.Completion() if track else None
            pinned.init_pinned(&msg, data, completion)
        with cython.critical_section(self):
            if self.exports:  # by now: *data* may have code of its own, and other threads may have run
                libzmq.zmq_msg_close(&msg)  # void
                raise BufferError("cannot initialize a Frame anew while its memory is being read")
            if track:
                self._tracker = _FINISHED_TRACKER if copy else pinned.track(completion)
            self.completion = completion
            self.source = None if copy else data
            self.content = None
            self.made = True
            libzmq.zmq_msg_move(&self.zmq_msg, &msg)  # closes what an earlier __init__ left

    def __dealloc__(self):
        libzmq.zmq_msg_close(&self.zmq_msg)  # valid in every state, so no flag is needed
        pinned.release_unasked()

    @cython.critical_section
    cdef Frame share(self):
        """Return another Frame on the same content."""
        cdef Frame other = type(self).__new__(type(self))
        check(libzmq.zmq_msg_copy(&other.zmq_msg, &self.zmq_msg), "copy a frame")
        other.source = self.source
        other.content = None if self.lent else self.content
        other.made = self.made
        other._tracker = self._tracker
        other.completion = self.completion
        return other

    def __copy__(self) -> Self:
        """Return another Frame on the same content; only small frames are copied."""
        return self.share()

    cdef bint shared(self) except -1:
        """Whether other objects or peers may use the memory, and expect that it does not change."""
        if libzmq.zmq_msg_get(&self.zmq_msg, libzmq.ZMQ_SHARED):
            return True
        if self.source is not None:
            return memoryview(self.source).readonly
        # A connection's messages have properties; those of inproc may be in memory that the sender has pinned.
        return not (
            self.made
            or libzmq.zmq_msg_gets(&self.zmq_msg, "Peer-Address") != NULL
            or libzmq.zmq_msg_gets(&self.zmq_msg, "Socket-Type") != NULL
        )

    def __getbuffer__(self, Py_buffer *buffer, int flags):
        cdef bint readonly
        with cython.critical_section(self):
            readonly = self.shared()
            PyBuffer_FillInfo(
                buffer, self, libzmq.zmq_msg_data(&self.zmq_msg), libzmq.zmq_msg_size(&self.zmq_msg), readonly, flags
            )
            self.exports += 1
            if not readonly:  # what is written there is the content
                self.lent = True
                self.content = None

    def __releasebuffer__(self, Py_buffer *buffer):
        with cython.critical_section(self):
            self.exports -= 1

    def __len__(self) -> int:
        return libzmq.zmq_msg_size(&self.zmq_msg)

    def __bytes__(self) -> builtins.bytes:
        return self.whole()

    def __repr__(self):
        cdef size_t size = len(self)
        cls = type(self)
        name = "zmq.Frame" if cls is Frame else f"{cls.__module__}.{cls.__name__}"
        if size <= 16:
            return f"<{name}({self.whole()!r})>"
        with cython.critical_section(self):
            size = libzmq.zmq_msg_size(&self.zmq_msg)
            start = PyBytes_FromStringAndSize(<char *>libzmq.zmq_msg_data(&self.zmq_msg), min(size, 12))
        return f"<{name}({start!r}...{_rounded(size)})>"

    def __setattr__(self, name, value):
        set_declared(self, name, value)

    def _set_by_name(self, name, value):
        option = MessageOption.__members__.get(name.upper())
        if option is None:
            raise AttributeError(f"a {type(self).__name__} has no option {name!r}")
        self.set(option, value)

    @property
    def bytes(self) -> builtins.bytes:
        """The content as bytes: copied at the first access; later the same object, unless the memory is writable."""
        return self.whole()

    cdef object whole(self):
        with cython.critical_section(self):
            if self.content is not None:
                return self.content
            if type(self.source) is bytes:
                content = self.source
            else:
                content = PyBytes_FromStringAndSize(
                    <char *>libzmq.zmq_msg_data(&self.zmq_msg), libzmq.zmq_msg_size(&self.zmq_msg)
                )
            if not self.lent:
                self.content = content
            return content

    @property
    def buffer(self) -> memoryview:
        """A memoryview of the content, the same one while it is referenced; read-only if the memory may be shared."""
        cdef bint usable = False
        with cython.critical_section(self):
            view = None if self.view is None else self.view()
            if view is not None:
                usable = _is_usable(view, self.shared())
        if not usable:
            view = memoryview(self)
            known = ref(view)
            with cython.critical_section(self):
                self.view = known
        return view

    @property
    def more(self) -> bool:
        """Whether this frame was received, and another frame of its message follows."""
        return bool(libzmq.zmq_msg_more(&self.zmq_msg))

    @property
    def tracker(self) -> MessageTracker | None:
        """The MessageTracker of this frame; None if it is not tracked."""
        return self._tracker

    @property
    def tracker_event(self) -> Completion | None:
        """An event with ``is_set()`` and ``wait()``, set when libzmq has released the memory, or None."""
        return self.completion

    @property
    def routing_id(self) -> int:
        """The routing id of the peer that sent or will receive this frame (SERVER sockets); a draft of libzmq.

        Raises:
            ZMQVersionError: libzmq has no draft sockets.
        """
        need_drafts("Frame.routing_id")
        with cython.critical_section(self):
            return libzmq.zmq_msg_routing_id(&self.zmq_msg)

    @routing_id.setter
    def routing_id(self, value: int):
        need_drafts("Frame.routing_id")
        with cython.critical_section(self):
            set_routing_id(&self.zmq_msg, value)

    @property
    def group(self) -> str:
        """The group of this frame (RADIO and DISH sockets), as str; a draft of libzmq.

        Raises:
            ZMQVersionError: libzmq has no draft sockets.
        """
        need_drafts("Frame.group")
        with cython.critical_section(self):
            return libzmq.zmq_msg_group(&self.zmq_msg).decode("utf-8")

    @group.setter
    def group(self, value: str | builtins.bytes):
        need_drafts("Frame.group")
        with cython.critical_section(self):
            set_group(&self.zmq_msg, value)

    def get(self, option):
        """Return an option or a property of the frame.

        Args:
            option: A MessageOption; or the name of a property ("Socket-Type", "Peer-Address", "User-Id", ...), as str
                or bytes; or "routing_id" or "group".

        Returns:
            An int for a MessageOption and "routing_id", otherwise a str.

        Raises:
            TypeError: *option* is neither an int nor a name.
            ZMQError: The frame does not have the property; only received frames have properties.
            ZMQVersionError: libzmq has no draft sockets ("routing_id" and "group").

        libzmq: zmq_msg_get(3), zmq_msg_gets(3)
        """
        cdef const char *value
        cdef int errno
        if isinstance(option, int):
            return check(libzmq.zmq_msg_get(&self.zmq_msg, option), f"get option {<int>option} of a frame")
        if option == "routing_id":
            return self.routing_id
        if option == "group":
            return self.group
        if isinstance(option, str):
            name = option.encode("utf-8")
        elif isinstance(option, bytes):
            name = option
        else:
            raise TypeError(f"frame options are ints, properties are named by a str: got {option!r}")
        with cython.critical_section(self):
            value = libzmq.zmq_msg_gets(&self.zmq_msg, name)
            if value == NULL:
                errno = libzmq.zmq_errno()  # first: any Python call may overwrite it
                fail(errno, f"get property {option!r} of a frame")
            return value.decode("utf-8")

    def set(self, option: int | str, value: int | str | builtins.bytes) -> None:
        """Set an option of the frame.

        Args:
            option: "routing_id" or "group"; libzmq refuses all others.
            value: An int for "routing_id", a str or bytes for "group".

        Raises:
            TypeError, ValueError: *option* or *value* is invalid.
            ZMQError: libzmq refuses the option.
            ZMQVersionError: libzmq has no draft sockets.

        libzmq: zmq_msg_set(3)
        """
        if option == "routing_id":
            self.routing_id = value
        elif option == "group":
            self.group = value
        elif isinstance(option, (int, float)):
            check(libzmq.zmq_msg_set(&self.zmq_msg, option, value), f"set option {option!r} of a frame to {value!r}")
        else:
            raise TypeError(f"cannot set {option!r} of a frame: only ints, 'routing_id' and 'group' can be")

    def __getitem__(self, key):
        """Return an option or a property, as get() does: ``frame["User-Id"]``."""
        return self.get(key)

    def __getattr__(self, name):
        option = MessageOption.__members__.get(name.upper())
        if option is not None:
            try:
                return self.get(option)
            except ZMQError as error:
                raise for_hasattr(error) from None
        if name.upper() == "GROUP" or name.upper() == "ROUTING_ID":
            return self.get(name.lower())
        raise AttributeError(
            f"a Frame has no option {name!r}; it has {', '.join(MessageOption.__members__).lower()}"
            " and frame['Property-Name']"
        )


cdef Frame take_frame(libzmq.zmq_msg_t *msg, bint track):
    """Return a received message, which is consumed, as a Frame."""
    cdef Frame frame = Frame.__new__(Frame)
    libzmq.zmq_msg_move(&frame.zmq_msg, msg)
    if track:
        frame._tracker = _FINISHED_TRACKER
    return frame


cdef bint _is_usable(object view, bint readonly) except -1:
    """Whether a memoryview was not released, and may be written to as the Frame may now."""
    try:
        return view.readonly == readonly
    except ValueError:
        return False


cdef str _rounded(size_t size):
    """Return a number of bytes with its unit, as it stands in the text of a Frame."""
    if size < 1000:
        return f"{size}B"
    if size < 2**20:
        return f"{size // 1000}kB"
    if size < 10**9:
        return f"{size // 10**6}MB"
    return f"{size // 10**9}GB"


cdef enum:
    MAX_GROUP = 255  # 15 before libzmq 4.3.3, which refuses longer ones


cdef int need_drafts(str what) except -1:
    if not libzmq.has_drafts():
        raise ZMQVersionError(
            "4.3.3 with its drafts (zmq-core brings one where it is built with ZMQ_BUNDLE=1 and ZMQ_DRAFTS=1)", what
        )
    return 0


cdef int set_routing_id(libzmq.zmq_msg_t *msg, object value) except -1:
    if not isinstance(value, int):
        raise TypeError(f"routing ids of messages are ints: got {value!r}")
    if not 0 <= value < 2**32:
        raise ValueError(f"routing ids of messages are ints from 1 to {2**32 - 1}: got {value!r}")
    return check(libzmq.zmq_msg_set_routing_id(msg, value), f"set the routing id {value!r}")


cdef int set_group(libzmq.zmq_msg_t *msg, object group) except -1:
    return check(libzmq.zmq_msg_set_group(msg, group_name(group)), f"set the group {group!r}")


cdef bytes group_name(object group):
    if isinstance(group, str):
        group = group.encode("utf-8")
    if not isinstance(group, bytes):
        raise TypeError(f"groups are named by str or bytes: got {group!r}")
    if b"\0" in <bytes>group:
        raise ValueError(f"names of groups have no null characters: got {group!r}")
    if len(<bytes>group) > MAX_GROUP:  # libzmq would cut it off, and send to another group
        raise ValueError(f"names of groups have at most {MAX_GROUP} bytes: got {len(<bytes>group)}, {group!r:.60}")
    return group


Message = Frame


core_guard_methods(Frame)
