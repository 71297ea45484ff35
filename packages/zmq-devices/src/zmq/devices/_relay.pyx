"""The loop that ``monitored_queue`` and every device runs: it passes messages between two sockets, both ways.

Theory of operation.  The loop lives in C, without the GIL, and blocks nowhere but in ``zmq_poll``.

1. Each direction is a ``Way``.  It is either ready to go on, or lacks one thing: a message at its source, or room at
   its target or at the capture socket.  The loop polls for what is lacking and for nothing else.
2. A message is read whole before any frame of it is passed on, and its frames are kept until libzmq has taken the last
   one.  When a peer leaves half-way libzmq rolls the message back, and it is sent again from its first frame.
3. A burst of messages begins only when there is room.  Reading ZMQ_EVENTS before every single message would cost a
   system call each, and half of the speed; so a queue may turn out to be full in the middle of a burst.  The message
   then stays in hand, one in each direction.  When the loop is told to end, it is offered for a second more.
4. POLLOUT is not the last word: a mandatory ROUTER and an XPUB with NODROP say it and refuse.  Then the loop tries
   again every few milliseconds.
"""
import threading

from cpython.buffer cimport PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.exc cimport PyErr_CheckSignals
from libc.errno cimport EAGAIN, EHOSTUNREACH, EINTR, ENOMEM
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp, memcpy, memset

from zmq cimport Handle, Socket, libzmq

from zmq.constants import Errno
from zmq.error import ZMQError, from_errno


cdef extern from "<time.h>" nogil:
    struct timespec:
        int64_t tv_sec
        long tv_nsec
    const int TIME_UTC
    int timespec_get(timespec *now, int base)


cdef enum:
    BURST = 1000  # messages in one direction before the other one, and the control socket, get their turn
    RETRY_MS = 5
    RETRIES_AT_END = 200  # a message in hand is offered for a second more
    SIGNALS_PER_S = 4  # how often the main thread looks for signals
    COUNTERS = 8
    SIZE_OF_COUNTERS = 64
    OPTION_TYPE = 16
    OPTION_EVENTS = 15
    PUB = 1
    REQ = 3
    REP = 4
    DEALER = 5
    ROUTER = 6
    PUSH = 8

cdef enum Outcome:
    ENDED
    LOOK_FOR_SIGNALS
    FAILED


cdef struct Outlet:
    void *socket
    int type


cdef struct Way:
    void *source
    Outlet target
    libzmq.zmq_msg_t *prefix  # of what is captured; NULL for none
    bint swaps  # the first two frames: a ROUTER's message for another ROUTER
    bint one_at_a_time  # the target takes one message and then needs an answer
    bint answers  # the target is the source and a REP: there is room when there is a question
    libzmq.zmq_msg_t *frames  # the message in hand; all *room* are initialized
    Py_ssize_t room
    Py_ssize_t count  # 0: no message in hand
    libzmq.zmq_msg_t copy  # of a frame, while it is being sent
    uint64_t size
    bint captured
    bint ready
    void *lacking  # what to poll for; NULL: nothing that poll could tell
    short lacking_event
    uint64_t *received  # messages, bytes
    uint64_t *sent


cdef struct Relay:
    Way ways[2]
    int number_of_ways
    Outlet capture
    bint capture_may_be_full
    Outlet control
    int stop_fd  # -1: none
    bint paused
    bint stopping
    int retries_left
    bint handles_signals
    int64_t looked
    uint64_t *counters
    int error


# ---- one message

cdef int grow(Way *way) noexcept nogil:
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


cdef int receive(Way *way) noexcept nogil:
    """Take a whole message in hand; returns an errno, EAGAIN when there is none."""
    cdef Py_ssize_t count = 0
    cdef int errno = 0
    cdef libzmq.zmq_msg_t *frame
    way.size = 0
    while True:
        if count == way.room:
            errno = grow(way)
            if errno:
                return errno
        frame = &way.frames[count]
        while libzmq.zmq_msg_recv(frame, way.source, libzmq.ZMQ_DONTWAIT) < 0:
            errno = libzmq.zmq_errno()
            if errno != EINTR:
                return errno
        count += 1
        way.size += libzmq.zmq_msg_size(frame)
        if not libzmq.zmq_msg_more(frame):
            break
    way.count = count
    way.captured = False
    way.received[0] += 1
    way.received[1] += way.size
    return 0


