"""Operations for event loops whose adapters are written in Python: a result at once, or a Call to wait for.

Theory of operation.

1. ``engine.recv()`` and the like return the result, or raise, wherever the operation can be done at once.  Else they
   return a Call, which has joined the queues of the engine.
2. A Call ends with a result or an error.  Its caller is woken once, by ``wake()``, after the engine has done its work:
   what runs there may use the socket.
3. The caller collects the end by ``result()``.  A message that is not collected, because the caller was cancelled or
   has dropped the Call, is given back by ``abandon()``, or when the Call is collected as garbage.
"""
cimport cython
from cpython.exc cimport PyErr_SetObject, PyErr_WriteUnraisable
from cpython.pythread cimport PyThread_get_thread_ident

from zmq.backend cimport libzmq, tries
from zmq.backend.engine cimport Engine, Operation
from zmq.backend.returned cimport Place
from zmq.backend.instances cimport core_guard_methods, core_show_as_functions
from zmq.backend.socket cimport Socket
from zmq.backend.transfer cimport Room, destination
from zmq.backend.turns cimport any_engine_of, poll_in_turn, ready_of, receive_at_once, receive_in_turn, send_in_turn
from zmq.backend.waiting cimport poll_flags

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


@cython.auto_pickle(False)
cdef class Call(Operation):
    """An operation that waits.  Subclass it, and override ``wake()``.

    For the thread of the loop, as all methods of it.

    Attributes:
        done: Whether it has ended.
    """

    cdef readonly bint done
    cdef bint returned  # whether the caller has this object, and so waits to be woken
    cdef object __weakref__

    def wake(self) -> object:
        """Have the caller go on: the call has ended.

        Called once, in the thread of the loop, unless the call was abandoned before.  It may run code of the program.
        Its errors are reported to ``sys.unraisablehook``.
        """
        raise NotImplementedError

    def wait(self):
        """Block the caller until the call has ended, and return its result; in loops where that is possible.

        Sockets whose methods are those of this module call it.  The adapter has to call ``abandon()`` where the wait
        ends otherwise.
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
        if not self.done:
            raise RuntimeError("the result was asked for while the operation waits")
        result = self.loaded(self.value)
        self.take()
        return len(result) if self.kind == tries.RECV_INTO else result

    def retry(self) -> None:
        """Have the engine try at once what waits, as it does when there is news; harmless when this has ended."""
        if self.engine is not None:
            self.engine.run()

    def abandon(self) -> None:
        """End without a result: the caller does not wait any more.

        An operation that waits will not be done, and ``wake()`` is not called.  A message that was delivered and not
        collected by ``result()`` is given back: the socket's next receive gets it.  A send that was done stays done.
        Harmless when nothing is left to do.
        """
        self.returned = False
        if not self.done:
            self.done = True
            self.error = RuntimeError("the operation was abandoned")
            self.give_up()
        elif self.receiver is not None:
            self.error = RuntimeError("the message was given back")
            self.give_back()

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
            if result is not None and self.kind != tries.POLL and self.engine is not None:
                result = (<CallEngine>self.engine).tracked(result)
            self.value = result
            self.end()
            self.give_up()
        return 0

    cdef int deliver(self, Engine engine, object message) except -1:
        self.value = message
        self.receiver = engine
        if self.done:  # abandoned by code of the program that ran meanwhile
            self.give_back()
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


@cython.auto_pickle(False)
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
        default_loop: Returns the loop to use where none is running; by default it is an error that none is.
    """

    cdef object call_class
    cdef unsigned long thread  # of the loop

    def __init__(self, Socket socket not None, running_loop: Callable[[], Any], call_class: Callable[[], Call],
                 hub_of: Callable[[Any], Any] | None = None, int turn=TURN, bint timeouts=True,
                 default_loop: Callable[[], Any] | None = None):
        Engine.__init__(
            self, socket, running_loop, no_loop if default_loop is None else default_loop,
            itself if hub_of is None else hub_of,
        )
        self.call_class = call_class
        self.timeouts = timeouts
        self.whole = True
        self.addressed = socket.shared_handle is not None and socket.shared_handle.type in ADDRESSED
        self.turn = turn if turn > 0 else 0x7FFFFFFF
        self.receive_turn = self.send_turn = self.turn

    # ---- operations

    def recv(self, int flags=0, bint copy=True, bint track=False):
        """Receive one frame; arguments as for ``zmq.Socket.recv``.

        Returns:
            The frame; or the Call that waits for it.

        Raises:
            Again: There is nothing, and the operation may not wait (NOBLOCK, or RCVTIMEO is 0).
            ZMQError: The socket is closed, its context terminated, or what else libzmq says.
            RuntimeError: No loop runs, or operations of the socket wait in another one.
        """
        return self.receive(tries.RECV, flags, copy, track, None)

    def recv_multipart(self, int flags=0, bint copy=True, bint track=False):
        """Receive a whole message: a list of its frames.  Otherwise as ``recv``."""
        return self.receive(tries.RECV_MULTIPART, flags, copy, track, None)

    def try_recv_multipart(self, bint copy=True, bint track=False) -> list[Any] | None:
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
        value = receive_at_once(self, socket, tries.RECV_MULTIPART, libzmq.ZMQ_DONTWAIT, copy, track, None)
        self.tried = value is None
        if not PyExceptionInstance_Check(value):
            return value
        if tries.has_to_wait(value):
            return None
        raise value

    def recv_into(self, buffer, *, Py_ssize_t nbytes=0, int flags=0):
        """Receive one frame into a buffer, which is pinned until the Call ends.

        Args:
            buffer: A writable object with a contiguous buffer.
            nbytes: The most bytes to write; 0 for the size of *buffer*.
            flags: As for ``recv``.

        Returns:
            The size of the frame, or a Call.  When it is more than there was room for, the rest is lost.
        """
        return self.receive(tries.RECV_INTO, flags, True, False, Room(buffer, nbytes))

    def send(self, data, int flags=0, bint copy=True, bint track=False, routing_id: int | None = None,
             group: str | bytes | None = None):
        """Send one frame; arguments as for ``zmq.Socket.send``.  While the send waits, *data* must not change.

        Returns:
            None, or the MessageTracker; or the Call that waits for room.

        Raises:
            Again: There is no room, and the operation may not wait (NOBLOCK, or SNDTIMEO is 0).
            ZMQError, RuntimeError: As for ``recv``.
        """
        return self.transmit(tries.SEND, data, flags, copy, track, destination(routing_id, group))

    def send_multipart(self, msg_parts: Iterable[Any], int flags=0, bint copy=True, bint track=False,
                       routing_id: int | None = None, group: str | bytes | None = None):
        """Send a message of several frames: whole, or not at all.  Otherwise as ``send``."""
        to = destination(routing_id, group)
        return self.transmit(tries.SEND_MULTIPART, tries.whole(msg_parts), flags, copy, track, to)

    def poll(self, timeout: float | None = None, flags: int = libzmq.ZMQ_POLLIN):
        """Wait until the socket is ready.

        Args:
            timeout: Longest wait in milliseconds; 0 does not wait, None or -1 waits for ever.
            flags: The events to wait for: zmq.POLLIN, zmq.POLLOUT, or both.

        Returns:
            The events that are ready, 0 after a timeout; or the Call that waits for them.
        """
        return self.await_events(timeout, poll_flags(flags))

    # ---- at once, else in turn

    cdef object await_events(self, object timeout, int flags):
        cdef Call call
        cdef int found
        cdef Socket socket = self.living()
        cdef CallEngine engine = self.here(socket)
        if not engine.tried and (engine.polls + 1) % engine.turn:
            found = ready_of(engine, socket, flags)
            if found or timeout == 0:
                engine.polls += 1
                return found
        call = <Call?>engine.call_class()
        poll_in_turn(engine, socket, call, timeout, flags)
        return engine.outcome(call)

    cpdef object _move(self, object loop):
        """Wait in *loop* from now on."""
        Engine._move(self, loop)
        self.thread = PyThread_get_thread_ident()

    cpdef object tracked(self, object tracker):
        """Return what a send returns that was asked for the MessageTracker *tracker*: by default that."""
        return tracker

    cdef Socket living(self):
        socket = core_referent(self._socket)
        if socket is None:
            raise ZMQError(Errno.ENOTSOCK, "the socket of this engine does not exist any more")
        return socket

    cdef CallEngine here(self, Socket socket):
        """Return the engine for the loop that runs."""
        self._enter()
        return self

    cdef bint _goes_past(self, int flags) except -1:
        """Return whether an operation is tried before those that wait."""
        return False

    cdef object receive(self, tries.Kind kind, int flags, bint copy, bint track, object into):
        cdef Call call
        cdef Socket socket = self.living()
        cdef CallEngine engine
        cdef object value = None
        cdef bint tried = False
        # What is done at once needs no loop.
        if (
            self.receives_in is self.link.loop and self.received + 1 < self.receive_turn
            and self.thread == PyThread_get_thread_ident()
        ) or (self._goes_past(flags) and not self.returned.messages):
            value = receive_at_once(self, socket, kind, flags, copy, track, into)
            if value is not None and not PyExceptionInstance_Check(value):
                return len(value) if kind == tries.RECV_INTO else value
            if value is not None and not self.waits_after(value):
                raise value
            if flags & libzmq.ZMQ_DONTWAIT and (self._goes_past(flags) or not self.receivers):
                raise Again() if value is None else value
            tried = True
        engine = self.here(socket)
        if engine is not self:
            return engine.receive(kind, flags, copy, track, into)
        call = <Call?>self.call_class()
        receive_in_turn(self, socket, call, kind, flags, copy, track, into, tried, value)
        return self.outcome(call)

    cdef object transmit(self, tries.Kind kind, object data, int flags, bint copy, bint track, tuple to):
        cdef Call call
        cdef CallEngine engine
        cdef object result
        cdef Socket socket = self.living()
        if (
            self.sends_in is self.link.loop and self.sends + 1 < self.send_turn
            and self.thread == PyThread_get_thread_ident()
        ) or self._goes_past(flags):
            try:
                result = tries.send_now(socket, kind, data, flags, copy, track, to)
            except Again:
                if flags & libzmq.ZMQ_DONTWAIT and (self._goes_past(flags) or not self.senders):
                    raise
            else:
                self.sends += 1
                return result if result is None else self.tracked(result)
        engine = self.here(socket)
        if engine is not self:
            return engine.transmit(kind, data, flags, copy, track, to)
        call = <Call?>self.call_class()
        send_in_turn(self, socket, call, kind, data, flags, copy, track, to)
        return self.outcome(call)

    cdef object outcome(self, Call call):
        """Return the result of *call*, or raise its error; *call* itself if it waits."""
        if call.done:
            result = call.result()
            is_tracker = result is not None and (call.kind == tries.SEND or call.kind == tries.SEND_MULTIPART)
            return self.tracked(result) if is_tracker else result
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


