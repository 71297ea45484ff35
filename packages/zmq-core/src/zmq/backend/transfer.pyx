"""Messages through a socket: try; if libzmq refuses, wait; try again.

A message of several frames goes out without releasing the GIL, so threads cannot interleave theirs, and no signal
handler runs between two frames.  All frames are built before the first is sent.

When the peer leaves after libzmq has taken some frames but not all, libzmq rolls those back and refuses the next frame
with EAGAIN.  Sending that frame again, as one does after EAGAIN, would lose or tear the message; the whole message is
sent again instead.
"""
cimport cython
from cpython.buffer cimport PyObject_CheckBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_GET_SIZE
from cpython.exc cimport PyErr_CheckSignals
from cpython.sequence cimport PySequence_Fast, PySequence_Fast_GET_ITEM, PySequence_Fast_GET_SIZE
from libc.errno cimport EAGAIN, EINTR
from libc.stdlib cimport free, malloc

from zmq.backend cimport libzmq
from zmq.backend.errors cimport again, fail
from zmq.backend.frame cimport LARGE, Frame, init_sent, need_drafts, set_group, set_routing_id, take_bytes
from zmq.backend.handle cimport Handle, Wait, end_wait, start_wait, usable
from zmq.backend.options cimport int_option
from zmq.backend.pinned cimport LENT_FROM, Completion, MessageTracker, init_pinned, track as track_completion

from zmq.backend.frame import _FINISHED_TRACKER
from zmq.constants import Errno, SocketType
from zmq.error import ZMQError

cdef enum:
    ON_STACK = 8


cdef Wait _refused(Handle handle, Wait wait, int errno, int flags, int interest, bint *looked):
    """libzmq refused an operation: return when it is worth another try, or raise.

    Args:
        wait: What an earlier call returned, None the first time.
        errno: What libzmq refused it with.
        looked: False the first time; set once the events were read.
    """
    cdef int timeout_ms
    cdef bint drained = interest == libzmq.ZMQ_POLLIN  # whether libzmq has processed all commands
    if errno == EINTR:
        PyErr_CheckSignals()
        return wait
    if errno != EAGAIN:
        fail(errno, _attempt(handle, interest))
    if interest == libzmq.ZMQ_POLLOUT and not looked[0]:
        # A send processes commands only now and then, so there may be room, or another peer, all the same.
        looked[0] = True
        drained = len(handle.watchers) <= (wait is not None)  # else reading tells watchers, which may use the socket
        if handle.read_events() & libzmq.ZMQ_POLLOUT:
            return wait
    if flags & libzmq.ZMQ_DONTWAIT:
        again()
    if wait is None:
        timeout_ms = int_option(handle, libzmq.ZMQ_RCVTIMEO if interest == libzmq.ZMQ_POLLIN else libzmq.ZMQ_SNDTIMEO)
        if timeout_ms == 0:
            again()
        if drained:
            handle.note_refusal()
        wait = start_wait(handle, interest, timeout_ms)
        try:
            if not wait.again():
                again()
        except BaseException:
            end_wait(wait)
            raise
    else:
        if drained:
            handle.note_refusal()
        if not wait.again():
            again()
    return wait


cdef str _attempt(Handle handle, int interest):
    try:
        name = SocketType(handle.type).name
    except ValueError:
        name = str(handle.type)
    return f"{'receive from' if interest == libzmq.ZMQ_POLLIN else 'send on'} a {name} socket"


cdef int send_or_wait(Handle handle, libzmq.zmq_msg_t *msg, int flags) except -1:
    """Send one frame.  *msg* is consumed, also when that fails."""
    cdef Wait wait = None
    cdef bint looked = False
    try:
        while libzmq.zmq_msg_send(msg, usable(handle), flags | libzmq.ZMQ_DONTWAIT) < 0:
            _check_whole(handle, flags)
            wait = _refused(handle, wait, libzmq.zmq_errno(), flags, libzmq.ZMQ_POLLOUT, &looked)
        handle.sending_more = flags & libzmq.ZMQ_SNDMORE != 0
    except BaseException:
        libzmq.zmq_msg_close(msg)  # void
        raise
    finally:
        if wait is not None:
            end_wait(wait)
        if handle.watchers:
            handle.operated()
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


cdef bint _rolled_back(Handle handle, int flags) noexcept:
    """Whether libzmq has just refused a frame because it has rolled back the ones before it, which it forgets now."""
    if libzmq.zmq_errno() != EAGAIN or not rolls_back(handle.type):
        return False
    handle.sending_more = False
    drop_rest(handle.ptr, handle.type, flags)
    return True


