"""Futures that wait for an operation of a socket, or for their turn in the loop: see ``futures``."""
from asyncio import CancelledError, Future

cimport cython
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF

from zmq.backend.engine cimport Engine, Operation
from zmq.backend.received cimport Message, add_done_callback, not_of_a_socket, raise_thrown, slot_of
from zmq.backend.tries cimport Kind

cdef extern from "Python.h":
    void PyErr_SetObject(object cls, object error) noexcept
    object PyObject_CallOneArg(object function, object argument)

cdef extern from "zmq/backend/futures.h":
    ctypedef PyObject *(*Unary)(PyObject *) except NULL
    Py_ssize_t core_slot_offset(object descriptor)
    bint core_answer_await(object cls, Unary await_) except -1
    void core_answer_next(object cls, Unary next_)
    object core_new_future(object cls, object base, dict arguments)

cdef object _set_result = Future.set_result
cdef object _result = Future.result
cdef object _exception = Future.exception


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


cdef object new_future(object cls, FutureOperation operation, dict loop_argument):
    future = core_new_future(cls, Future, loop_argument)
    future._operation = operation
    operation.future = future
    return future