@cython.auto_pickle(False)
cdef class BlockingEngine(CallEngine):
    """An engine for sockets whose callers block, as those of ``zmq.Socket`` do; arguments as for ``CallEngine``.

    ``zmq.adapter.calls`` has the methods of such sockets.  The loops of several threads may use the socket at the same
    time: each has an engine of its own then, which this one hands operations to.  Operations with NOBLOCK, and those of
    callbacks of the loop, are tried before those that wait, not after.  A receive of a REQ or REP that has to send
    first raises ZMQError(EFSM).
    """

    cdef dict others  # the engines of other loops that use the socket
    cdef object owner  # the loop for which this one is
    cdef object first  # of those engines: a weak reference to the one that the socket has

    def __cinit__(self, *args, **kwargs):
        self.others = {}
        self.awaits_state = False

    cpdef bint in_callback(self) except -1:
        """Return whether the caller is a callback of the loop, which cannot wait: then it goes past those that do."""
        return False

    cdef bint _goes_past(self, int flags) except -1:
        return flags & libzmq.ZMQ_DONTWAIT or self.in_callback()

    cdef CallEngine here(self, Socket socket):
        cdef BlockingEngine engine
        loop = self.link.choose()
        if loop is self.link.loop:
            return self
        if self.owner is None:
            self.owner = loop  # before any code in Python runs, and with it another thread
        if loop is self.owner:
            self._move(loop)
            return self
        engine = self.others.get(loop)
        if engine is not None:
            return engine
        for key, engine in tuple(self.others.items()):
            if engine.link.hub.is_closed():
                self.others.pop(key, None)
        engine = type(self)(
            socket, self.link.running_loop, self.call_class, self.link.hub_of, self.turn, self.timeouts,
            self.link.default_loop,
        )
        engine.returned = self.returned
        engine.first = self.me
        engine.owner = loop
        engine._move(loop)
        self.others[loop] = engine
        return engine

    cdef int take_back(self, Place *place, object message, bint delivered) except -1:
        cdef BlockingEngine first = self if self.first is None else core_referent(self.first)
        cdef BlockingEngine engine
        Engine.take_back(self, place, message, delivered)
        if first is not None and first.others:
            for engine in (first, *first.others.values()):
                engine.changed()
                if engine is not self and (engine.receivers or engine.pollers):
                    engine._woken()
        return 0


