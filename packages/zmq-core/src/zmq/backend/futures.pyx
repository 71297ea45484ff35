"""The operations of a socket as ``asyncio`` futures.

Theory of operation.

1. What can be done at once is done at once, and its future is done before the caller sees it.
2. To make and resolve an ``asyncio.Future`` costs more than to send a message, and most futures are awaited at once and
   never used for anything else.  So that of what was done at once (``Done``) initializes its base class only when a
   caller uses it as more than an awaitable.  When the last reference to it goes it is not freed but kept, without its
   message, for a later operation of any socket.
3. Every so often an operation that could be done at once goes through the loop, so that a busy socket does not starve
   other tasks.  A receive waits for that like any other.  A send is made, and only its future waits: programs may not
   look at it, and it cannot be cancelled any more.
4. A future that has its message but is not asked for it gives it back: when the task that awaits it is cancelled before
   it gets to run, and when it is dropped.  It is cancelled then, so that the message cannot be taken twice.
5. Closing the socket cancels the futures that wait, as in pyzmq.  An iteration ends.  All other errors of the socket
   end them as exceptions.
6. A program may end a future itself, as asyncio lets it: the future leaves its queue, and its operation is not done.
7. The loop keeps the futures that are awaited, and with them the socket; it keeps nothing else alive.
8. What is sent over inproc is there at once.  So the send looks whether it has ended the wait of another task of the
   loop, which saves an iteration of the loop.  Where it does not, the next sends do not look.

Rule 2 does not hold where ``asyncio.Future`` is the class in Python, as after ``nest_asyncio.apply()``: it keeps its
state in plain attributes, which cannot be filled in when they are read.
"""
from asyncio import CancelledError, Future
from asyncio.events import _get_running_loop as running_loop

cimport cython
from cpython.object cimport Py_TPFLAGS_BASETYPE, PyObject
from cpython.ref cimport Py_DECREF, Py_INCREF

from zmq.backend cimport libzmq, tries, turns
from zmq.backend.engine cimport Delivery, Engine, Operation, call_load
from zmq.backend.instances cimport core_show_as_functions
from zmq.backend.socket cimport Socket
from zmq.backend.transfer cimport Room, destination
from zmq.backend.waiting cimport poll_flags
from zmq.backend.watch cimport NestedSet

from zmq.backend import results
from zmq.error import Again

cdef extern from "Python.h":
    ctypedef void (*End "destructor")(PyObject *) noexcept
    ctypedef struct AsyncMethods "PyAsyncMethods":
        PyObject *(*am_await)(PyObject *) except NULL
    ctypedef struct TypeObject "PyTypeObject":
        AsyncMethods *tp_as_async
        End tp_dealloc
        End tp_finalize
        unsigned long tp_flags
        int (*tp_init)(PyObject *, PyObject *, PyObject *) except -1
        object (*tp_new)(TypeObject *, PyObject *, PyObject *)
    void PyObject_GC_Track(object)
    bint PyExceptionInstance_Check(object)

cdef extern from "zmq/backend/futures.h":
    const bint COUNTS_REFERENCES "CORE_COUNTS_REFERENCES"
    Py_ssize_t core_slot_offset(object descriptor)
    bint core_may_return(PyObject *future, Py_ssize_t offset) noexcept
    void core_revive(PyObject *future) noexcept

cdef object Done = results.Done
cdef object Receiving = results.Receiving
cdef object finish = results.finish
cdef bint _lazy = results.LAZY

cdef object _set_result = Future.set_result
cdef tuple _no_arguments = ()


cdef enum:
    LONGEST_BLINDNESS = 63  # sends
    MOST_SPARES = 16


def _raise(error):
    raise error


def failed(loop, error: BaseException) -> Future[Any]:
    """Return a future that has failed."""
    future = Future(loop=loop)
    future.set_exception(error)
    return future


# ---- what the futures of ``results`` hold

@cython.final
@cython.freelist(16)
cdef class FutureDelivery(Delivery):
    """The message of a future that was done when it was made."""

    cdef readonly object loop  # of the future, until its base class is initialized

    def initialize(self, future: Future[Any]) -> None:
        """Initialize the base class of *future*, unless that was done."""
        loop, self.loop = self.loop, None
        if loop is not None:
            Future.__init__(future, loop=loop)
            _set_result(future, self.value)

    cpdef object collect(self):
        """Take the message, and return the result."""
        self.receiver = None
        return self.loaded(self.value)

    def exception(self) -> BaseException | None:
        """Return the error with which making the result ends; None if it does not."""
        return self.load_error(self.value)

    def drop(self) -> None:
        """Give the message back, unless it was taken."""
        self.give_back()


