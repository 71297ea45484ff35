"""The loop that passes messages between two sockets, both ways: every proxy and device runs it.

Theory of operation.  The loop lives in C, without the GIL, and sleeps on descriptors: what ``zmq_proxy(3)`` does, with
every libzmq alike.

1. Each direction is a ``Way``.  It is either ready to go on, or lacks one thing: a message at its source, or room at
   its target or at the capture socket.  Before the loop sleeps it reads ZMQ_EVENTS of all its sockets, which processes
   libzmq's commands and re-arms the descriptors; what a way lacks makes it ready again.
2. A message is read whole before any frame of it is passed on, and its frames are kept as long as libzmq may roll the
   message back because a peer leaves half-way.  Then it is sent again from its first frame.
3. A burst of messages begins only when there is room.  Reading ZMQ_EVENTS before every single message would cost a
   system call each, and half of the speed; so a queue may turn out to be full in the middle of a burst.  The message
   then stays in hand, one in each direction.  When the loop is told to end, it is offered for a second more.
4. POLLOUT is not the last word: a mandatory ROUTER and an XPUB with NODROP say it and refuse.  Then the loop tries
   again every few milliseconds.
5. In the main thread the loop lets go of its sockets, and has signal handlers run, when a signal interrupts its sleep
   and twice a second: one that comes just before the sleep does not interrupt it.
"""
from threading import get_ident, main_thread

from cpython.buffer cimport PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.exc cimport PyErr_CheckSignals
from libc.errno cimport EAGAIN, EHOSTUNREACH, EINTR, ENOMEM
from libc.limits cimport INT_MAX
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp, memcpy

from zmq.backend cimport libzmq
from zmq.backend.errors cimport fail
from zmq.backend.handle cimport Handle
from zmq.backend.instances cimport core_guard_methods
from zmq.backend.socket cimport Socket
from zmq.backend.transfer cimport drop_rest, rolls_back
from zmq.backend.waiting cimport CORE_NO_FD, POLLIN, add_fd, core_fd, core_poll, core_poll_interrupted, core_pollfd

from zmq.error import ZMQError


cdef extern from "<time.h>" nogil:
    struct timespec:
        int64_t tv_sec
        long tv_nsec
    const int TIME_UTC
    int timespec_get(timespec *now, int base)


cdef enum Outcome:
    ENDED
    LOOK_FOR_SIGNALS
    FAILED

cdef enum:
    COUNTERS = 8
    BURST = 1000  # messages in one direction before the other one, and the control socket, get their turn
    RETRY_MS = 5
    RETRIES_AT_END = 200  # a message in hand is offered for a second more
    SIGNALS_PER_S = 2  # how often the main thread looks for signals
    FRONTEND = 0
    BACKEND = 1
    CAPTURE = 2
    CONTROL = 3
    COMMANDS = 2  # the way of what the control socket receives


# ---- one message

cdef int _grow(Way *way) noexcept nogil:
    """Make room for twice as many frames; returns an errno."""
    cdef Py_ssize_t i, room = 2 * way.room if way.room else 8
    cdef libzmq.zmq_msg_t *frames = <libzmq.zmq_msg_t *>malloc(room * sizeof(libzmq.zmq_msg_t))
    if frames == NULL:
        return ENOMEM
    for i in range(room):
        libzmq.zmq_msg_init(&frames[i])
        if i < way.room:
            libzmq.zmq_msg_move(&frames[i], &way.frames[i])
            libzmq.zmq_msg_close(&way.frames[i])
    free(way.frames)
    way.frames = frames
    way.room = room
    return 0


cdef int _receive(Way *way) noexcept nogil:
    """Take a whole message in hand; returns an errno, EAGAIN when there is none."""
    cdef Py_ssize_t count = 0
    cdef uint64_t bytes_received = 0
    cdef int size, errno
    cdef bint more = True
    while more:
        if count == way.room:
            errno = _grow(way)
            if errno:
                return errno
        size = libzmq.zmq_msg_recv(&way.frames[count], way.source.socket, libzmq.ZMQ_DONTWAIT)
        if size < 0:
            errno = libzmq.zmq_errno()
            if errno == EINTR:
                continue
            return errno
        bytes_received += <uint64_t>size if size < INT_MAX else libzmq.zmq_msg_size(&way.frames[count])
        more = libzmq.zmq_msg_more(&way.frames[count])
        count += 1
    way.count = count
    way.next = 0
    way.size = bytes_received
    way.captured = False
    return 0


