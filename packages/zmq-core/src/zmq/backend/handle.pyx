"""One C socket: its pointer, its life, its readiness; shared by every Python object on it.

Theory of operation.  ZMQ_FD is edge-triggered: it becomes readable when libzmq has a command for the socket, and any
call on the socket may process the command and so eat the edge that another watcher waits for.  Therefore:

1. An object that waits registers as a Watcher.
2. Every operation on a watched socket ends in ``operated()``: what was known of the socket is stale, watchers get news.
3. Reading ZMQ_EVENTS processes all commands and re-arms the descriptor.  When that changes the mask, watchers get news.
4. A mask is not the last word: an XPUB with NODROP at its limit and a mandatory ROUTER say POLLOUT and refuse.  After
   one more try a waiter sleeps all the same, and does not read the events in between: what ends the refusal may come
   just then, and be eaten without changing the mask.  Where other watchers share the socket, their reading may do
   that, so then, and only then, it looks again every few milliseconds.
5. A receive that is refused has itself processed all commands: a lone waiter sleeps at once if the socket was not used
   since.  So it does after a REQ has sent a request, for libzmq has dropped then all that it had received before.

All of it runs in the critical section of the Handle (where there is a GIL: with that held), except the sleep itself.
No signal handler runs in it, and no exception gets out of it: watchers are told in the middle of an operation of
another thread or object.  Only ``close()``, ``enter_loop()`` and ``leave_loop()`` begin the section
themselves; all other methods of a Handle are for callers that are in it.
"""
import warnings
from _thread import allocate_lock
from weakref import WeakValueDictionary

cimport cython
from libc.errno cimport EINTR, EMFILE
from libc.stdint cimport int64_t

from zmq.backend cimport libzmq, waiting
from zmq.backend.context cimport ContextHandle
from zmq.backend.errors cimport check, fail, name_of
from zmq.backend.pinned cimport release_finished
from zmq.backend.pointer cimport Target, clear_after_fork, target_at
from zmq.backend.reaping cimport note_closing, wait_for_lasting_descriptors, wait_for_room

from zmq.constants import Errno, SocketType
from zmq.error import ZMQError

cdef enum:
    ALL_EVENTS = 7
    MOST_THREADS = 10_000  # of a context, for which descriptors are counted

_handles = WeakValueDictionary()
clear_after_fork(_handles)


cdef class Watcher:
    """An object that waits for a socket: a thread's, a Poller, an event loop's adapter."""

    cdef int news(self, Handle handle) except -1:
        """The socket may have become ready; ``handle.current()`` tells."""
        return 0

    cdef int gone(self, Handle handle) except -1:
        """The socket cannot be used any more: it is about to be closed, or to enter a loop in C."""
        return 0


# Takes the place of the empty tuple while a watcher is about to be registered, so that operations call operated().
cdef tuple _expected = (Watcher(),)


