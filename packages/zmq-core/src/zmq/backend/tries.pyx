"""One try of an operation that an event loop waits for: what libzmq refuses is tried again later."""
from zmq.backend cimport libzmq
from zmq.backend.multipart cimport recv_parts, send_parts
from zmq.backend.socket cimport Socket
from zmq.backend.transfer cimport Room, recv_one, send_one

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
    if socket.shared_handle is None:
        socket.c_socket()  # raises
    flags |= libzmq.ZMQ_DONTWAIT
    if kind == RECV_MULTIPART:
        return recv_parts(socket.shared_handle, flags, copy, track, False)
    frame = recv_one(socket.shared_handle, flags, copy and kind == RECV, track, &socket._more, False)
    if kind == RECV_INTO and frame is not None:
        (<Room>into).fill(frame)
    return frame


cdef object send_now(Socket socket, Kind kind, object data, int flags, bint copy, bint track, tuple to):
    """Send a frame, or a message, or raise Again."""
    if socket.shared_handle is None:
        socket.c_socket()  # raises
    flags |= libzmq.ZMQ_DONTWAIT
    if kind == SEND:
        return send_one(socket.shared_handle, data, flags, copy, track, socket.copy_threshold, to)
    return send_parts(socket.shared_handle, data, flags, copy, track, socket.copy_threshold, to)


cdef object whole(object msg_parts):
    """Return the frames of a message as what can be sent more than once."""
    return list(msg_parts) if type(msg_parts) is not list and hasattr(msg_parts, "__next__") else msg_parts
