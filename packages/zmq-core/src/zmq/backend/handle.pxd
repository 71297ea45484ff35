from libc.stdint cimport int64_t

from zmq.backend.context cimport ContextHandle
from zmq.backend.libzmq cimport ZMQ_REQ
from zmq.backend.pointer cimport Target
from zmq.backend.waiting cimport Waker, core_fd, generation


cdef class Watcher:
    cdef int news(self, Handle handle) except -1
    cdef int gone(self, Handle handle) except -1


cdef class Handle(Target):
    cdef object __weakref__
    cdef int type
    cdef core_fd fd
    cdef int events
    cdef bint stale
    cdef bint refused  # whether libzmq has processed all commands and refused, and the socket was not used since
    cdef bint sending_more
    cdef bint lent  # whether code outside may have its address, and use it without a word
    cdef bint untried  # whether what is refused was not tried: a REQ has sent a request
    cdef bint unsure  # of a REQ: whether libzmq may have taken the beginning of a message, and refused its end
    cdef bint local  # whether it was bound or connected over inproc: what it sends arrives at once
    cdef bint remote  # whether it was bound or connected over another transport: what it sends may wait to be sent
    cdef str unusable
    cdef tuple watchers  # is replaced, and never changed
    cdef void *address
    cdef object in_loop  # a lock, held while the socket is inside a loop in C
    cdef bint closes_after_loop
    cdef object linger_after_loop
    cdef ContextHandle context
    cdef void *monitor  # the C socket that get_monitor_socket() made for it
    cdef object monitored  # of such a socket: a weak reference to the Handle that it tells of

    cdef int drop(self) except -1
    cdef void *live(self) except NULL
    cdef int operated(self) except -1
    cdef int received_nothing(self) except -1
    cdef int note_refusal(self) except -1
    cdef int requested(self) except -1
    cdef int others_run(self) except -1
    cdef int read_events(self) except -1
    cdef int look(self) except -1
    cdef int current(self) except -1
    cdef int watch(self, Watcher watcher) except -1
    cdef int unwatch(self, Watcher watcher) except -1
    cdef bint monitors(self) except -1
    cdef int start_monitoring(self, Handle listener, object monitored, const char *endpoint, int events) except -1
    cdef int close(self, object linger, bint after_loop=*) except -1
    cdef int enter_loop(self, str loop) except -1
    cdef int leave_loop(self) except -1
    cdef int64_t pause(self, int interest, bint *looked_ready) except -1


cdef class Wait(Watcher):
    cdef Handle handle
    cdef int interest
    cdef bint asleep
    cdef bint looked_ready  # whether it did when last looked at, and no sleep came after
    cdef int64_t deadline
    cdef Waker waker

    cdef bint again(self) except -1


cdef Handle open_handle(ContextHandle context, int type)
cdef Handle handle_at(size_t address)
cdef int wait_for_events(Handle handle, int interest, double timeout_ms) except -1
cdef Wait start_wait(Handle handle, int interest, object timeout_ms)
cdef int end_wait(Wait wait) except -1


cdef inline bint cannot_receive(Handle handle) noexcept:
    """Whether a try to receive would be in vain until the descriptor is readable; see ``Handle.requested()``."""
    return handle.refused and handle.type == ZMQ_REQ and handle.watchers and not handle.foreign


cdef inline void *usable(Handle handle) except NULL:
    """Return the C socket; the test that every operation makes, without a call."""
    if handle.ptr != NULL and handle.generation == generation:
        return handle.ptr
    return handle.live()
