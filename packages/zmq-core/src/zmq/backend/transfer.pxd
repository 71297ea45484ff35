from zmq.backend cimport libzmq
from zmq.backend.handle cimport Handle


cdef int send_or_wait(Handle handle, libzmq.zmq_msg_t *msg, int flags) except -1
cdef int recv_or_wait(Handle handle, libzmq.zmq_msg_t *msg, int flags, bint refused=*) except -1
cdef object send_parts(Handle handle, object parts, int flags, bint copy, bint track, int copy_threshold,
                       object routing_id, object group)
cdef list recv_parts(Handle handle, int flags, bint copy, bint track, bint waits=*)
cdef int describe_message(libzmq.zmq_msg_t *msg, object routing_id, object group) except -1
cdef bint is_small(object data, int copy_threshold) except -1
cdef bint rolls_back(int type) noexcept nogil
cdef void drop_rest(void *socket, int type, int flags) noexcept nogil
