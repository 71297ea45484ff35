from zmq.backend.socket cimport Socket
from zmq.backend.tries cimport Kind


cdef struct Place:
    # The number of a message in the order in which they came, that of the frame in it where it was taken apart, and
    # whether the message goes on.
    long long number
    int part
    bint more


cdef class Returned:
    cdef readonly list messages
    cdef object more

    cdef int add(self, Place *place, object message) except -1
    cdef object take(self, Socket socket, Kind kind, bint copy, bint track, object into, Place *place)