cdef void forget_rest(Outlet *outlet) noexcept nogil:
    """libzmq has rolled a message back whose peer left half-way: do not let it wait for the rest."""
    cdef libzmq.zmq_msg_t last
    if outlet.type == PUSH or outlet.type == DEALER:  # their load balancer drops frames up to the last of the message
        libzmq.zmq_msg_init(&last)
        libzmq.zmq_msg_send(&last, outlet.socket, libzmq.ZMQ_DONTWAIT)
        libzmq.zmq_msg_close(&last)


cdef int send(Outlet *outlet, Way *way, libzmq.zmq_msg_t *prefix, bint keep) noexcept nogil:
    """Send the whole message in hand; returns an errno, and then nothing of it was sent.

    Args:
        prefix: An additional first frame, or NULL.
        keep: The message is needed once more.
    """
    cdef Py_ssize_t first = 0 if prefix == NULL else -1
    cdef Py_ssize_t i = first, last = way.count - 1
    cdef libzmq.zmq_msg_t *frame
    cdef int errno, flags
    while i <= last:
        frame = prefix if i < 0 else &way.frames[1 - i if way.swaps and i < 2 and last > 0 else i]
        if keep or i < last:
            libzmq.zmq_msg_copy(&way.copy, frame)  # cannot fail: both are valid
            frame = &way.copy
        flags = libzmq.ZMQ_DONTWAIT if i == last else libzmq.ZMQ_DONTWAIT | libzmq.ZMQ_SNDMORE
        if libzmq.zmq_msg_send(frame, outlet.socket, flags) >= 0:
            i += 1
            continue
        errno = libzmq.zmq_errno()
        if errno == EAGAIN and i > first:
            if i < last:
                forget_rest(outlet)
            i = first
        elif errno != EINTR:
            return errno
    return 0


cdef void let_go(Way *way) noexcept nogil:
    """The message in hand is done with."""
    cdef Py_ssize_t i
    for i in range(way.count):
        libzmq.zmq_msg_close(&way.frames[i])
        libzmq.zmq_msg_init(&way.frames[i])
    way.count = 0


# ---- one direction

cdef bint has_room(Way *way, void *socket) noexcept nogil:
    """Whether POLLOUT is set.  If not, that is what the way lacks."""
    cdef int events = 0
    cdef size_t size = sizeof(int)
    if libzmq.zmq_getsockopt(socket, OPTION_EVENTS, &events, &size) < 0 or events & libzmq.ZMQ_POLLOUT:
        return True  # trying will tell what is wrong
    way.lacking = socket
    way.lacking_event = libzmq.ZMQ_POLLOUT
    return False


cdef int offer(Outlet *outlet, Way *way, libzmq.zmq_msg_t *prefix, bint keep) noexcept nogil:
    """Send the message in hand, and if there is no room find out what the way lacks; returns an errno."""
    cdef int errno = send(outlet, way, prefix, keep)
    if errno == EAGAIN and has_room(way, outlet.socket):  # a send processes commands only now and then: once more
        errno = send(outlet, way, prefix, keep)
        if errno == EAGAIN and has_room(way, outlet.socket):
            way.lacking = NULL
    return errno


cdef int forward(Relay *relay, Way *way) noexcept nogil:
    """Pass on a burst of messages; returns an errno, EAGAIN when the way lacks something."""
    cdef int errno, i
    for i in range(BURST):
        if way.count == 0:
            if relay.stopping:
                return EAGAIN
            if i == 0 or way.one_at_a_time:
                if not way.answers and not has_room(way, way.target.socket):
                    return EAGAIN
                if relay.capture_may_be_full and not has_room(way, relay.capture.socket):
                    return EAGAIN
            errno = receive(way)
            if errno == libzmq.EFSM:  # a REQ or REP that has to send first
                errno = EAGAIN
            if errno == EAGAIN:
                way.lacking = way.source
                way.lacking_event = libzmq.ZMQ_POLLIN
            if errno:
                return errno
        if not way.captured:
            if relay.capture.socket != NULL:
                errno = offer(&relay.capture, way, way.prefix, True)
                if errno and errno != EHOSTUNREACH:
                    return errno
            way.captured = True
        errno = offer(&way.target, way, NULL, False)
        if errno == 0:
            way.sent[0] += 1
            way.sent[1] += way.size
        elif errno != EHOSTUNREACH:  # a mandatory ROUTER that does not know the peer: must not end it for all others
            return errno
        if way.count == 1 and errno == 0:
            way.count = 0  # libzmq has emptied the frame
        else:
            let_go(way)
    return 0