cdef int _send(Outlet *outlet, Way *way, libzmq.zmq_msg_t *copy, bint keep) noexcept nogil:
    """Send the message in hand, from where it is; returns an errno.

    Args:
        copy: An empty message, for a frame that is needed once more.
        keep: The whole message is needed once more; if it has a prefix that is the first frame, at -1.
    """
    cdef Py_ssize_t last = way.count - 1
    cdef Py_ssize_t first = -1 if keep and way.has_prefix else 0
    cdef libzmq.zmq_msg_t *frame
    cdef int errno, flags
    while way.next <= last:
        frame = &way.prefix if way.next < 0 else &way.frames[way.next]
        flags = libzmq.ZMQ_DONTWAIT if way.next == last else libzmq.ZMQ_DONTWAIT | libzmq.ZMQ_SNDMORE
        if keep or (outlet.rolls_back and way.next < last):
            libzmq.zmq_msg_copy(copy, frame)  # cannot fail: both are valid
            frame = copy
        if libzmq.zmq_msg_send(frame, outlet.socket, flags) >= 0:
            way.next += 1
            continue
        errno = libzmq.zmq_errno()
        if errno == EAGAIN and outlet.rolls_back and way.next > first:
            drop_rest(outlet.socket, outlet.type, flags)
            way.next = first
        elif errno != EINTR:
            return errno
    return 0


cdef void _let_go(Way *way) noexcept nogil:
    """Free what is left of messages that were passed on; there is none in hand."""
    cdef Py_ssize_t i
    for i in range(way.used):
        libzmq.zmq_msg_close(&way.frames[i])
        libzmq.zmq_msg_init(&way.frames[i])
    way.used = 0


# ---- one direction

cdef int _events_of(Outlet *outlet) noexcept nogil:
    """Return the ZMQ_EVENTS of a socket; -1 if they cannot be read, zmq_errno() tells why."""
    cdef int events = 0
    cdef size_t size = sizeof(int)
    while libzmq.zmq_getsockopt(outlet.socket, libzmq.ZMQ_EVENTS, &events, &size) < 0:
        if libzmq.zmq_errno() != EINTR:
            return -1
    return events


cdef int _look_for_room(Way *way, Outlet *outlet) noexcept nogil:
    """Return 0 if there is room, EAGAIN if not, which is then what the way lacks, or another errno."""
    cdef int events = _events_of(outlet)
    if events < 0:
        return libzmq.zmq_errno()
    if events & libzmq.ZMQ_POLLOUT:
        return 0
    way.lacking = outlet
    way.lacking_event = libzmq.ZMQ_POLLOUT
    return EAGAIN


cdef int _offer(Outlet *outlet, Way *way, libzmq.zmq_msg_t *copy, bint keep) noexcept nogil:
    """Send the message in hand, and if there is no room find out what the way lacks; returns an errno."""
    cdef int errno = _send(outlet, way, copy, keep)
    if errno != EAGAIN:
        return errno
    errno = _look_for_room(way, outlet)  # a send processes commands only now and then
    if errno == 0:
        errno = _send(outlet, way, copy, keep)
        if errno == EAGAIN and _look_for_room(way, outlet) == 0:
            way.lacking = NULL
    return errno


cdef class Relay:
    """A loop between two sockets.

    Args:
        loop: What errors call it.
        frontend: One side.
        backend: The other side; may be *frontend*.
        capture: Gets a copy of everything that passes; None for nothing.
        control: Obeys b"PAUSE", b"RESUME", b"TERMINATE" and b"STATISTICS"; None for nothing.
        stop_fd: A descriptor that ends the loop once it is readable, or its other end closed; -1 for none.
        counters: A buffer of eight numbers of 64 bits, added to while messages pass: those of
            zmq_proxy_steerable(3), in its order.
    """

    def __cinit__(self, *args, **kwargs):
        cdef int i
        libzmq.zmq_msg_init(&self.copy)
        for i in range(3):
            libzmq.zmq_msg_init(&self.ways[i].prefix)

    def __init__(
        self,
        str loop not None,
        Socket frontend not None,
        Socket backend not None,
        Socket capture=None,
        Socket control=None,
        *,
        int stop_fd=-1,
        object counters=None,
    ):
        self.loop = loop
        self.sockets = [frontend, backend, capture, control]
        self.stop_fd = stop_fd
        PyBuffer_Release(&self.memory)  # of an earlier __init__
        counters = bytearray(COUNTERS * sizeof(uint64_t)) if counters is None else counters
        PyObject_GetBuffer(counters, &self.memory, PyBUF_WRITABLE)
        if self.memory.len != COUNTERS * sizeof(uint64_t):
            raise ValueError(f"counters are {COUNTERS * sizeof(uint64_t)} bytes, not {self.memory.len}")
        self.counts = <uint64_t *>self.memory.buf

    def __dealloc__(self):
        cdef Way *way
        cdef int i
        cdef Py_ssize_t j
        PyBuffer_Release(&self.memory)
        libzmq.zmq_msg_close(&self.copy)
        for i in range(3):
            way = &self.ways[i]
            libzmq.zmq_msg_close(&way.prefix)
            for j in range(way.room):
                libzmq.zmq_msg_close(&way.frames[j])
            free(way.frames)

    def run(self) -> None:
        """Pass messages on until there is a reason not to.

        Other threads get an error when they use one of the sockets meanwhile.  In the main thread signal handlers run;
        they may use the sockets, close them, or destroy the context.  When one raises, the loop passes on what it has
        in hand, for which it takes a second at most, and ends with that exception.

        Raises:
            ContextTerminated: The context was terminated.
        """
        _prepare(self)
        _run_and_look_for_signals(self)

    cdef void arrange(self, Way *way) noexcept nogil:
        """Change the order of frames of the message in hand, which has several; for subclasses."""


