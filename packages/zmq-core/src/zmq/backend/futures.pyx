"""The operations of a socket as ``asyncio`` futures.

Theory of operation.

1. What can be done at once is done at once, and its future is done before the caller sees it.
2. To make and resolve an ``asyncio.Future`` costs more than to send a message, and most futures are awaited at once and
   never used for anything else.  So the engine keeps the one that it has returned last, and when its reference is the
   only one left returns it again.  That of a receive (``Received``) initializes its base class only when a caller uses
   it as more than an awaitable.
3. Every so often an operation that could be done at once goes through the loop, so that a busy socket does not starve
   other tasks.  A receive waits for that like any other.  A send is made, and only its future waits: programs may not
   look at it, and it cannot be cancelled any more.
4. A future that has its message but is not asked for it gives it back: when the task that awaits it is cancelled before
   it gets to run, and when it is dropped.  It is cancelled then, so that the message cannot be taken twice.
5. Closing the socket cancels the futures that wait, as in pyzmq.  An iteration ends.  All other errors of the socket
   end them as exceptions.
6. A program may end a future itself, as asyncio lets it: the future leaves its queue, and its operation is not done.
7. The loop keeps the futures that are awaited, and with them the socket; it keeps nothing else alive.

A future is only used again where references are counted, and where ``asyncio.Future`` is the class in C: the one in
Python, as after ``nest_asyncio.apply()``, keeps its state in plain attributes, which cannot be filled in when they are
read.
"""
from asyncio import CancelledError, Future
from asyncio.events import _get_running_loop as running_loop
from contextvars import copy_context
from functools import partial
from weakref import ref

cimport cython
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF

from zmq.backend cimport libzmq
from zmq.backend.engine cimport Engine, Operation, int_option_of
from zmq.backend.returned cimport Place
from zmq.backend.socket cimport Socket
from zmq.backend.tries cimport POLL, RECV, RECV_INTO, RECV_MULTIPART, SEND, SEND_MULTIPART, Kind, send_now

from zmq.backend.finish import finish
from zmq.constants import Errno
from zmq.error import Again, ZMQError

cdef extern from "Python.h":
    Py_ssize_t Py_REFCNT(PyObject *)
    void PyErr_SetObject(object cls, object error) noexcept
    object PyObject_CallOneArg(object function, object argument)
    bint PyExceptionInstance_Check(object)

cdef extern from "zmq/backend/futures.h":
    const int COUNTS_REFERENCES "CORE_COUNTS_REFERENCES"
    const int COUNTS_TEMPORARIES "CORE_COUNTS_TEMPORARIES"
    ctypedef PyObject *(*Unary)(PyObject *) except NULL
    Py_ssize_t core_slot_offset(object descriptor)
    PyObject *core_slot(PyObject *object, Py_ssize_t offset)
    bint core_answer_await(object cls, Unary await_) except -1
    void core_answer_next(object cls, Unary next_)
    bint core_leaves_traces(PyObject *object)
    object core_new_future(object cls, object base, dict arguments)
    object core_add_done_callback(object method, object future, object fn, object context, tuple names)

# Whether the base class is in C, and the attributes with its state are descriptors.
LAZY = hasattr(Future, "_callbacks")
cdef bint _lazy = LAZY
cdef bint _recycles = LAZY and COUNTS_REFERENCES

cdef object _new = Future.__new__
cdef object _set_result = Future.set_result
cdef object _result = Future.result
cdef object _exception = Future.exception
cdef object _add_done_callback = Future.add_done_callback
cdef tuple _CONTEXT = ("context",)


def failed(loop, error):
    """Return a future that has failed."""
    future = Future(loop=loop)
    future.set_exception(error)
    return future


cdef object call_load(object load, object message):
    """Return the result that *message* makes."""
    try:
        return load(message)
    except StopIteration as error:  # await would take it for its result
        raise RuntimeError(f"{load!r} raised StopIteration") from error


# ---- the message of a future

