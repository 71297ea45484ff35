"""Operations for event loops whose adapters are written in Python: a result at once, or a Call to wait for.

Theory of operation.

1. ``engine.recv()`` and the like return the result, or raise, wherever the operation can be done at once.  Else they
   return a Call, which has joined the queues of the engine.
2. A Call ends with a result or an error.  Its caller is woken once, by ``wake()``, after the engine has done its work:
   what runs there may use the socket.
3. The caller collects the end by ``result()``.  A message that is not collected, because the caller was cancelled or
   has dropped the Call, is given back by ``abandon()``, or when the Call is collected as garbage.
"""
from cpython.exc cimport PyErr_SetObject, PyErr_WriteUnraisable

from zmq.backend cimport libzmq
from zmq.backend.engine cimport Engine, Operation
from zmq.backend.socket cimport Socket
from zmq.backend.tries cimport (
    POLL,
    RECV,
    RECV_INTO,
    RECV_MULTIPART,
    SEND,
    SEND_MULTIPART,
    Kind,
    send_now,
)

from zmq.backend.engine import TURN
from zmq.constants import Errno, SocketType
from zmq.error import Again, ZMQError

cdef extern from "Python.h":
    bint PyExceptionInstance_Check(object)

cdef extern from "zmq/backend/referent.h":
    object core_referent(object reference)

# The types of socket whose messages name the peer that they go to.
cdef tuple ADDRESSED = tuple(int(type) for type in (
    SocketType.ROUTER, SocketType.STREAM, SocketType.SERVER, SocketType.PEER
))


cdef class Call(Operation):
    """An operation that waits.  Subclass it, and override ``wake()``.

    For the thread of the loop, as all methods of it.

    Attributes:
        done: Whether it has ended.
    """

    def wake(self):
        """Have the caller go on: the call has ended.

        Called once, in the thread of the loop, unless the call was abandoned before.  It may run code of the program.
        Its errors are reported to ``sys.unraisablehook``.
        """
        raise NotImplementedError

    def result(self):
        """Return the result of the operation, or raise its error.  A message is taken then.

        Raises:
            Again: It has waited as long as RCVTIMEO or SNDTIMEO allow.
            ContextTerminated: The context was terminated.
            ZMQError: The socket was closed (ENOTSOCK), or what else libzmq says.
            RuntimeError: It has not ended.
        """
        cdef Engine receiver = self.receiver
        if not self.done:
            raise RuntimeError("the result was asked for while the operation waits")
        if self.error is not None:
            raise self.error
        if receiver is not None:
            self.receiver = None
            if self.waited:
                receiver.taken()
        return len(self.value) if self.kind == RECV_INTO else self.value

    def abandon(self):
        """End without a result: the caller does not wait any more.

        An operation that waits will not be done, and ``wake()`` is not called.  A message that was delivered and not
        collected by ``result()`` is given back: the socket's next receive gets it.  A send that was done stays done.
        Harmless when nothing is left to do.
        """
        cdef Engine receiver = self.receiver
        self.returned = False
        if not self.done:
            self.done = True
            self.error = RuntimeError("the operation was abandoned")
            self.give_up()
        elif receiver is not None:
            self.receiver = None
            self.error = RuntimeError("the message was given back")
            receiver.take_back(&self.place, self.value, self.waited)

    def __del__(self):
        if self.receiver is not None:
            self.abandon()

    cdef int leave(self) except -1:
        if self.engine is not None:
            self.engine.awaited.discard(self)
            Operation.leave(self)
        self.data = None
        return 0

    cdef int end(self) except -1:
        """Note that it has ended; have the caller woken."""
        cdef CallEngine engine = <CallEngine>self.engine
        self.done = True
        if engine is not None and self.returned:
            engine.ended.append(self)
        return 0

    cdef int succeed(self, object result) except -1:
        if not self.done:
            self.value = result
            self.end()
            self.give_up()
        return 0

    cdef int deliver(self, Engine engine, object message) except -1:
        self.value = message
        self.receiver = engine
        if self.done:  # abandoned by code of the program that ran meanwhile
            self.receiver = None
            engine.take_back(&self.place, message, self.waited)
        else:
            self.end()
        self.leave()  # and nothing has changed for other receives until the message is taken
        return 0

    cdef int fail(self, object error) except -1:
        if not self.done:
            self.error = error
            self.end()
            self.give_up()
        return 0