cdef class Handle(Target):
    """One C socket.  Owned by the Python sockets that share it: the last one that is collected closes it."""

    def __cinit__(self):
        self.watchers = ()
        self.stale = True
        self.fd = waiting.CORE_NO_FD

    def __del__(self):
        self.drop()

    cdef int drop(self) except -1:
        """Close the C socket, which no Python object uses any more; warn if that should have been done before."""
        if self.ptr == NULL or self.foreign or self.generation != waiting.generation or waiting.core_finalizing():
            return 0  # the system cleans up after the interpreter
        try:
            if self.monitored is not None:
                return 0  # the one it tells of is to be closed
            warnings.warn(
                f"Unclosed socket <zmq.Socket(zmq.{SocketType(self.type).name}) at {<size_t>self.ptr:#x}>:"
                " close() it, or use it in a with statement",
                ResourceWarning,
                source=self,
            )
        finally:  # also when warnings are errors
            self.close(None)
        return 0

    cdef int describe(self) except -1:
        cdef size_t size = sizeof(int)
        check(libzmq.zmq_getsockopt(self.ptr, libzmq.ZMQ_TYPE, &self.type, &size), "read the type of a socket")
        size = sizeof(waiting.core_fd)
        if libzmq.zmq_getsockopt(self.ptr, libzmq.ZMQ_FD, &self.fd, &size) < 0:
            self.fd = waiting.CORE_NO_FD  # the thread-safe types (drafts) have none
        return 0

    cdef void *live(self) except NULL:
        """Return the C socket, or raise an error that says why it cannot be used."""
        if self.ptr != NULL and self.generation == waiting.generation:
            return self.ptr
        if self.generation != waiting.generation:
            raise ZMQError(
                Errno.ENOTSOCK,
                "the socket was inherited through fork and belongs to the parent: make contexts and sockets anew",
            )
        if self.unusable is not None:
            raise ZMQError(Errno.EMTHREAD, self.unusable)
        fail(Errno.ENOTSOCK, "use a closed socket")

    cdef int operated(self) except -1:
        """Tell the watchers that the socket was used.  Callers skip it when there are none."""
        self.stale = True
        self.refused = False
        return _tell(self)

    cdef int received_nothing(self) except -1:
        """The same, always, after a receive that libzmq has refused with EAGAIN.

        ``refused`` says afterwards whether the socket was left alone while the watchers were told.
        """
        self.stale = self.refused = True
        return _tell(self)

    cdef int note_refusal(self) except -1:
        """Note that libzmq has just processed all commands, and that the caller, which is about to wait, cannot go on.

        The descriptor is armed then, so a lone waiter sleeps without reading the events.  From now on operations of
        other threads are noticed, also before the waiter is registered: making it may run the garbage collector.
        """
        if not self.watchers:
            self.watchers = _expected
        self.refused = True
        return 0

    cdef int requested(self) except -1:
        """Note that a REQ has sent a request of one frame, at once.

        Before libzmq sends it, it drops what it has received before.  What comes later comes with a command, which
        makes the descriptor readable: as after a refused receive there is nothing to try before that.  Between the
        frames of a longer message libzmq may process commands.  So may code that has the address of the socket, and
        eat the edge; extensions read that from the field ``handle``, so the first sleep is short.
        """
        cdef bint unsure = self.unsure or self.lent or self.foreign or self.fd == waiting.CORE_NO_FD
        self.unsure = False
        if unsure:
            return self.operated() if self.watchers else 0
        self.untried = True
        return self.received_nothing() if self.watchers else self.note_refusal()

    cdef int others_run(self) except -1:
        """A caller that may wait after a refusal leaves the critical section: other threads can use the socket.

        With the GIL that comes later: it notes the refusal before.
        """
        if waiting.FREE_THREADED and self.refused:
            self.note_refusal()
        return 0

    cdef int read_events(self) except -1:
        """Return the ZMQ_EVENTS of the socket; processes all of libzmq's commands and re-arms the descriptor."""
        cdef int rc, events = 0
        cdef size_t size = sizeof(int)
        rc = libzmq.zmq_getsockopt(usable(self), libzmq.ZMQ_EVENTS, &events, &size)
        while rc < 0 and libzmq.zmq_errno() == EINTR:  # the handler runs soon: here it might tear a message
            rc = libzmq.zmq_getsockopt(self.live(), libzmq.ZMQ_EVENTS, &events, &size)
        check(rc, "read the events of a socket")
        self.stale = self.refused = False
        if events != self.events:
            self.events = events
            _tell(self)
        return events

    cdef int look(self) except -1:
        """Return the event mask to a caller that does not wait; the edge that this may eat is passed on."""
        cdef int events = self.read_events()
        if self.watchers:
            _tell(self)
        return events

    cdef int current(self) except -1:
        """Return the event mask, reading it only if an operation has made it stale; all events if that fails."""
        if self.stale or self.foreign:
            try:
                return self.read_events()
            except ZMQError:
                return ALL_EVENTS  # trying will tell what is wrong
        return self.events

    cdef int watch(self, Watcher watcher) except -1:
        # a new tuple: an iteration over the old one is not disturbed
        if self.watchers is _expected:
            self.watchers = (watcher,)
        else:
            if not self.watchers:
                self.refused = False  # an operation may have used the socket and not said so
            self.watchers = (*self.watchers, watcher)
        # The mask was not kept up to date while nothing watched; and a waiter that sleeps has to know that it is no
        # longer alone (rule 4).
        self.stale = True
        return _tell(self)

    cdef int unwatch(self, Watcher watcher) except -1:
        if self.watchers is None:  # the collector has cleared it, and now what watched it
            return 0
        if len(self.watchers) == 1:
            if self.watchers[0] is watcher:
                self.watchers = ()
        else:
            self.watchers = tuple([other for other in self.watchers if other is not watcher])
        if not self.watchers:
            self.refused = False  # from here on operations do not say that they have used the socket
        return 0

    cdef bint monitors(self) except -1:
        """Whether this is what get_monitor_socket() has returned, and the monitoring has not ended."""
        cdef Handle monitored = None if self.monitored is None else self.monitored()
        return monitored is not None and monitored.ptr != NULL and monitored.monitor == self.ptr != NULL

    cdef int start_monitoring(self, Handle listener, object monitored, const char *endpoint, int events) except -1:
        """Publish what happens to the socket on *endpoint*, where *listener* listens; closing that ends it.

        In one go: libzmq would wait, with the GIL held, for a listener that has not come yet when another thread stops
        the monitoring or begins another.  Callers are in the critical sections of both.

        Args:
            monitored: A weak reference to this object, made before: no Python code may run in here.

        Returns:
            0, or libzmq's errno.
        """
        cdef void *ptr = self.live()
        cdef void *monitor = listener.live()
        if libzmq.zmq_socket_monitor(ptr, endpoint, events) < 0:
            return libzmq.zmq_errno()
        self.monitor = NULL
        if libzmq.zmq_connect(monitor, endpoint) < 0:
            return libzmq.zmq_errno()
        self.monitor = monitor
        listener.monitored = monitored
        return 0

    cdef int close(self, object linger, bint after_loop=False) except -1:
        """Close the C socket and wake all that wait for it.  Closing twice is harmless; never blocks.

        Args:
            linger: Milliseconds to keep unsent messages; None leaves the option as it is.
            after_loop: Where a loop in C holds it, whether to close it when that lets go of it, before a thread can use
                it; else that is an error.  Ending the loop, and waiting for that, is up to the caller.
        """
        with cython.critical_section(self):
            if after_loop and self.generation == waiting.generation and self.unusable is not None:
                self.linger_after_loop = linger
                self.closes_after_loop = True
                return 0
            return _shut(self, linger)

    cdef int enter_loop(self, str loop) except -1:
        """Hand the C socket to a loop that lives in C; until leave_loop() all other callers get an error."""
        cdef str unusable = (
            f"the socket is inside {loop}, in another thread: no other code can use it until that returns"
            " (terminate the context to stop it)"
        )
        lock = allocate_lock()
        with cython.critical_section(self):
            self.live()
            if self.in_loop is None:
                self.in_loop = lock
            # The loop that was inside has made the socket not live, so this waits for the one at most that awaits its
            # end.
            self.in_loop.acquire()
            try:
                self.address = self.live()  # only now: other threads may have closed it meanwhile
            except BaseException:
                self.in_loop.release()
                raise
            self.unusable = unusable
            self.ptr = NULL  # before the watchers are told: that lets other threads run
            self.moved(NULL)
            try:
                _leave_watchers(self)
            except BaseException:
                _let_out(self)
                raise
        return 0

    cdef int leave_loop(self) except -1:
        with cython.critical_section(self):
            return _let_out(self)

    cdef int64_t pause(self, int interest, bint *looked_ready) except -1:
        """Return how long a waiter sleeps after libzmq has refused what it wants.

        Args:
            interest: The events it waits for.
            looked_ready: Whether the socket did when its events were last read, and no sleep came after; is set.

        Returns:
            Nanoseconds; 0 for another try at once; FOREVER if the descriptor, and news, tell all.
        """
        # Not alone is also what waits for both directions: the try of one may eat the edge of the other.
        cdef bint untried, alone = len(self.watchers) == 1 and interest & (interest - 1) == 0
        cdef bint looks_ready = True
        if alone and self.refused:
            untried, self.untried = self.untried, False
            self.refused = looked_ready[0] = False
            return waiting.SLICE_NS if untried or self.foreign or self.fd == waiting.CORE_NO_FD else waiting.FOREVER
        if not (alone and looked_ready[0]) or self.stale:
            looks_ready = self.read_events() & interest
            if looks_ready and (alone or not looked_ready[0]):
                looked_ready[0] = True
                return 0
        # Else it looked ready, libzmq has refused, and it has not been used since: the descriptor tells what ends that.
        looked_ready[0] = False
        if self.foreign or self.fd == waiting.CORE_NO_FD or (looks_ready and not alone):
            return waiting.SLICE_NS
        return waiting.FOREVER


