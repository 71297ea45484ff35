from zmq.backend.context cimport Context
from zmq.backend.handle cimport Handle
from zmq.backend.pointer cimport Pointer


cdef class Socket(Pointer):
    cdef object __weakref__
    cdef Handle shared_handle
    cdef public Context context
    cdef public int copy_threshold
    cdef public bint _shadow
    cdef public object _shadow_obj  # what it shares the C socket of: a Socket, or an address
    cdef object monitored_by
    # Whether the message goes on after the frame that recv() has returned last; what RCVMORE says, at less cost.
    cdef readonly bint _more
    cdef public object _engine  # of sockets that wait in an event loop

    cdef void *c_socket(self) except NULL
    cdef bint is_closed(self) noexcept
    cdef int check_pollable(self) except -1


cdef inline Handle handle_of(Socket socket):
    """Return its Handle; raise where it has none, since its ``__init__`` was not called."""
    if socket.shared_handle is None:
        socket.c_socket()
    return socket.shared_handle