cdef int _prepare(Relay relay) except -1:
    cdef Socket socket
    cdef Handle handle
    cdef Outlet *outlet
    cdef int i
    relay.paused = relay.stopping = False
    relay.retries_left = RETRIES_AT_END
    relay.handles = []
    _time_to_look(relay)
    for i in range(4):
        socket = relay.sockets[i]
        outlet = &relay.outlets[i]
        if socket is not None:
            outlet.socket = socket.c_socket()
            handle = socket.shared_handle
            if handle not in relay.handles:  # both sides may be one socket
                relay.handles.append(handle)
            outlet.type = handle.type
            outlet.fd = handle.fd
            outlet.rolls_back = rolls_back(handle.type)
    # those that never tell of room are tried: a PUB drops, and what cannot send fails
    relay.capture_may_be_full = relay.outlets[CAPTURE].socket != NULL and relay.outlets[CAPTURE].type not in (
        libzmq.ZMQ_PUB, libzmq.ZMQ_SUB, libzmq.ZMQ_PULL, libzmq.ZMQ_REQ, libzmq.ZMQ_REP
    )
    _prepare_way(relay, &relay.ways[0], &relay.outlets[FRONTEND], &relay.outlets[BACKEND], 0, 6)
    _prepare_way(relay, &relay.ways[1], &relay.outlets[BACKEND], &relay.outlets[FRONTEND], 4, 2)
    relay.ways[COMMANDS].source = &relay.outlets[CONTROL]
    relay.number_of_ways = 1 if relay.outlets[FRONTEND].socket == relay.outlets[BACKEND].socket else 2
    return 0


cdef void _prepare_way(Relay relay, Way *way, Outlet *source, Outlet *target, int received, int sent) noexcept:
    way.source = way.lacking = source
    way.lacking_event = libzmq.ZMQ_POLLIN
    way.target = target
    way.one_at_a_time = target.type == libzmq.ZMQ_REQ or target.type == libzmq.ZMQ_REP
    way.answers = target.type == libzmq.ZMQ_REP and target.socket == source.socket
    way.received = &relay.counts[received]
    way.sent = &relay.counts[sent]


cdef int _run_and_look_for_signals(Relay relay) except -1:
    cdef Outcome outcome = LOOK_FOR_SIGNALS
    cdef Handle handle = relay.handles[FRONTEND]
    relay.handles_signals = get_ident() == main_thread().ident
    raised = None
    while outcome == LOOK_FOR_SIGNALS:
        if relay.handles_signals:
            try:
                PyErr_CheckSignals()  # while the sockets are outside: a handler may close them
            except BaseException as error:
                raised = error
                relay.stopping = True
        if handle.context is not None and handle.context.termination is not None:
            outcome, relay.error = FAILED, libzmq.ETERM
            break
        try:
            outcome = _run_inside(relay, 0)
        except ZMQError:
            if raised is None:
                raise
            break  # a handler has closed a socket, and raised
    if raised is not None:
        raise raised
    if outcome == FAILED:
        fail(relay.error, f"go on with {relay.loop}")
    return 0


