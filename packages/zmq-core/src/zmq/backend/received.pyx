"""Futures that were done, with a message, when they were made: see ``futures``."""
from asyncio import Future
from contextvars import copy_context

cimport cython
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF

from zmq.backend.engine cimport Engine

from zmq.backend.finish import finish

cdef extern from "Python.h":
    Py_ssize_t Py_REFCNT(PyObject *)
    void PyErr_SetObject(object cls, object error) noexcept
    object PyObject_CallOneArg(object function, object argument)

cdef extern from "zmq/backend/futures.h":
    const int COUNTS_TEMPORARIES "CORE_COUNTS_TEMPORARIES"
    ctypedef PyObject *(*Unary)(PyObject *) except NULL
    Py_ssize_t core_slot_offset(object descriptor)
    PyObject *core_slot(PyObject *object, Py_ssize_t offset)
    bint core_answer_await(object cls, Unary await_) except -1
    void core_answer_next(object cls, Unary next_)
    bint core_leaves_traces(PyObject *object)
    object core_add_done_callback(object method, object future, object fn, object context, tuple names)

# Whether the base class is in C, and the attributes with its state are descriptors.
LAZY = hasattr(Future, "_callbacks")

cdef object _set_result = Future.set_result
cdef object _add_done_callback = Future.add_done_callback
cdef tuple _CONTEXT = ("context",)


cdef class ReusingEngine(Engine):
    """An engine that returns the future of its last receive again, if no caller has it."""

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


cdef object call_load(object load, object message):
    """Return the result that *message* makes."""
    try:
        return load(message)
    except StopIteration as error:  # await would take it for its result
        raise RuntimeError(f"{load!r} raised StopIteration") from error


@cython.freelist(16)
cdef class Message:
    """A message that a future holds until it is taken; what makes the result of it, for ``recv_json`` and the like."""

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
        cdef ReusingEngine engine = self.engine
        if engine is not None:
            self.engine = None
            if self.delivered:
                engine.taken()
        return 0

    cdef int give_back(self) except -1:
        """Give the message back, unless it was taken."""
        cdef ReusingEngine engine = self.engine
        if engine is not None:
            self.engine = None
            engine.take_back(&self.place, self.value, self.delivered)
        return 0


class Received(Future):
    """A future that was done, with a message, when it was made."""

    __slots__ = ("_message",)

    def __await__(self):
        return awaited(self)

    __iter__ = __await__

    def become_real(self):
        """Initialize the ``asyncio.Future``."""
        cdef Message message = message_of(self)
        cdef ReusingEngine engine = message.engine
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
        cdef ReusingEngine engine = message.engine
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
    cdef ReusingEngine engine
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
    cdef ReusingEngine engine = message.engine
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


cdef int add_done_callback(object future, object fn, object context) except -1:
    if context is None:
        context = copy_context()  # None would be that in which the future gets done
    core_add_done_callback(_add_done_callback, future, fn, context, _CONTEXT)
    return 0
