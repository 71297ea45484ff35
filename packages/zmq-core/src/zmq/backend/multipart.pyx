"""Messages of several frames through a socket, whole or not at all.

A message goes out without releasing the GIL, so threads cannot interleave theirs, and no signal handler runs between
two frames.  Without the GIL the critical section of the socket does the same: nothing between two frames may run
Python code, or wait for a lock.  All frames are built before the first is sent.  If libzmq rolls back the first frames
because the peer has left (see ``transfer``), the whole message is sent again.
"""
cimport cython
from cpython.buffer cimport PyObject_CheckBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_GET_SIZE
from cpython.sequence cimport PySequence_Fast, PySequence_Fast_GET_ITEM, PySequence_Fast_GET_SIZE
from libc.errno cimport EAGAIN, EINTR
from libc.stdlib cimport free, malloc

from zmq.backend cimport libzmq, pinned, transfer
from zmq.backend.errors cimport again
from zmq.backend.frame cimport Frame, init_sent, init_shared, take_bytes, take_frame
from zmq.backend.handle cimport Handle, Wait, end_wait, usable
from zmq.backend.waiting cimport FREE_THREADED

from zmq.backend.frame import _FINISHED_TRACKER

cdef enum:
    ON_STACK = 8


@cython.final
@cython.freelist(8)
cdef class Parts:
    """An array of ``zmq_msg_t``, closed with its owner."""

    cdef libzmq.zmq_msg_t *msgs
    cdef libzmq.zmq_msg_t stack[ON_STACK]
    cdef Py_ssize_t room
    cdef Py_ssize_t first  # the frames before it are consumed
    cdef Py_ssize_t count
    cdef pinned.Completion completion  # what the pinned frames are tracked by

    def __cinit__(self):
        self.msgs = self.stack
        self.room = ON_STACK

    def __dealloc__(self):
        self.clear()
        if self.msgs != self.stack:
            free(self.msgs)
        pinned.release_unasked()

    cdef void clear(self) noexcept:
        cdef Py_ssize_t i
        for i in range(self.first, self.count):
            libzmq.zmq_msg_close(&self.msgs[i])  # void
        self.first = self.count = 0

    cdef int reserve(self, Py_ssize_t room) except -1:
        cdef libzmq.zmq_msg_t *larger
        cdef Py_ssize_t i
        if room <= self.room:
            return 0
        larger = <libzmq.zmq_msg_t *>malloc(room * sizeof(libzmq.zmq_msg_t))
        if larger == NULL:
            raise MemoryError(f"no memory for a message of {room} frames")
        for i in range(self.first, self.count):
            libzmq.zmq_msg_init(&larger[i])
            libzmq.zmq_msg_move(&larger[i], &self.msgs[i])
        if self.msgs != self.stack:
            free(self.msgs)
        self.msgs = larger
        self.room = room
        return 0

    cdef int add(self, libzmq.zmq_msg_t *msg) except -1:
        """Move *msg* to the end; it is closed whatever happens."""
        try:
            self.reserve(self.count + 1 if self.count < self.room else 2 * self.count)
            libzmq.zmq_msg_init(&self.msgs[self.count])  # void
            libzmq.zmq_msg_move(&self.msgs[self.count], msg)  # cannot fail: both are valid
            self.count += 1
        finally:
            libzmq.zmq_msg_close(msg)  # void
        return 0


cdef int _build(Parts out, object parts, bint copy, bint track, int copy_threshold, tuple to) except -1:
    """Make one ``zmq_msg_t`` of each part, or raise and make none."""
    cdef Py_ssize_t i, size = PySequence_Fast_GET_SIZE(parts)
    cdef libzmq.zmq_msg_t *msg
    out.clear()
    out.reserve(size)
    for i in range(size):
        part = <object>PySequence_Fast_GET_ITEM(parts, i)
        msg = &out.msgs[i]
        if isinstance(part, Frame):
            init_shared(msg, <Frame>part)
        else:
            try:
                if copy:
                    init_sent(msg, part)
                elif transfer.is_small(part, copy_threshold):
                    transfer.init_small(msg, part)
                else:
                    if track and out.completion is None:
                        out.completion = pinned.Completion()
                    pinned.init_pinned(msg, part, out.completion)
            except (TypeError, BufferError, ValueError) as error:
                raise type(error)(
                    f"cannot send frame {i} ({part!r:.60}): it has no contiguous buffer; frames are bytes, Frames and"
                    " other objects with the buffer protocol. Nothing was sent"
                ) from None
        out.count = i + 1
        if to is not None:
            transfer.describe_message(msg, to)
    return 0