cdef Outcome _run_inside(Relay relay, Py_ssize_t entered) except *:
    """Run the loop; no other thread can use its sockets meanwhile, of which *entered* are inside already."""
    cdef Handle handle
    cdef Outcome outcome
    if entered == len(relay.handles):
        with nogil:
            outcome = _pass_on(relay)
        return outcome
    handle = relay.handles[entered]
    handle.enter_loop(relay.loop)
    try:
        return _run_inside(relay, entered + 1)
    finally:
        handle.leave_loop()


cdef Outcome _pass_on(Relay relay) noexcept nogil:
    """Pass messages on until there is a reason not to."""
    cdef int i, errno
    while not relay.stopping or (_holds_message(relay) and relay.retries_left > 0):
        errno = _wait(relay)
        if errno == EINTR:
            if relay.handles_signals:
                return LOOK_FOR_SIGNALS
            continue
        for i in range(relay.number_of_ways):
            if errno == 0 and relay.ways[i].ready and (relay.stopping or not relay.paused):
                errno = _forward(relay, &relay.ways[i])
                relay.ways[i].ready = errno == 0
                if errno == EAGAIN:
                    errno = 0
        if errno:
            relay.error = errno
            return FAILED
        if relay.handles_signals and _time_to_look(relay):
            return LOOK_FOR_SIGNALS
    return ENDED


cdef int _forward(Relay relay, Way *way) noexcept nogil:
    """Pass on a burst of messages; returns an errno, EAGAIN when the way lacks something."""
    cdef Outlet *capture = &relay.outlets[CAPTURE]
    cdef int errno, i
    for i in range(BURST):
        if way.count == 0:
            if relay.stopping:
                return EAGAIN
            if i == 0 or way.one_at_a_time:
                errno = 0 if way.answers else _look_for_room(way, way.target)
                if errno == 0 and relay.capture_may_be_full:
                    errno = _look_for_room(way, capture)
                if errno:
                    return errno
            errno = _receive(way)
            if errno == libzmq.EFSM or errno == libzmq.ENOTSUP:
                errno = EAGAIN  # a REQ or REP that has to send first; a type that only sends
            if errno == EAGAIN:
                way.lacking = way.source
                way.lacking_event = libzmq.ZMQ_POLLIN
            if errno:
                return errno
            way.received[0] += 1
            way.received[1] += way.size
            if way.count > 1:
                relay.arrange(way)
            if capture.socket != NULL and way.has_prefix:
                way.next = -1
        if capture.socket != NULL and not way.captured:
            errno = _offer(capture, way, &relay.copy, True)
            if errno and errno != EHOSTUNREACH:
                return errno
            way.captured = True
            way.next = 0
        errno = _offer(way.target, way, &relay.copy, False)
        if errno == 0:
            way.sent[0] += 1
            way.sent[1] += way.size
        elif errno != EHOSTUNREACH:  # a mandatory ROUTER does not know the peer: the other messages still pass
            return errno
        way.used = max(way.used, way.count)  # what libzmq has not taken is freed by the next message, or _let_go()
        way.count = 0
    return 0


# ---- the control socket

cdef void _answer(Relay relay, bint statistics) noexcept nogil:
    """Reply to a command; a control socket that cannot reply, or has no room, does not."""
    cdef libzmq.zmq_msg_t reply
    cdef int i, flags, last = COUNTERS - 1 if statistics else 0
    for i in range(last + 1):
        libzmq.zmq_msg_init_size(&reply, sizeof(uint64_t) if statistics else 0)
        if statistics:
            memcpy(libzmq.zmq_msg_data(&reply), &relay.counts[i], sizeof(uint64_t))
        flags = libzmq.ZMQ_DONTWAIT if i == last else libzmq.ZMQ_DONTWAIT | libzmq.ZMQ_SNDMORE
        if libzmq.zmq_msg_send(&reply, relay.outlets[CONTROL].socket, flags) < 0:
            libzmq.zmq_msg_close(&reply)
            return


cdef int _obey(Relay relay) noexcept nogil:
    """Do what the control socket has received; returns an errno."""
    cdef Way *commands = &relay.ways[COMMANDS]
    cdef int errno
    while not relay.stopping:
        errno = _receive(commands)
        if errno:
            return 0 if errno == EAGAIN else errno
        if _says(commands, b"PAUSE", 5):
            relay.paused = True
        elif _says(commands, b"RESUME", 6):
            relay.paused = False
        elif _says(commands, b"TERMINATE", 9):
            relay.stopping = True
        if _says(commands, b"STATISTICS", 10):
            _answer(relay, True)
        elif commands.source.type == libzmq.ZMQ_REP:
            _answer(relay, False)
    return 0


