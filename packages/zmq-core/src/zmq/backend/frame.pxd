from zmq.backend cimport libzmq
from zmq.backend.instances cimport Instance
from zmq.backend.pinned cimport Completion, MessageTracker


# From here on other threads may run while memory is copied; releasing the GIL costs about what copying 32 KB does.
cdef enum:
    LARGE = 262144


cdef class Frame(Instance):
    cdef libzmq.zmq_msg_t zmq_msg
    cdef object source
    cdef bytes content
    cdef MessageTracker _tracker
    cdef Completion completion
    cdef Py_ssize_t exports  # how many buffers point into msg
    cdef bint made  # here, and not received
    cdef bint lent  # to a caller that may change it
    cdef object view  # a weak reference to the memoryview that ``buffer`` has returned last
    cdef object __weakref__

    cdef object whole(self)
    cdef Frame share(self)
    cdef bint shared(self) except -1


cdef object default_copy_threshold()
cdef int init_shared(libzmq.zmq_msg_t *msg, Frame frame) except -1
cdef int init_sent(libzmq.zmq_msg_t *msg, object data) except -1
cdef bytes take_bytes(libzmq.zmq_msg_t *msg)
cdef Frame take_frame(libzmq.zmq_msg_t *msg, bint track)
cdef void copy_out(libzmq.zmq_msg_t *msg, void *to, size_t size) noexcept
cdef int need_drafts(str what) except -1
cdef int set_routing_id(libzmq.zmq_msg_t *msg, object value) except -1
cdef int set_group(libzmq.zmq_msg_t *msg, object group) except -1
cdef bytes group_name(object group)