# ---- the control socket

cdef void answer(Relay *relay, bint statistics) noexcept nogil:
    """Reply to a command; a control socket that cannot reply, or has no room, does not."""
    cdef libzmq.zmq_msg_t reply
    cdef int i, flags, last = COUNTERS - 1 if statistics else 0
    for i in range(last + 1):
        libzmq.zmq_msg_init_size(&reply, sizeof(uint64_t) if statistics else 0)
        if statistics:
            memcpy(libzmq.zmq_msg_data(&reply), &relay.counters[i], sizeof(uint64_t))
        flags = libzmq.ZMQ_DONTWAIT if i == last else libzmq.ZMQ_DONTWAIT | libzmq.ZMQ_SNDMORE
        if libzmq.zmq_msg_send(&reply, relay.control.socket, flags) < 0:
            libzmq.zmq_msg_close(&reply)
            return


cdef bint says(libzmq.zmq_msg_t *command, const char *word, size_t size) noexcept nogil:
    return libzmq.zmq_msg_size(command) == size and memcmp(libzmq.zmq_msg_data(command), word, size) == 0


cdef int obey(Relay *relay) noexcept nogil:
    """Do what the control socket has received; returns an errno, EAGAIN when there is no more."""
    cdef libzmq.zmq_msg_t command, rest
    cdef int errno = 0
    cdef bint more
    libzmq.zmq_msg_init(&command)
    libzmq.zmq_msg_init(&rest)
    while errno == 0:
        if libzmq.zmq_msg_recv(&command, relay.control.socket, libzmq.ZMQ_DONTWAIT) < 0:
            errno = libzmq.zmq_errno()
            break
        more = libzmq.zmq_msg_more(&command)
        while more and libzmq.zmq_msg_recv(&rest, relay.control.socket, libzmq.ZMQ_DONTWAIT) >= 0:
            more = libzmq.zmq_msg_more(&rest)
        if says(&command, b"PAUSE", 5):
            relay.paused = True
        elif says(&command, b"RESUME", 6):
            relay.paused = False
        elif says(&command, b"TERMINATE", 9):
            relay.stopping = True
        if says(&command, b"STATISTICS", 10):
            answer(relay, True)
        elif relay.control.type == REP:
            answer(relay, False)
    libzmq.zmq_msg_close(&command)
    libzmq.zmq_msg_close(&rest)
    return errno


# ---- the loop

cdef bint holds_message(Relay *relay) noexcept nogil:
    return relay.ways[0].count > 0 or relay.ways[1].count > 0


cdef bint time_to_look(Relay *relay) noexcept nogil:
    """Whether a part of a second has passed since the main thread looked for signals."""
    cdef timespec now
    cdef int64_t tick
    timespec_get(&now, TIME_UTC)
    tick = now.tv_sec * SIGNALS_PER_S + now.tv_nsec * SIGNALS_PER_S // 1_000_000_000
    if tick == relay.looked:
        return False
    relay.looked = tick
    return True


cdef int poll_for(libzmq.zmq_pollitem_t *items, int count, void *socket, short events) noexcept nogil:
    """Add something to poll for; returns how many items there are now.

    A socket is polled for once only: zmq_poll looks at one item after the other, and while it looks at a second one of
    the same socket, it may eat the edge that tells of what the first has just been asked for in vain.
    """
    cdef int i
    for i in range(count):
        if items[i].socket == socket:
            items[i].events |= events
            return count
    items[count].socket = socket
    items[count].events = events
    return count + 1


