"""What ``monitored_queue`` adds to zmq-core's loop: prefixes of what is captured, and ROUTER on both sides."""
from libc.string cimport memcpy

from zmq.backend cimport libzmq
from zmq.backend.relay cimport Relay, Way


cdef class MonitoredRelay(Relay):
    """A Relay that shows the capture socket, in a first frame, which side a message came from.

    The first two frames of messages between two ROUTER sockets change places: ``[to, ...]`` becomes ``[from, ...]``.

    Args:
        args, kwargs: Those of a Relay.
        prefixes: The first frame of what is captured from the frontend, and that of what is from the backend.
    """

    def __init__(self, *args, tuple prefixes not None, **kwargs):
        cdef int i
        for i in range(2):
            self.set_prefix(&self.ways[i], prefixes[i])
        super().__init__(*args, **kwargs)

    cdef int set_prefix(self, Way *way, bytes prefix) except -1:
        libzmq.zmq_msg_close(&way.prefix)  # void
        if libzmq.zmq_msg_init_size(&way.prefix, len(prefix)) < 0:
            raise MemoryError(f"no memory for a prefix of {len(prefix)} bytes")
        memcpy(libzmq.zmq_msg_data(&way.prefix), <const char *>prefix, len(prefix))
        way.has_prefix = True
        return 0

    cdef void arrange(self, Way *way) noexcept nogil:
        if way.source.type != libzmq.ZMQ_ROUTER or way.target.type != libzmq.ZMQ_ROUTER:
            return
        libzmq.zmq_msg_move(&self.copy, &way.frames[0])  # cannot fail: all are valid
        libzmq.zmq_msg_move(&way.frames[0], &way.frames[1])
        libzmq.zmq_msg_move(&way.frames[1], &self.copy)
