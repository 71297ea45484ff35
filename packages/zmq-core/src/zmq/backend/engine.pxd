from zmq.backend.socket cimport Socket
from zmq.backend.watch cimport Watch


cdef enum Kind:
    RECV
    RECV_MULTIPART
    RECV_INTO
    SEND
    SEND_MULTIPART
    POLL


cdef class Returned:
    cdef readonly list messages
    cdef object more

    cdef int add(self, long long number, int part, object message, bint more) except -1
    cdef object take(self, Socket socket, Operation operation)
    cdef object _take(self, Socket socket, Operation operation)
    cdef list _join(self, Socket socket, list message, bint more, Operation operation)


cdef class Operation:
    cdef Kind kind
    cdef int flags
    cdef bint copy
    cdef bint track
    cdef object data  # what to send; the memoryview to receive into
    cdef object routing_id
    cdef object group
    cdef int events  # that a poll waits for

    # what a receive has taken: the number of the message in the order in which they came, that of the frame in it where
    # it was taken apart, and whether the message goes on
    cdef long long number
    cdef int part
    cdef bint more

    cdef Engine engine  # where it waits; None when it does not
    cdef object queue
    cdef Socket socket  # kept as long as it waits
    cdef object timer

    cdef int join(self, Engine engine, Socket socket, object queue) except -1
    cdef int leave(self) except -1
    cdef int succeed(self, object result) except -1
    cdef int deliver(self, Engine engine, object message) except -1
    cdef int fail(self, object error) except -1
    cdef int expire(self) except -1


cdef class Engine:
    cdef readonly object loop
    cdef readonly object hub
    cdef set awaited
    cdef readonly object receivers
    cdef readonly object senders
    cdef readonly object pollers
    cdef readonly Returned returned
    cdef readonly int delivered
    cdef readonly long long received
    cdef readonly object socket  # a weak reference
    cdef object running_loop
    cdef object default_loop
    cdef object hub_of
    cdef object me
    cdef Watch watch
    cdef object reading
    cdef object late
    cdef bint running
    cdef bint scheduled
    cdef object receives_in  # the loop in which a receive need not consider other receives, nor what was given back
    cdef object sends_in
    cdef object __weakref__

    cpdef object enter(self)
    cpdef object move(self, object loop)
    cdef bint is_waited_for(self) except -1
    cdef list waiting(self)
    cdef int changed(self) except -1
    cdef int taken(self) except -1
    cdef int take_back(self, long long number, int part, object message, bint more, bint delivered) except -1
    cdef object take(self, Socket socket, Operation operation)
    cdef int add(self, Socket socket, Operation operation, object queue, object timeout_ms, bint now,
                 bint refused=*) except -1
    cdef int schedule(self) except -1
    cdef int run(self, bint refused=*) except -1
    cdef int _run(self, Socket socket, bint refused) except -1
    cdef bint _in_thread(self) except -1
    cdef bint _serve(self, Socket socket, int events) except -1
    cdef int _interest(self) except -1
    cdef bint _send(self, Socket socket) except -1
    cdef bint _receive(self, Socket socket, bint *refused) except -1
    cdef bint _answer_polls(self, int events) except -1
    cdef Watch _watched(self, Socket socket)
    cdef int _keep_watching(self, bint look_again) except -1
    cdef int _park(self) except -1


cdef object receive_now(Socket socket, Kind kind, int flags, bint copy, bint track, object into)
cdef object send_now(Socket socket, Kind kind, object data, int flags, bint copy, bint track, object routing_id,
                     object group)
cdef bint has_to_wait(object error) except -1