cdef class CallEngine(Engine):
    """What waits for one socket, and the hub of the event loop that it waits in; see ``zmq.adapter``.

    Args:
        socket: The socket, which is not kept.
        running_loop: Returns what stands for the loop that runs in this thread, always the same object for a loop; None
            if none runs.  Called for each operation, and in other threads, too.
        call_class: A subclass of Call; called without arguments.
        hub_of: Returns the hub of a loop; None where ``running_loop`` returns hubs.
        turn: How many operations of one kind may succeed at once before one waits for the loop's next iteration, so
            that other tasks run.  0 if the adapter sees to that.
        timeouts: Whether RCVTIMEO and SNDTIMEO limit how long operations wait.
    """

    def __init__(self, Socket socket not None, running_loop, call_class, hub_of=None, int turn=TURN,
                 bint timeouts=True):
        Engine.__init__(self, socket, running_loop, no_loop, itself if hub_of is None else hub_of)
        self.call_class = call_class
        self.timeouts = timeouts
        self.whole = True
        self.addressed = socket.shared_handle is not None and socket.shared_handle.type in ADDRESSED
        self.turn = turn if turn > 0 else 0x7FFFFFFF
        self.receive_turn = self.send_turn = self.turn

    def recv(self, int flags=0, bint copy=True, bint track=False):
        """Receive one frame; arguments as for ``zmq.Socket.recv``.

        Returns:
            The frame; or the Call that waits for it.

        Raises:
            Again: There is nothing, and the operation may not wait (NOBLOCK, or RCVTIMEO is 0).
            ZMQError: The socket is closed, its context terminated, or what else libzmq says.
            RuntimeError: No loop runs, or operations of the socket wait in another one.
        """
        return self.receive(RECV, flags, copy, track, None)

    def recv_multipart(self, int flags=0, bint copy=True, bint track=False):
        """Receive a whole message: a list of its frames.  Otherwise as ``recv``."""
        return self.receive(RECV_MULTIPART, flags, copy, track, None)

    def try_recv_multipart(self, bint copy=True, bint track=False):
        """Receive a whole message if one is there, for an adapter that waits with ``poll``.  No loop has to run.

        The next ``poll``, for POLLIN, trusts that there was nothing: what has come meanwhile ends it in the loop.

        Returns:
            The list of frames; None if there is nothing, or the socket has to send first.

        Raises:
            ZMQError: The socket is closed, its context terminated, or what else libzmq says.
        """
        cdef Socket socket = self.living()
        cdef object value
        if self.receivers or self.returned.messages or self.returned.more is not None:
            try:
                return self.recv_multipart(libzmq.ZMQ_DONTWAIT, copy, track)  # in turn
            except Again:
                return None
        value = self.receive_at_once(socket, RECV_MULTIPART, libzmq.ZMQ_DONTWAIT, copy, track, None)
        self.tried = value is None
        return None if PyExceptionInstance_Check(value) else value

    def recv_into(self, buffer, *, Py_ssize_t nbytes=0, int flags=0):
        """Receive one frame into a buffer, which is pinned until the Call ends.

        Args:
            buffer: A writable object with a contiguous buffer.
            nbytes: The most bytes to write; 0 for the size of *buffer*.
            flags: As for ``recv``.

        Returns:
            The size of the frame, or a Call.  When it is more than there was room for, the rest is lost.
        """
        return self.receive(RECV_INTO, flags, True, False, room(buffer, nbytes))

    def send(self, data, int flags=0, bint copy=True, bint track=False, routing_id=None, group=None):
        """Send one frame; arguments as for ``zmq.Socket.send``.  While the send waits, *data* must not change.

        Returns:
            None, or the MessageTracker; or the Call that waits for room.

        Raises:
            Again: There is no room, and the operation may not wait (NOBLOCK, or SNDTIMEO is 0).
            ZMQError, RuntimeError: As for ``recv``.
        """
        return self.transmit(SEND, data, flags, copy, track, routing_id, group)

    def send_multipart(self, msg_parts, int flags=0, bint copy=True, bint track=False, routing_id=None, group=None):
        """Send a message of several frames: whole, or not at all.  Otherwise as ``send``."""
        if type(msg_parts) is not list and hasattr(msg_parts, "__next__"):  # a send may be tried more than once
            msg_parts = list(msg_parts)
        return self.transmit(SEND_MULTIPART, msg_parts, flags, copy, track, routing_id, group)

    def poll(self, timeout=None, int flags=libzmq.ZMQ_POLLIN):
        """Wait until the socket is ready.

        Args:
            timeout: Longest wait in milliseconds; 0 does not wait, None or -1 waits for ever.
            flags: The events to wait for: zmq.POLLIN, zmq.POLLOUT, or both.

        Returns:
            The events that are ready, 0 after a timeout; or the Call that waits for them.
        """
        cdef Call call
        cdef Socket socket = self.living()
        self.enter()
        call = <Call?>self.call_class()
        call.kind = POLL
        call.events = flags
        self.poll_in_turn(socket, call, timeout)
        return self.outcome(call)

    cdef Socket living(self):
        socket = core_referent(self.socket)
        if socket is None:
            raise ZMQError(Errno.ENOTSOCK, "the socket of this engine does not exist any more")
        return socket

    cdef object receive(self, Kind kind, int flags, bint copy, bint track, object into):
        cdef Call call
        cdef Socket socket = self.living()
        cdef object value = None
        cdef bint tried = False
        if self.running_loop() is self.receives_in and self.received + 1 < self.receive_turn:
            value = self.receive_at_once(socket, kind, flags, copy, track, into)
            if value is not None and not PyExceptionInstance_Check(value):
                return len(value) if kind == RECV_INTO else value
            if flags & libzmq.ZMQ_DONTWAIT and not self.receivers:
                raise Again() if value is None else value
            tried = True
        self.enter()
        call = <Call?>self.call_class()
        call.kind = kind
        call.flags = flags | libzmq.ZMQ_DONTWAIT
        call.copy = copy
        call.track = track
        call.data = into
        self.receive_in_turn(socket, call, flags, tried, value)
        return self.outcome(call)

    cdef object transmit(self, Kind kind, object data, int flags, bint copy, bint track, object routing_id,
                         object group):
        cdef Call call
        cdef object result
        cdef Socket socket = self.living()
        if self.running_loop() is self.sends_in and self.sends + 1 < self.send_turn:
            try:
                result = send_now(socket, kind, data, flags, copy, track, routing_id, group)
            except Again:
                pass
            else:
                self.sends += 1
                return result
        self.enter()
        call = <Call?>self.call_class()
        call.kind = kind
        call.data = data
        call.flags = flags | libzmq.ZMQ_DONTWAIT
        call.copy = copy
        call.track = track
        call.routing_id = routing_id
        call.group = group
        self.send_in_turn(socket, call, flags)
        return self.outcome(call)

    cdef object outcome(self, Call call):
        """Return the result of *call*, or raise its error; *call* itself if it waits."""
        if call.done:
            return call.result()
        call.returned = True
        self.awaited.add(call)
        return call

    cdef int wake_all(self) except -1:
        cdef Call call
        while self.ended:
            call = self.ended.pop(0)
            if call.returned:
                call.returned = False
                try:
                    call.wake()
                except Exception as error:
                    PyErr_SetObject(type(error), error)
                    PyErr_WriteUnraisable(call)  # this may be in the middle of a close()
                except BaseException:
                    if self.ended:
                        self.schedule()  # the others are woken then
                    raise
        return 0


cdef object room(object buffer, Py_ssize_t nbytes):
    """Return where to receive into, as a memoryview.

    Raises:
        TypeError: *buffer* is no buffer, or read-only.
        ValueError: It is smaller than *nbytes*.
    """
    view = memoryview(buffer).cast("B")
    if view.readonly:
        raise TypeError(f"cannot receive into {buffer!r:.60}: it is read-only")
    if nbytes < 0 or nbytes > len(view):
        raise ValueError(f"cannot receive {nbytes} bytes into a buffer of {len(view)}")
    return view[:nbytes] if nbytes else view


def no_loop():
    """Raise RuntimeError."""
    raise RuntimeError("no event loop runs in this thread")


def itself(loop):
    """Return *loop*, which is its own hub."""
    return loop