@cython.final
@cython.auto_pickle(False)
cdef class FutureOperation(Operation):
    """An operation whose end a future tells."""

    cdef object future  # while it waits
    cdef int awaiting  # the number of tasks that began to await it while it waited, and have not gone on
    cdef readonly bint given_back  # it had its message and has given it back: its future looks cancelled
    cdef bint iterates  # it is a step of ``async for``
    cdef object __weakref__

    def hold(self) -> None:
        """Have the loop keep the future while it waits."""
        if self.engine is not None:
            self.engine.awaited.add(self.future)

    cpdef int release(self) except -1:
        """Undo ``hold()``."""
        if self.engine is not None:
            self.engine.awaited.discard(self.future)
        return 0

    cpdef int quit(self) except -1:
        """Leave the queue: the program has ended the future."""
        self.load = None
        return self.give_up()

    def suspend(self) -> None:
        """A task begins to await the future, which is not done."""
        self.awaiting += 1

    def desert(self) -> None:
        """A task that awaited it does not go on: the message is given back where no other task awaits it."""
        self.awaiting -= 1
        if self.awaiting == 0 and self.receiver is not None:
            self.given_back = True
            self.give_back()

    def go_on(self, receiving: Future[Any]):
        """Return the message to a task that awaited the future *receiving*: it is taken now."""
        self.awaiting -= 1
        if self.receiver is not None:
            self.take()  # whatever becomes of other tasks that await it
            if self.load is None:
                return self.value
        return receiving.result()

    def collect(self, message):
        """Take the message, and return the result that it makes."""
        if self.given_back:
            raise CancelledError
        if self.awaiting == 0:  # else it may be asyncio that asks, before it finds that the task was cancelled
            self.take()
        return self.loaded(message)

    def exception(self, message) -> BaseException | None:
        """Return the error with which making the result of *message* ends; None if it does not."""
        if self.given_back:
            raise CancelledError
        return self.load_error(message)

    def drop(self) -> bool:
        """Give the message back, unless it was taken; return whether there was one."""
        cdef bint delivered = self.receiver is not None
        self.give_back()
        return delivered

    cdef int leave(self) except -1:
        if self.engine is not None:
            self.release()
            Operation.leave(self)
        self.future = None  # which has this
        self.data = None
        return 0

    cdef int succeed(self, object result) except -1:
        future = self.future
        if future is not None and not future.done():  # else code of the program that ran meanwhile has ended it
            _set_result(future, result)
            self.quit()
        return 0

    cdef int deliver(self, Engine engine, object message) except -1:
        future = self.future
        self.receiver = engine
        self.value = message
        self.leave()  # and nothing has changed for other receives until the message is taken
        if future is None or future.done():  # code of the program that ran meanwhile has ended it
            self.give_back()
        else:
            _set_result(future, message)
        return 0

    cdef int fail(self, object error) except -1:
        future = self.future
        if future is None or future.done():
            self.give_up()
        elif self.socket is not None and self.socket.is_closed():
            if self.iterates:
                future.set_exception(StopAsyncIteration())
                Future.exception(future)  # asyncio has nothing to report if it is never asked
            else:
                future.cancel(f"the socket was closed while this operation waited: {self.socket!r}")
        else:
            future.set_exception(error)
        return 0


cdef inline object new(object cls):
    """Return ``cls.__new__(cls)``."""
    return (<TypeObject *>cls).tp_new(<TypeObject *>cls, <PyObject *>_no_arguments, NULL)


cdef object new_future(object cls, dict loop_argument):
    """Return a Pending or Receiving with its FutureOperation."""
    cdef FutureOperation operation = FutureOperation.__new__(FutureOperation)
    operation.future = future = new(cls)
    # which a call of the class would do, too, with a copy of the arguments
    (<TypeObject *>Future).tp_init(<PyObject *>future, <PyObject *>_no_arguments, <PyObject *>loop_argument)
    future._operation = operation
    return future