cdef Py_ssize_t _send_plain(Handle handle, object parts, int flags) except -1:
    """Send a list or tuple of bytes straight from where they are, as far as libzmq takes them at once.

    Returns:
        How many frames it has taken; 0, too, where *parts* holds anything but bytes that are quickly copied.
    """
    cdef Py_ssize_t i, size = PySequence_Fast_GET_SIZE(parts)
    cdef int frame_flags
    for i in range(size):
        part = <object>PySequence_Fast_GET_ITEM(parts, i)
        if not PyBytes_CheckExact(part) or PyBytes_GET_SIZE(part) >= pinned.LENT_FROM:
            return 0
    i = 0
    while i < size:
        part = <object>PySequence_Fast_GET_ITEM(parts, i)
        frame_flags = flags if i == size - 1 else flags | libzmq.ZMQ_SNDMORE
        if libzmq.zmq_send(
            usable(handle), PyBytes_AS_STRING(part), PyBytes_GET_SIZE(part), frame_flags | libzmq.ZMQ_DONTWAIT
        ) >= 0:
            i += 1
            handle.sending_more = frame_flags & libzmq.ZMQ_SNDMORE != 0
        elif i == 0:
            break
        elif transfer.rolled_back(handle, frame_flags):
            return 0
        elif libzmq.zmq_errno() != EINTR:  # no signal handler runs in the middle of a message
            break
    return i


cdef object send_parts(Handle handle, object parts, int flags, bint copy, bint track, int copy_threshold, tuple to):
    """Send a message of several frames; returns a MessageTracker when asked to track."""
    cdef Py_ssize_t taken = 0
    if FREE_THREADED and type(parts) is list:
        parts = tuple(parts)  # another thread may change the list at any time
    with cython.critical_section(handle):
        handle.unsure = True
        # In the middle of a message a refusal may mean that its first frames are gone: that is for _send_frames to find
        # out.
        if copy and (type(parts) is list or type(parts) is tuple) and to is None and not handle.sending_more:
            taken = _send_plain(handle, parts, flags)
            if taken and taken == PySequence_Fast_GET_SIZE(parts):
                if handle.watchers:
                    handle.operated()
                return None
            if taken:
                return _send_rest(handle, parts, taken, flags, copy_threshold)
    return _send_built(handle, parts, flags, copy, track, copy_threshold, to)


cdef object _send_rest(Handle handle, object parts, Py_ssize_t taken, int flags, int copy_threshold):
    """Go on with a message of bytes of which libzmq has *taken* the first frames."""
    cdef Parts out = Parts.__new__(Parts)
    if type(parts) is list:
        parts = tuple(parts)  # other threads may change it while this one waits
    _build(out, parts, True, False, copy_threshold, None)
    while out.first < taken:
        libzmq.zmq_msg_close(&out.msgs[out.first])  # void
        out.first += 1
    _send_frames(handle, out, parts, flags, True, False, copy_threshold, None)
    return None


cdef object _send_built(Handle handle, object parts, int flags, bint copy, bint track, int copy_threshold, tuple to):
    """Send a message; all frames are built before one of them is sent."""
    cdef Parts out = Parts.__new__(Parts)
    # a list could be changed by other threads: copying and pinning let them run
    parts = tuple(parts) if type(parts) is list else PySequence_Fast(
        parts, "send_multipart takes a list or another iterable of frames"
    )
    if PySequence_Fast_GET_SIZE(parts) == 0:
        raise IndexError("cannot send a message without frames: [b''] is the shortest message")
    if track:
        for part in parts:
            if isinstance(part, Frame) and (<Frame>part)._tracker is None:
                raise ValueError(f"cannot track {part!r}, which is not a tracked message: make it with track=True")
    last = <object>PySequence_Fast_GET_ITEM(parts, PySequence_Fast_GET_SIZE(parts) - 1)
    track = _returns_tracker(last, copy, track, copy_threshold)
    _build(out, parts, copy, track, copy_threshold, to)
    with cython.critical_section(handle):
        handle.unsure = True
        _send_frames(handle, out, parts, flags, copy, track, copy_threshold, to)
    pinned.release_unasked()
    return _tracker_over(parts, out.completion) if track else None


