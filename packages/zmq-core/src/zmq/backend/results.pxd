from zmq.backend.engine cimport Delivery, Operation
from zmq.backend.tries cimport Kind


cdef class FutureOperation(Operation):
    cdef object future  # while it waits
    cdef int awaiting  # the number of tasks that began to await it while it waited, and have not gone on
    cdef bint given_back  # it had its message and has given it back: its future looks cancelled
    cdef bint iterates  # it is a step of ``async for``
    cdef object __weakref__


cdef Delivery message_of(object future)
cdef object new_received(Delivery message)
cdef FutureOperation new_operation(Kind kind, int flags)
cdef object new_future(object cls, FutureOperation operation, dict loop_argument)
