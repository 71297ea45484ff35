"""One frame through a socket: try; if libzmq refuses, wait; try again.

When the peer leaves after libzmq has taken some frames of a message but not all, libzmq rolls those back and refuses
the next frame with EAGAIN.  Sending that frame again, as one does after EAGAIN, would lose or tear the message.
"""
cimport cython
from cpython.buffer cimport PyBUF_STRIDED, PyBuffer_IsContiguous, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_GET_SIZE
from cpython.exc cimport PyErr_CheckSignals
from libc.errno cimport EAGAIN, EINTR
from libc.string cimport memcpy

from zmq.backend cimport libzmq
from zmq.backend.errors cimport again, fail, name_of
from zmq.backend.frame cimport (
    Frame,
    copy_out,
    init_sent,
    init_shared,
    need_drafts,
    set_group,
    set_routing_id,
    take_bytes,
    take_frame,
)
from zmq.backend.handle cimport Handle, Wait, cannot_receive, end_wait, start_wait, usable
from zmq.backend.options cimport read_int_option
from zmq.backend.pinned cimport LENT_FROM, Completion, init_pinned, release_unasked, track as track_completion

from zmq.backend.frame import _FINISHED_TRACKER
from zmq.constants import Errno, SocketType
from zmq.error import ZMQError


cdef Wait refused(Handle handle, Wait wait, int errno, int flags, int interest, bint *looked):
    """libzmq refused an operation: return when it is worth another try, or raise.  In the critical section of *handle*.

    Args:
        wait: What an earlier call returned, None the first time.
        errno: What libzmq refused it with.
        looked: False the first time; set once the events were read.
    """
    cdef int timeout_ms = 0
    cdef bint begins = wait is None
    cdef bint drained = interest == libzmq.ZMQ_POLLIN  # whether libzmq has processed all commands
    if errno == EINTR:
        PyErr_CheckSignals()
        return wait
    if errno != EAGAIN:
        attempt = "receive from" if interest == libzmq.ZMQ_POLLIN else "send on"
        fail(errno, f"{attempt} a {name_of(SocketType, handle.type)} socket")
    if interest == libzmq.ZMQ_POLLOUT and not looked[0]:
        # A send processes commands only now and then, so there may be room, or another peer, all the same.
        looked[0] = True
        drained = len(handle.watchers) <= (wait is not None)  # else reading tells watchers, which may use the socket
        if handle.read_events() & libzmq.ZMQ_POLLOUT:
            return wait
    if flags & libzmq.ZMQ_DONTWAIT:
        again()
    if begins:
        timeout_ms = read_int_option(
            handle, libzmq.ZMQ_RCVTIMEO if interest == libzmq.ZMQ_POLLIN else libzmq.ZMQ_SNDTIMEO
        )
        if timeout_ms == 0:
            again()
    if drained:
        handle.note_refusal()
    if begins:
        wait = start_wait(handle, interest, timeout_ms)
    try:
        if not wait.again():
            again()
    except BaseException:
        if begins:
            end_wait(wait)
        raise
    return wait


cdef int _send_or_wait(Handle handle, libzmq.zmq_msg_t *msg, int flags) except -1:
    """Send one frame.  *msg* is consumed, also when that fails."""
    cdef Wait wait = None
    cdef bint looked = False
    try:
        with cython.critical_section(handle):
            handle.unsure = True
            try:
                while libzmq.zmq_msg_send(msg, usable(handle), flags | libzmq.ZMQ_DONTWAIT) < 0:
                    check_whole(handle, flags)
                    wait = refused(handle, wait, libzmq.zmq_errno(), flags, libzmq.ZMQ_POLLOUT, &looked)
                handle.sending_more = flags & libzmq.ZMQ_SNDMORE != 0
            except BaseException:
                libzmq.zmq_msg_close(msg)  # void
                raise
            finally:
                if wait is not None:
                    end_wait(wait)
                if handle.watchers:
                    handle.operated()
    finally:
        release_unasked()  # also where the message was not sent
    return 0


cdef bint rolls_back(int type) noexcept nogil:
    """Whether EAGAIN from a socket of that type in the middle of a message means that its first frames are gone."""
    return type == libzmq.ZMQ_PUSH or type == libzmq.ZMQ_DEALER or type == libzmq.ZMQ_PAIR


cdef void drop_rest(void *socket, int type, int flags) noexcept nogil:
    """Make libzmq forget that it waits for the rest of a message it has rolled back.

    Args:
        flags: Those of the frame that it has refused.
    """
    cdef libzmq.zmq_msg_t msg
    if flags & libzmq.ZMQ_SNDMORE and type != libzmq.ZMQ_PAIR:
        # the load balancer drops frames up to the last one of the message: this is the last one
        libzmq.zmq_msg_init(&msg)
        if libzmq.zmq_msg_send(&msg, socket, libzmq.ZMQ_DONTWAIT) < 0:
            libzmq.zmq_msg_close(&msg)