cdef int _send_frames(Handle handle, Parts out, object parts, int flags, bint copy, bint track, int copy_threshold,
                      tuple to) except -1:
    """Send the frames of *out*; they are built from *parts* once more if libzmq rolls the message back."""
    cdef Wait wait = None
    cdef bint looked = False
    cdef int frame_flags
    try:
        while out.first < out.count:
            frame_flags = flags if out.first == out.count - 1 else flags | libzmq.ZMQ_SNDMORE
            if libzmq.zmq_msg_send(&out.msgs[out.first], usable(handle), frame_flags | libzmq.ZMQ_DONTWAIT) >= 0:
                out.first += 1
                handle.sending_more = frame_flags & libzmq.ZMQ_SNDMORE != 0
            elif out.first == 0:
                transfer.check_whole(handle, frame_flags)
                wait = transfer.refused(handle, wait, libzmq.zmq_errno(), flags, libzmq.ZMQ_POLLOUT, &looked)
            elif transfer.rolled_back(handle, frame_flags):
                _build(out, parts, copy, track, copy_threshold, to)
            elif libzmq.zmq_errno() != EINTR:  # no signal handler runs in the middle of a message
                wait = transfer.refused(handle, wait, libzmq.zmq_errno(), flags, libzmq.ZMQ_POLLOUT, &looked)
    finally:
        if wait is not None:
            end_wait(wait)
        if handle.watchers:
            handle.operated()
    return 0


cdef bint _returns_tracker(object last, bint copy, bint track, int copy_threshold) except -1:
    """Whether ``send()`` of the *last* frame returns a tracker, and so ``send_multipart()`` of the message."""
    if isinstance(last, Frame):
        return (<Frame>last)._tracker is not None
    return not copy and (track or PyObject_CheckBuffer(last) and transfer.is_small(last, copy_threshold))


cdef pinned.MessageTracker _tracker_over(object parts, pinned.Completion completion):
    """Return the tracker over all *parts* of a message, of which those that were pinned are under *completion*."""
    cdef list trackers = [] if completion is None else [pinned.track(completion)]
    for part in parts:
        if isinstance(part, Frame) and (<Frame>part)._tracker not in (None, _FINISHED_TRACKER):
            trackers.append((<Frame>part)._tracker)
    if not trackers:
        return _FINISHED_TRACKER
    return trackers[0] if len(trackers) == 1 else pinned.MessageTracker(*trackers)


cdef list recv_parts(Handle handle, int flags, bint copy, bint track, bint waits=True):
    """Receive all frames of a message, as bytes or as Frames.

    Args:
        waits: Whether to wait for a message, or raise Again, where there is none; else this returns None.
    """
    cdef list message = []  # before the first frame is ours: it may collect garbage, and finalizers may use the socket
    cdef Parts held = None
    cdef libzmq.zmq_msg_t msg
    cdef bint begun = False
    cdef bint nothing = False
    cdef bint more = True
    with cython.critical_section(handle):
        try:
            while more:
                libzmq.zmq_msg_init(&msg)  # void
                while libzmq.zmq_msg_recv(&msg, usable(handle), flags | libzmq.ZMQ_DONTWAIT) < 0:
                    if begun and libzmq.zmq_errno() == EINTR:
                        continue  # no signal handler runs in the middle of a message
                    if not begun and libzmq.zmq_errno() == EAGAIN and (not waits or flags & libzmq.ZMQ_DONTWAIT):
                        libzmq.zmq_msg_close(&msg)  # void
                        nothing = True
                        break
                    transfer.recv_untold(handle, &msg, flags, libzmq.zmq_errno())
                    break
                if nothing:
                    break
                begun = True
                more = libzmq.zmq_msg_more(&msg)
                if copy and held is None and libzmq.zmq_msg_size(&msg) < pinned.LENT_FROM:
                    message.append(take_bytes(&msg))  # lets no other thread run
                else:
                    if held is None:
                        held = Parts.__new__(Parts)
                    held.add(&msg)
        finally:
            if begun and more:  # out of memory: the next receive must not begin in the middle of this message
                _skip_rest(handle)
            if nothing:
                handle.received_nothing()
                if not waits:
                    handle.others_run()
            elif handle.watchers:
                handle.operated()
    if nothing:
        if waits:
            again()
        return None
    if held is not None:
        _take(held, message, copy, track)
    pinned.release_unasked()
    return message


cdef int _skip_rest(Handle handle) except -1:
    """Receive what is left of a message, and drop it."""
    cdef libzmq.zmq_msg_t msg
    cdef bint more = True
    while more:
        libzmq.zmq_msg_init(&msg)  # void
        more = libzmq.zmq_msg_recv(&msg, usable(handle), libzmq.ZMQ_DONTWAIT) >= 0 and libzmq.zmq_msg_more(&msg)
        libzmq.zmq_msg_close(&msg)  # void
    return 0


cdef int _take(Parts held, list message, bint copy, bint track) except -1:
    """Append the frames to *message*.  The whole message is ours by now: this may fail, or let other threads run."""
    cdef libzmq.zmq_msg_t *msg
    while held.first < held.count:
        msg = &held.msgs[held.first]
        if copy:
            held.first += 1
            message.append(take_bytes(msg))
        else:
            message.append(take_frame(msg, track))
            libzmq.zmq_msg_close(msg)  # void
            held.first += 1
    return 0
