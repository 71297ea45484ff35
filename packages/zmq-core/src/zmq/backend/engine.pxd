from zmq.backend.returned cimport Place, Returned
from zmq.backend.socket cimport Socket
from zmq.backend.tries cimport Kind
from zmq.backend.watch cimport Link


cdef class Delivery:
    cdef Engine receiver  # to give the message back to; None when it was taken, or has not come
    cdef object value  # the message
    cdef object load  # called with the message, once, when the result is first requested; None for the message itself
    cdef object error  # with which that, or the operation, has failed
    cdef Place place
    cdef bint waited  # whether it was waited for

    cdef object loaded(self, object message)
    cdef object load_error(self, object message)
    cdef int take(self) except -1
    cdef int give_back(self) except -1


cdef class Operation(Delivery):
    cdef Kind kind
    cdef int flags
    cdef bint copy
    cdef bint track
    cdef object data  # what to send; the Room to receive into
    cdef tuple to  # the destination of what is sent
    cdef int events  # that a poll waits for

    cdef Engine engine  # where it waits; None when it does not
    cdef object queue
    cdef Socket socket  # kept as long as it waits
    cdef object timer
    cdef bint is_next  # to be done before all others: it goes on with a message

    cdef int join(self, Engine engine, Socket socket, object queue) except -1
    cdef int leave(self) except -1
    cdef int give_up(self) except -1
    cdef int succeed(self, object result) except -1
    cdef int deliver(self, Engine engine, object message) except -1
    cdef int fail(self, object error) except -1


cdef class Engine:
    cdef Link link
    cdef set awaited
    cdef object receivers
    cdef object senders
    cdef object pollers
    cdef Returned returned
    cdef int delivered
    cdef long long received
    cdef readonly object _socket  # a weak reference
    cdef object me
    cdef bint running
    cdef bint tried  # whether the caller has just tried to receive: a poll need not read the events before it waits
    cdef bint timeouts  # whether RCVTIMEO and SNDTIMEO limit how long operations wait
    cdef bint awaits_state  # whether a receive waits while the socket has to send first, or else fails with EFSM
    cdef bint whole  # whether frames that are received or sent one by one stay together
    cdef bint halfway  # a frame was delivered whose message goes on; others do not receive until its caller has gone on
    cdef bint half_sent  # the same of a frame that was sent
    cdef bint addressed  # whether a message names its peer, so that one that waits for it does not hold up others
    cdef list ended  # the operations whose callers are to be woken
    cdef object receives_in  # the loop in which a receive need not consider other receives, nor what was given back
    cdef object sends_in
    cdef int turn  # every so many immediate operations of one kind, one goes through the loop
    cdef long long sends
    cdef long long polls
    cdef long long receive_turn  # the number of the next that goes through the loop
    cdef long long send_turn
    cdef object __weakref__

    cpdef object _enter(self)
    cpdef object _move(self, object loop)
    cdef int changed(self) except -1
    cdef int take_back(self, Place *place, object message, bint delivered) except -1
    cdef object take(self, Socket socket, Operation operation)
    cdef bint waits_after(self, object error) except -1
    cpdef bint _holds_message(self) except -1
    cdef int schedule(self) except -1
    cdef int run(self, bint refused=*) except -1
    cdef int wake_all(self) except -1


cdef object call_load(object load, object message)