cdef int _check_whole(Handle handle, int flags) except -1:
    """Raise if libzmq refused a frame because it has rolled back the ones before it."""
    if handle.sending_more and _rolled_back(handle, flags):
        raise ZMQError(
            Errno.EHOSTUNREACH,
            "the peer left in the middle of a message: nothing of it was delivered, send it again from its first frame"
            " (send_multipart does that by itself)",
        )
    return 0


cdef int recv_or_wait(Handle handle, libzmq.zmq_msg_t *msg, int flags, bint refused=False) except -1:
    """Receive one frame into *msg*, which has to be initialized; it is closed when that fails.

    Args:
        refused: Whether libzmq has just had nothing to receive, and no other code has run since.
    """
    try:
        _recv_or_wait(handle, msg, flags, EAGAIN if refused else 0)
    finally:
        if handle.watchers:
            handle.operated()
    return 0


cdef int _recv_or_wait(Handle handle, libzmq.zmq_msg_t *msg, int flags, int errno) except -1:
    """The same for callers that tell the watchers themselves: the callback of one may let other threads run.

    Args:
        errno: What libzmq has just refused it with; 0 to try first.
    """
    cdef Wait wait = None
    cdef bint looked = False
    try:
        while errno or libzmq.zmq_msg_recv(msg, usable(handle), flags | libzmq.ZMQ_DONTWAIT) < 0:
            wait = _refused(handle, wait, errno or libzmq.zmq_errno(), flags, libzmq.ZMQ_POLLIN, &looked)
            errno = 0
    except BaseException:
        libzmq.zmq_msg_close(msg)  # void
        raise
    finally:
        if wait is not None:
            end_wait(wait)
    return 0


cdef int describe_message(libzmq.zmq_msg_t *msg, object routing_id, object group) except -1:
    """Set the routing id (SERVER) or group (RADIO) a message goes to."""
    need_drafts("send with routing_id or group")
    if routing_id is not None:
        set_routing_id(msg, routing_id)
    if group is not None:
        set_group(msg, group)
    return 0


@cython.final
@cython.freelist(8)
cdef class Parts:
    """An array of ``zmq_msg_t``, closed with its owner."""

    cdef libzmq.zmq_msg_t *msgs
    cdef libzmq.zmq_msg_t stack[ON_STACK]
    cdef Py_ssize_t room
    cdef Py_ssize_t first  # the frames before it are consumed
    cdef Py_ssize_t count
    cdef Completion completion  # what the pinned frames are tracked by

    def __cinit__(self):
        self.msgs = self.stack
        self.room = ON_STACK

    def __dealloc__(self):
        self.clear()
        if self.msgs != self.stack:
            free(self.msgs)

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


cdef int _build(Parts out, object parts, bint copy, bint track, int copy_threshold, object routing_id,
                object group) except -1:
    """Make one ``zmq_msg_t`` of each part, or raise and make none."""
    cdef Py_ssize_t i, size = PySequence_Fast_GET_SIZE(parts)
    cdef libzmq.zmq_msg_t *msg
    out.clear()
    out.reserve(size)
    for i in range(size):
        part = <object>PySequence_Fast_GET_ITEM(parts, i)
        msg = &out.msgs[i]
        if isinstance(part, Frame):
            libzmq.zmq_msg_init(msg)
            libzmq.zmq_msg_copy(msg, &(<Frame>part).zmq_msg)  # cannot fail: both are valid
        else:
            try:
                if copy or is_small(part, copy_threshold):
                    init_sent(msg, part)
                else:
                    if track and out.completion is None:
                        out.completion = Completion()
                    init_pinned(msg, part, out.completion)
            except (TypeError, BufferError, ValueError) as error:
                raise type(error)(
                    f"cannot send frame {i} ({part!r:.60}): it has no contiguous buffer; frames are bytes, Frames and"
                    " other objects with the buffer protocol. Nothing was sent"
                ) from None
        out.count = i + 1
        if routing_id is not None or group is not None:
            describe_message(msg, routing_id, group)
    return 0


cdef bint is_small(object data, int copy_threshold) except -1:
    """Whether copying *data* costs less than pinning it."""
    if PyBytes_CheckExact(data):
        return PyBytes_GET_SIZE(data) < copy_threshold
    if isinstance(data, str):
        return True  # the copy raises what is to be said
    return memoryview(data).nbytes < copy_threshold


cdef Py_ssize_t _send_plain(Handle handle, object parts, int flags) except -1:
    """Send a list or tuple of bytes straight from where they are, as far as libzmq takes them at once.

    Returns:
        How many frames it has taken; 0, too, where *parts* holds anything but bytes that are quickly copied.
    """
    cdef Py_ssize_t i, size = PySequence_Fast_GET_SIZE(parts)
    cdef int frame_flags
    for i in range(size):
        part = <object>PySequence_Fast_GET_ITEM(parts, i)
        if not PyBytes_CheckExact(part) or PyBytes_GET_SIZE(part) >= LENT_FROM:
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
        elif _rolled_back(handle, frame_flags):
            return 0
        elif libzmq.zmq_errno() != EINTR:  # no signal handler runs in the middle of a message
            break
    return i


