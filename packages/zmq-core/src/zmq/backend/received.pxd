from zmq.backend.engine cimport Engine
from zmq.backend.returned cimport Place


cdef class ReusingEngine(Engine):
    cdef object spare  # the future of the last receive that was done at once, while the engine may use it again

    cdef int keep_no_more(self, object future) except -1
    cdef int settle(self) except -1


cdef class Message:
    cdef object engine  # a ReusingEngine, to give the message back to; None when it was taken
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


cdef Message message_of(object future)
cdef object slot_of(object future, Py_ssize_t offset)
cdef int not_of_a_socket(object future) except -1
cdef object call_load(object load, object message)
cdef int add_done_callback(object future, object fn, object context) except -1
cdef int raise_thrown(object error, object value, object traceback) except -1