cdef int _tell(Handle handle) except -1:
    cdef Watcher watcher
    for watcher in handle.watchers:
        watcher.news(handle)
    return 0


cdef int _shut(Handle handle, object linger) except -1:
    """The same for callers that are in the critical section."""
    cdef void *ptr = handle.ptr
    cdef int milliseconds = 0 if linger is None else linger  # first: also of a closed socket it may be too large
    cdef int64_t closed_at
    if handle.generation != waiting.generation:
        return 0
    if ptr == NULL:
        if handle.unusable is not None:
            handle.live()
        return 0
    if linger is not None:
        # fails only in a terminated context, where it no longer matters
        libzmq.zmq_setsockopt(ptr, libzmq.ZMQ_LINGER, &milliseconds, sizeof(int))
    handle.ptr = NULL  # first: what follows lets other threads run, and they may close it, too
    try:
        handle.moved(NULL)
        if handle.monitored is not None:
            _stop_monitoring(handle, ptr)
        if handle.context is not None:
            handle.context.closes(ptr, handle.type, not (handle.remote or handle.lent))
        _leave_watchers(handle)
        _handles.pop(<size_t>ptr, None)
    finally:  # also when a signal handler raises: no other object knows the C socket any more
        check(libzmq.zmq_close(ptr), "close a socket")
        closed_at = note_closing()
        if handle.context is not None:
            handle.context.closed_at = closed_at
    return 0