cdef short polled(libzmq.zmq_pollitem_t *items, int count, void *socket) noexcept nogil:
    """Return the events of a socket that was polled for."""
    cdef int i
    for i in range(count):
        if items[i].socket == socket:
            return items[i].revents
    return 0


cdef int wait(Relay *relay) noexcept nogil:
    """Poll until a way is ready, and do what the control socket says; returns an errno."""
    cdef libzmq.zmq_pollitem_t items[4]
    cdef Way *way
    cdef int i, errno, count = 0
    cdef long timeout_ms = 1000 // SIGNALS_PER_S if relay.handles_signals else -1
    if not relay.stopping and relay.stop_fd >= 0:
        items[0].fd = relay.stop_fd
        count = poll_for(items, 0, NULL, libzmq.ZMQ_POLLIN)
    if not relay.stopping and relay.control.socket != NULL:
        count = poll_for(items, count, relay.control.socket, libzmq.ZMQ_POLLIN)
    if relay.stopping:
        timeout_ms = RETRY_MS
        relay.retries_left -= 1
    for i in range(relay.number_of_ways):
        way = &relay.ways[i]
        if relay.paused and not relay.stopping:
            continue
        if way.ready:
            timeout_ms = 0
        elif way.lacking != NULL:
            count = poll_for(items, count, way.lacking, way.lacking_event)
        else:
            way.ready = True
            if timeout_ms:
                timeout_ms = RETRY_MS
    if libzmq.zmq_poll(items, count, timeout_ms) < 0:
        return libzmq.zmq_errno()
    for i in range(relay.number_of_ways):
        way = &relay.ways[i]
        if not way.ready and way.lacking != NULL:
            way.ready = polled(items, count, way.lacking) & way.lacking_event != 0
    if relay.stopping:
        return 0
    if relay.stop_fd >= 0 and polled(items, count, NULL):
        relay.stopping = True
    if relay.control.socket != NULL and polled(items, count, relay.control.socket):
        errno = obey(relay)
        if errno != EAGAIN:
            return errno
    return 0


cdef Outcome run(Relay *relay) noexcept nogil:
    """Pass messages on until there is a reason not to."""
    cdef int i, errno
    while not relay.stopping or (holds_message(relay) and relay.retries_left > 0):
        errno = wait(relay)
        if errno == EINTR:
            if relay.handles_signals:
                return LOOK_FOR_SIGNALS
            continue
        for i in range(relay.number_of_ways):
            if errno == 0 and relay.ways[i].ready and (relay.stopping or not relay.paused):
                errno = forward(relay, &relay.ways[i])
                relay.ways[i].ready = errno == 0
                if errno == EAGAIN:
                    errno = 0
        if errno:
            relay.error = errno
            return FAILED
        if relay.handles_signals and time_to_look(relay):
            return LOOK_FOR_SIGNALS
    return ENDED


cdef Outlet outlet_of(Socket socket) except *:
    """Return the C socket, and its type; NULL for None."""
    cdef Outlet outlet
    cdef size_t size = sizeof(int)
    outlet.socket = NULL
    outlet.type = -1
    if socket is not None:
        outlet.socket = socket.c_socket()
        libzmq.zmq_getsockopt(outlet.socket, OPTION_TYPE, &outlet.type, &size)
    return outlet


cdef void prepare(Way *way, Outlet source, Outlet target, bint swaps, uint64_t *received, uint64_t *sent) noexcept:
    way.source = way.lacking = source.socket
    way.lacking_event = libzmq.ZMQ_POLLIN
    way.target = target
    way.swaps = swaps and source.type == ROUTER and target.type == ROUTER
    way.one_at_a_time = target.type == REQ or target.type == REP
    way.answers = target.type == REP and target.socket == source.socket
    way.received = received
    way.sent = sent


cdef class Prefix:
    """A frame that is sent over and over."""

    cdef libzmq.zmq_msg_t msg

    def __cinit__(self, bytes content not None):
        if libzmq.zmq_msg_init_size(&self.msg, len(content)) < 0:
            raise MemoryError()
        memcpy(libzmq.zmq_msg_data(&self.msg), <const char *>content, len(content))

    def __dealloc__(self):
        libzmq.zmq_msg_close(&self.msg)


