"""Futures of operations, and how they hold messages until these are taken: see ``futures``."""
from asyncio import CancelledError, Future
from contextvars import copy_context

cimport cython
from cpython.bytes cimport PyBytes_GET_SIZE
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF

from zmq.backend.engine cimport Delivery, Engine, Operation
from zmq.backend.tries cimport Kind

from zmq.backend.finish import finish, taken, wait

cdef extern from "zmq/backend/futures.h":
    ctypedef PyObject *(*Unary)(PyObject *) except NULL
    ctypedef void (*End "destructor")(PyObject *) noexcept
    const int COUNTS_REFERENCES "CORE_COUNTS_REFERENCES"
    Py_ssize_t core_slot_offset(object descriptor)
    PyObject **core_slot(PyObject *object, Py_ssize_t offset)
    bint core_answer_await(object cls, Unary await_) except -1
    bint core_leaves_traces(PyObject *object)
    End core_answer_end(object cls, End finalize)
    object core_new(object cls)
    object core_new_future(object cls, object base, dict arguments)

cdef enum:
    LARGEST_KEPT = 4096  # bytes of a message, or characters

# Whether the base class is in C, and the attributes with its state are descriptors.
LAZY = hasattr(Future, "_callbacks")
cdef bint _lazy = LAZY

cdef object _set_result = Future.set_result
cdef object _result = Future.result
cdef object _exception = Future.exception
cdef object _add_done_callback = Future.add_done_callback


class Received(Future):
    """A future that was done, with a message, when it was made."""

    __slots__ = ("_message",)

    def __await__(self):
        return taken(self)

    __iter__ = __await__

    def become_real(self):
        """Initialize the ``asyncio.Future``."""
        cdef Delivery message = message_of(self)
        loop, message.loop = message.loop, None
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
        cdef Delivery message = message_of(self)
        message.receiver = None
        return message.loaded(message.value)

    def exception(self):
        """Return the error with which making its result of the message has ended."""
        cdef Delivery message = message_of(self)
        return message.load_error(message.value)

    def get_loop(self):
        """Return the loop it belongs to."""
        return (<Delivery>message_of(self)).loop or Future.get_loop(self)

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
        cdef Delivery message = slot_of(self, _message_offset)
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


if LAZY:
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
    found = core_slot(<PyObject *>future, offset)[0]
    return <object>found if found != NULL else None


cdef int not_of_a_socket(object future) except -1:
    raise RuntimeError(f"this {type(future).__name__} was not made by a socket")


cdef Delivery message_of(object future):
    cdef Delivery message = <Delivery>slot_of(future, _message_offset)
    if message is None:
        not_of_a_socket(future)
    return message


cdef object new_received(Delivery message):
    """Return a future that is done, with *message*."""
    cdef object future = core_new(Received)
    if _message_offset < 0:
        future._message = message
    else:
        Py_INCREF(message)
        core_slot(<PyObject *>future, _message_offset)[0] = <PyObject *>message
    if not _lazy:
        future.become_real()
    return future


cdef bint is_small(object message):
    """Whether a message may be kept until the next one is received: not a list, which the program may fill."""
    if type(message) is bytes:
        return PyBytes_GET_SIZE(message) <= LARGEST_KEPT
    return type(message) is str and len(<str>message) <= LARGEST_KEPT


cdef PyObject *_await(PyObject *future) except NULL:
    """Return an iterator over the future, and take its message."""
    cdef Delivery message = message_of(<object>future)
    cdef Engine receiver = message.receiver
    message.receiver = None
    value = message.loaded(message.value)
    if (
        COUNTS_REFERENCES and receiver is not None and is_small(message.value)
        and (value is message.value or is_small(value)) and not core_leaves_traces(future)
    ):
        receiver.spent = <object>future  # with its message: the program may have kept the future, and use it
    cdef object iterator = finish(value)
    Py_INCREF(iterator)
    return <PyObject *>iterator


cdef void _end(PyObject *future) noexcept:
    cdef PyObject *message = core_slot(future, _message_offset)[0]
    if message != NULL and (<Delivery>message).receiver is not None:
        _end_in_python(future)


core_answer_await(Received, _await)
cdef End _end_in_python = core_answer_end(Received, _end)


cdef int add_done_callback(object future, object fn, object context) except -1:
    if context is None:
        context = copy_context()  # None would be that in which the future gets done
    _add_done_callback(future, fn, context=context)
    return 0


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
        return wait(self, operation_of(self))

    __iter__ = __await__

    def result(self):
        """Return the message; it is taken then, and will not be given back."""
        cdef FutureOperation operation = operation_of(self)
        message = _result(self)
        if operation.given_back:
            raise CancelledError
        if operation.awaiting == 0:  # else it may be asyncio that asks, before it finds that the task was cancelled
            operation.take()
        return operation.loaded(message)

    def exception(self):
        """Return the error with which the receive has ended, or making its result of the message."""
        cdef FutureOperation operation = operation_of(self)
        if operation.given_back:
            raise CancelledError
        return _exception(self) or operation.load_error(_result(self))

    def cancelled(self):
        """Whether it was cancelled, or has given its message back."""
        return operation_of(self).given_back or Future.cancelled(self)

    def __repr__(self):
        if operation_of(self).given_back:
            return f"<{type(self).__name__} cancelled>"
        return Future.__repr__(self)

    def set_result(self, result, /):
        """End with *result*, which is no message, and leave the queue."""
        operation_of(self).load = None
        Pending.set_result(self, result)

    def __del__(self):
        cdef FutureOperation operation = slot_of(self, _operation_offset)
        if operation is None or operation.receiver is None:
            Future.__del__(self)
        else:
            operation.give_back()


@cython.final
cdef class FutureOperation(Operation):
    """An operation whose end a future tells."""

    def suspend(self):
        """A task begins to await the future, which is not done."""
        self.awaiting += 1

    def desert(self):
        """A task that awaited it does not go on: the message is given back where no other task awaits it."""
        self.awaiting -= 1
        if self.awaiting == 0 and self.receiver is not None:
            self.given_back = True
            self.give_back()

    def go_on(self, receiving):
        """Return the message to a task that awaited the future *receiving*: it is taken now."""
        self.awaiting -= 1
        if self.receiver is not None:
            self.take()  # whatever becomes of other tasks that await it
            if self.load is None:
                return self.value
        return receiving.result()

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


cdef FutureOperation new_operation(Kind kind, int flags):
    cdef FutureOperation operation = FutureOperation.__new__(FutureOperation)
    operation.kind = kind
    operation.flags = flags
    return operation


cdef object new_future(object cls, FutureOperation operation, dict loop_argument):
    future = core_new_future(cls, Future, loop_argument)
    future._operation = operation
    operation.future = future
    return future