def no_loop():
    """Raise RuntimeError."""
    raise RuntimeError("no event loop runs in this thread")


def itself(loop):
    """Return *loop*, which is its own hub."""
    return loop


# ---- the methods of sockets whose callers block

cdef inline CallEngine engine_of(Socket socket):
    return <CallEngine?>any_engine_of(socket)


cdef object end(object outcome):
    """Return the result of an operation, which may have to wait."""
    return (<Call>outcome).wait() if isinstance(outcome, Call) else outcome


def recv(Socket self not None, int flags=0, bint copy=True, bint track=False):
    """Receive one frame; see ``zmq.Socket.recv``."""
    return end(engine_of(self).receive(tries.RECV, flags, copy, track, None))


def recv_multipart(Socket self not None, int flags=0, bint copy=True, bint track=False):
    """Receive a whole message; see ``zmq.Socket.recv_multipart``."""
    return end(engine_of(self).receive(tries.RECV_MULTIPART, flags, copy, track, None))


def recv_into(Socket self not None, buffer, *, Py_ssize_t nbytes=0, int flags=0):
    """Receive one frame into a buffer; see ``zmq.Socket.recv_into``."""
    return end(engine_of(self).receive(tries.RECV_INTO, flags, True, False, Room(buffer, nbytes)))


def send(Socket self not None, data, int flags=0, bint copy=True, bint track=False, routing_id=None, group=None):
    """Send one frame; see ``zmq.Socket.send``."""
    return end(engine_of(self).transmit(tries.SEND, data, flags, copy, track, destination(routing_id, group)))


def send_multipart(Socket self not None, msg_parts, int flags=0, bint copy=True, bint track=False, routing_id=None,
                   group=None):
    """Send a message of several frames; see ``zmq.Socket.send_multipart``."""
    msg_parts, to = tries.whole(msg_parts), destination(routing_id, group)
    return end(engine_of(self).transmit(tries.SEND_MULTIPART, msg_parts, flags, copy, track, to))


def poll(Socket self not None, timeout=None, flags=libzmq.ZMQ_POLLIN):
    """Wait until the socket is ready; see ``zmq.Socket.poll``."""
    self.check_pollable()
    return end(engine_of(self).await_events(timeout, poll_flags(flags)))


for _class in (Call, CallEngine, BlockingEngine):
    core_guard_methods(_class)
core_show_as_functions([recv, recv_multipart, recv_into, send, send_multipart, poll])
