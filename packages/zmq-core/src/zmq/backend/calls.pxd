from zmq.backend.engine cimport Engine, Operation
from zmq.backend.socket cimport Socket
from zmq.backend.tries cimport Kind


cdef class Call(Operation):
    cdef readonly bint done
    cdef bint returned  # whether the caller has this object, and so waits to be woken
    cdef object __weakref__

    cdef int end(self) except -1


cdef class CallEngine(Engine):
    cdef object call_class
    cdef unsigned long thread  # of the loop

    cpdef object tracked(self, object tracker)
    cdef bint _goes_past(self, int flags) except -1
    cdef object await_events(self, object timeout, int flags)
    cdef CallEngine here(self, Socket socket)
    cdef Socket living(self)
    cdef object receive(self, Kind kind, int flags, bint copy, bint track, object into)
    cdef object transmit(self, Kind kind, object data, int flags, bint copy, bint track, object routing_id,
                         object group)
    cdef object outcome(self, Call call)