# Where a Done has its message; less than 0 if that is unknown.
cdef Py_ssize_t _message_offset = core_slot_offset(Done._message)


cdef inline PyObject *held_by(PyObject *future) noexcept:
    return (<PyObject **>(<char *>future + _message_offset))[0]


cdef FutureDelivery message_of(object future):
    cdef PyObject *found = held_by(<PyObject *>future) if _message_offset >= 0 else NULL
    cdef object message = future._message if found == NULL else <object>found
    if type(message) is not FutureDelivery:
        raise TypeError(f"{message!r} is not the message of a future")
    return <FutureDelivery>message


# Futures that were freed, each with its FutureDelivery.
cdef PyObject *_spares[MOST_SPARES]
cdef int _spare_count = 0


cdef object new_done(object loop, object value):
    """Return a future that is done."""
    global _spare_count
    cdef object future
    cdef FutureDelivery message
    if _spare_count:
        _spare_count -= 1
        future = <object>_spares[_spare_count]
        Py_DECREF(future)  # which the spare one had
        PyObject_GC_Track(future)
        message = message_of(future)
    else:
        future = new(Done)
        future._message = message = FutureDelivery.__new__(FutureDelivery)
    message.loop = loop
    message.value = value
    if not _lazy:
        message.initialize(future)
    return future


cdef PyObject *_await(PyObject *future) except NULL:
    """Return an iterator over the future, and take its message."""
    cdef object iterator = finish(message_of(<object>future).collect())
    Py_INCREF(iterator)
    return <PyObject *>iterator


cdef inline bint is_taken(object message) noexcept:
    return type(message) is FutureDelivery and (<FutureDelivery>message).receiver is None


cdef void _end(PyObject *future) noexcept:
    cdef PyObject *message = held_by(future)
    if message != NULL and not is_taken(<object>message):
        _end_in_python(future)


cdef void _free(PyObject *future) noexcept:
    """Keep a future that no reference is left to, without its message, for a later operation."""
    global _spare_count
    cdef FutureDelivery message
    cdef PyObject *held = held_by(future)
    if (
        _spare_count == MOST_SPARES or not core_may_return(future, _message_offset) or not is_taken(<object>held)
        or (<FutureDelivery>held).loop is None  # it is a real future by now
    ):
        # It looks for the first class on the way to the base that has another one; so it must be in its place.
        _done.tp_dealloc = _free_original
        _free_original(future)
        _done.tp_dealloc = _free
        return
    message = <FutureDelivery>held
    # dropped at the end: that may run code which receives, and frees other futures
    _value, _load, _error = message.value, message.load, message.error
    message.value = message.load = message.error = message.loop = None
    core_revive(future)
    _spares[_spare_count] = future
    _spare_count += 1


cdef TypeObject *_done = <TypeObject *>Done
cdef End _end_in_python = _done.tp_finalize
cdef End _free_original = _done.tp_dealloc
if _message_offset >= 0:
    _done.tp_as_async.am_await = _await  # which would look up and call __await__, which has to do the same
    _done.tp_finalize = _end
    if COUNTS_REFERENCES:
        _done.tp_flags &= ~Py_TPFLAGS_BASETYPE  # a subclass would have it, too
        _done.tp_dealloc = _free