cdef object send_parts(Handle handle, object parts, int flags, bint copy, bint track, int copy_threshold,
                       object routing_id, object group):
    """Send a message of several frames; returns a MessageTracker when asked to track."""
    cdef Py_ssize_t taken = 0
    # In the middle of a message a refusal may mean that its first frames are gone: that is for _send_built to find out.
    if (
        copy and (type(parts) is list or type(parts) is tuple)
        and routing_id is None and group is None and not handle.sending_more
    ):
        taken = _send_plain(handle, parts, flags)
        if taken and taken == PySequence_Fast_GET_SIZE(parts):
            if handle.watchers:
                handle.operated()
            return None
    return _send_built(handle, parts, taken, flags, copy, track, copy_threshold, routing_id, group)


cdef object _send_built(Handle handle, object parts, Py_ssize_t taken, int flags, bint copy, bint track,
                        int copy_threshold, object routing_id, object group):
    """Send a message, of which libzmq has *taken* the first frames; all others are built before one of them is sent."""
    cdef Parts out = Parts.__new__(Parts)
    cdef Wait wait = None
    cdef bint looked = False
    cdef int frame_flags
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
    _build(out, parts, copy, track, copy_threshold, routing_id, group)
    while out.first < taken:
        libzmq.zmq_msg_close(&out.msgs[out.first])  # void
        out.first += 1
    try:
        while out.first < out.count:
            frame_flags = flags if out.first == out.count - 1 else flags | libzmq.ZMQ_SNDMORE
            if libzmq.zmq_msg_send(&out.msgs[out.first], usable(handle), frame_flags | libzmq.ZMQ_DONTWAIT) >= 0:
                out.first += 1
                handle.sending_more = frame_flags & libzmq.ZMQ_SNDMORE != 0
            elif out.first == 0:
                _check_whole(handle, frame_flags)
                wait = _refused(handle, wait, libzmq.zmq_errno(), flags, libzmq.ZMQ_POLLOUT, &looked)
            elif _rolled_back(handle, frame_flags):
                _build(out, parts, copy, track, copy_threshold, routing_id, group)
            elif libzmq.zmq_errno() != EINTR:  # no signal handler runs in the middle of a message
                wait = _refused(handle, wait, libzmq.zmq_errno(), flags, libzmq.ZMQ_POLLOUT, &looked)
    finally:
        if wait is not None:
            end_wait(wait)
        if handle.watchers:
            handle.operated()
    return _tracker_over(parts, out.completion) if track else None


cdef bint _returns_tracker(object last, bint copy, bint track, int copy_threshold) except -1:
    """Whether ``send()`` of the *last* frame returns a tracker, and so ``send_multipart()`` of the message."""
    if isinstance(last, Frame):
        return (<Frame>last)._tracker is not None
    return not copy and (track or PyObject_CheckBuffer(last) and is_small(last, copy_threshold))


cdef MessageTracker _tracker_over(object parts, Completion completion):
    """Return the tracker over all *parts* of a message, of which those that were pinned are under *completion*."""
    cdef list trackers = [] if completion is None else [track_completion(completion)]
    for part in parts:
        if isinstance(part, Frame) and (<Frame>part)._tracker not in (None, _FINISHED_TRACKER):
            trackers.append((<Frame>part)._tracker)
    if not trackers:
        return _FINISHED_TRACKER
    return trackers[0] if len(trackers) == 1 else MessageTracker(*trackers)


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
                _recv_or_wait(handle, &msg, flags, libzmq.zmq_errno())
                break
            if nothing:
                break
            begun = True
            more = libzmq.zmq_msg_more(&msg)
            if copy and held is None and libzmq.zmq_msg_size(&msg) < LARGE:
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
        elif handle.watchers:
            handle.operated()
    if nothing:
        if waits:
            again()
        return None
    if held is not None:
        _take(held, message, copy, track)
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
    cdef Frame frame
    while held.first < held.count:
        msg = &held.msgs[held.first]
        if copy:
            held.first += 1
            message.append(take_bytes(msg))
        else:
            frame = Frame.__new__(Frame)
            libzmq.zmq_msg_move(&frame.zmq_msg, msg)
            if track:
                frame._tracker = _FINISHED_TRACKER
            message.append(frame)
            libzmq.zmq_msg_close(msg)  # void
            held.first += 1
    return 0
