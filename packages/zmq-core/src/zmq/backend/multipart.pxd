from zmq.backend.handle cimport Handle


cdef object send_parts(Handle handle, object parts, int flags, bint copy, bint track, int copy_threshold, tuple to)
cdef list recv_parts(Handle handle, int flags, bint copy, bint track, bint waits=*)