@cython.freelist(16)
cdef class Message:
    """A message that a future holds until it is taken; what makes the result of it, for ``recv_json`` and the like."""

    cdef object engine  # a FutureEngine, to give the message back to; None when it was taken
    cdef object loop  # of a future whose base class is not initialized; else None
    cdef object value
    cdef object load  # called with the message, once, when the result is first requested; None for the message itself
    cdef object error  # with which that has failed
    cdef Place place
    cdef bint delivered  # to a future that waited

    cdef object loaded(self, object message):
        """Return the result that *message* makes."""
        if self.error is not None:
            raise self.error
        load = self.load
        if load is None:
            return message
        try:
            value = call_load(load, message)
        except BaseException as error:
            self.take()  # though it was no good
            self.error = error
            raise
        self.load = lambda _: value
        return value

    cdef object load_error(self, object message):
        """Return the error with which making the result of *message* ends; None if it does not."""
        try:
            self.loaded(message)
        except BaseException as error:
            return error
        return None

    cdef int take(self) except -1:
        """Note that the message was taken: it will not be given back."""
        cdef FutureEngine engine = self.engine
        if engine is not None:
            self.engine = None
            if self.delivered:
                engine.taken()
        return 0

    cdef int give_back(self) except -1:
        """Give the message back, unless it was taken."""
        cdef FutureEngine engine = self.engine
        if engine is not None:
            self.engine = None
            engine.take_back(&self.place, self.value, self.delivered)
        return 0


# ---- futures that were done when they were made

class Received(Future):
    """A future that was done, with a message, when it was made."""

    __slots__ = ("_message",)

    def __await__(self):
        return awaited(self)

    __iter__ = __await__

    def become_real(self):
        """Initialize the ``asyncio.Future``."""
        cdef Message message = message_of(self)
        cdef FutureEngine engine = message.engine
        loop, message.loop = message.loop, None
        if engine is not None:
            engine.keep_no_more(self)
        if loop is not None:
            Future.__init__(self, loop=loop)
            _set_result(self, message.value)

    def done(self):
        """Return True."""
        return True

    def cancelled(self):
        """Return False."""
        return False

    def cancel(self, msg=None):
        """Return False: it is done."""
        return False

    def result(self):
        """Return the message; it is taken then, and will not be given back."""
        cdef Message message = message_of(self)
        cdef FutureEngine engine = message.engine
        message.engine = None
        if engine is not None:
            engine.keep_no_more(self)
        return message.loaded(message.value)

    def exception(self):
        """Return the error with which making its result of the message has ended."""
        cdef Message message = message_of(self)
        return message.load_error(message.value)

    def get_loop(self):
        """Return the loop it belongs to."""
        return (<Message>message_of(self)).loop or Future.get_loop(self)

    def add_done_callback(self, fn, /, *, context=None):
        """Call *fn* in the next iteration of the loop."""
        self.become_real()
        add_done_callback(self, fn, context)

    def remove_done_callback(self, fn, /):
        """Return 0: what was added is called already, or about to be."""
        self.become_real()
        return Future.remove_done_callback(self, fn)

    def set_result(self, result, /):
        """Raise InvalidStateError."""
        self.become_real()
        _set_result(self, result)

    def set_exception(self, exception, /):
        """Raise InvalidStateError."""
        self.become_real()
        Future.set_exception(self, exception)

    def __repr__(self):
        self.become_real()
        return Future.__repr__(self)

    def __del__(self):
        cdef Message message = slot_of(self, _message_offset)
        if message is not None:
            message.give_back()


def _of_real(name):
    attribute = getattr(Future, name)

    def get_real(self):
        self.become_real()
        return attribute.__get__(self)

    def set_real(self, value):
        self.become_real()
        attribute.__set__(self, value)

    return property(get_real, set_real)


if _lazy:
    for _name in (
        "_loop", "_state", "_result", "_exception", "_callbacks", "_source_traceback", "_log_traceback",
        "_cancel_message",
    ):
        setattr(Received, _name, _of_real(_name))

cdef Py_ssize_t _message_offset = core_slot_offset(Received._message)


cdef object slot_of(object future, Py_ssize_t offset):
    """Return what a future keeps in the slot of this module; None where a program has made it."""
    cdef PyObject *found
    if offset < 0:
        return getattr(future, "_message" if isinstance(future, Received) else "_operation", None)
    found = core_slot(<PyObject *>future, offset)
    return <object>found if found != NULL else None


cdef int not_of_a_socket(object future) except -1:
    raise RuntimeError(f"this {type(future).__name__} was not made by a socket")


