"""The compiled half of ``zmq.Socket``: everything that calls libzmq."""
from weakref import ref

cimport cython
from libc.errno cimport EMFILE, ENODEV, ENOENT
from libc.stdint cimport int64_t

from zmq.backend cimport endpoints, libzmq
from zmq.backend.context cimport Context
from zmq.backend.errors cimport fail
from zmq.backend.frame cimport default_copy_threshold, group_name, need_drafts
from zmq.backend.handle cimport Handle, handle_at, open_handle, usable, wait_for_events
from zmq.backend.instances cimport core_guard_methods, core_show_as_functions
from zmq.backend.multipart cimport recv_parts, send_parts
from zmq.backend.options cimport get_option, set_option
from zmq.backend.pointer cimport Pointer
from zmq.backend.transfer cimport destination, recv_into_buffer, recv_one, send_one
from zmq.backend.waiting cimport generation, poll_flags, poll_timeout

from zmq.backend.attached import Attached as _Attached
from zmq.constants import Errno, Event, PollEvent, SocketType
from zmq.error import ZMQError
from zmq.utils.interop import cast_int_addr


cdef dict _TYPES = {int(type): type for type in SocketType}


@cython.no_gc_clear
cdef class Socket(Pointer):
    """A C socket with its options and messages; ``zmq.Socket`` adds convenience methods.

    Args:
        ctx_or_socket: The Context in which the socket is created, or a Socket to shadow.
        socket_type: A SocketType, such as zmq.PUSH; zmq.PAIR by default.
        shadow: The address of a C socket, or a Socket, to share instead of creating a new C socket.
        copy_threshold: The size in bytes from which on ``send(copy=False)`` does not copy; smaller data is copied,
            because that is faster.  None takes ``zmq.COPY_THRESHOLD``.

    Raises:
        TypeError: There is no context, the socket type is invalid, or the Socket to shadow was closed.
        ZMQError: The context was terminated, has max_sockets open sockets, or libzmq has no such type.

    Threads may share a socket: calls are serialized, and the frames of a message sent by ``send_multipart`` are not
    mixed with those of other threads.

    libzmq: zmq_socket(3)
    """

    def __init__(self, ctx_or_socket: Context[Any] | Socket[Any] | None = None, socket_type: int = 0, *,
                 shadow: int | Socket[Any] = 0, copy_threshold: int | None = None):
        cdef int number
        if isinstance(ctx_or_socket, Socket):
            shadow = ctx_or_socket
        self.copy_threshold = default_copy_threshold() if copy_threshold is None else copy_threshold
        if isinstance(shadow, Socket):
            if (<Socket>shadow).is_closed():
                raise TypeError(f"cannot shadow {shadow!r}: it is closed")
            (<Socket>shadow).c_socket()
            self.shared_handle = (<Socket>shadow).shared_handle
            self.context = (<Socket>shadow).context
            self._shadow = True
            self._shadow_obj = shadow
        elif shadow:
            self.shared_handle = handle_at(cast_int_addr(shadow))
            self._shadow = True
            self._shadow_obj = shadow
        elif isinstance(ctx_or_socket, Context):
            (<Context>ctx_or_socket)._live()  # first: a terminated context is reported before a wrong type
            try:
                number = socket_type
            except TypeError:
                number = -1
            if number < 0:
                raise TypeError(f"a socket needs a type, such as zmq.PUSH: got {socket_type!r}")
            self.shared_handle = open_handle((<Context>ctx_or_socket).shared_handle, number)
            self.context = ctx_or_socket
        else:
            raise TypeError(f"a socket needs a Context, or a Socket to shadow: got {ctx_or_socket!r}")
        with cython.critical_section(self.shared_handle):
            self.shared_handle.aim(self, self.shared_handle.ptr)

    def __del__(self):
        """Close the C socket, unless other Python objects share it.  Subclasses may override this, and call it."""
        # Its Handle does that, too, but only after weak references to this object were called, which may wait for that.
        self.dropped = True  # first: this may have the last reference to the socket that it shadows
        self._shadow_obj = None
        if self.shared_handle is not None and not self.shared_handle.is_used():
            self.shared_handle.drop()

    cdef void *c_socket(self) except NULL:
        """Return the C socket, for callers in C.

        It may be used only while the GIL is held, and in ``cython.critical_section(self.shared_handle)``, which must be
        entered before this is called; a C loop without them must call enter_loop() first.  After use, in the same
        section, ``shared_handle.operated()`` must be called to notify the threads and loops that wait for the socket.
        """
        if self.shared_handle is None:
            raise ZMQError(Errno.ENOTSOCK, "cannot use a socket whose __init__ was not called")
        return usable(self.shared_handle)

    @property
    def closed(self) -> bool:
        """Whether the socket was closed, or inherited through fork."""
        if self.shared_handle is None:
            return True
        return self.shared_handle.generation != generation or self.is_closed()

    cdef bint is_closed(self) noexcept:
        """Whether the socket was closed; one that was inherited through fork was not."""
        cdef Handle handle = self.shared_handle
        return handle is not None and handle.ptr == NULL and handle.unusable is None and handle.generation == generation

    cdef int check_pollable(self) except -1:
        """Raise the error of pyzmq's poll() if the socket was closed before."""
        if self.is_closed():
            fail(Errno.ENOTSUP, "poll a closed socket")
        return 0

    @property
    def _inherited(self) -> bool:
        """Whether the socket was inherited through fork, and so can be used by the parent alone."""
        return self.shared_handle is not None and self.shared_handle.generation != generation

    @property
    def underlying(self) -> int:
        """The address of the C socket, for ``Socket.shadow`` and other bindings; 0 once it is closed."""
        cdef Handle handle = self.shared_handle
        if handle is None or handle.generation != generation or self.is_closed():
            return 0
        with cython.critical_section(handle):
            handle.lent = True
            handle.refused = False
            return <size_t>self.c_socket()

    @property
    def type(self) -> int:
        """The SocketType, an int if zmq has no name for it; also after the socket was closed."""
        if self.shared_handle is None:
            self.c_socket()
        return _TYPES.get(self.shared_handle.type, self.shared_handle.type)

    def close(self, linger: int | None = None) -> None:
        """Close the socket.

        Never blocks: libzmq sends the remaining messages in the background.  Threads that wait for the socket get
        an error.  Any thread may call this, any number of times.

        Args:
            linger: Milliseconds to keep unsent messages; -1 for ever; None for the LINGER option.

        Raises:
            TypeError: *linger* is not a number.
            ZMQError: The socket is inside a relay of another thread, such as zmq.proxy (EMTHREAD).

        libzmq: zmq_close(3), zmq_setsockopt(3)
        """
        if linger is not None and not isinstance(linger, int):
            if not (hasattr(linger, "__int__") or hasattr(linger, "__index__")):
                raise TypeError(f"linger is a number of milliseconds: got {linger!r}")
            linger = int(linger)
        if self.shared_handle is not None:
            self.shared_handle.close(linger)

    def _close_after_loop(self, linger: int | None) -> None:
        """Close the socket; if it is inside a loop in C, such as zmq.proxy, as soon as that has let go of it."""
        if self.shared_handle is not None:
            self.shared_handle.close(linger, True)

    def _await_loop(self) -> None:
        """Wait until a loop in C has let go of the socket."""
        if self.shared_handle is None or self.shared_handle.generation != generation:
            return  # the loop of an inherited one runs in the parent
        if self.shared_handle.in_loop is not None:
            with self.shared_handle.in_loop:
                pass

    # ---- options

    def get(self, option):
        """Return the value of a socket option.

        Args:
            option: A SocketOption, such as zmq.LINGER.

        Returns:
            An int or bytes, depending on the option.

        Raises:
            TypeError: *option* is not an int.
            ZMQError: The socket was closed, or the option cannot be read from a socket of this type.

        libzmq: zmq_getsockopt(3)
        """
        return get_option(handle_of(self), option)

    def set(self, option: int, optval: int | bytes) -> None:
        """Set a socket option.

        Args:
            option: A SocketOption, such as zmq.LINGER.  Most options affect only later binds and connects.
            optval: An int or bytes, as the option requires.

        Raises:
            TypeError: *optval* has the wrong type.
            OverflowError: *optval* does not fit into the 32 or 64 bits of the option.
            ZMQError: The socket was closed, or libzmq refuses the option or its value for this socket (EINVAL).

        libzmq: zmq_setsockopt(3)
        """
        set_option(handle_of(self), option, optval)

    getsockopt = get
    setsockopt = set

    # ---- endpoints

    def bind(self, addr):
        """Listen on an endpoint.

        Args:
            addr: The endpoint: "tcp://127.0.0.1:5555", "tcp://*:*" for a free port, "ipc:///tmp/feed", "inproc://name".
                The host may be an address, an interface such as eth0, or a host name, resolved as in connect().

        Returns:
            A context manager over this socket that unbinds the endpoint at its end.

        Raises:
            TypeError: *addr* is neither str nor bytes.
            ZMQError: The endpoint is malformed or in use, its host or interface does not exist, or the socket was
                closed.

        libzmq: zmq_bind(3)
        """
        cdef bytes endpoint = endpoints.endpoint_bytes(addr)
        self.c_socket()
        endpoints.need_descriptor(self.shared_handle, endpoint, "bind")
        endpoints.attach(self.shared_handle, libzmq.zmq_bind, "bind", endpoint, ENODEV)
        bound = self.get(libzmq.ZMQ_LAST_ENDPOINT) or addr
        try:
            return _Attached(self, "bind", bound.decode("utf-8") if isinstance(bound, bytes) else bound)
        except UnicodeDecodeError:
            return _Attached(self, "bind", bound)

    def connect(self, addr):
        """Connect to an endpoint.

        Returns at once: libzmq connects, and reconnects after a failure, in the background.
        But it does not reconnect after the server has refused this peer, as CURVE and ZAP do: call disconnect() and
        connect() then, or make a new socket.

        Args:
            addr: The endpoint: "tcp://host:5555", "ipc:///tmp/feed", "inproc://name".

        Returns:
            A context manager over this socket that disconnects at its end.

        Raises:
            TypeError: *addr* is neither str nor bytes.
            ZMQError: The endpoint is malformed, or the socket was closed.

        libzmq: zmq_connect(3)
        """
        cdef bytes endpoint = endpoints.endpoint_bytes(addr)
        self.c_socket()
        endpoints.need_descriptor(self.shared_handle, endpoint, "connect to")
        endpoints.attach(self.shared_handle, libzmq.zmq_connect, "connect to", endpoint)
        return _Attached(self, "connect", addr)

    def connect_peer(self, addr: str | bytes) -> int:
        """Connect a PEER socket to an endpoint; a draft of libzmq.

        Args:
            addr: As for connect().

        Returns:
            The routing id to send with, ``send(data, routing_id=...)``.

        Raises:
            ZMQVersionError: libzmq has no draft sockets.
            ZMQError: The endpoint is malformed, or it is not a PEER socket.

        libzmq: zmq_connect_peer(3)
        """
        need_drafts("Socket.connect_peer")
        cdef bytes endpoint = endpoints.endpoint_bytes(addr)
        self.c_socket()
        return endpoints.attach_peer(self.shared_handle, endpoint)

    def unbind(self, addr: str | bytes) -> None:
        """Stop listening on an endpoint.

        Args:
            addr: The endpoint that bind() was given; after a bind with a wildcard, that of LAST_ENDPOINT.

        Raises:
            ZMQError: The socket was closed, or is not bound to *addr* (ENOENT).

        libzmq: zmq_unbind(3)
        """
        cdef bytes endpoint = endpoints.endpoint_bytes(addr)
        self.c_socket()
        endpoints.attach(self.shared_handle, libzmq.zmq_unbind, "unbind", endpoint, ENOENT)

    def disconnect(self, addr: str | bytes) -> None:
        """Disconnect from an endpoint.  Messages queued for it are discarded after LINGER.

        Args:
            addr: The endpoint that connect() was given.

        Raises:
            ZMQError: The socket was closed, or is not connected to *addr* (ENOENT).

        libzmq: zmq_disconnect(3)
        """
        cdef bytes endpoint = endpoints.endpoint_bytes(addr)
        self.c_socket()
        endpoints.attach(self.shared_handle, libzmq.zmq_disconnect, "disconnect from", endpoint)

    def monitor(self, addr: str | bytes | None, events: int = Event.ALL) -> None:
        """Publish the events of this socket's connections on an inproc endpoint.

        ``get_monitor_socket`` is easier.  This method requires a listener: connect a PAIR socket to the endpoint before
        the first event, and keep it open until the monitoring has ended.  Without it libzmq's threads wait for ever.

        Args:
            addr: The inproc endpoint to publish on; None stops the monitoring.
            events: A mask of zmq.Event; Event.ALL for all events.

        Raises:
            ZMQError: The socket was closed, or *addr* is in use or not an inproc endpoint.

        libzmq: zmq_socket_monitor(3)
        """
        cdef bytes endpoint = None if addr is None else endpoints.endpoint_bytes(addr)
        self.c_socket()
        endpoints.publish_events(self.shared_handle, endpoint, events)

    @property
    def _monitor_socket(self):
        """What get_monitor_socket() has returned last; None after disable_monitor()."""
        with cython.critical_section(self.shared_handle):
            return self.monitored_by

    @_monitor_socket.setter
    def _monitor_socket(self, monitor):
        with cython.critical_section(self.shared_handle):
            self.monitored_by = monitor

    def _monitor_by(self, Socket monitor not None, addr: str | bytes, int events):
        """Publish events on an inproc endpoint that *monitor* listens to; closing that ends it.

        Returns:
            The monitor, or the one that another thread has brought meanwhile.
        """
        cdef bytes endpoint = endpoints.endpoint_bytes(addr)
        cdef object monitored = ref(self.shared_handle)
        cdef Socket current
        cdef int64_t give_up = 0
        cdef int errno = EMFILE
        with cython.critical_section(self.shared_handle, monitor.shared_handle):
            while errno == EMFILE:
                # No Python code runs between this look and what follows, and so no other thread.
                current = self.monitored_by
                self.c_socket()
                monitor.c_socket()
                if current is not None and not current.is_closed():
                    return current
                errno = self.shared_handle.start_monitoring(monitor.shared_handle, monitored, endpoint, events)
                if errno == EMFILE and not endpoints.room_comes(self.shared_handle, &give_up):
                    break
            if errno:
                fail(errno, f"monitor on {endpoints.endpoint_text(addr)!r}")
            self.monitored_by = monitor
        return monitor

    @property
    def _monitors_nothing(self) -> bool:
        """Whether it was a monitor, and what it told of was closed."""
        cdef Handle handle = self.shared_handle
        return handle is not None and handle.ptr != NULL and handle.monitored is not None and not handle.monitors()

    def join(self, group: str | bytes) -> None:
        """Join a group (DISH sockets); a draft of libzmq.

        Args:
            group: The name, as str in UTF-8 or bytes; at most 255 bytes, 15 before libzmq 4.3.3.

        Raises:
            TypeError, ValueError: *group* is not a name, or too long.
            ZMQVersionError: libzmq has no draft sockets.
            ZMQError: The socket was closed, is not a DISH socket, or has joined the group before.

        libzmq: zmq_join(3)
        """
        need_drafts("Socket.join")
        cdef bytes name = group_name(group)
        with cython.critical_section(self.shared_handle):
            endpoints.checked(self.shared_handle, libzmq.zmq_join(self.c_socket(), name), "join group", group)

    def leave(self, group: str | bytes) -> None:
        """Leave a group (DISH sockets); a draft of libzmq.

        Args:
            group: The name, as in join().

        Raises:
            TypeError, ValueError, ZMQVersionError, ZMQError: As for join(), and where the group was not joined.

        libzmq: zmq_leave(3)
        """
        need_drafts("Socket.leave")
        cdef bytes name = group_name(group)
        with cython.critical_section(self.shared_handle):
            endpoints.checked(self.shared_handle, libzmq.zmq_leave(self.c_socket(), name), "leave group", group)

    # ---- messages

    def send(self, data, int flags=0, bint copy=True, bint track=False, routing_id=None, group=None):
        """Send one frame.  Blocks while the socket cannot send, up to SNDTIMEO milliseconds.

        Args:
            data: Bytes, a Frame, or any object with a contiguous buffer.
            flags: zmq.NOBLOCK raises Again instead of blocking; zmq.SNDMORE: another frame of the message follows.
            copy: False lets libzmq read the memory of *data* without a copy, from ``copy_threshold`` bytes on.  *data*
                is pinned, and must not be changed, until libzmq has released the memory.
            track: With copy=False, whether to return a MessageTracker.  A Frame must have been created with track=True.
            routing_id: The routing id of the peer, an int (SERVER sockets).
            group: The name of the group (RADIO sockets).

        Returns:
            With copy=False and track=True, a MessageTracker that is done when libzmq has released the memory.  For a
            tracked Frame, its tracker.  With copy=False and small *data*, which is copied, a tracker that is done.
            Otherwise None.

        Raises:
            Again: The socket cannot send (NOBLOCK), or could not for SNDTIMEO milliseconds.
            TypeError: *data* is a str or has no buffer.
            ValueError: track=True, and *data* is a Frame without a tracker.
            ContextTerminated: The context was terminated.
            ZMQError: The socket was closed, or cannot send in its present state.

        Example::

            with zmq.Context() as context, context.socket(zmq.PUSH) as push:
                push.linger = 0
                push.connect("tcp://127.0.0.1:5555")
                push.send(b"news", zmq.SNDMORE)
                push.send(b"the rest of the message")
                tracker = push.send(bytes(1_000_000), copy=False, track=True)

        libzmq: zmq_msg_send(3)
        """
        return send_one(handle_of(self), data, flags, copy, track, self.copy_threshold, destination(routing_id, group))

    def recv(self, int flags=0, bint copy=True, bint track=False):
        """Receive one frame.  Blocks while there is no message, up to RCVTIMEO milliseconds.

        Args:
            flags: zmq.NOBLOCK raises Again instead of blocking.
            copy: False returns a Frame on the memory of libzmq.
            track: With copy=False, whether the Frame has a tracker.

        Returns:
            The frame, as bytes or as a Frame.  ``get(zmq.RCVMORE)`` and ``Frame.more`` are true if another frame of the
            message follows.

        Raises:
            Again: There is no message (NOBLOCK), or none arrived for RCVTIMEO milliseconds.
            ContextTerminated: The context was terminated.
            ZMQError: The socket was closed, or cannot receive in its present state.

        Example::

            with zmq.Context() as context, context.socket(zmq.PULL) as pull:
                pull.bind("inproc://jobs")
                pull.rcvtimeo = 10
                try:
                    job = pull.recv()
                except zmq.Again:
                    print("no job for ten milliseconds")

        libzmq: zmq_msg_recv(3)
        """
        return recv_one(handle_of(self), flags, copy, track, &self._more, True)

    def recv_into(self, buffer, *, Py_ssize_t nbytes=0, int flags=0):
        """Receive one frame into a buffer.

        Args:
            buffer: A writable object with a contiguous buffer: a bytearray, memoryview, array, ...
            nbytes: The largest number of bytes to write; 0 for the size of *buffer*.
            flags: As for recv().

        Returns:
            The size of the frame in bytes.  If it exceeds *nbytes*, the rest of the frame is lost.

        Raises:
            ValueError: *nbytes* is negative or larger than *buffer*.
            BufferError, TypeError: *buffer* is not writable or not contiguous, or has no buffer.
            Again, ContextTerminated, ZMQError: As for recv().

        libzmq: zmq_recv(3)
        """
        self.c_socket()
        return recv_into_buffer(self.shared_handle, buffer, nbytes, flags)

    def send_multipart(self, msg_parts, int flags=0, bint copy=True, bint track=False, routing_id=None, group=None):
        """Send a message of several frames, whole or not at all.  Blocks as send() does.

        Args:
            msg_parts: An iterable of frames, each as for send(); all are checked before the first is sent.
            flags: As for send(); SNDMORE is added to all frames except the last.
            copy: As for send(), for each frame.
            track: As for send(), for all frames.
            routing_id: The routing id of the peer, an int (SERVER sockets).
            group: The name of the group (RADIO sockets).

        Returns:
            The result of send() for the last frame, None or a MessageTracker; the tracker covers all frames.

        Raises:
            TypeError: A frame is a str or has no buffer; nothing was sent.
            IndexError: There are no frames.
            ValueError: track=True, and a frame is a Frame without a tracker.
            Again, ContextTerminated, ZMQError: As for send().

        libzmq: zmq_msg_send(3)
        """
        to = destination(routing_id, group)
        return send_parts(handle_of(self), msg_parts, flags, copy, track, self.copy_threshold, to)

    def recv_multipart(self, int flags=0, bint copy=True, bint track=False):
        """Receive a whole message.  Blocks as recv() does.

        Args:
            flags, copy, track: As for recv().

        Returns:
            The list of its frames, as bytes or Frames.

        Raises:
            Again, ContextTerminated, ZMQError: As for recv().

        libzmq: zmq_msg_recv(3)
        """
        return recv_parts(handle_of(self), flags, copy, track)

    def poll(self, timeout=None, flags=PollEvent.POLLIN):
        """Wait until the socket is ready.

        Args:
            timeout: Longest wait in milliseconds; 0 returns at once, None or -1 waits for ever.
            flags: The events to wait for: zmq.POLLIN, zmq.POLLOUT, or both; None for no events.

        Returns:
            The mask of the ready events; 0 after a timeout.

        Raises:
            ContextTerminated: The context was terminated.
            ZMQError: The socket was closed before (ENOTSUP) or during the wait (ENOTSOCK).
            TypeError, ValueError, OverflowError: *timeout* is not a number, or does not fit into a C int.

        Example::

            with zmq.Context() as context, context.socket(zmq.PULL) as pull:
                pull.bind("inproc://jobs")
                if pull.poll(10):
                    job = pull.recv()
                else:
                    print("no job for ten milliseconds")

        libzmq: zmq_poll(3)
        """
        cdef Handle handle = self.shared_handle
        if handle is None or handle.ptr == NULL:
            self.check_pollable()
            self.c_socket()
        return wait_for_events(handle, poll_flags(flags), poll_timeout(timeout))


core_guard_methods(Socket)
# those that are in Python in pyzmq
core_show_as_functions([
    Socket.send, Socket.send_multipart, Socket.recv_multipart, Socket.poll, Socket.bind, Socket.connect, Socket.close
])
