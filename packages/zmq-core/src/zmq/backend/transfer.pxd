from zmq.backend cimport libzmq
from zmq.backend.frame cimport Frame
from zmq.backend.handle cimport Handle, Wait


# What a message is for: the routing id of a peer, and a group; None where neither is given.
cdef inline tuple destination(object routing_id, object group):
    return None if routing_id is None and group is None else (routing_id, group)


cdef object send_one(Handle handle, object data, int flags, bint copy, bint track, int copy_threshold, tuple to)
cdef object recv_one(Handle handle, int flags, bint copy, bint track, bint *more, bint waits)
cdef Py_ssize_t recv_into_buffer(Handle handle, object buffer, Py_ssize_t nbytes, int flags) except -1


cdef class Room:
    cdef Py_buffer view
    cdef Py_ssize_t size

    cdef int fill(self, Frame frame) except -1


cdef bint in_vain(Handle handle, int flags) except -1

# for messages of several frames, in the critical section of the handle
cdef Wait refused(Handle handle, Wait wait, int errno, int flags, int interest, bint *looked)
cdef int recv_untold(Handle handle, libzmq.zmq_msg_t *msg, int flags, int errno) except -1
cdef int describe_message(libzmq.zmq_msg_t *msg, tuple to) except -1
cdef bint is_small(object data, int copy_threshold) except -1
cdef int init_small(libzmq.zmq_msg_t *msg, object data) except -1
cdef int check_whole(Handle handle, int flags) except -1
cdef bint rolled_back(Handle handle, int flags) noexcept
cdef bint rolls_back(int type) noexcept nogil
cdef void drop_rest(void *socket, int type, int flags) noexcept nogil