cdef int _let_out(Handle handle) except -1:
    """Leave the loop, for callers that are in the critical section."""
    handle.unusable = None
    handle.unsure = True
    handle.ptr = handle.address
    handle.moved(handle.ptr)
    try:
        if handle.closes_after_loop:
            handle.closes_after_loop = False
            _shut(handle, handle.linger_after_loop)
    finally:
        handle.in_loop.release()
    return handle.operated()


cdef int _leave_watchers(Handle handle) except -1:
    """Tell every watcher that the socket is gone, also when a signal handler raises meanwhile."""
    cdef Watcher watcher
    cdef object raised = None
    for watcher in handle.watchers:
        try:
            watcher.gone(handle)
        except BaseException as error:
            raised = error
    if raised is not None:
        raise raised
    return 0


cdef int _stop_monitoring(Handle handle, void *ptr) except -1:
    """Stop the monitoring before its reader, *ptr*, is gone: libzmq and its I/O threads would wait for room."""
    cdef Handle monitored = None if handle.monitored is None else handle.monitored()
    if monitored is None:
        return 0
    with cython.critical_section(monitored):
        if monitored.ptr != NULL and monitored.monitor == ptr:
            monitored.monitor = NULL
            # fails only in a terminated context, where it no longer matters
            libzmq.zmq_socket_monitor(monitored.ptr, NULL, 0)
    return 0


