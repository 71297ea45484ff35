from zmq.backend.engine cimport Engine, Operation
from zmq.backend.returned cimport Place
from zmq.backend.tries cimport Kind


cdef class Message:
    cdef Engine engine  # to give the message back to; None when it was taken
    cdef object loop  # of a future whose base class is not initialized; else None
    cdef object value
    cdef object load  # called with the message, once, when the result is first requested; None for the message itself
    cdef object error  # with which that has failed
    cdef Place place
    cdef bint delivered  # to a future that waited

    cdef object loaded(self, object message)
    cdef object load_error(self, object message)
    cdef int take(self) except -1
    cdef int give_back(self) except -1


cdef class FutureOperation(Operation):
    cdef object future  # while it waits
    cdef Message message  # of a receive
    cdef int awaiting  # the number of tasks that began to await it while it waited, and have not gone on
    cdef bint given_back  # it had its message and has given it back: its future looks cancelled
    cdef bint iterates  # it is a step of ``async for``
    cdef object __weakref__


cdef object call_load(object load, object message)
cdef Message message_of(object future)
cdef object new_received(Message message)
cdef FutureOperation new_operation(Kind kind, int flags)
cdef object new_future(object cls, FutureOperation operation, dict loop_argument)
