"""Messages that were received and not taken; the next receive of their socket gets them."""
from bisect import insort

cimport cython

from zmq.backend.frame cimport Frame
from zmq.backend.socket cimport Socket
from zmq.backend.transfer cimport Room
from zmq.backend.tries cimport RECV_INTO, RECV_MULTIPART, Kind, receive_now

from zmq.error import ZMQError

# The ids of those Returned that have messages.  Pollers look at each of their sockets only where there are any.
holding = set()
# The polls of several sockets that wait, of all loops; each has ``woken()``, to be called in any thread.
polls = set()
# For the end of the process, when modules have lost their names.
cdef set _holding = holding
cdef set _polls = polls
cdef object _insort = insort


cdef object as_wanted(object frame, bint copied):
    """Return *frame* as bytes or as a Frame."""
    if isinstance(frame, Frame):
        return frame.bytes if copied else frame
    return frame if copied else Frame(frame)


cdef class Returned:
    """The messages that were given back, in the order in which they came: of each, its place, its frames, and whether
    the message goes on after them.
    """

    def __cinit__(self):
        self.messages = []
        self.more = None  # RCVMORE, where libzmq's is not that of the last frame received

    def __del__(self):
        _holding.discard(<size_t><void *>self)

    cdef int add(self, Place *place, object message) except -1:
        """Take a message back.  Any thread: what has it may be collected in any."""
        frames = message if isinstance(message, list) else [message]
        with cython.critical_section(self):
            _insort(self.messages, ((place.number, place.part), frames, place.more))
        _holding.add(<size_t><void *>self)
        for poll in tuple(_polls):
            poll.woken()
        return 0

    cdef object take(self, Socket socket, Kind kind, bint copy, bint track, object into, Place *place):
        """Receive the first one, and set its *place*; see ``receive_now()`` for the rest."""
        try:
            return _take(self, socket, kind, copy, track, into, place)
        finally:
            _holding.discard(<size_t><void *>self)
            if self.messages:  # last: another thread may give something back meanwhile
                _holding.add(<size_t><void *>self)


cdef object _take(Returned returned, Socket socket, Kind kind, bint copy, bint track, object into, Place *place):
    cdef bint more
    (place.number, place.part), frames, more = returned.messages.pop(0)
    if kind == RECV_MULTIPART:
        message = [as_wanted(frame, copy) for frame in _join(returned, socket, frames, more, copy, track)]
        returned.more = place.more = False
        return message
    frame, *rest = frames
    if rest:
        with cython.critical_section(returned):
            _insort(returned.messages, ((place.number, place.part + 1), rest, more))
        more = True
    returned.more = place.more = more
    if kind == RECV_INTO:
        frame = as_wanted(frame, False)
        (<Room>into).fill(frame)
        return frame
    return as_wanted(frame, copy)


cdef list _join(Returned returned, Socket socket, list message, bint more, bint copy, bint track):
    """Return a message of which the first frames were given back."""
    while more:
        if not returned.messages:
            try:
                rest = receive_now(socket, RECV_MULTIPART, 0, copy, track, None)
            except ZMQError:
                rest = None
            # None where another object has received the rest
            return message if rest is None else message + rest
        _, frames, more = returned.messages.pop(0)
        message = message + frames
    return message