cdef Message message_of(object future):
    cdef Message message = <Message>slot_of(future, _message_offset)
    if message is None:
        not_of_a_socket(future)
    return message


@cython.final
@cython.freelist(4)
cdef class _Awaited:
    """The iterator of ``await``: ends with the message, which it releases then."""

    cdef object future

    def __iter__(self):
        return self

    def __next__(self):
        raise StopIteration(_take(self))

    def send(self, _):
        """End."""
        raise StopIteration(_take(self))

    def throw(self, error, value=None, traceback=None):
        """End with an exception."""
        self.future = None
        raise_thrown(error, value, traceback)

    def close(self):
        """End."""
        self.future = None


cdef int raise_thrown(object error, object value, object traceback) except -1:
    """Raise what was passed to ``throw()``."""
    if value is not None:
        error = value
    elif isinstance(error, type):
        error = error()
    raise error if traceback is None else error.with_traceback(traceback)


cdef _Awaited awaited(object future):
    cdef _Awaited iterator = _Awaited.__new__(_Awaited)
    iterator.future = future
    return iterator


cdef object _take(_Awaited iterator):
    """Return the result of the future; take its message."""
    cdef object future = iterator.future
    cdef Message message
    cdef FutureEngine engine
    cdef object value, load
    if future is None:
        return None  # it has ended
    iterator.future = None
    message = message_of(future)
    engine = message.engine
    message.engine = None
    if engine is None or engine.spare is not future:
        return message.loaded(message.value)
    # The engine and this function have it.  Where a caller has it, too, the engine must not keep it and its message.
    if Py_REFCNT(<PyObject *>future) != 2 or core_leaves_traces(<PyObject *>future):
        engine.spare = None
        return message.loaded(message.value)
    value, message.value = message.value, None
    if message.load is None:
        return value
    load, message.load = message.load, None
    return call_load(load, value)


cdef PyObject *_await(PyObject *future) except NULL:
    """Return an iterator over the future."""
    cdef object iterator
    cdef Message message = message_of(<object>future)
    cdef FutureEngine engine = message.engine
    if (
        COUNTS_TEMPORARIES and engine is not None and message.load is None
        # the engine and the frame that awaits have it, and no variable: it will be used again
        and engine.spare is <object>future and Py_REFCNT(future) == 2 and not core_leaves_traces(future)
    ):
        message.engine = None
        iterator, message.value = message.value, None
        iterator = finish(iterator)
    else:
        iterator = awaited(<object>future)
    Py_INCREF(iterator)
    return <PyObject *>iterator


cdef PyObject *_next(PyObject *iterator) except NULL:
    """End the iteration with the result: NULL with StopIteration set."""
    cdef object stop = PyObject_CallOneArg(StopIteration, _take(<_Awaited>iterator))
    PyErr_SetObject(StopIteration, stop)  # which is cheaper than to raise it
    return NULL


if core_answer_await(Received, _await):
    core_answer_next(_Awaited, _next)


# ---- futures that wait

class Sent(Future):
    """A send that was made: its future only waits for its turn in the loop."""

    __slots__ = ()

    def cancel(self, msg=None):
        """Return False: what was sent cannot be called back."""
        return False

    def finish(self, result):
        """Be done, unless the program has ended it meanwhile."""
        if not self.done():
            _set_result(self, result)


cdef int add_done_callback(object future, object fn, object context) except -1:
    if context is None:
        context = copy_context()  # None would be that in which the future gets done
    core_add_done_callback(_add_done_callback, future, fn, context, _CONTEXT)
    return 0


class Pending(Future):
    """A future that waits in a queue of a socket."""

    __slots__ = ("_operation",)

    def add_done_callback(self, fn, /, *, context=None):
        """Call *fn* when the future is done.  From then on its loop keeps it, until it is done."""
        cdef FutureOperation operation = operation_of(self)
        if operation.engine is not None:
            operation.engine.awaited.add(self)
        add_done_callback(self, fn, context)

    def remove_done_callback(self, fn, /):
        """Undo add_done_callback(): the loop keeps the future no more when no caller waits for it."""
        cdef FutureOperation operation = operation_of(self)
        removed = Future.remove_done_callback(self, fn)
        if operation.engine is not None and not self._callbacks:
            operation.engine.awaited.discard(self)
        return removed

    def cancel(self, msg=None):
        """Leave the queue.  What was not done will not be done."""
        cancelled = Future.cancel(self, msg)
        if cancelled:
            operation_of(self).give_up()
        return cancelled

    def set_result(self, result, /):
        """End with *result*, and leave the queue: programs may call this.  What was not done will not be done."""
        _set_result(self, result)
        operation_of(self).give_up()

    def set_exception(self, exception, /):
        """End with *exception*, and leave the queue: programs may call this.  What was not done will not be done."""
        Future.set_exception(self, exception)
        operation_of(self).give_up()