cdef class FutureEngine(Engine):
    """The operations of one Python socket, as futures.  See ``Engine``; for the thread of the loop."""

    cdef dict loop_argument  # of new futures
    cdef int looks_after  # how many more sends it makes before it looks again at what waits
    cdef int fruitless  # how many it was the last time

    def __init__(self, Socket socket not None, default_loop, hub_of):
        Engine.__init__(self, socket, running_loop, default_loop, hub_of)

    cpdef object _move(self, object loop):
        """Wait in *loop* from now on."""
        Engine._move(self, loop)
        self.loop_argument = {"loop": loop}

    # ---- receives

    cdef object receive(self, Socket socket, tries.Kind kind, int flags, bint copy, bint track):
        """Receive: at once, else in turn.

        Raises:
            ZMQError: The socket is closed, or its context terminated, and DONTWAIT was not among the flags.
        """
        cdef object value, future
        cdef FutureDelivery message
        loop = running_loop()
        if loop is not self.receives_in or self.received + 1 >= self.receive_turn:
            return self.receive_later(socket, kind, flags, copy, track, None, False, None)
        value = turns.receive_at_once(self, socket, kind, flags, copy, track, None)
        if value is None or PyExceptionInstance_Check(value):
            if value is None or tries.has_to_wait(value):
                return self.receive_later(socket, kind, flags, copy, track, None, True, value)
            if not flags & libzmq.ZMQ_DONTWAIT:
                turns.int_option_of(socket, libzmq.ZMQ_RCVTIMEO)  # raises if the socket cannot be used at all
            return failed(loop, value)
        future = new_done(loop, value)
        message = message_of(future)
        message.place.number = self.received
        message.place.more = kind == tries.RECV and socket._more
        message.receiver = self
        return future

    cdef object receive_later(self, Socket socket, tries.Kind kind, int flags, bint copy, bint track, object into,
                              bint tried, object refusal):
        """Receive after those that wait.

        Args:
            into: The Room to receive into.
            tried, refusal: As for ``receive_in_turn()``.

        Raises:
            ZMQError: As receive().
        """
        self._enter()
        future = new_future(Receiving, self.loop_argument)
        turns.receive_in_turn(self, socket, future._operation, kind, flags, copy, track, into, tried, refusal)
        return future

    # ---- sends

    cdef object send(self, Socket socket, tries.Kind kind, object data, int flags, bint copy, bint track, tuple to):
        """Send: at once, else in turn."""
        cdef object result, future
        loop = running_loop()
        if loop is not self.sends_in:
            return self.send_later(socket, kind, data, flags, copy, track, to)
        try:
            result = tries.send_now(socket, kind, data, flags, copy, track, to)
        except Again:
            return self.send_later(socket, kind, data, flags, copy, track, to)
        except Exception as error:
            return failed(loop, error)
        self.sends += 1
        if socket.shared_handle.local and self.awaited:
            self.look_around(loop)
        if self.sends >= self.send_turn:
            self.send_turn = self.sends + self.turn
            future = results.Sent(loop=loop)
            loop.call_soon(future.finish, result)
            return future
        return new_done(loop, result)

    cdef int look_around(self, object loop) except -1:
        """End what waits for what was just sent; errors go where they would without this: to the loop."""
        cdef bint found = False
        if self.looks_after:
            self.looks_after -= 1
            return 0
        nested = self.link.hub._selector()
        try:
            if isinstance(nested, NestedSet):  # else a thread watches the descriptors, or nothing has ever waited
                # Only futures: their callbacks are called later, those of streams and other adapters would be at once.
                found = (<NestedSet>nested).look(FutureEngine)
        except BaseException as error:
            loop.call_soon(_raise, error)
        self.fruitless = 0 if found else min(2 * self.fruitless + 1, LONGEST_BLINDNESS)
        self.looks_after = self.fruitless
        return 0

    cdef object send_later(self, Socket socket, tries.Kind kind, object data, int flags, bint copy, bint track,
                           tuple to):
        """Send after those that wait."""
        self._enter()
        future = new_future(results.Pending, self.loop_argument)
        turns.send_in_turn(self, socket, future._operation, kind, data, flags, copy, track, to)
        return future

    # ---- polls

    cdef object poll(self, Socket socket, object timeout_ms, object flags):
        """Wait for any of the events *flags*.

        Raises:
            ZMQError: The socket is closed (ENOTSUP), or its context terminated.
        """
        socket.check_pollable()
        cdef int events = poll_flags(flags)
        self._enter()
        future = new_future(results.Pending, self.loop_argument)
        turns.poll_in_turn(self, socket, future._operation, timeout_ms, events)
        return future


# ---- the methods of sockets

cdef inline FutureEngine engine_of(Socket socket):
    return <FutureEngine?>turns.any_engine_of(socket)


def recv(Socket self not None, int flags=0, bint copy=True, bint track=False):
    """Receive one frame.

    Args:
        flags, copy, track: As for ``zmq.Socket.recv``.

    Returns:
        A future of the frame.  It fails with Again if there is nothing (NOBLOCK), or came nothing for RCVTIMEO
        milliseconds.
    """
    return engine_of(self).receive(self, tries.RECV, flags, copy, track)


def recv_multipart(Socket self not None, int flags=0, bint copy=True, bint track=False):
    """Receive a whole message.

    Args:
        flags, copy, track: As for ``zmq.Socket.recv``.

    Returns:
        A future of the list of its frames, which may fail as that of ``recv`` does.
    """
    return engine_of(self).receive(self, tries.RECV_MULTIPART, flags, copy, track)


