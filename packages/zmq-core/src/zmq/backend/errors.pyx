"""Converts errno of libzmq to exceptions that name the failed operation."""
from cpython.exc cimport PyErr_CheckSignals, PyErr_SetObject
from cpython.object cimport PyObject, PyTypeObject
from libc.errno cimport EINTR

from zmq.backend cimport libzmq

from zmq.error import Again, from_errno

cdef type _again = Again
cdef tuple _no_arguments = ()


cdef int fail(int errno, str what) except -1:
    """Raise the exception for *errno*; *what* is the failed operation, such as "bind 'tcp://x'"."""
    raise from_errno(errno, what)


cdef int again() except -1:
    """Raise Again without building a message or calling ``__init__``: non-blocking programs raise it often."""
    PyErr_SetObject(_again, (<PyTypeObject *>_again).tp_new(_again, <PyObject *>_no_arguments, NULL))
    return -1


cdef int check(int rc, str what) except -1:
    """Return *rc*, or raise the exception for ``zmq_errno()``.

    For calls on sockets and contexts *what* must be a constant.  An f-string would be built before the call of libzmq;
    building it may let other threads run, and they could close the object that is about to be used.
    """
    if rc >= 0:
        return rc
    return fail(libzmq.zmq_errno(), what)  # errno first: any Python call may overwrite it


cdef bint interrupted(int rc) except -1:
    """Return whether a signal has interrupted a call of libzmq; run its handler.  The caller retries the call.

    Calls that process the commands of a socket can be interrupted, before they have had any other effect.
    """
    if rc >= 0 or libzmq.zmq_errno() != EINTR:
        return False
    PyErr_CheckSignals()
    return True


cdef str name_of(object members, int number):
    """Return the name that *number* has in an enum, for messages; the number itself where it has none."""
    member = members._value2member_map_.get(number)  # without the ValueError, which an enum takes long to raise
    return str(number) if member is None else member.name


def zmq_errno() -> int:
    """Return the error number of this thread's last failed libzmq call.

    libzmq: zmq_errno(3)
    """
    return libzmq.zmq_errno()