cdef Py_ssize_t _operation_offset = core_slot_offset(Pending._operation)


cdef FutureOperation operation_of(object future):
    cdef FutureOperation operation = <FutureOperation>slot_of(future, _operation_offset)
    if operation is None:
        not_of_a_socket(future)
    return operation


class Receiving(Pending):
    """A receive that waits for its message."""

    __slots__ = ()

    def __await__(self):
        return waiting_for_message(self)

    __iter__ = __await__

    def result(self):
        """Return the message; it is taken then, and will not be given back."""
        cdef FutureOperation operation = operation_of(self)
        message = _result(self)
        if operation.given_back:
            raise CancelledError
        if operation.awaiting == 0:  # else it may be asyncio that asks, before it finds that the task was cancelled
            operation.message.take()
        return operation.message.loaded(message)

    def exception(self):
        """Return the error with which the receive has ended, or making its result of the message."""
        cdef FutureOperation operation = operation_of(self)
        if operation.given_back:
            raise CancelledError
        return _exception(self) or operation.message.load_error(_result(self))

    def cancelled(self):
        """Whether it was cancelled, or has given its message back."""
        return operation_of(self).given_back or Future.cancelled(self)

    def __repr__(self):
        if operation_of(self).given_back:
            return f"<{type(self).__name__} cancelled>"
        return Future.__repr__(self)

    def set_result(self, result, /):
        """End with *result*, which is no message, and leave the queue."""
        operation_of(self).message.load = None
        Pending.set_result(self, result)

    def __del__(self):
        cdef FutureOperation operation = slot_of(self, _operation_offset)
        if operation is None or operation.message.engine is None:
            Future.__del__(self)
        else:
            operation.message.give_back()


@cython.final
cdef class _Waiting:
    """The iterator of ``await`` for a receive that waits: gives the message back when its task does not go on.

    No freelist: an object that comes from one is not finalized again.
    """

    cdef object future
    cdef FutureOperation operation
    cdef bint suspended

    def __del__(self):
        self.leave()

    def __iter__(self):
        return self

    def __next__(self):
        return self.step()

    def send(self, _):
        """Go on."""
        return self.step()

    def throw(self, error, value=None, traceback=None):
        """Go on with an exception: the task was cancelled, or ended, maybe after the message had come."""
        self.leave()
        raise_thrown(error, value, traceback)

    def close(self):
        """End."""
        self.leave()

    cdef object step(self):
        """Return the future to wait for, or raise StopIteration with the message."""
        if not self.suspended and not self.future.done():
            self.suspended = True
            self.operation.awaiting += 1
            self.future._asyncio_future_blocking = True
            return self.future
        raise StopIteration(self.end())

    cdef object end(self):
        cdef Message message = self.operation.message
        if self.suspended:
            self.suspended = False
            self.operation.awaiting -= 1
            if message.engine is not None:
                message.take()  # whatever becomes of other tasks that await it
                if message.load is None:
                    return message.value
        return self.future.result()

    cdef int leave(self) except -1:
        if self.suspended:
            self.suspended = False
            self.operation.awaiting -= 1
            if self.operation.awaiting == 0 and self.operation.message.engine is not None:
                self.operation.given_back = True
                self.operation.message.give_back()
        return 0


cdef _Waiting waiting_for_message(object future):
    cdef _Waiting iterator = _Waiting.__new__(_Waiting)
    iterator.future = future
    iterator.operation = operation_of(future)
    return iterator


cdef PyObject *_await_waiting(PyObject *future) except NULL:
    """Return an iterator over the future."""
    cdef _Waiting iterator = waiting_for_message(<object>future)
    Py_INCREF(iterator)
    return <PyObject *>iterator


