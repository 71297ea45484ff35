from zmq.backend.socket cimport Socket


cdef enum Kind:
    RECV
    RECV_MULTIPART
    RECV_INTO
    SEND
    SEND_MULTIPART
    POLL


cdef bint has_to_wait(object error) except -1
cdef object receive_now(Socket socket, Kind kind, int flags, bint copy, bint track, object into)
cdef object send_now(Socket socket, Kind kind, object data, int flags, bint copy, bint track, tuple to)
cdef object whole(object msg_parts)