cdef bint rolled_back(Handle handle, int flags) noexcept:
    """Whether libzmq has just refused a frame because it has rolled back the ones before it, which it forgets now."""
    if libzmq.zmq_errno() != EAGAIN or not rolls_back(handle.type):
        return False
    handle.sending_more = False
    drop_rest(handle.ptr, handle.type, flags)
    return True


cdef int check_whole(Handle handle, int flags) except -1:
    """Raise if libzmq refused a frame because it has rolled back the ones before it."""
    if handle.sending_more and rolled_back(handle, flags):
        raise ZMQError(
            Errno.EHOSTUNREACH,
            "the peer left in the middle of a message: nothing of it was delivered, send it again from its first frame"
            " (send_multipart does that by itself)",
        )
    return 0


cdef int _recv_or_wait(Handle handle, libzmq.zmq_msg_t *msg, int flags, bint refused) except -1:
    """Receive one frame into *msg*, which has to be initialized; it is closed when that fails.

    In the critical section of *handle*.

    Args:
        refused: Whether libzmq has just had nothing to receive, and no other code has run since.
    """
    try:
        recv_untold(handle, msg, flags, EAGAIN if refused else 0)
    finally:
        if handle.watchers:
            handle.operated()
    return 0


cdef int recv_untold(Handle handle, libzmq.zmq_msg_t *msg, int flags, int errno) except -1:
    """The same for callers that tell the watchers themselves: the callback of one may let other threads run.

    Args:
        errno: What libzmq has just refused it with; 0 to try first.
    """
    cdef Wait wait = None
    cdef bint looked = False
    try:
        while errno or libzmq.zmq_msg_recv(msg, usable(handle), flags | libzmq.ZMQ_DONTWAIT) < 0:
            wait = refused(handle, wait, errno or libzmq.zmq_errno(), flags, libzmq.ZMQ_POLLIN, &looked)
            errno = 0
    except BaseException:
        libzmq.zmq_msg_close(msg)  # void
        raise
    finally:
        if wait is not None:
            end_wait(wait)
    return 0


cdef int describe_message(libzmq.zmq_msg_t *msg, tuple to) except -1:
    """Set the routing id (SERVER) or group (RADIO) a message goes to."""
    need_drafts("send with routing_id or group")
    routing_id, group = to
    if routing_id is not None:
        set_routing_id(msg, routing_id)
    if group is not None:
        set_group(msg, group)
    return 0


cdef bint is_small(object data, int copy_threshold) except -1:
    """Whether copying *data* costs less than pinning it."""
    if PyBytes_CheckExact(data):
        return PyBytes_GET_SIZE(data) < copy_threshold
    if isinstance(data, str):
        return True  # the copy raises what is to be said
    return memoryview(data).nbytes < copy_threshold


cdef int init_small(libzmq.zmq_msg_t *msg, object data) except -1:
    """Make *msg* hold a copy of *data*, which is small, and was to be sent without one.

    Raises:
        BufferError: It is not contiguous: also where its own error, which ``init_sent()`` raises, is another one.
        TypeError: It is a str.
    """
    if not PyBytes_CheckExact(data) and not isinstance(data, str) and not memoryview(data).contiguous:
        raise BufferError(f"cannot send {data!r:.60}: it is not contiguous")
    return init_sent(msg, data)


# ---- frames as Python has them

cdef object send_one(Handle handle, object data, int flags, bint copy, bint track, int copy_threshold, tuple to):
    """Send a frame as ``Socket.send()`` does."""
    cdef void *socket
    if copy and PyBytes_CheckExact(data) and PyBytes_GET_SIZE(data) < LENT_FROM and to is None:
        with cython.critical_section(handle):
            socket = usable(handle)
            # In the middle of a message a refusal may mean that its first frames are gone: trying again would tear it.
            if not handle.sending_more and libzmq.zmq_send(
                socket, PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), flags | libzmq.ZMQ_DONTWAIT
            ) >= 0:
                handle.sending_more = flags & libzmq.ZMQ_SNDMORE != 0
                if handle.type == libzmq.ZMQ_REQ and not handle.sending_more:
                    handle.requested()
                elif handle.watchers:
                    handle.operated()
                return None
            handle.unsure = True
    usable(handle)  # a closed socket is told of before wrong data
    return _send_any(handle, data, flags, copy, track, copy_threshold, to)


cdef object _send_any(Handle handle, object data, int flags, bint copy, bint track, int copy_threshold, tuple to):
    cdef libzmq.zmq_msg_t msg
    cdef Completion completion = None
    cdef object tracker = None
    if isinstance(data, Frame):
        tracker = (<Frame>data)._tracker
        if track and tracker is None:
            raise ValueError(f"cannot track {data!r}, which is not a tracked message: make it with track=True")
        init_shared(&msg, <Frame>data)
    elif copy:
        init_sent(&msg, data)
    elif is_small(data, copy_threshold):
        init_small(&msg, data)
        tracker = _FINISHED_TRACKER
    else:
        if track:
            completion = Completion()
        init_pinned(&msg, data, completion)
        if track:
            tracker = track_completion(completion)
    if to is not None:
        try:
            describe_message(&msg, to)
        except BaseException:
            libzmq.zmq_msg_close(&msg)
            raise
    _send_or_wait(handle, &msg, flags)
    return tracker