# ---- waiting

cdef bint _holds_message(Relay relay) noexcept nogil:
    return relay.ways[0].count > 0 or relay.ways[1].count > 0


cdef bint _time_to_look(Relay relay) noexcept nogil:
    """Whether a part of a second has passed since the main thread looked for signals."""
    cdef timespec now
    cdef int64_t tick
    timespec_get(&now, TIME_UTC)
    tick = now.tv_sec * SIGNALS_PER_S + now.tv_nsec * SIGNALS_PER_S // 1_000_000_000
    if tick == relay.looked:
        return False
    relay.looked = tick
    return True


cdef int _look(Relay relay, Outlet *outlet) noexcept nogil:
    """Read the events of a socket, and have the ways that lack one of them go on; returns an errno."""
    cdef int events = _events_of(outlet)
    if events < 0:
        return libzmq.zmq_errno()
    _go_on(relay, outlet, events)
    if outlet == &relay.outlets[CONTROL] and events & libzmq.ZMQ_POLLIN:
        return _obey(relay)
    return 0


cdef bint _is_watched(Relay relay, Outlet *outlet) noexcept nogil:
    """Whether news of a socket matter now."""
    cdef int i
    if outlet.socket == NULL:
        return False
    if outlet == &relay.outlets[CONTROL]:
        return not relay.stopping
    for i in range(relay.number_of_ways):
        if outlet == relay.ways[i].lacking or outlet == relay.ways[i].source:
            return True
    return False


cdef int _wait(Relay relay) noexcept nogil:
    """Do what the control socket says, and sleep until a way is ready; returns an errno."""
    cdef core_pollfd fds[5]
    cdef Outlet *woken[5]
    cdef int i, errno, timeout_ms, count = 0
    cdef bint tells = True  # whether descriptors tell all news
    for i in range(CONTROL, -1, -1):
        if not _is_watched(relay, &relay.outlets[i]):
            continue
        errno = _look(relay, &relay.outlets[i])
        if errno:
            return errno
        if relay.outlets[i].fd == CORE_NO_FD:
            tells = False
        else:
            woken[count] = &relay.outlets[i]
            count = add_fd(fds, count, relay.outlets[i].fd, POLLIN)
    timeout_ms = _longest_sleep(relay)
    if not tells:
        timeout_ms = min(timeout_ms, RETRY_MS)
    if not relay.stopping and relay.stop_fd >= 0:
        woken[count] = NULL
        count = add_fd(fds, count, <core_fd>relay.stop_fd, POLLIN)
    elif timeout_ms == 0:
        return 0
    if core_poll(fds, count, timeout_ms) < 0:
        return EINTR if core_poll_interrupted() else libzmq.zmq_errno()
    for i in range(count):
        if fds[i].revents and woken[i] == NULL:
            relay.stopping = True
        elif fds[i].revents:
            _go_on(relay, woken[i], libzmq.ZMQ_POLLIN | libzmq.ZMQ_POLLOUT)
    return 0


cdef int _longest_sleep(Relay relay) noexcept nogil:
    """Return for how many milliseconds to sleep; a way that is to be tried again is ready then."""
    cdef int timeout_ms = 1000 // SIGNALS_PER_S if relay.handles_signals else INT_MAX
    cdef Way *way
    cdef int i
    for i in range(relay.number_of_ways):
        if relay.ways[i].count == 0:
            _let_go(&relay.ways[i])
    if relay.stopping:
        relay.retries_left -= 1
        timeout_ms = RETRY_MS if _holds_message(relay) else 0
    elif relay.paused:
        return timeout_ms
    for i in range(relay.number_of_ways):
        way = &relay.ways[i]
        if way.ready:
            timeout_ms = 0
        elif way.lacking == NULL:
            way.ready = True
            timeout_ms = min(timeout_ms, RETRY_MS)
    return timeout_ms


cdef void _go_on(Relay relay, Outlet *outlet, int events) noexcept nogil:
    """Make the ways ready that lack one of the *events* of a socket."""
    cdef int i
    for i in range(relay.number_of_ways):
        if relay.ways[i].lacking == outlet and events & relay.ways[i].lacking_event:
            relay.ways[i].ready = True


cdef bint _says(Way *commands, const char *word, size_t size) noexcept nogil:
    cdef libzmq.zmq_msg_t *command = &commands.frames[0]
    return libzmq.zmq_msg_size(command) == size and memcmp(libzmq.zmq_msg_data(command), word, size) == 0


core_guard_methods(Relay)