cdef PyObject *_next_waiting(PyObject *waiting) except NULL:
    """Return the future to wait for; or NULL with StopIteration set."""
    cdef _Waiting iterator = <_Waiting>waiting
    cdef object next_
    if not iterator.suspended and not iterator.future.done():
        next_ = iterator.step()
        Py_INCREF(next_)
        return <PyObject *>next_
    next_ = PyObject_CallOneArg(StopIteration, iterator.end())
    PyErr_SetObject(StopIteration, next_)
    return NULL


if core_answer_await(Receiving, _await_waiting):
    core_answer_next(_Waiting, _next_waiting)


@cython.final
cdef class FutureOperation(Operation):
    """An operation whose end a future tells."""

    cdef object future  # while it waits
    cdef Message message  # of a receive
    cdef int awaiting  # the number of tasks that began to await it while it waited, and have not gone on
    cdef bint given_back  # it had its message and has given it back: its future looks cancelled
    cdef bint iterates  # it is a step of ``async for``
    cdef object __weakref__

    cdef int leave(self) except -1:
        if self.engine is not None:
            self.engine.awaited.discard(self.future)
            Operation.leave(self)
        self.future = None  # which has this
        self.data = None
        return 0

    cdef int succeed(self, object result) except -1:
        future = self.future
        if future is not None and not future.done():  # else code of the program that ran meanwhile has ended it
            future.set_result(result)
        return 0

    cdef int deliver(self, Engine engine, object message) except -1:
        future = self.future
        self.message.engine = engine
        self.message.value = message
        self.message.place = self.place
        self.message.delivered = self.waited
        self.leave()  # and nothing has changed for other receives until the message is taken
        if future is None or future.done():  # code of the program that ran meanwhile has ended it
            self.message.give_back()
        else:
            _set_result(future, message)
        return 0

    cdef int fail(self, object error) except -1:
        future = self.future
        if future is None or future.done():
            self.give_up()
        elif self.socket is not None and self.socket.closed:
            if self.iterates:
                future.set_exception(StopAsyncIteration())
                Future.exception(future)  # asyncio has nothing to report if it is never asked
            else:
                future.cancel(f"the socket was closed while this operation waited: {self.socket!r}")
        else:
            future.set_exception(error)
        return 0


cdef FutureOperation new_operation(Kind kind, int flags):
    cdef FutureOperation operation = FutureOperation.__new__(FutureOperation)
    operation.kind = kind
    operation.flags = flags
    return operation


cdef object new_future(FutureEngine engine, FutureOperation operation, object cls):
    future = core_new_future(cls, Future, engine.loop_argument)
    future._operation = operation
    operation.future = future
    return future


# ---- the engine

def _let_go(engine, _):
    """The socket is gone."""
    cdef FutureEngine target = engine()
    if target is not None:
        target.settle()