cdef object recv_one(Handle handle, int flags, bint copy, bint track, bint *more, bint waits):
    """Receive a frame as ``Socket.recv()`` does.

    Args:
        more: Set to whether the message goes on after the frame.
        waits: Whether to wait for a frame, or raise Again, where there is none; else this returns None.
    """
    cdef libzmq.zmq_msg_t msg
    with cython.critical_section(handle):
        if in_vain(handle, flags) or not _recv_now(handle, &msg, flags):
            if not waits:
                handle.others_run()
                return None
            if flags & libzmq.ZMQ_DONTWAIT:
                again()
            libzmq.zmq_msg_init(&msg)  # void
            _recv_or_wait(handle, &msg, flags, handle.refused)
    return _received(&msg, copy, track, more)


cdef bint in_vain(Handle handle, int flags) except -1:
    """Whether a receive may go to sleep without a try: it is not one that returns at once."""
    return (
        cannot_receive(handle) and not flags & libzmq.ZMQ_DONTWAIT and usable(handle) != NULL
        and read_int_option(handle, libzmq.ZMQ_RCVTIMEO) < 0
    )


cdef inline bint _recv_now(Handle handle, libzmq.zmq_msg_t *msg, int flags) except -1:
    """Receive a frame into *msg*, which need not be initialized; return False if there is none."""
    cdef void *socket = usable(handle)
    libzmq.zmq_msg_init(msg)  # void
    if libzmq.zmq_msg_recv(msg, socket, flags | libzmq.ZMQ_DONTWAIT) >= 0:
        if handle.watchers:
            handle.operated()
    elif libzmq.zmq_errno() == EAGAIN:
        libzmq.zmq_msg_close(msg)  # void
        handle.received_nothing()
        return False
    else:
        _recv_or_wait(handle, msg, flags, False)  # raises what fits, or tries again after a signal
    return True


cdef object _received(libzmq.zmq_msg_t *msg, bint copy, bint track, bint *more):
    """Return *msg*, which is consumed, as bytes or as a Frame."""
    more[0] = libzmq.zmq_msg_more(msg)
    if copy:
        content = take_bytes(msg)
        release_unasked()
        return content
    return take_frame(msg, track)


cdef Py_ssize_t _get_room(Py_buffer *view, object buffer, Py_ssize_t nbytes) except -1:
    """Pin the memory of *buffer*, to receive into; return how much of it, at most *nbytes* if that is not 0.

    Raises:
        BufferError: *buffer* is read-only or not contiguous.
        TypeError: It has no buffer.
        ValueError: It is smaller than *nbytes*.
    """
    try:
        PyObject_GetBuffer(buffer, view, PyBUF_STRIDED)
    except (BufferError, ValueError):
        if not memoryview(buffer).readonly:
            raise
        raise BufferError(f"cannot receive into {buffer!r:.60}: it is read-only") from None  # numpy: ValueError
    try:
        if not PyBuffer_IsContiguous(view, b"A"):
            raise BufferError(f"cannot receive into {buffer!r:.60}: it is not contiguous")
        if nbytes < 0 or nbytes > view.len:
            raise ValueError(f"cannot receive {nbytes} bytes into a buffer of {view.len}")
    except BaseException:
        PyBuffer_Release(view)
        raise
    return nbytes or view.len


cdef Py_ssize_t recv_into_buffer(Handle handle, object buffer, Py_ssize_t nbytes, int flags) except -1:
    """Receive a frame as ``Socket.recv_into()`` does; return its size."""
    cdef libzmq.zmq_msg_t msg
    cdef Py_buffer view
    cdef Py_ssize_t size
    cdef Py_ssize_t room = _get_room(&view, buffer, nbytes)
    try:
        libzmq.zmq_msg_init(&msg)  # void
        with cython.critical_section(handle):
            _recv_or_wait(handle, &msg, flags, False)
        size = libzmq.zmq_msg_size(&msg)
        copy_out(&msg, view.buf, min(size, room))
    finally:
        PyBuffer_Release(&view)
    release_unasked()
    return size


@cython.final
cdef class Room:
    """Memory to receive into later: that of *buffer*, pinned; at most *nbytes* of it if that is not 0.

    Raises:
        BufferError, TypeError, ValueError: As ``recv_into()`` does, at once.
    """

    def __cinit__(self, buffer, Py_ssize_t nbytes):
        self.size = _get_room(&self.view, buffer, nbytes)

    def __dealloc__(self):
        PyBuffer_Release(&self.view)  # harmless where there was none

    cdef int fill(self, Frame frame) except -1:
        """Copy what fits of *frame*."""
        cdef Py_ssize_t size = libzmq.zmq_msg_size(&frame.zmq_msg)
        memcpy(self.view.buf, libzmq.zmq_msg_data(&frame.zmq_msg), min(size, self.size))
        return 0