def recv_into(Socket self not None, buf, *, Py_ssize_t nbytes=0, int flags=0):
    """Receive one frame into a buffer, which is pinned until the future is done.

    Args:
        buf: A writable object with a contiguous buffer.
        nbytes: The most bytes to write; 0 for the size of *buf*.
        flags: As for ``zmq.Socket.recv``.

    Returns:
        A future of the size of the frame.  When that is more than there was room for, the rest is lost.
    """
    cdef FutureEngine engine = engine_of(self)
    try:
        room = Room(buf, nbytes)
    except Exception as error:
        return failed(engine._enter(), error)
    future = engine.receive_later(self, tries.RECV_INTO, flags, True, False, room, False, None)
    deserialize(future, len)
    return future


def send(Socket self not None, data, int flags=0, bint copy=True, bint track=False, routing_id=None, group=None):
    """Send one frame.

    Args:
        data, flags, copy, track, routing_id, group: As for ``zmq.Socket.send``.  While the send waits, *data* must
            not change.

    Returns:
        A future of None, or of the MessageTracker.  It fails with Again if there is no room (NOBLOCK), or was none
        for SNDTIMEO milliseconds.
    """
    return engine_of(self).send(self, tries.SEND, data, flags, copy, track, destination(routing_id, group))


def send_multipart(Socket self not None, msg_parts, int flags=0, bint copy=True, bint track=False, routing_id=None,
                   group=None):
    """Send a message of several frames: whole, or not at all.

    Args:
        msg_parts, flags, copy, track, routing_id, group: As for ``zmq.Socket.send_multipart``.

    Returns:
        A future, as that of ``send``.
    """
    try:
        msg_parts = tries.whole(msg_parts)
    except Exception as error:
        return failed(engine_of(self)._enter(), error)
    to = destination(routing_id, group)
    return engine_of(self).send(self, tries.SEND_MULTIPART, msg_parts, flags, copy, track, to)


def poll(Socket self not None, timeout=None, flags=libzmq.ZMQ_POLLIN):
    """Wait until the socket is ready.

    Args:
        timeout: Longest wait in milliseconds; 0 does not wait, None or -1 waits for ever.
        flags: The events to wait for: zmq.POLLIN, zmq.POLLOUT, or both.

    Returns:
        A future of the events that are ready; 0 after a timeout.
    """
    return engine_of(self).poll(self, timeout, flags)


def deserialize(received, load: Callable[[Any], Any]):
    """Have the future *received* of a message end with what *load* makes of it, when that is first requested."""
    if load is None:
        return _chained(received, load)  # fails: None cannot be called
    if isinstance(received, Done):
        message_of(received).load = load
    elif isinstance(received, Receiving):
        (<FutureOperation>received._operation).load = load
    elif not (received.done() and (received.cancelled() or received._exception is not None)):
        return _chained(received, load)  # a subclass has made it
    return received


def _chained(received, load):
    """Return a future of what *load* makes of the result of *received*, any future."""
    loaded = Future(loop=received.get_loop())

    def finish(_):
        if loaded.done():
            return
        if received.cancelled():
            loaded.cancel()
            return
        try:
            loaded.set_result(call_load(load, received.result()))
        except Exception as error:
            loaded.set_exception(error)

    def cancel(_):
        if loaded.cancelled():
            received.cancel()

    received.add_done_callback(finish)
    loaded.add_done_callback(cancel)
    return loaded


def iterate(received):
    """Have the future *received* of a message end the iteration when its socket is closed."""
    if isinstance(received, Receiving):
        (<FutureOperation>received._operation).iterates = True
    return received


def waiting_for(Socket socket not None, int event) -> list[Future[Any]]:
    """Return the futures that wait to receive (POLLIN) or to send (POLLOUT), and those that wait for that event."""
    cdef FutureEngine engine = engine_of(socket)
    cdef FutureOperation operation
    futures = [operation.future for operation in (engine.receivers if event == libzmq.ZMQ_POLLIN else engine.senders)]
    futures += [operation.future for operation in engine.pollers if operation.events & event]
    return futures


core_show_as_functions([recv, recv_multipart, recv_into, send, send_multipart, poll])
