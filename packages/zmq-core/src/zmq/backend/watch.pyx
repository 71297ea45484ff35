"""How event loops wait for a socket."""
from threading import get_ident, main_thread

from cpython.exc cimport PyErr_SetObject

from zmq.backend.handle cimport Handle, Watcher
from zmq.backend.socket cimport Socket


cdef extern from "Python.h":
    int Py_AddPendingCall(int (*function)(void *) noexcept, void *argument)


cdef list _postponed = []


cdef int _raise(void *argument) noexcept:
    error = _postponed.pop(0)
    PyErr_SetObject(type(error), error)
    return -1


cdef int _postpone(object error) except -1:
    """Raise *error* a little later, between two steps of the program: a signal handler has raised it in a callback.

    Here it would reach somebody whose operation has succeeded, and who would lose what he has received.  In other
    threads no handler runs: there the error is the callback's own, and is raised for ``sys.unraisablehook``.
    """
    if get_ident() != main_thread().ident:
        raise error
    _postponed.append(error)
    if Py_AddPendingCall(_raise, NULL) < 0:
        _postponed.remove(error)
        raise error
    return 0


cdef class Watch(Watcher):
    """Tells an event loop when a socket may have become ready.

    The loop watches ``fd`` for reading and calls back when that is readable; and this object calls *callback* when
    something else has made the socket ready, or unusable: an operation through another object or thread may eat the
    edge that ``fd`` would have shown.  Either way the loop calls ``events()``, which arms ``fd`` and the callback
    again, and tries what it waits to do.

    Args:
        socket: The socket to watch.
        callback: Called without arguments, in the thread that made the difference, at most once until ``events()``.
            It must only schedule work, never use the socket.

    ``close()`` it when nobody waits any more.
    """

    cdef Handle handle
    cdef object callback
    cdef bint told
    # The events that somebody waits for; 0 while nobody does.
    cdef public int interest
    # Whether the socket was closed, or entered a loop in C: stop watching fd at once, another file may get its number.
    cdef readonly bint lost
    cdef object __weakref__

    def __init__(self, Socket socket not None, callback):
        socket.c_socket()
        self.handle = socket.shared_handle
        self.callback = callback
        self.handle.watch(self)

    cdef int news(self, Handle handle) except -1:
        # still: reading the events tells the watchers, too, when they have changed
        if self.interest and not self.told and handle.current() & self.interest and not self.told:
            self.told = True
            self.call()
        return 0

    cdef int gone(self, Handle handle) except -1:
        self.told = True
        self.lost = True
        self.call()
        return 0

    cdef void call(self) noexcept:
        try:
            self.callback()
        except BaseException as error:
            _postpone(error)

    @property
    def fd(self):
        """The descriptor of the socket, edge-triggered; None for the draft types that have none."""
        return self.handle.fd if self.handle.fd >= 0 else None

    @property
    def foreign(self):
        """Whether others may use the socket unseen; it then has to be looked at from time to time."""
        return self.handle.foreign

    @property
    def shared(self):
        """Whether others watch the socket, too.

        A socket may look ready and refuse all the same; what others do can then eat the edge that ends this, without
        news.  It has to be looked at from time to time.
        """
        return len(self.handle.watchers) > 1

    def events(self):
        """Return the events that are ready, and arm the descriptor and the callback again.

        Raises:
            ContextTerminated: The context was terminated.
            ZMQError: The socket was closed.
        """
        self.told = False
        return self.handle.read_events()

    def close(self):
        """Stop watching."""
        if self.handle is not None:
            self.handle.unwatch(self)
        self.interest = 0