cdef Handle open_handle(ContextHandle context, int type):
    """Create a C socket."""
    cdef Handle handle = Handle.__new__(Handle)
    cdef void *ptr = NULL
    cdef int errno
    cdef int64_t give_up = 0
    if not (context.started or context.foreign):
        # libzmq starts its threads now, and aborts the process when one of them gets no descriptor
        with cython.critical_section(context):
            io_threads = check(
                libzmq.zmq_ctx_get(context.live(), libzmq.ZMQ_IO_THREADS), "read the number of I/O threads"
            )
        if not wait_for_lasting_descriptors(3 + 2 * min(io_threads, MOST_THREADS)):
            _cannot_create(EMFILE, type)
    with cython.critical_section(context):
        while ptr == NULL:
            ptr = libzmq.zmq_socket(context.live(), type)
            if ptr == NULL:
                errno = libzmq.zmq_errno()
                if errno != EMFILE or not wait_for_room(&give_up, context.closed_at):
                    _cannot_create(errno, type)
        context.started = True
        context.unsent += 1
    handle.ptr = ptr
    handle.context = context
    handle.generation = waiting.generation
    handle.describe()
    _handles[<size_t>ptr] = handle
    return handle


cdef Handle handle_at(size_t address):
    """Return the Handle of the C socket at *address*; one we did not make is foreign: never cached, never closed."""
    return target_at(_handles, Handle, address)


cdef int _cannot_create(int errno, int type) except -1:
    name = name_of(SocketType, type)
    name = f"of type {type}" if name.isdecimal() else f"zmq.{name}"
    if errno == Errno.EINVAL and type >= SocketType.SERVER and name.startswith("zmq."):
        raise ZMQError(errno, f"cannot create a socket {name}: a draft, which this libzmq was built without"
                       " (zmq-core brings one that has it where it is built with ZMQ_BUNDLE=1 and ZMQ_DRAFTS=1)")
    fail(errno, f"create a socket {name}")


@cython.final
@cython.freelist(8)
cdef class Wait(Watcher):
    """A thread that waits for one socket."""

    cdef int news(self, Handle handle) except -1:
        if self.asleep and handle.current() & self.interest:
            self.waker.wake()
        return 0

    cdef int gone(self, Handle handle) except -1:
        self.waker.wake()
        return 0

    cdef bint again(self) except -1:
        """After libzmq has refused an operation: wait until it is worth another try.

        Returns:
            False when the time is up.

        Raises:
            ZMQError: The socket was closed, or its context terminated, meanwhile.
            Whatever a signal handler raises.
        """
        cdef Handle handle = self.handle
        cdef int64_t slice_ns
        release_finished()  # before a sleep that may be long; may run Python code
        slice_ns = handle.pause(self.interest, &self.looked_ready)
        if slice_ns == 0:
            return True
        self.asleep = True
        try:
            in_time = self.waker.sleep(handle.fd, self.deadline, slice_ns)
        finally:
            self.asleep = False
        release_finished()
        handle.live()
        return in_time


cdef Wait start_wait(Handle handle, int interest, object timeout_ms):
    """Begin to wait for *handle*; ``end_wait`` must follow."""
    cdef Wait wait = Wait.__new__(Wait)
    wait.handle = handle
    wait.interest = interest
    try:
        wait.deadline = waiting.deadline_after(timeout_ms)
        wait.waker = waiting.borrow_waker()
        handle.watch(wait)
    except BaseException:
        handle.refused = False  # it does not hold for the next waiter
        raise
    return wait


cdef int end_wait(Wait wait) except -1:
    wait.handle.unwatch(wait)
    waiting.return_waker(wait.waker)
    return 0


cdef int wait_for_events(Handle handle, int interest, double timeout_ms) except -1:
    """Return which of *interest* a socket is ready for; wait until it is ready for any, at most *timeout_ms*."""
    cdef bint alone
    cdef int events
    cdef Wait wait
    with cython.critical_section(handle):
        # else reading the events tells other watchers, which may use the socket
        alone = not handle.watchers or handle.watchers is _expected
        events = handle.look() & interest
        if events or timeout_ms == 0:
            return events
        if alone:
            handle.note_refusal()
        wait = start_wait(handle, interest, timeout_ms)
        try:
            while wait.again():
                alone = len(handle.watchers) == 1
                events = handle.read_events() & interest
                if events:
                    break
                if alone:
                    handle.note_refusal()
        finally:
            end_wait(wait)
    return events
