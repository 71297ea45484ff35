"""libzmq's errno becomes the exception that matches, with what could not be done."""
from cpython.exc cimport PyErr_CheckSignals, PyErr_SetObject
from cpython.object cimport PyObject, PyTypeObject
from libc.errno cimport EINTR

from zmq.backend cimport libzmq

from zmq.error import Again, from_errno

cdef type _again = Again
cdef tuple _no_arguments = ()


cdef int fail(int errno, str what) except -1:
    """Raise the exception for *errno*; *what* could not be done, as in "bind 'tcp://x'"."""
    raise from_errno(errno, what)


cdef int again() except -1:
    """Raise Again.  Programs that never block raise it a lot: no message is built, and ``__init__`` is not run."""
    PyErr_SetObject(_again, (<PyTypeObject *>_again).tp_new(_again, <PyObject *>_no_arguments, NULL))
    return -1


cdef int check(int rc, str what) except -1:
    """Return *rc*, or raise the exception that matches ``zmq_errno()``.

    For calls on sockets and contexts *what* is a constant.  Making a text may let other threads run, and the C code
    makes it before it calls libzmq: they could close what is about to be used.
    """
    if rc >= 0:
        return rc
    return fail(libzmq.zmq_errno(), what)  # errno first: any Python call may overwrite it


cdef bint interrupted(int rc) except -1:
    """Tell whether a signal kept libzmq from what it was asked for: its handler has run now, and the call is due again.

    Whatever processes the commands of a socket can be interrupted, before it has done anything else.
    """
    if rc >= 0 or libzmq.zmq_errno() != EINTR:
        return False
    PyErr_CheckSignals()
    return True


def zmq_errno():
    """Return the error number of this thread's last failed libzmq call.

    libzmq: zmq_errno(3)
    """
    return libzmq.zmq_errno()
