from libc.stdint cimport int64_t, uint64_t

from zmq.backend cimport libzmq
from zmq.backend.socket cimport Socket
from zmq.backend.waiting cimport core_fd


cdef struct Outlet:
    void *socket  # NULL: there is none
    int type
    core_fd fd
    bint rolls_back


cdef struct Way:
    Outlet *source
    Outlet *target
    bint one_at_a_time  # the target takes one message and then needs an answer
    bint answers  # the target is the source and a REP: there is room when there is a question
    libzmq.zmq_msg_t *frames  # those of the message in hand first; all *room* are initialized
    Py_ssize_t room
    Py_ssize_t count  # of the frames of the message in hand; 0: there is none
    Py_ssize_t used  # the frames before it may hold memory
    Py_ssize_t next  # the frame that is sent next
    uint64_t size
    bint captured
    libzmq.zmq_msg_t prefix  # of what is captured
    bint has_prefix
    bint ready
    Outlet *lacking  # what has to become ready; NULL: nothing that would tell
    short lacking_event
    uint64_t *received  # messages, bytes
    uint64_t *sent


cdef class Relay:
    cdef str loop
    cdef list sockets
    cdef list handles  # of the sockets, each once
    cdef Outlet outlets[4]
    cdef Way ways[3]  # both directions, and from the control socket
    cdef int number_of_ways
    cdef libzmq.zmq_msg_t copy  # of a frame, while it is being sent
    cdef bint capture_may_be_full
    cdef int stop_fd
    cdef bint paused
    cdef bint stopping
    cdef int retries_left
    cdef bint handles_signals
    cdef int64_t looked
    cdef Py_buffer memory  # of the counters
    cdef uint64_t *counts
    cdef int error

    cdef void arrange(self, Way *way) noexcept nogil