cdef class FutureEngine(Engine):
    """The operations of one Python socket, as futures.  See ``Engine``; for the thread of the loop."""

    cdef object spare  # the future of the last receive that was done at once, while the engine may use it again
    cdef object spare_sent  # the same of a send: a future that is done, with None
    cdef bint recycles
    cdef dict loop_argument  # of new futures

    def __init__(self, Socket socket not None, default_loop, hub_of):
        Engine.__init__(self, socket, running_loop, default_loop, hub_of)
        # Else the message of a future that was dropped would keep this object, and this the message.
        self.socket = ref(socket, partial(_let_go, self.me))
        self.recycles = _recycles

    cpdef object move(self, object loop):
        """Wait in *loop* from now on."""
        self.settle()
        Engine.move(self, loop)
        self.spare = self.spare_sent = None
        self.loop_argument = {"loop": loop}

    cdef object calls_of(self, object loop):
        return loop

    cpdef bint holds_message(self) except -1:
        """Return whether a message was given back, which the socket receives next."""
        self.settle()
        return Engine.holds_message(self)

    @property
    def spares(self):
        """The futures that will be used again if no caller has them."""
        return self.spare, self.spare_sent

    def tell_at_once(self):
        """From now on have a message that is dropped given back at once: a Poller waits for it."""
        self.settle()
        self.recycles = False

    cdef int keep_no_more(self, object future) except -1:
        """Do not use *future* again: a caller uses it as more than an awaitable."""
        if self.spare is future:
            self.spare = None
        return 0

    cdef int settle(self) except -1:
        """Let go of the future of the last receive: from now on it gives its message back as soon as it is dropped."""
        cdef Message message
        future, self.spare = self.spare, None
        if future is not None:
            message = message_of(future)
            if message.engine is None:
                self.spare = future
        return 0

    # ---- receives

    cdef object receive(self, Socket socket, Kind kind, int flags, bint copy, bint track):
        """Receive: at once, else in turn.

        Raises:
            ZMQError: The socket is closed, or its context terminated, and DONTWAIT was not among the flags.
        """
        cdef object value, future
        cdef Message message
        loop = running_loop()
        self.settle()
        if loop is not self.receives_in or self.received + 1 >= self.receive_turn:
            return self.receive_later(socket, kind, flags, copy, track, None, False, None)
        try:
            value = self.receive_at_once(socket, kind, flags, copy, track, None)
        except Exception as error:
            if not flags & libzmq.ZMQ_DONTWAIT:
                int_option_of(socket, libzmq.ZMQ_RCVTIMEO)  # raises if the socket cannot be used at all
            return failed(loop, error)
        if value is None or PyExceptionInstance_Check(value):
            return self.receive_later(socket, kind, flags, copy, track, None, True, value)
        future = self.spare
        if future is not None and Py_REFCNT(<PyObject *>future) == 2:  # the engine's, and this function's
            message = message_of(future)
        else:
            message = Message.__new__(Message)
            future = _new(Received)
            future._message = message
        message.loop = loop
        message.value = value
        message.load = message.error = None
        message.place.number = self.received
        message.place.more = kind == RECV and socket._more
        message.engine = self
        if not _lazy:
            future.become_real()
        elif self.recycles and not self.pollers:
            self.spare = future
        return future

    cdef object receive_later(self, Socket socket, Kind kind, int flags, bint copy, bint track, object into,
                              bint tried, object refusal):
        """Receive after those that wait.

        Args:
            into: The memoryview to receive into.
            tried, refusal: As for ``receive_in_turn()``.

        Raises:
            ZMQError: As receive().
        """
        cdef FutureOperation operation
        self.enter()
        operation = new_operation(kind, flags | libzmq.ZMQ_DONTWAIT)
        operation.copy = copy
        operation.track = track
        operation.data = into
        operation.message = Message.__new__(Message)
        future = new_future(self, operation, Receiving)
        self.receive_in_turn(socket, operation, flags, tried, refusal)
        return future

    # ---- sends

    cdef object send(self, Socket socket, Kind kind, object data, int flags, bint copy, bint track, object routing_id,
                     object group):
        """Send: at once, else in turn."""
        cdef object result, future
        loop = running_loop()
        if loop is not self.sends_in:
            return self.send_later(socket, kind, data, flags, copy, track, routing_id, group)
        try:
            result = send_now(socket, kind, data, flags, copy, track, routing_id, group)
        except Again:
            return self.send_later(socket, kind, data, flags, copy, track, routing_id, group)
        except Exception as error:
            return failed(loop, error)
        self.sends += 1
        if self.sends >= self.send_turn:
            self.send_turn = self.sends + self.turn
            future = Sent(loop=loop)
            loop.call_soon(future.finish, result)
            return future
        if (
            result is None and self.spare_sent is not None and Py_REFCNT(<PyObject *>self.spare_sent) == 1
            and not core_leaves_traces(<PyObject *>self.spare_sent)
        ):
            return self.spare_sent
        future = core_new_future(Future, Future, self.loop_argument)
        _set_result(future, result)
        if result is None and _recycles and not loop.get_debug():
            self.spare_sent = future
        return future

    cdef object send_later(self, Socket socket, Kind kind, object data, int flags, bint copy, bint track,
                           object routing_id, object group):
        """Send after those that wait."""
        cdef FutureOperation operation
        self.enter()
        operation = new_operation(kind, flags | libzmq.ZMQ_DONTWAIT)
        operation.data = data
        operation.copy = copy
        operation.track = track
        operation.routing_id = routing_id
        operation.group = group
        future = new_future(self, operation, Pending)
        self.send_in_turn(socket, operation, flags)
        return future

    # ---- polls

    cdef object poll(self, Socket socket, object timeout_ms, int events):
        """Wait for any of *events*.

        Raises:
            ZMQError: The socket is closed (ENOTSUP), or its context terminated.
        """
        cdef FutureOperation operation
        if socket.closed:
            raise ZMQError(Errno.ENOTSUP, f"cannot poll {socket!r}: it is closed")
        self.enter()
        operation = new_operation(POLL, 0)
        operation.events = events
        future = new_future(self, operation, Pending)
        self.settle()
        self.poll_in_turn(socket, operation, timeout_ms)
        return future


