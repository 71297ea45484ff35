"""One try of an operation that an event loop waits for: what libzmq refuses is tried again later."""
from zmq.backend cimport libzmq
from zmq.backend.multipart cimport recv_parts, send_parts
from zmq.backend.socket cimport Socket
from zmq.backend.transfer cimport Room

from zmq.constants import Errno
from zmq.error import ZMQError

cdef object EAGAIN = int(Errno.EAGAIN)
cdef object EFSM = int(Errno.EFSM)


cdef bint has_to_wait(object error) except -1:
    """Return whether a receive that failed with *error* may succeed later: there is nothing yet, or REP sends first.

    As in pyzmq, a server may begin to receive while another task still prepares its reply.
    """
    return isinstance(error, ZMQError) and (error.errno == EAGAIN or error.errno == EFSM)


cdef object receive_now(Socket socket, Kind kind, int flags, bint copy, bint track, object into):
    """Receive a frame, or a message, if there is one; else return None.

    Raises:
        Again: There is none, and a signal came.
        ZMQError: What else is wrong.
    """
    cdef object frame
    if kind == RECV_MULTIPART:
        socket.c_socket()
        return recv_parts(socket.shared_handle, flags | libzmq.ZMQ_DONTWAIT, copy, track, False)
    if kind == RECV:
        return socket.try_recv(flags | libzmq.ZMQ_DONTWAIT, copy, track)
    frame = socket.try_recv(flags | libzmq.ZMQ_DONTWAIT, False, False)
    if frame is not None:
        (<Room>into).fill(frame)
    return frame


cdef object send_now(Socket socket, Kind kind, object data, int flags, bint copy, bint track, object routing_id,
                     object group):
    """Send a frame, or a message, or raise Again."""
    if kind == SEND:
        return socket.send_frame(data, flags | libzmq.ZMQ_DONTWAIT, copy, track, routing_id, group)
    socket.c_socket()
    return send_parts(
        socket.shared_handle, data, flags | libzmq.ZMQ_DONTWAIT, copy, track, socket.copy_threshold, routing_id, group
    )