def relay(
    str loop not None,
    Socket frontend not None,
    Socket backend not None,
    Socket capture=None,
    Socket control=None,
    *,
    tuple prefixes=None,
    int stop_fd=-1,
    object counters=None,
):
    """Pass messages between two sockets, both ways, until told to end.

    Other threads get an error when they use one of the sockets meanwhile.  In the main thread signal handlers run; they
    may use the sockets, close them, or destroy the context.  When one raises, the loop ends with that exception.

    Args:
        loop: What errors call this loop.
        frontend: One side.
        backend: The other side; may be *frontend*.
        capture: Gets a copy of everything.
        control: Obeys b"PAUSE", b"RESUME", b"TERMINATE" and b"STATISTICS".
        prefixes: A first frame for what is captured from the frontend, and one for the backend's.  With prefixes, the
            first two frames of messages between two ROUTER sockets are swapped.
        stop_fd: A descriptor that ends the loop once it is readable, or its other end closed; -1 for none.
        counters: Eight numbers, added to while messages pass: those of zmq_proxy_steerable(3), in its order.

    Raises:
        ContextTerminated: The context was terminated.
    """
    cdef Relay state
    cdef Way *way
    cdef Prefix prefix
    cdef Socket socket
    cdef Outcome outcome = LOOK_FOR_SIGNALS
    cdef Py_ssize_t i, j
    cdef list kept = []
    cdef list handles = []
    cdef Outlet front, back
    cdef uint64_t *counts
    cdef Py_buffer memory
    PyObject_GetBuffer(bytearray(SIZE_OF_COUNTERS) if counters is None else counters, &memory, PyBUF_WRITABLE)
    if memory.len != SIZE_OF_COUNTERS:
        PyBuffer_Release(&memory)
        raise ValueError(f"counters are {SIZE_OF_COUNTERS} bytes, not {memory.len}")
    counts = <uint64_t *>memory.buf
    memset(&state, 0, sizeof(Relay))
    state.counters = counts
    for i in range(2):
        libzmq.zmq_msg_init(&state.ways[i].copy)
    state.stop_fd = stop_fd
    state.retries_left = RETRIES_AT_END
    state.handles_signals = threading.get_ident() == threading.main_thread().ident
    error = None
    try:
        front, back = outlet_of(frontend), outlet_of(backend)
        state.capture, state.control = outlet_of(capture), outlet_of(control)
        state.capture_may_be_full = capture is not None and state.capture.type != PUB
        prepare(&state.ways[0], front, back, prefixes is not None, &counts[0], &counts[6])
        prepare(&state.ways[1], back, front, prefixes is not None, &counts[4], &counts[2])
        state.number_of_ways = 1 if front.socket == back.socket else 2
        if prefixes is not None:
            for i in range(2):
                prefix = Prefix(prefixes[i])
                kept.append(prefix)
                state.ways[i].prefix = &prefix.msg
        while outcome == LOOK_FOR_SIGNALS:
            if state.handles_signals:
                try:
                    PyErr_CheckSignals()  # while the sockets are outside: a handler may close them
                except BaseException as raised:
                    error = raised
                    state.stopping = True
            if frontend.shared_handle.context is not None and frontend.shared_handle.context.termination is not None:
                outcome, state.error = FAILED, Errno.ETERM
                break
            try:
                for socket in (frontend, backend, capture, control):
                    if socket is not None and socket.shared_handle not in handles:
                        socket.shared_handle.enter_loop(loop)
                        handles.append(socket.shared_handle)
                with nogil:
                    outcome = run(&state)
            except ZMQError:
                if error is None:
                    raise
                break  # a handler has closed a socket, and raised
            finally:
                while handles:
                    (<Handle>handles.pop()).leave_loop()
    finally:
        for i in range(2):
            way = &state.ways[i]
            libzmq.zmq_msg_close(&way.copy)
            for j in range(way.room):
                libzmq.zmq_msg_close(&way.frames[j])
            free(way.frames)
        PyBuffer_Release(&memory)
    if error is not None:
        raise error
    if outcome == FAILED:
        raise from_errno(state.error, f"go on with {loop}")