# ---- the methods of sockets

cdef FutureEngine engine_of(Socket socket):
    if socket._engine is None:
        socket.c_socket()  # raises where __init__ was not called
    return <FutureEngine?>socket._engine


def recv(Socket self not None, int flags=0, bint copy=True, bint track=False):
    """Receive one frame.

    Args:
        flags, copy, track: As for ``zmq.Socket.recv``.

    Returns:
        A future of the frame.  It fails with Again if there is nothing (NOBLOCK), or came nothing for RCVTIMEO
        milliseconds.
    """
    return engine_of(self).receive(self, RECV, flags, copy, track)


def recv_multipart(Socket self not None, int flags=0, bint copy=True, bint track=False):
    """Receive a whole message.

    Args:
        flags, copy, track: As for ``zmq.Socket.recv``.

    Returns:
        A future of the list of its frames, which may fail as that of ``recv`` does.
    """
    return engine_of(self).receive(self, RECV_MULTIPART, flags, copy, track)


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
        view = memoryview(buf).cast("B")
        if view.readonly:
            raise TypeError(f"cannot receive into {buf!r:.60}: it is read-only")
        if nbytes < 0 or nbytes > len(view):
            raise ValueError(f"cannot receive {nbytes} bytes into a buffer of {len(view)}")
    except Exception as error:
        return failed(engine.enter(), error)
    engine.settle()
    view = view[:nbytes] if nbytes else view
    future = engine.receive_later(self, RECV_INTO, flags, True, False, view, False, None)
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
    return engine_of(self).send(self, SEND, data, flags, copy, track, routing_id, group)


def send_multipart(Socket self not None, msg_parts, int flags=0, bint copy=True, bint track=False, routing_id=None,
                   group=None):
    """Send a message of several frames: whole, or not at all.

    Args:
        msg_parts, flags, copy, track, routing_id, group: As for ``zmq.Socket.send_multipart``.

    Returns:
        A future, as that of ``send``.
    """
    if type(msg_parts) is not list and hasattr(msg_parts, "__next__"):  # a send may be tried more than once
        try:
            msg_parts = list(msg_parts)
        except Exception as error:
            return failed(engine_of(self).enter(), error)
    return engine_of(self).send(self, SEND_MULTIPART, msg_parts, flags, copy, track, routing_id, group)


def poll(Socket self not None, timeout=None, flags=libzmq.ZMQ_POLLIN):
    """Wait until the socket is ready.

    Args:
        timeout: Longest wait in milliseconds; 0 does not wait, None or -1 waits for ever.
        flags: The events to wait for: zmq.POLLIN, zmq.POLLOUT, or both.

    Returns:
        A future of the events that are ready; 0 after a timeout.
    """
    return engine_of(self).poll(self, timeout, int(flags))


def deserialize(received, load):
    """Have the future *received* of a message end with what *load* makes of it, when that is first requested."""
    if isinstance(received, Received):
        (<Message>message_of(received)).load = load
    elif isinstance(received, Receiving):
        (<FutureOperation>received._operation).message.load = load
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


def waiting_for(Socket socket not None, int event):
    """Return the futures that wait to receive (POLLIN) or to send (POLLOUT), and those that wait for that event."""
    cdef FutureEngine engine = engine_of(socket)
    cdef FutureOperation operation
    futures = [operation.future for operation in (engine.receivers if event == libzmq.ZMQ_POLLIN else engine.senders)]
    futures += [operation.future for operation in engine.pollers if operation.events & event]
    return futures


def holds_message(Socket socket not None):
    """Return whether a message was given back to the socket, which it receives next."""
    return engine_of(socket).holds_message()


def returned_more(Socket socket not None):
    """Return RCVMORE where libzmq's is not that of the last frame received; else None."""
    return engine_of(socket).returned.more
